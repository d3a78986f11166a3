"""The waiting list of a line: who is told when money comes free, and whose money it is until the award is drafted.

Freed money is offered in the order of the list, by a command of the record's own that sends the case back to
drafting. Who does not fit is passed over and keeps the place. What is offered is promised: no other draft of the
line sees it. A promise ends with the draft (reserved, refused, withdrawn), and also when the draft is late: then
the money goes to the next in line, so that nobody who does not act blocks the others. Who drafts after that and
finds nothing waits again, at the old place. A draft sent back by the second person keeps its money the same way.

Every step that frees money or ends a promise offers what there is. It holds the line's budget rows, so that of
two such steps the later one sees what the earlier one did.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.commands import CommandKind
from models.money import Cents
from models.programme import Rules
from models.stages import Stage
from models.tables import Budget, Case, CommandRow, StepRow, TaskRow
from models.tasks import TaskKind
from record.cases.commands import store_system_command
from workflows.procedure.plan import Decision

PROMISED = "budget_promised"
"""Fact of a draft task: the money for it is kept until the draft is made or late."""

Years = dict[int, int]
Json = Mapping[str, Any]


def free(session: Session, line: str, but: str = "") -> Years:
    """Cents by budget year that are neither committed nor promised to a case other than ``but``."""
    rows = session.exec(
        select(Budget.budget_year, Budget.total_cents, Budget.committed_cents)
        .where(Budget.line == line)
        .order_by(col(Budget.budget_year))
    )
    left = {year: total - committed for year, total, committed in rows}
    for case_id, needs in _promises(session, line).items():
        if case_id != but:
            left = _less(left, needs)
    return left


def hold(session: Session, line: str) -> None:
    """Lets no other step change the line's budget or its promises until this transaction ends."""
    session.exec(
        select(Budget.budget_year).where(Budget.line == line).order_by(col(Budget.budget_year)).with_for_update()
    ).all()


def ends_promise(session: Session, decision: Decision) -> bool:
    """Whether a step frees money, joins or leaves the list, or ends a draft that had money promised."""
    if decision.waiting is not None or any(cents < 0 for cents in decision.reservations.values()):
        return True
    ended = [*(task.id for task in decision.step.closed), *decision.step.late]
    return any(_is_promise(session.get_one(TaskRow, task_id)) for task_id in ended)


def offer(session: Session, line: str, at: datetime) -> list[str]:
    """Offers what is free to those in line who fit, first come first served; returns their case ids."""
    hold(session, line)
    left, told = free(session, line), []
    promised = _promises(session, line)
    for case_id, rules, state in _in_line(session, line):
        needs = _needs(rules, state)
        if case_id not in promised and all(cents <= left.get(year, 0) for year, cents in needs.items()):
            store_system_command(session, case_id, CommandKind.BUDGET_FREED, at)
            left = _less(left, needs)
            told.append(case_id)
    return told


def place(session: Session, case_id: str, at: datetime) -> datetime:
    """Since when a case counts as waiting: from its first time on the list."""
    first = select(StepRow.at).where(StepRow.case_id == case_id, StepRow.stage == Stage.WAITLIST)
    return session.exec(first.order_by(col(StepRow.no)).limit(1)).first() or at


def _in_line(session: Session, line: str) -> list[tuple[str, Json, Json]]:
    query = select(Case.id, Case.rules, Case.state).where(Case.line == line, col(Case.waiting_since).is_not(None))
    return list(session.exec(query.order_by(col(Case.waiting_since), col(Case.id))))


def _promises(session: Session, line: str) -> dict[str, Years]:
    """Money by case that is on its way to it, or waits for its draft."""
    told = (
        select(Case.id, Case.rules, Case.state)
        .join(CommandRow, col(CommandRow.case_id) == col(Case.id))
        .where(Case.line == line, col(Case.waiting_since).is_not(None))
        .where(CommandRow.kind == CommandKind.BUDGET_FREED, CommandRow.state == "received")
    )
    drafting = (
        select(Case.id, Case.rules, Case.state, TaskRow.brief)
        .join(TaskRow, col(TaskRow.case_id) == col(Case.id))
        .where(Case.line == line, TaskRow.kind == TaskKind.DRAFT_DECISION)
        .where(TaskRow.state == "open", col(TaskRow.late).is_(False))
    )
    found = {case_id: _needs(rules, state) for case_id, rules, state in session.exec(told)}
    return found | {
        case_id: _needs(rules, state) for case_id, rules, state, brief in session.exec(drafting) if brief.get(PROMISED)
    }


def _is_promise(task: TaskRow) -> bool:
    return task.kind == TaskKind.DRAFT_DECISION and bool(task.brief.get(PROMISED))


def _needs(rules: Json, state: Json) -> Years:
    """What the award as proposed takes from each budget year."""
    proposed = Cents(int(state.get("money", {}).get("proposed", 0)))
    return dict(Rules.model_validate(rules).by_budget_year(proposed)) if proposed else {}


def _less(left: Years, needs: Years) -> Years:
    return {year: cents - needs.get(year, 0) for year, cents in left.items()}
