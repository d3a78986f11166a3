"""The outbox as the mailroom works on it: take a mail, write down what became of it. One transaction each.

Waiting between tries is transport and runs on the server's clock; when a mail was accepted is legal time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, and_, bindparam, case, exists, func, not_, or_, tuple_, update
from sqlmodel import Session, col, select

from activities.mime import digest, redact
from activities.smtp_outcome import Outcome, Verdict, attempts_within, wait_before
from models.commands import CommandState
from models.tables import Case, CommandRow, MailThread, Outbox, TaskRow
from models.tasks import TaskState
from record.clock import legal_now
from record.engine import Database

LEASE: Final = timedelta(minutes=15)
"""How long a worker may take over one mail; longer than all its timeouts together."""

WAITING: Final = ("queued", "retry", "sending")
LAST_ATTEMPT: Final = attempts_within()
TASK_CLOSED: Final = "task_closed"
ALTERED: Final = "the stored bytes do not match their hash"


@dataclass(frozen=True)
class Claim:
    """A mail this worker has taken. ``attempt`` guards against a worker that comes back too late."""

    id: str
    attempt: int
    sender: str
    to: str
    mime: bytes
    intact: bool
    envid: str  # comes back in the mail server's reports (RFC 3461)


Settled = tuple[Claim, Outcome]


class OutboxDesk:
    """The mailroom's view of the outbox table.

    A mail is taken, then begins, then is settled. What may begin is decided when its SMTP transaction has begun
    and nothing of the mail has been said yet: an answer that is committed before that stops it, one that is
    committed later comes after the transaction's begin.
    """

    def __init__(self, db: Database, lease: timedelta = LEASE) -> None:
        self._db, self._lease = db, lease

    def take(self, number: int = 1, only: str = "") -> list[Claim]:
        """Takes the next mails that are due (or this one, if it is), oldest first."""
        with self._db.write() as session:
            query = select(Outbox, MailThread.key).join(
                MailThread, col(MailThread.outbox_id) == col(Outbox.id), isouter=True
            )
            query = query.where(_due(session), *([Outbox.id == only] if only else []))
            query = query.order_by(col(Outbox.queued_at), col(Outbox.id)).limit(number)
            found = session.exec(query.with_for_update(skip_locked=True, of=Outbox)).all()
            if found:
                taken = {"ids": [row.id for row, _ in found], "free_at": _now() + self._lease}
                session.connection().execute(_TAKEN, taken)
            return [_claim(row, key) for row, key in found]

    def turn(self, settled: Sequence[Settled], beginning: Sequence[Claim]) -> frozenset[str]:
        """One transaction: writes down which mails were accepted, and says which of those that begin may go on.

        Of the others, those whose task has ended are dropped; those whose task has an answer that waits to be
        applied are put back untried, and come again if it is refused.
        """
        with self._db.write() as session:
            now = legal_now(session)
            if settled:
                rows = [_accepted(claim, outcome) for claim, outcome in settled]
                session.connection().execute(_ACCEPTED, [row | {"now": now} for row in rows])
            if not beginning:
                return frozenset()
            taken = {"taken": [(claim.id, claim.attempt) for claim in beginning]}
            begun = frozenset(session.connection().execute(_BEGUN, taken | {"now": now}).scalars())
            if len(begun) < len(beginning):
                taken = {"taken": [(claim.id, claim.attempt) for claim in beginning if claim.id not in begun]}
                session.connection().execute(_DROPPED, taken)
                session.connection().execute(_PUT_BACK, taken | {"now": _now()})
            return begun

    def claim(self, only: str = "") -> Claim | None:
        """Takes one mail that may begin at once."""
        while taken := self.take(1, only):
            if self.turn((), taken):
                return taken[0]
        return None

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Writes down what became of a mail. False when another worker has it by now.

        A mail the server took is accepted in any case: that is a fact, whoever holds the mail.
        """
        with self._db.write() as session:
            accepted = outcome.verdict is Verdict.ACCEPTED
            mine = and_(col(Outbox.state) == "sending", col(Outbox.attempts) == claim.attempt)
            values = self._values(session, claim, outcome)
            where = col(Outbox.state).in_(WAITING) if accepted else mine
            result = session.execute(update(Outbox).where(col(Outbox.id) == claim.id, where).values(values))
            return _changed(result) == 1

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Puts mails back untried: the server takes none now, or nobody is left to send them."""
        taken = {"taken": [(claim.id, claim.attempt) for claim in claims]}
        with self._db.write() as session:
            session.connection().execute(_PUT_BACK, taken | {"now": _now()})

    def note_trouble(self, reply: str) -> None:
        """Writes to each mail that could leave now why it does not; it is no try of that mail."""
        with self._db.write() as session:
            waiting = update(Outbox).where(_due(session)).values(smtp_reply=reply)
            session.execute(waiting, execution_options={"synchronize_session": False})

    def take_over(self) -> int:
        """Takes what a dead worker left in the middle. Only for the one mailroom of an installation."""
        with self._db.write() as session:
            result = session.execute(update(Outbox).where(col(Outbox.state) == "sending").values(next_try_at=_now()))
            return _changed(result)

    def states(self, ids: Iterable[str]) -> list[str]:
        """The states of these mails."""
        with self._db.read() as session:
            return list(session.exec(select(Outbox.state).where(col(Outbox.id).in_(list(ids)))))

    def waiting(self) -> int:
        """How many mails are not at their end yet; those held until a later hour are not under way."""
        with self._db.read() as session:
            under_way = and_(col(Outbox.state).in_(WAITING), not_(held(legal_now(session))))
            return session.exec(select(func.count()).where(under_way)).one()

    def next_slot(self) -> datetime | None:
        """When the first of the held mails may leave, in legal time."""
        with self._db.read() as session:
            first = select(func.min(Outbox.next_try_at)).where(held(legal_now(session)))
            return session.exec(first).one()

    def due(self) -> int:
        """How many mails could be sent now."""
        with self._db.read() as session:
            return session.exec(select(func.count()).where(_due(session))).one()

    def _values(self, session: Session, claim: Claim, outcome: Outcome) -> dict[str, Any]:
        match outcome.verdict:
            case Verdict.ACCEPTED:
                values = {"state": "accepted", "accepted_at": legal_now(session), "mime": redact(claim.mime)}
            case Verdict.PERMANENT:
                values = {"state": "failed"}
            case _:
                wait = wait_before(claim.attempt, greylisted=outcome.greylisted)
                values = {"state": "retry", "next_try_at": _now() + wait}
                if outcome.verdict is Verdict.AMBIGUOUS:
                    values["ambiguous"] = Outbox.__table__.c.ambiguous + 1  # type: ignore[attr-defined]
        return values | {"smtp_reply": outcome.reply}


def _due(session: Session) -> ColumnElement[bool]:
    """Queued mail waits on legal time, tries on the server's; a lease that ran out frees a mail again.

    A mail whose task has an answer that is not applied yet waits for what becomes of it.
    """
    now = _now()
    return and_(
        or_(
            and_(col(Outbox.state) == "queued", not_(held(legal_now(session)))),
            and_(col(Outbox.state).in_(("retry", "sending")), col(Outbox.next_try_at) <= now),
        ),
        not_(_answer_waits()),
    )


def held(legal: datetime) -> ColumnElement[bool]:
    """Written, and not to leave before an hour of legal time that has not come (:mod:`activities.mail_slots`)."""
    later = and_(col(Outbox.next_try_at) > col(Outbox.queued_at), col(Outbox.next_try_at) > legal)
    return and_(col(Outbox.state) == "queued", later)


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
_MINE: Final = and_(
    tuple_(col(Outbox.id), col(Outbox.attempts)).in_(bindparam("taken", expanding=True)),
    col(Outbox.state) == "sending",
)
_LAST_STEP: Final = select(Case.step_no).where(Case.id == Outbox.case_id).scalar_subquery()
_LEFT_BEHIND: Final = and_(_OUTBOX.c.state == "sending", _OUTBOX.c.begun_at.is_not(None))
"""A worker died over it, perhaps after the final dot."""

_TAKEN: Final = (
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
_BEGUN: Final = (
    update(_OUTBOX)
    .where(_MINE, _wanted(), not_(_answer_waits()))
    .values(begun_at=bindparam("now"), begun_step=_LAST_STEP)
    .returning(_OUTBOX.c.id)
)
_DROPPED: Final = (
    update(_OUTBOX)
    .where(_MINE, not_(_wanted()))
    .values(state="dropped", smtp_reply=TASK_CLOSED, attempts=_OUTBOX.c.attempts - 1)
)
_PUT_BACK: Final = (
    update(_OUTBOX).where(_MINE).values(state="retry", attempts=_OUTBOX.c.attempts - 1, next_try_at=bindparam("now"))
)
_ACCEPTED: Final = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("mail"), or_(*(_OUTBOX.c.state == state for state in WAITING)))
    .values(state="accepted", accepted_at=bindparam("now"), mime=bindparam("clean"), smtp_reply=bindparam("reply"))
)


def _accepted(claim: Claim, outcome: Outcome) -> dict[str, Any]:
    return {"mail": claim.id, "clean": redact(claim.mime), "reply": outcome.reply}


def _claim(row: Outbox, key: str | None) -> Claim:
    intact = digest(row.mime) == row.sha256
    return Claim(row.id, row.attempts + 1, row.sender, row.to, row.mime, intact, key or row.id)


def _changed(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _now() -> datetime:
    return datetime.now(UTC)
