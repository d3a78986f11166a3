"""What somebody with the database in hand could do, by the promise and code that must find it.

Each is SQL or a function; the guards are gone by then, and CHECK constraints are not enforced.
"""

# ruff: noqa: S608 - put together from the constants below

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Case, Order, StepRow

PAID, UNKNOWN, OVER = "wir-fm-2018-06631", "wir-fm-2018-06411000", "wir-fm-2018-06631009"
"""Three cases: a claim is open; an order's fate is unknown and the proof overdue; withdrawn at once."""

Deed = str | Callable[[Session], None]
Body = dict[str, Any]


def state(case_id: str, **changes: Any) -> Deed:
    """Other values in a case's stored state."""

    def do(session: Session) -> None:
        case = session.get_one(Case, case_id)
        case.state = {**case.state, **changes}
        session.add(case)

    return do


def body(case_id: str, action: str, change: Callable[[Body], Body]) -> Deed:
    """Another content of a recorded step."""

    def do(session: Session) -> None:
        step = session.exec(
            select(StepRow).where(StepRow.case_id == case_id, StepRow.action == action).order_by(col(StepRow.no))
        ).first()
        assert step is not None
        step.body = change(deepcopy(step.body))
        session.add(step)

    return do


def second_order(session: Session) -> None:
    """One more order for an instalment that is paid."""
    old = session.get_one(Order, "FM18-06631-D01-A1")
    session.add(Order(**old.model_dump() | {"id": "FM18-06631-D01-A2", "attempt": 2}))


def handed_over_again(session: Session) -> None:
    """The last step says that an order left once more."""
    steps = session.exec(select(StepRow).where(StepRow.case_id == PAID).order_by(col(StepRow.no))).all()
    left = next(step for step in steps if step.action == "handed_over")
    steps[-1].body = {**left.body, "no": steps[-1].no}
    session.add(steps[-1])


def only_a_clerk(session: Session) -> None:
    """The case waits for the municipality, and nothing fires any more."""
    case = session.get_one(Case, UNKNOWN)
    task = next(t for t in case.state["tasks"].values() if t["kind"] == "prove_use")
    case.state = {**case.state, "tasks": {task["id"]: {**task, "agenda": []}}, "timers": {}}
    session.add(case)


WHERE_PAID = f"WHERE case_id = '{PAID}'"
EXAMINED = f"(SELECT id FROM command WHERE case_id = '{PAID}' AND choice = 'award' ORDER BY stored_at LIMIT 1)"
LONG_AGO = "'2000-01-01T00:00:00.000000+00:00'"

