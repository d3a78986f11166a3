"""*My day*: an officer's tasks in lists, filtered, sorted and in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from templates.wording import as_day

PAGE: Final = 50
"""Tasks of one list on a page."""
ORDERS: Final = ("due", "recipient", "amount")

Json = dict[str, Any]
View = Mapping[str, Any]


@dataclass(frozen=True)
class Filter:
    """Which tasks are shown, and in which order. Empty fields restrict nothing."""

    round: str = ""
    kind: str = ""
    recipient: str = ""
    order: str = ORDERS[0]

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        """As the address says; an order that there is not is the usual one."""
        order = query.get("order", "")
        return cls(
            query.get("round", "").strip()[:40],
            query.get("kind", "").strip()[:40],
            query.get("recipient", "").strip()[:80],
            order if order in ORDERS else ORDERS[0],
        )

    def fits(self, task: View) -> bool:
        """Whether a task is shown."""
        return (
            (not self.round or round_of(task["case"]) == self.round)
            and (not self.kind or task["kind"] == self.kind)
            and (not self.recipient or self.recipient.casefold() in task["recipient"]["name"].casefold())
        )

    def sorted(self, tasks: Sequence[Json]) -> list[Json]:
        """The tasks in order; what is due first comes first among equals."""
        due = sorted(tasks, key=lambda task: (task["due"], task["id"]))
        match self.order:
            case "recipient":
                return sorted(due, key=lambda task: str(task["recipient"]["name"]).casefold())
            case "amount":
                return sorted(due, key=lambda task: -amount_of(task))
            case _:
                return due


@dataclass(frozen=True)
class Day:
    """The lists of a day. ``held``: those the officer takes care of; ``resting``: put on a later day.

    ``soon``: how many of ``held`` and ``mine`` are due within a week.
    """

    late: list[Json]
    held: list[Json]
    mine: list[Json]
    resting: list[Json]
    others: list[Json]
    soon: int
    kinds: tuple[str, ...]
    rounds: tuple[str, ...]


def day(view: View, chosen: Filter) -> Day:
    """An officer's lists out of the day's view. A task of four eyes that somebody else must do waits for others."""
    shown = chosen.sorted([task for task in view["tasks"] if chosen.fits(task)])
    mine = [task for task in shown if task["mine"] and not task["resting"]]
    me = (view["officer"] or {}).get("id", "")
    held = [task for task in mine if not task["late"] and (task["taken"] or {}).get("officer") == me]
    week = date.fromisoformat(view["legal_today"]) + timedelta(days=7)
    return Day(
        late=[task for task in mine if task["late"]],
        held=held,
        mine=[task for task in mine if not task["late"] and task not in held],
        resting=[task for task in shown if task["mine"] and task["resting"]],
        others=[task for task in shown if not task["mine"]],
        soon=sum(1 for task in mine if as_day(task["due"]) <= week),
        kinds=tuple(sorted({task["kind"] for task in view["tasks"]})),
        rounds=tuple(sorted({round_of(task["case"]) for task in view["tasks"]})),
    )


def amount_of(task: View) -> int:
    """The amount a task is about, in cents; 0 where it is about none."""
    facts = task.get("brief") or {}
    names = (
        "amount_cents",
        "award_cents",
        "proposed_cents",
        "requested_cents",
        "claimed_cents",
        "intended_cents",
        "spent_cents",
    )
    return next((int(facts[name]) for name in names if facts.get(name)), 0)


def round_of(case_id: str) -> str:
    """The round of a case: ``wir-fm-2018`` of ``wir-fm-2018-06631-2``."""
    return "-".join(case_id.split("-")[:3])
