"""Search attributes: what operators can filter by. Keys, amounts and dates only."""

from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from models.case import CaseState
    from models.case_ids import recipient_key
    from models.rounds import RoundStep
    from models.tasks import Role
    from workflows.lifecycle import GRANT

STAGE = SearchAttributeKey.for_keyword("WirStage")
LINE = SearchAttributeKey.for_keyword("WirLine")
YEAR = SearchAttributeKey.for_int("WirYear")
RECIPIENT = SearchAttributeKey.for_keyword("WirRecipient")
WAITING_FOR = SearchAttributeKey.for_keyword_list("WirWaitingFor")
DUE_AT = SearchAttributeKey.for_datetime("WirDueAt")
URGENCY = SearchAttributeKey.for_keyword("WirUrgency")
AMOUNT = SearchAttributeKey.for_int("WirAmountCents")

Shown = dict[str, str | int | list[str] | datetime | None]


def shown(state: CaseState) -> Shown:
    """The values of a case, by attribute name."""
    wake = state.next_wake()
    earliest = state.earliest
    due = earliest.due if earliest else (wake[0] if wake else None)
    return {
        STAGE.name: str(state.stage),
        LINE.name: state.line,
        YEAR.name: state.year,
        RECIPIENT.name: recipient_key(state.case_id) or None,
        WAITING_FOR.name: sorted({str(GRANT.owner(t.kind)) for t in state.tasks.values()}),
        DUE_AT.name: due,
        URGENCY.name: str(state.urgency),
        AMOUNT.name: state.money.awarded or state.money.requested,
    }


def shown_of_round(step: RoundStep) -> Shown:
    """The values of a round: it waits for recipients while invitations are open, and for its next date."""
    return {
        STAGE.name: str(step.stage),
        LINE.name: step.line,
        YEAR.name: step.year,
        RECIPIENT.name: None,
        WAITING_FOR.name: [str(Role.APPLICANT)] if step.open_invitations else [],
        DUE_AT.name: step.next_at,
        URGENCY.name: None,
        AMOUNT.name: step.committed_cents,
    }


def changes(before: Shown, after: Shown) -> list[SearchAttributeUpdate[Any]]:
    """One update for each value that changed, so that a step costs one upsert at the most."""
    updates: list[SearchAttributeUpdate[Any]] = []
    for key in (STAGE, LINE, YEAR, RECIPIENT, WAITING_FOR, DUE_AT, URGENCY, AMOUNT):
        value = after[key.name]
        if before.get(key.name) == value:
            continue
        updates.append(key.value_unset() if value is None else key.value_set(value))  # type: ignore[arg-type]
    return updates