SABOTAGE: tuple[tuple[int, str, Deed], ...] = (
    (1, "two_live_orders", second_order),
    (1, "two_hand_overs", handed_over_again),
    (1, "hand_over_not_on_record", f"DELETE FROM step WHERE action = 'handed_over' AND case_id = '{UNKNOWN}'"),
    (
        1,
        "hand_over_not_on_record",
        "UPDATE payment_order SET file_sha256 = '', handed_over_at = NULL, status = 'approved'",
    ),
    (1, "order_differs_from_state", "UPDATE payment_order SET amount_cents = amount_cents + 1"),
    (2, "over_budget", "UPDATE budget SET total_cents = 1"),
    (2, "committed_differs", "UPDATE budget SET committed_cents = committed_cents - 1"),
    (2, "over_award", f"UPDATE grant_case SET awarded_cents = 1 WHERE id = '{PAID}'"),
    (2, "over_award", body(PAID, "approve_drawdown.approve", lambda b: b | {"money": {"ordered": 5_000_001}})),
    (2, "over_claim", body(PAID, "approve_proof.approve", lambda b: b | {"money": {"claimed": 5_000_001}})),
    (2, "ledger_not_zero", f"UPDATE ledger SET cents = cents + 1 WHERE id = (SELECT min(id) FROM ledger {WHERE_PAID})"),
    (2, "ledger_differs_from_state", f"UPDATE ledger SET account = 'returned' {WHERE_PAID} AND account = 'claim'"),
    (3, "not_authorised", "UPDATE officer SET roles = '[]' WHERE id = 'sim-see'"),
    (3, "not_authorised", "UPDATE officer SET valid_to = '2017-01-01' WHERE id = 'sim-wald'"),
    (3, "same_person_twice", "UPDATE step SET actor = 'officer:sim-berg' WHERE action = 'sign_decision.sign'"),
    (3, "same_person_twice", "UPDATE step SET actor = 'officer:sim-see' WHERE action LIKE '%_proof.a%'"),
    (3, "other_person_in_task", "UPDATE task SET closed_by = 'sim-see' WHERE kind = 'examine'"),
    (3, "notice_without_two_people", "UPDATE notice SET drafted_by = signed_by"),
    (3, "notice_signed_by_another", "UPDATE notice SET signed_by = 'sim-kasse'"),
    (3, "notice_drafted_by_another", "UPDATE notice SET drafted_by = 'sim-kasse'"),
    (3, "order_without_two_people", "UPDATE payment_order SET certified_by = approved_by"),
    (3, "order_approved_by_another", "UPDATE payment_order SET approved_by = 'sim-kasse'"),
    (3, "order_certified_by_another", "UPDATE payment_order SET certified_by = 'sim-kasse'"),
    (3, "bank_details_not_confirmed", "UPDATE bank_details SET confirmed_by = NULL"),
    (3, "bank_details_by_one_person", "UPDATE bank_details SET confirmed_by = called_back_by"),
    (3, "bank_details_by_another", "UPDATE bank_details SET confirmed_by = 'sim-kasse'"),
    (3, "decided_unread", f"DELETE FROM shown_text WHERE about = '{PAID}.4'"),
    (3, "decided_unread", "UPDATE command SET shown = 'x' WHERE choice = 'approve'"),
    (3, "decided_unread", "UPDATE shown_text SET officer_id = 'sim-kasse'"),
    (4, "decided_but_waiting", f"UPDATE command SET state = 'received' WHERE id = {EXAMINED}"),
    (4, "stuck", f"UPDATE command SET state = 'received', stored_at = {LONG_AGO} WHERE id = {EXAMINED}"),
    (4, "decided_without_step", f"UPDATE command SET step_no = NULL WHERE id = {EXAMINED}"),
    (4, "outcome_differs_from_step", f"UPDATE command SET state = 'refused', reason = 'x' WHERE id = {EXAMINED}"),
    (4, "outcome_differs_from_step", "UPDATE command SET state = 'applied' WHERE state = 'refused'"),
    (4, "step_without_command", f"DELETE FROM command WHERE id = {EXAMINED}"),
    (4, "application_not_first", f"UPDATE command SET kind = 'answer' {WHERE_PAID} AND kind = 'apply'"),
    (5, "nobody_owes_anything", state(PAID, tasks={}, timers={})),
    (5, "no_next_date", only_a_clerk),
    (5, "ended_with_timer", state(OVER, timers={"final": "2030-01-01T00:00:00Z"})),
    (5, "ended_with_task", state(OVER, tasks={"x": {"id": "x", "kind": "examine", "due": "2030-01-01T00:00:00Z"}})),
    (5, "task_differs_from_state", f"UPDATE task SET due_at = {LONG_AGO} WHERE state = 'open'"),
    (
        5,
        "task_differs_from_state",
        "UPDATE task SET state = 'open', closed_at = NULL, closed_by = '' WHERE kind = 'examine'",
    ),
    (5, "task_closed_by_nobody", "UPDATE task SET closed_by = '' WHERE kind = 'examine'"),
    (5, "link_outlives_task", "UPDATE task_token SET revoked_at = NULL"),
    (5, "mail_after_answer", "UPDATE outbox SET begun_step = 99 WHERE state = 'accepted'"),
    (5, "mail_after_answer", "UPDATE outbox SET begun_step = NULL WHERE state = 'accepted'"),
    (5, "mail_after_receipt", f"UPDATE command SET received_at = {LONG_AGO} WHERE choice = 'declare'"),
    (6, "hash_differs", "UPDATE notice SET body = body || ' '"),
    (6, "not_signed_once", body(PAID, "sign_decision.sign", lambda b: b | {"notices": []})),
    (6, "no_day_of_notification", "UPDATE notice SET notified_on = NULL"),
    (6, "not_served", "UPDATE outbox SET state = 'failed' WHERE notice_id IS NOT NULL"),
    (6, "notice_missing", f"DELETE FROM notice {WHERE_PAID}"),
    (7, "chain_broken", f"UPDATE step SET actor = 'system' {WHERE_PAID} AND no = 4"),
    (7, "chain_broken", body(PAID, "apply", lambda b: b | {"money": {"requested": 1}})),
    (7, "step_missing", f"DELETE FROM step {WHERE_PAID} AND no = 3"),
    (7, "step_differs_from_body", f"UPDATE step SET stage = 'closed' {WHERE_PAID} AND no = 2"),
    (7, "head_differs", f"DELETE FROM step {WHERE_PAID} AND no = (SELECT max(no) FROM step {WHERE_PAID})"),
    (7, "state_differs_from_fold", state(PAID, since="2018-01-01T00:00:00Z")),
    (7, "columns_differ", "UPDATE grant_case SET requested_cents = 1"),
    (7, "columns_differ", f"UPDATE grant_case SET live = (1 = 1) WHERE id = '{OVER}'"),
    (7, "no_fold", f"DELETE FROM step WHERE case_id = '{OVER}'"),
    (7, "papers_without_case", f"DELETE FROM grant_case WHERE id = '{OVER}'"),
)
