"""The outbox's statements, made once: what is due, what may begin, what becomes of a mail.

Building a statement costs more than running it, and each of these runs for every few mails. Parameters: ``now`` is
the server's clock, ``legal`` legal time.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, exists, func, not_, or_, tuple_, update
from sqlmodel import col, select

from models.commands import CommandState
from models.tables import Case, CommandRow, MailThread, Outbox, TaskRow
from models.tasks import TaskState

WAITING: Final = ("queued", "retry", "sending")
TASK_CLOSED: Final = "task_closed"


def held(legal: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Written, and not to leave before an hour of legal time yet to come (:mod:`activities.letters.mail_slots`)."""
    later = and_(col(Outbox.next_try_at) > col(Outbox.queued_at), col(Outbox.next_try_at) > legal)
    return and_(col(Outbox.state) == "queued", later)


def _due() -> ColumnElement[bool]:
    """Queued mail waits on legal time, tries on the server's; a lease that ran out frees a mail again.

    A mail whose task has an answer that is not applied yet waits for what becomes of it.
    """
    return and_(
        or_(
            and_(col(Outbox.state) == "queued", not_(held(bindparam("legal", type_=_INSTANT)))),
            and_(col(Outbox.state).in_(("retry", "sending")), col(Outbox.next_try_at) <= bindparam("now")),
        ),
        not_(_answer_waits()),
    )


def _answer_waits() -> ColumnElement[bool]:
    """Somebody has a receipt for an answer to the mail's task, and the case has not applied or refused it yet."""
    unapplied = and_(col(CommandRow.task_id) == col(Outbox.task_id), col(CommandRow.state) == CommandState.RECEIVED)
    return and_(col(Outbox.task_id) != "", exists().where(unapplied))


def _wanted() -> ColumnElement[bool]:
    """Not a mail of an ended task; a notice is served all the same, unless its reader has answered it."""

    def task(state: TaskState) -> ColumnElement[bool]:
        return exists().where(col(TaskRow.id) == col(Outbox.task_id), col(TaskRow.state) == state)

    served = and_(col(Outbox.notice_id).is_not(None), not_(task(TaskState.ANSWERED)))
    return or_(col(Outbox.task_id) == "", served, task(TaskState.OPEN))


_OUTBOX: Final[Any] = Outbox.__table__  # type: ignore[attr-defined]
_INSTANT: Final = _OUTBOX.c.queued_at.type
_MINE: Final = and_(
    tuple_(col(Outbox.id), col(Outbox.attempts)).in_(bindparam("taken", expanding=True)),
    col(Outbox.state) == "sending",
)
_LAST_STEP: Final = select(Case.step_no).where(Case.id == Outbox.case_id).scalar_subquery()
_LEFT_BEHIND: Final = and_(_OUTBOX.c.state == "sending", _OUTBOX.c.begun_at.is_not(None))
"""A worker died over it, perhaps after the final dot."""
_READ: Final = tuple(_OUTBOX.c[name] for name in ("id", "attempts", "sender", "to", "mime", "sha256"))

NEXT: Final[Any] = (
    select(*_READ, MailThread.key)  # type: ignore[call-overload]
    .join_from(_OUTBOX, MailThread, col(MailThread.outbox_id) == _OUTBOX.c.id, isouter=True)
    .where(_due())
    .order_by(_OUTBOX.c.queued_at, _OUTBOX.c.id)
    .limit(bindparam("number"))
    .with_for_update(skip_locked=True, of=_OUTBOX)
)
"""Up to ``number`` mails that are due, oldest first."""
THIS: Final[Any] = NEXT.where(_OUTBOX.c.id == bindparam("only"))
DUE: Final = select(func.count()).select_from(_OUTBOX).where(_due())
TAKEN: Final = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state="sending",
        attempts=_OUTBOX.c.attempts + 1,
        ambiguous=_OUTBOX.c.ambiguous + case((_LEFT_BEHIND, 1), else_=0),
        begun_at=None,
        begun_step=None,
        next_try_at=bindparam("free_at"),
    )
)
BEGUN: Final = (
    update(_OUTBOX)
    .where(_MINE, _wanted(), not_(_answer_waits()))
    .values(begun_at=bindparam("legal"), begun_step=_LAST_STEP)
    .returning(_OUTBOX.c.id)
)
"""Gives the ids of those of ``taken`` (id, attempt) that may go on."""
DROPPED: Final = (
    update(_OUTBOX)
    .where(_MINE, not_(_wanted()))
    .values(state="dropped", smtp_reply=TASK_CLOSED, attempts=_OUTBOX.c.attempts - 1)
)
PUT_BACK: Final = (
    update(_OUTBOX).where(_MINE).values(state="retry", attempts=_OUTBOX.c.attempts - 1, next_try_at=bindparam("now"))
)
ACCEPTED: Final = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("mail"), or_(*(_OUTBOX.c.state == state for state in WAITING)))
    .values(state="accepted", accepted_at=bindparam("legal"), mime=bindparam("clean"), smtp_reply=bindparam("reply"))
)
TROUBLE: Final = update(_OUTBOX).where(_due()).values(smtp_reply=bindparam("reply"))
