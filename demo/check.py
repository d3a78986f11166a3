"""The same sums from three sides: what officers see, what the database holds, what Temporal's histories tell."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, func, select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

from models.case import CaseState, Step, fold_all
from models.contracts import StepReply
from models.tables import Case, LedgerRow, Order, Outbox, StepRow

AT_ONCE: Final = 8
STEPS: Final = frozenset({"record_step", "hand_over_order"})
PAID: Final = ("paid", "claim", "returned")
"""Accounts that money which the bank has booked lies on: with the recipient, reclaimed, back."""


@dataclass(frozen=True)
class Sums:
    """Cents."""

    awarded: int = 0
    paid: int = 0
    repaid: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.awarded + other.awarded, self.paid + other.paid, self.repaid + other.repaid)


@dataclass(frozen=True)
class Told:
    """What the histories tell: sums by case, number of events and of steps."""

    sums: dict[str, Sums]
    events: int
    steps: int


def in_view(view: dict[str, Any]) -> dict[str, Sums]:
    """By case, as the officers' interface says."""
    return {row["case"]: Sums(row["awarded_cents"], row["booked_cents"], row["repaid_cents"]) for row in view["cases"]}


def in_database(session: Session) -> dict[str, Sums]:
    """By case: awards from the signed steps, payments from the orders, repayments from the ledger."""
    awarded = _awarded(session)
    paid = _by_case(session, Order.amount_cents, Order.case_id, Order.status == "booked")
    repaid = _by_case(session, LedgerRow.cents, LedgerRow.case_id, LedgerRow.account == "returned")
    cases = session.exec(select(Case.id)).all()
    return {case: Sums(awarded[case], paid[case], repaid[case]) for case in cases}


def in_ledger(session: Session) -> int:
    """All money the bank has booked, from the ledger alone."""
    query = select(func.sum(LedgerRow.cents)).where(col(LedgerRow.account).in_(PAID))
    return int(session.exec(query).one() or 0)


def mails(session: Session) -> Counter[tuple[str, str]]:
    """Mails by template and state."""
    query = select(Outbox.template, Outbox.state, func.count()).group_by(Outbox.template, Outbox.state)
    return Counter({(template, state): count for template, state, count in session.exec(query)})


async def in_histories(client: Client, cases: list[str]) -> Told:
    """By case: the steps that came back from the recording activities, folded anew."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(case_id: str) -> tuple[str, CaseState, int]:
        async with turns:
            history = await client.get_workflow_handle(case_id).fetch_history()
        return case_id, fold_all(case_id, await _steps(client, history)), len(history.events)

    found = await asyncio.gather(*(one(case_id) for case_id in cases))
    sums = {case_id: Sums(state.money.awarded, state.money.booked, state.money.repaid) for case_id, state, _ in found}
    return Told(sums, sum(events for *_, events in found), sum(state.step_no for _, state, _ in found))


async def _steps(client: Client, history: WorkflowHistory) -> list[Step]:
    """The steps of a history, in their order."""
    kinds = {
        event.event_id: event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    }
    steps = []
    for event in history.events:
        if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            continue
        done = event.activity_task_completed_event_attributes
        if kinds[done.scheduled_event_id] not in STEPS:
            continue
        (reply,) = await client.data_converter.decode(list(done.result.payloads), [StepReply])
        if reply.step is not None:
            steps.append(reply.step)
    return steps


def _awarded(session: Session) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in session.exec(select(StepRow).where(StepRow.action == "sign_decision.sign")):
        found[row.case_id] += int(row.body.get("money", {}).get("awarded", 0))
    return found


def _by_case(session: Session, cents: Any, case_id: Any, where: Any) -> Counter[str]:
    rows = session.exec(select(case_id, func.sum(cents)).where(where).group_by(case_id))
    return Counter({case: int(total) for case, total in rows})
