"""The open tasks of the authority as one query: whose they are, which are wanted, in which order, which page.

Everything that restricts them is a condition over ``task`` in here, so that counts and pages always speak of the same
rows. Constants of the partial indexes stand literally: neither database uses such an index for a parameter.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import sqlalchemy as sql
from sqlalchemy import BigInteger, ColumnElement, String, and_, case, column, false, literal_column, or_, true, values
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.deadlines import legal_day
from models.recipients import Recipient
from models.tables import Case, TaskRow
from models.tasks import Role, TaskKind
from record.casework.holding import assigned_to, resting
from record.views.lists.filters import Filter, Order, Part
from workflows.lifecycle import GRANT

WEEK: Final = timedelta(days=7)
AMOUNTS: Final = (
    "amount_cents",
    "award_cents",
    "proposed_cents",
    "requested_cents",
    "claimed_cents",
    "intended_cents",
    "spent_cents",
)
"""Facts of a task that are the amount it is about; the first one that it has."""

Conditions = tuple[ColumnElement[bool], ...]
Roles = Mapping[str, Collection[Role]]


class Recipients(Protocol):
    """Every record of every recipient."""

    def recipients(self) -> tuple[Recipient, ...]:
        """In the list's order; a recipient that was renamed stands in it several times."""
        ...


def open_tasks() -> Conditions:
    """Every open task of the authority; those of municipalities and invitations are none."""
    return (
        col(TaskRow.state) == literal_column("'open'"),
        col(TaskRow.owner) != literal_column("'applicant'"),
        col(TaskRow.case_id) != literal_column("''"),
    )


def wanted(chosen: Filter, recipients: Recipients) -> Conditions:
    """What a filter leaves of them."""
    found: list[ColumnElement[bool]] = []
    if chosen.round:
        found.append(col(TaskRow.case_id).startswith(f"{chosen.round}-", autoescape=True))
    if chosen.kind:
        found.append(col(TaskRow.kind) == chosen.kind)
    if chosen.recipient:
        found.append(col(TaskRow.recipient).in_(_called(chosen.recipient, recipients)))
    if chosen.stage:
        found.append(col(TaskRow.case_id).in_(select(Case.id).where(Case.stage == chosen.stage)))
    if chosen.late:
        found.append(col(TaskRow.late).is_(True))
    return tuple(found)


def _called(text: str, recipients: Recipients) -> list[str]:
    """Identities of the recipients that a part of a name, or the beginning of a key, may mean."""
    part = text.casefold()
    return sorted({r.identity for r in recipients.recipients() if part in r.name.casefold() or r.key.startswith(text)})


@dataclass(frozen=True)
class Turn:
    """Whose turn a task is, as seen by an officer; for nobody's list (no name) everything is theirs.

    ``roles``: of all officers on the legal day; ``acting``: for whom the officer stands in.
    """

    officer_id: str
    roles: Roles
    acting: frozenset[str] = frozenset()

    def may(self) -> ColumnElement[bool]:
        """The officer has the role and did not do what this task checks."""
        if not self.officer_id:
            return true()
        mine = self.roles.get(self.officer_id, ())
        checked = [and_(col(TaskRow.kind) == kind, self._did(kind, self.officer_id)) for kind in _FOUR_EYES]
        return and_(col(TaskRow.owner).in_(sorted(mine)), ~or_(false(), *checked))

    def alone(self) -> ColumnElement[bool]:
        """Nobody else may: the others lack the role or did what this task checks. Only where :meth:`may` holds."""
        if not self.officer_id:
            return true()
        others = {role: self._others(role) for role in Role}
        nobody = col(TaskRow.owner).in_([str(role) for role, found in others.items() if not found])
        barred = [
            and_(col(TaskRow.kind) == kind, *(self._did(kind, other) for other in others[GRANT.owner(kind)]))
            for kind in _FOUR_EYES
            if others[GRANT.owner(kind)]
        ]
        return or_(nobody, *barred)

    def mine(self) -> ColumnElement[bool]:
        """The officer takes care of it or whom they stand in for, or nobody else may. Only where :meth:`may` holds."""
        return or_(assigned_to([self.officer_id, *sorted(self.acting)]), self.alone()) if self.officer_id else true()

    def place(self) -> ColumnElement[int]:
        """0: it is this officer's; 1: it is free to take; 2: this officer may not."""
        may = self.may()
        return case((and_(may, self.mine()), 0), (may, 1), else_=2)

    def _others(self, role: Role) -> list[str]:
        return [name for name, roles in self.roles.items() if role in roles and name != self.officer_id]

    @staticmethod
    def _did(kind: TaskKind, officer_id: str) -> ColumnElement[bool]:
        """Whether somebody answered last what a task of this kind checks."""
        return or_(false(), *(_last_by(first) == officer_id for first in GRANT.not_by(kind)))


