"""Search attributes: what operators can filter by. Keys, amounts and dates only.

Which there are stands in :data:`models.contracts.SEARCH_ATTRIBUTES` alone; here are their values.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from models.case import CaseState
    from models.case_ids import recipient_key
    from models.contracts import SEARCH_ATTRIBUTES
    from models.deadlines import legal_day
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


def shown(state: CaseState, *, dates: bool = True) -> Shown:
    """The values of a case, by attribute name.

    ``dates``: kinds of tasks and all days on which something fires too; False in a run that began without them, for
    a history must replay with the upserts that it has.
    """
    wake = state.next_wake()
    earliest = state.earliest
    due = earliest.due if earliest else (wake[0] if wake else None)
    owed = {str(GRANT.owner(t.kind)) for t in state.tasks.values()}
    kinds = {str(t.kind) for t in state.tasks.values()} if dates else set()
    return {
        "WirStage": str(state.stage),
        "WirLine": state.line,
        "WirYear": state.year,
        "WirRecipient": recipient_key(state.case_id) or None,
        "WirWaitingFor": sorted(owed | kinds),
        "WirDueAt": due,
        "WirDates": _days(state) if dates else None,
        "WirUrgency": str(state.urgency),
        "WirAmountCents": state.money.awarded or state.money.requested,
    }


def _days(state: CaseState) -> list[str]:
    """The legal days on which something fires by itself."""
    instants = {rung.at for task in state.tasks.values() for rung in task.agenda} | {*state.timers.values()}
    return sorted({legal_day(at).isoformat() for at in instants})


def shown_of_round(step: RoundStep) -> Shown:
    """The values of a round: it waits for recipients while invitations are open, and for its next date."""
    return {
        "WirStage": str(step.stage),
        "WirLine": step.line,
        "WirYear": step.year,
        "WirRecipient": None,
        "WirWaitingFor": [str(Role.APPLICANT)] if step.open_invitations else [],
        "WirDueAt": step.next_at,
        "WirDates": None,
        "WirUrgency": None,
        "WirAmountCents": step.committed_cents,
    }


def changes(before: Shown, after: Shown, today: date | None = None) -> list[SearchAttributeUpdate[Any]]:
    """One update for each value that changed, so that a step costs one upsert at the most.

    That a day has come is no change: nobody asks for a day that has passed, so it may stay in the list.
    """
    if today and _has_only_come(before, after, today):
        before = before | {"WirDates": after["WirDates"]}
    updates: list[SearchAttributeUpdate[Any]] = []
    for key in KEYS:
        value = after[key.name]
        if before.get(key.name) == value:
            continue
        updates.append(key.value_unset() if value is None else key.value_set(value))
    return updates


def _has_only_come(before: Shown, after: Shown, today: date) -> bool:
    earlier, left = before.get("WirDates"), after["WirDates"]
    if not isinstance(earlier, list) or not isinstance(left, list):
        return False
    return {*left} <= {*earlier} and all(day <= today.isoformat() for day in {*earlier} - {*left})
