"""Search attributes: what operators can filter by. Keys, amounts and dates only.

Which there are stands in :data:`models.contracts.SEARCH_ATTRIBUTES` alone; here are their values.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from models.case import CaseState
    from models.case_ids import recipient_key
    from models.contracts import SEARCH_ATTRIBUTES
    from models.rounds import RoundStep
    from models.tasks import Role
    from workflows.lifecycle import GRANT

_OF_TYPE: Final[Mapping[str, Callable[[str], SearchAttributeKey[Any]]]] = {
    "Keyword": SearchAttributeKey.for_keyword,
    "KeywordList": SearchAttributeKey.for_keyword_list,
    "Int": SearchAttributeKey.for_int,
    "Datetime": SearchAttributeKey.for_datetime,
}
KEYS: Final = tuple(_OF_TYPE[kind](name) for name, kind in SEARCH_ATTRIBUTES.items())

Shown = dict[str, str | int | list[str] | datetime | None]


def shown(state: CaseState) -> Shown:
    """The values of a case, by attribute name."""
    wake = state.next_wake()
    earliest = state.earliest
    due = earliest.due if earliest else (wake[0] if wake else None)
    return {
        "WirStage": str(state.stage),
        "WirLine": state.line,
        "WirYear": state.year,
        "WirRecipient": recipient_key(state.case_id) or None,
        "WirWaitingFor": sorted({str(GRANT.owner(t.kind)) for t in state.tasks.values()}),
        "WirDueAt": due,
        "WirUrgency": str(state.urgency),
        "WirAmountCents": state.money.awarded or state.money.requested,
    }


def shown_of_round(step: RoundStep) -> Shown:
    """The values of a round: it waits for recipients while invitations are open, and for its next date."""
    return {
        "WirStage": str(step.stage),
        "WirLine": step.line,
        "WirYear": step.year,
        "WirRecipient": None,
        "WirWaitingFor": [str(Role.APPLICANT)] if step.open_invitations else [],
        "WirDueAt": step.next_at,
        "WirUrgency": None,
        "WirAmountCents": step.committed_cents,
    }


def changes(before: Shown, after: Shown) -> list[SearchAttributeUpdate[Any]]:
    """One update for each value that changed, so that a step costs one upsert at the most."""
    updates: list[SearchAttributeUpdate[Any]] = []
    for key in KEYS:
        value = after[key.name]
        if before.get(key.name) == value:
            continue
        updates.append(key.value_unset() if value is None else key.value_set(value))
    return updates