_FOUR_EYES: Final = tuple(kind for kind in TaskKind if GRANT.not_by(kind))


def _last_by(kind: TaskKind) -> ColumnElement[str]:
    """Who answered a kind of task last in the case of a task."""
    done = aliased(TaskRow)
    query = (
        select(done.closed_by)
        .where(done.case_id == TaskRow.case_id, done.kind == str(kind))
        .where(col(done.state) == literal_column("'answered'"))
        .order_by(col(done.closed_at).desc(), col(done.id).desc())
        .limit(1)
        .correlate(TaskRow)
    )
    return func.coalesce(query.scalar_subquery(), "")


class Worklist:
    """The open tasks of the authority that a filter leaves, as seen by an officer at an instant."""

    def __init__(self, session: Session, recipients: Recipients, turn: Turn, chosen: Filter, now: datetime) -> None:
        self._session, self._recipients, self._turn, self._chosen, self._now = session, recipients, turn, chosen, now
        self._where = (*open_tasks(), *wanted(chosen, recipients))
        self._resting = resting(legal_day(now))

    def page(self, part: Part | None, size: int, number: int = 1) -> list[TaskRow]:
        """Rows of one page of a list; without a list all tasks, those of this officer first and then the resting."""
        query = select(TaskRow).where(*self._where, *self._of(part))
        if part is None:
            may = self._turn.may()
            query = query.order_by(case((and_(may, ~self._resting), 0), (may, 1), else_=2))
        query = self._ordered(query).order_by(col(TaskRow.due_at), col(TaskRow.id))
        return list(self._session.exec(query.limit(size).offset((number - 1) * size)))

    def counts(self) -> dict[str, int]:
        """How many tasks each list has, ``all`` of them together, and how many of the week's are this officer's."""
        found = dict.fromkeys((*map(str, Part), "all", "week_mine"), 0)
        soon = col(TaskRow.due_at) < self._now + WEEK
        place, rests = self._turn.place().label("place"), self._resting.label("resting")
        rows = (
            sql.select(place, col(TaskRow.late).label("late"), rests, soon.label("soon")).where(*self._where).subquery()
        )
        each = (rows.c.place, rows.c.late, rows.c.resting, rows.c.soon)
        counted = sql.select(*each, func.count()).group_by(*each)
        for at, is_late, is_put, is_soon, number in self._session.execute(counted):
            part = _part(at, late=is_late, rests=is_put)
            found[part] += number
            found["all"] += number
            found[Part.WEEK] += number if is_soon else 0
            found["week_mine"] += number if is_soon and part is not Part.OTHERS else 0
        return found

    def kinds(self) -> dict[str, int]:
        """How many open tasks of each kind there are, whatever is wanted of them."""
        query = select(TaskRow.kind, func.count()).where(*open_tasks()).group_by(TaskRow.kind)
        return dict(sorted(self._session.exec(query).all()))

    def _of(self, part: Part | None) -> Conditions:
        """What makes a list."""
        may, late = self._turn.may(), col(TaskRow.late).is_(True)
        match part:
            case Part.LATE:
                return may, late
            case Part.RESTING:
                return may, self._resting
            case Part.MINE:
                return may, self._turn.mine(), ~late, ~self._resting
            case Part.TAKE:
                return may, ~self._turn.mine(), ~late, ~self._resting
            case Part.OTHERS:
                return (~may,)
            case Part.WEEK:
                return (col(TaskRow.due_at) < self._now + WEEK,)
        return ()

    def _ordered(self, query: Any) -> Any:
        match self._chosen.order:
            case Order.RECIPIENT:
                names = self._names()
                return query.join(names, names.c.identity == col(TaskRow.recipient), isouter=True).order_by(
                    names.c.place
                )
            case Order.AMOUNT:
                return query.order_by(_amount().desc())
        return query

    def _names(self) -> Any:
        """The place of each recipient among all names. Names are programme data and stand in no table."""
        latest = {r.identity: r.name.casefold() for r in self._recipients.recipients()}
        rows = [(identity, place) for place, identity in enumerate(sorted(latest, key=lambda one: latest[one]))]
        columns = (column("identity", String), column("place", BigInteger))
        return values(*columns, name="names").data(rows).cte("names")


def _part(place: int, *, late: bool, rests: bool) -> Part:
    """The list that a task stands in, by :meth:`Turn.place`."""
    if place == 2:
        return Part.OTHERS
    if late:
        return Part.LATE
    return Part.RESTING if rests else (Part.MINE, Part.TAKE)[place]


def _amount() -> ColumnElement[int]:
    """What :data:`AMOUNTS` says, in SQL; 0 where a task is about no amount."""
    facts = [func.nullif(col(TaskRow.brief)[name].as_string().cast(BigInteger), 0) for name in AMOUNTS]
    return func.coalesce(*facts, 0)
