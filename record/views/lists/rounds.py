"""The table of a round: every recipient with its stage, its money and its next date. Plain values, no words."""

from collections import Counter

from sqlmodel import Session, col, select

from models.case import CaseState
from models.errors import Code, RefusedError
from models.tables import Budget, Case, Round, TaskRow
from record.views.tasks import Directory, View, iso, recipient_view
from workflows.lifecycle import GRANT


def round_view(session: Session, directory: Directory, round_id: str) -> View:
    """Budget, cases and sums of a round. Raises ``RefusedError`` (``unknown_case``)."""
    found = session.get(Round, round_id)
    if found is None:
        raise RefusedError(Code.UNKNOWN_CASE, case=round_id)
    cases = list(
        session.exec(select(Case).where(Case.line == found.line, Case.year == found.year).order_by(col(Case.id)))
    )
    rows = [_round_row(directory, case) for case in cases]
    budgets = session.exec(select(Budget).where(Budget.line == found.line).order_by(col(Budget.budget_year)))
    invitations = session.exec(select(TaskRow.state).where(TaskRow.round_id == round_id))
    return {
        "round": round_id,
        "line": found.line,
        "year": found.year,
        "opened_at": iso(found.opened_at),
        "ended_at": iso(found.ended_at),
        "invitations_open": Counter(invitations)["open"],
        "budget": [
            {"year": b.budget_year, "total_cents": b.total_cents, "committed_cents": b.committed_cents} for b in budgets
        ],
        "cases": rows,
        "stages": dict(Counter(str(row["stage"]) for row in rows)),
        "sums": {name: sum(row[name] for row in rows) for name in CENTS},
    }


CENTS = (
    "requested_cents",
    "awarded_cents",
    "reserved_cents",
    "ordered_cents",
    "booked_cents",
    "claimed_cents",
    "repaid_cents",
)


def _round_row(directory: Directory, case: Case) -> View:
    recipient = recipient_view(directory, case)
    state = CaseState.model_validate(case.state)
    earliest = state.earliest
    return {
        "case": case.id,
        "key": recipient["key"],
        "recipient": recipient["name"],
        "stage": case.stage,
        "urgency": str(state.urgency),
        "waiting_for": str(GRANT.owner(earliest.kind)) if earliest else "",
        "due": iso(earliest.due if earliest else None),
        "requested_cents": case.requested_cents,
        "awarded_cents": case.awarded_cents,
        "reserved_cents": case.reserved_cents,
        "ordered_cents": case.ordered_cents,
        "booked_cents": case.booked_cents,
        "claimed_cents": case.claimed_cents,
        "repaid_cents": case.repaid_cents,
    }
