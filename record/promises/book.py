"""The record read once, laid out by case, for the checks to look at. Nothing here judges."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import Session, col, select

from models.case import CaseState, Step, fold
from models.commands import CommandKind
from models.deadlines import legal_day
from models.tables import (
    BankDetails,
    Budget,
    Case,
    CommandRow,
    LedgerRow,
    Notice,
    Order,
    Outbox,
    Round,
    ShownText,
    StepRow,
    TaskRow,
    TaskToken,
)
from models.tasks import Role
from record.people import officer_roles
from record.promises.finding import Finding
from record.promises.rounds import RoundBook

T = TypeVar("T")


class Violation(BaseModel):
    """A promise that does not hold. ``code`` is stable; ``detail`` names ids, amounts in cents and dates only."""

    model_config = ConfigDict(frozen=True)

    promise: int
    code: Finding
    case_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail without its bytes."""

    id: str
    case_id: str
    task_id: str
    notice_id: str | None
    state: str
    begun_at: datetime | None
    begun_step: int | None


@dataclass(frozen=True)
class Entry:
    """A step as stored, as it reads, and the state after it. ``step`` is none where the body is no step."""

    row: StepRow
    step: Step | None
    after: CaseState | None  # none from the first step on that does not fold

    @property
    def officer(self) -> str:
        """The officer who acted, or nothing."""
        kind, _, name = self.row.actor.partition(":")
        return name if kind == "officer" else ""


@dataclass(frozen=True)
class CaseBook:
    """Everything the record holds of one case."""

    id: str
    case: Case | None
    entries: list[Entry]
    tasks: list[TaskRow]
    tokens: list[TaskToken]
    orders: list[Order]
    details: dict[int | None, BankDetails]
    ledger: list[LedgerRow]
    notices: list[Notice]
    mails: list[Mail]
    commands: list[CommandRow]

    @property
    def state(self) -> CaseState | None:
        """The state as stored with the case, or none where it cannot be read."""
        return read_state(self.case) if self.case is not None else None

    @property
    def applied(self) -> list[Entry]:
        """Steps that changed something, with what they changed."""
        return [entry for entry in self.entries if entry.step is not None and not entry.step.refused]


@dataclass(frozen=True)
class Book:
    """The whole record, or one case of it (``whole`` is false then, and sums over cases say nothing)."""

    cases: dict[str, CaseBook]
    budgets: list[Budget]
    invitations: list[TaskRow]
    loose_mails: list[Mail]
    rounds: list[RoundBook]
    roles: Callable[[str, datetime], frozenset[Role]]
    whole: bool = True
    commands: dict[str, CommandRow] = field(default_factory=dict)
    shown: frozenset[tuple[str, str, str, str, str]] = frozenset()
    """What was shown to whom: officer, log-in, task or case, choice, hash."""

    def holds(self, officer_id: str, role: Role, at: datetime) -> bool:
        """Whether an officer had a role on the legal day of an instant, and was not revoked by then."""
        return role in self.roles(officer_id, at)


def read_book(session: Session, only: str = "") -> Book:
    """Reads the record, or with ``only`` one case of it."""

    def rows(table: type[T], column: Any, *order: Any) -> dict[str, list[T]]:
        query: Any = select(table).order_by(*order)
        return _by_case(session.exec(query.where(column == only) if only else query))

    steps = rows(StepRow, StepRow.case_id, col(StepRow.case_id), col(StepRow.no))
    tasks = rows(TaskRow, TaskRow.case_id, col(TaskRow.opened_at), col(TaskRow.id))
    tokens = rows(TaskToken, TaskToken.case_id, col(TaskToken.issued_at))
    orders = rows(Order, Order.case_id, col(Order.id))
    details = rows(BankDetails, BankDetails.case_id, col(BankDetails.id))
    ledger = rows(LedgerRow, LedgerRow.case_id, col(LedgerRow.id))
    notices = rows(Notice, Notice.case_id, col(Notice.id))
    commands, mails = rows(CommandRow, CommandRow.case_id, col(CommandRow.stored_at)), _by_case(_mails(session, only))
    cases = {case.id: case for case in session.exec(select(Case).where(Case.id == only) if only else select(Case))}
    rounds = [] if only else _rounds(session, steps, commands)
    named = {*cases, *steps, *orders, *ledger, *notices, *commands, *tasks, *mails}
    ids = {only} if only else named - {"", *(found.id for found in rounds)}
    lists: dict[str, dict[str, list[Any]]] = {"tasks": tasks, "tokens": tokens, "orders": orders, "ledger": ledger}
    lists |= {"notices": notices, "mails": mails, "commands": commands}
    return Book(
        cases={
            one: CaseBook(
                id=one,
                case=cases.get(one),
                entries=_entries(one, steps.get(one, [])),
                details={row.id: row for row in details.get(one, [])},
                **{name: found.get(one, []) for name, found in lists.items()},
            )
            for one in sorted(ids)
        },
        budgets=[] if only else list(session.exec(select(Budget).order_by(col(Budget.line), col(Budget.budget_year)))),
        invitations=tasks.get("", []),
        loose_mails=mails.get("", []),
        rounds=rounds,
        roles=cache(lambda officer, at: officer_roles(session, officer, legal_day(at), at)),
        whole=not only,
        commands={row.id: row for found in commands.values() for row in found},
        shown=_shown(session, only),
    )


def _rounds(
    session: Session, steps: dict[str, list[StepRow]], commands: dict[str, list[CommandRow]]
) -> list[RoundBook]:
    """Rounds that were opened, and those that somebody wanted to open."""
    opened = {found.id: found for found in session.exec(select(Round))}
    wanted = {row.case_id for rows in commands.values() for row in rows if row.kind == CommandKind.OPEN_ROUND}
    return [
        RoundBook(one, opened.get(one), steps.get(one, []), commands.get(one, [])) for one in sorted({*opened, *wanted})
    ]


def _shown(session: Session, only: str) -> frozenset[tuple[str, str, str, str, str]]:
    query = select(ShownText)
    rows = session.exec(query.where(col(ShownText.about).startswith(only)) if only else query)
    return frozenset((row.officer_id, row.login_id, row.about, row.choice, row.sha256) for row in rows)


def read_state(case: Case) -> CaseState | None:
    """The state stored with a case, or none where it cannot be read."""
    try:
        return CaseState.model_validate(case.state)
    except ValidationError:
        return None


def _mails(session: Session, only: str) -> list[Mail]:
    query = select(
        Outbox.id,
        Outbox.case_id,
        Outbox.task_id,
        Outbox.notice_id,
        Outbox.state,
        Outbox.begun_at,
        Outbox.begun_step,
    ).order_by(col(Outbox.queued_at), col(Outbox.id))  # type: ignore[call-overload]
    found = session.exec(query.where(Outbox.case_id == only) if only else query)
    return [Mail(*row) for row in found]


def _entries(case_id: str, rows: Sequence[StepRow]) -> list[Entry]:
    entries: list[Entry] = []
    state: CaseState | None = CaseState(case_id=case_id)
    for row in rows:
        step = _step(row)
        state = _folded(state, step)
        entries.append(Entry(row, step, state))
    return entries


def _step(row: StepRow) -> Step | None:
    try:
        return Step.model_validate(row.body)
    except ValidationError:
        return None


def _folded(state: CaseState | None, step: Step | None) -> CaseState | None:
    if state is None or step is None:
        return None
    try:
        return fold(state, step)
    except ValueError:  # out of order, or values no state can have
        return None


def _by_case(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(row)
    return found
