"""Who takes care of a task. Taking is help, no lock: whoever has the role may still answer it.

Each change is a row more; the newest one of a task counts. A task that is late is never out of the way.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.tables import Officer, TaskHolding, TaskRow
from models.tasks import Role, TaskState
from record.cases.commands import new_id
from record.cases.hands import barred, hands, how_ended
from record.database.clock import legal_now
from record.people import officer_roles


class Act(StrEnum):
    """What was done about who takes care."""

    TAKE = "take"
    HAND = "hand"
    LATER = "later"
    BACK = "back"


@dataclass(frozen=True)
class Wish:
    """What an officer wants. ``over``: also where somebody else has the task; a ``command_id`` makes twice once."""

    act: Act
    task_id: str
    by: str
    to: str = ""  # whom it is handed to
    until: date | None = None
    reason: str = ""
    over: bool = False
    command_id: str = ""

    @property
    def holder(self) -> str:
        """Who takes care of the task afterwards."""
        return {Act.BACK: "", Act.HAND: self.to}.get(self.act, self.by)


def enter(session: Session, wish: Wish) -> TaskHolding:
    """Puts on record who takes care of a task now; what is so already is entered once.

    Raises ``RefusedError``: ``unknown_task``, ``task_closed``, ``wrong_role``, ``four_eyes``, ``task_taken``,
    ``task_not_taken``, ``not_later``, and ``bad_content`` for a number that stands for something else.
    """
    task = session.get(TaskRow, wish.task_id, with_for_update=True)
    if task is None or not task.case_id:
        raise RefusedError(Code.UNKNOWN_TASK, task=wish.task_id)
    known = session.get(TaskHolding, wish.command_id) if wish.command_id else None
    if known is not None:
        return _same(known, wish)
    now, found = legal_now(session), holding(session, wish.task_id)
    _need_open(session, task, wish, legal_day(now))
    if found is not None and _is_so(found, wish):
        return found
    _need_free(found, wish)
    if wish.until is not None and wish.until <= legal_day(now):
        raise RefusedError(Code.BAD_CONTENT, fields=[{"name": "until", "option": "until", "code": "not_ahead"}])
    return _entered(session, task, wish, found, now)


def _entered(session: Session, task: TaskRow, wish: Wish, found: TaskHolding | None, now: datetime) -> TaskHolding:
    row = TaskHolding(
        command_id=wish.command_id or new_id(),
        task_id=task.id,
        case_id=task.case_id,
        no=found.no + 1 if found else 1,
        act=wish.act,
        holder=wish.holder,
        before=found.holder if found else "",
        until=wish.until,
        reason=wish.reason,
        since=found.since if found and found.holder == wish.holder else now,
        by=wish.by,
        at=now,
        stored_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return row


def _same(known: TaskHolding, wish: Wish) -> TaskHolding:
    was = (known.task_id, known.act, known.holder, known.until, known.reason, known.by)
    if was != (wish.task_id, wish.act, wish.holder, wish.until, wish.reason, wish.by):
        raise RefusedError(Code.BAD_CONTENT, field="command_id")
    return known


def _is_so(found: TaskHolding, wish: Wish) -> bool:
    """Whether the same person wants what they did last."""
    same = (found.act, found.holder, found.until, found.by) == (wish.act, wish.holder, wish.until, wish.by)
    taken = wish.act is Act.TAKE and found.holder == wish.by and found.until is None
    return taken or (same and found.reason == wish.reason)


def _need_open(session: Session, task: TaskRow, wish: Wish, today: date) -> None:
    """The task waits for the authority, and whoever is to take care of it may answer it."""
    if task.state != TaskState.OPEN:
        raise RefusedError(Code.TASK_CLOSED, **{"task": task.id, **how_ended(session, task.id)})
    owner = Role(task.owner)
    if wish.holder and session.get(Officer, wish.holder) is None:
        raise RefusedError(Code.UNKNOWN_OFFICER, officer=wish.holder)
    for person in {wish.by, wish.holder} - {""}:
        if owner is Role.APPLICANT or owner not in officer_roles(session, person, today):
            raise RefusedError(Code.WRONG_ROLE, role=owner)
    if wish.holder in barred(task, hands(session, [task.case_id])) - {""}:
        raise RefusedError(Code.FOUR_EYES)


def _need_free(found: TaskHolding | None, wish: Wish) -> None:
    """Nobody else has the task, unless it is to be taken over; only who has it gives it back."""
    holder = found.holder if found else ""
    if wish.act is Act.BACK:
        if holder != wish.by:
            raise RefusedError(Code.TASK_NOT_TAKEN, task=wish.task_id)
    elif found is not None and holder not in {"", wish.by} and not wish.over:
        raise RefusedError(Code.TASK_TAKEN, officer=holder, since=found.since.isoformat())


# reading ------------------------------------------------------------------------------------------


def _newest(row: Any) -> ColumnElement[bool]:
    """Whether a row is the newest one of its task."""
    later = aliased(TaskHolding)
    return ~exists().where(col(later.task_id) == row.task_id, col(later.no) > row.no)


def assigned_to(officers: Collection[str]) -> ColumnElement[bool]:
    """Condition for a query of tasks: one of these officers takes care of it."""
    return exists().where(
        col(TaskHolding.task_id) == col(TaskRow.id), col(TaskHolding.holder).in_(officers), _newest(TaskHolding)
    )


def resting(today: date) -> ColumnElement[bool]:
    """Condition for a query of tasks: put on a day that has not come, and not late."""
    put_off = exists().where(
        col(TaskHolding.task_id) == col(TaskRow.id), col(TaskHolding.until) > today, _newest(TaskHolding)
    )
    return put_off & col(TaskRow.late).is_(False)


def holding(session: Session, task_id: str) -> TaskHolding | None:
    """The newest row of a task."""
    query = select(TaskHolding).where(TaskHolding.task_id == task_id).order_by(col(TaskHolding.no).desc())
    return session.exec(query.limit(1)).first()


def holdings(session: Session, case_ids: Collection[str]) -> dict[str, TaskHolding]:
    """Who takes care of which task of some cases, by task; nobody's are left out."""
    query = select(TaskHolding).where(col(TaskHolding.case_id).in_(case_ids), _newest(TaskHolding))
    return {row.task_id: row for row in session.exec(query.where(TaskHolding.holder != ""))}


def taken_over(session: Session, officer_id: str, most: int) -> list[tuple[TaskHolding, TaskRow]]:
    """Open tasks that somebody else took over from an officer, newest first."""
    query = select(TaskHolding, TaskRow).join(TaskRow, col(TaskRow.id) == col(TaskHolding.task_id))
    newest_first = (col(TaskHolding.at).desc(), col(TaskHolding.task_id))
    return list(session.exec(query.where(*_taken_over(officer_id)).order_by(*newest_first).limit(most)))


def number_taken_over(session: Session, officer_id: str) -> int:
    """How many :func:`taken_over` could give."""
    query = select(func.count()).select_from(TaskHolding).join(TaskRow, col(TaskRow.id) == col(TaskHolding.task_id))
    return session.exec(query.where(*_taken_over(officer_id))).one()


def _taken_over(officer_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(TaskHolding.before) == officer_id,
        col(TaskHolding.by) != officer_id,
        col(TaskRow.state) == TaskState.OPEN,
        _newest(TaskHolding),
    )
