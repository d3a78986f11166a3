"""The money of a case by budget year, and the dates of the case itself with the rule that makes each."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from models.case import CaseState
from models.deadlines import BERLIN, Deadline, deemed, fixed_day, legal_day, period
from models.money import Cents
from models.programme import FundingLine, Rules
from models.tables import Case

View = dict[str, Any]


def by_budget_year(case: Case, state: CaseState, line: FundingLine) -> list[View]:
    """For each budget year ``{budget_year, chapter, title, requested_cents, awarded_cents, ordered_cents, …}``.

    ``booked_cents``; ``left_cents``: what can still be called; ``latest_drawdown``: the last day for it. Chapter and
    item of the budget plan are empty where they are still to be set.
    """
    rules = Rules.model_validate(case.rules)
    requested = dict(rules.by_budget_year(Cents(case.requested_cents)))
    awarded = dict(rules.by_budget_year(Cents(case.awarded_cents)))
    rows = []
    for year in sorted(awarded):
        orders = [order for order in state.orders.values() if order.year == year]
        ordered = sum(order.cents for order in orders if order.status != "rejected")
        item = line.budget_item(year)
        rows.append(
            {
                "budget_year": year,
                "chapter": (item.chapter if item else None) or "",
                "title": (item.title if item else None) or "",
                "requested_cents": requested[year],
                "awarded_cents": awarded[year],
                "ordered_cents": ordered,
                "booked_cents": sum(order.cents for order in orders if order.status == "booked"),
                "left_cents": max(0, awarded[year] - ordered),
                "latest_drawdown": rules.latest_drawdown[year].isoformat(),
            }
        )
    return rows


def dates_of(case: Case, state: CaseState) -> list[View]:
    """Dates of the case itself, ``{name, on, rule, running}``; a task's own due date stands with the task.

    ``rule``: the deadline with its arithmetic; empty where the day came about another way, as finality by a waiver.
    """
    return [
        {"name": name, "on": on.isoformat(), "rule": rule.model_dump(mode="json") if rule else {}, "running": running}
        for name, on, rule, running in _dates(case, state, Rules.model_validate(case.rules))
    ]


def _dates(case: Case, state: CaseState, rules: Rules) -> Iterator[tuple[str, date, Deadline | None, bool]]:
    facts, timers = state.facts, state.timers
    if "decision_limit" in timers:
        received = legal_day(case.opened_at)
        limit = period(
            received, months=rules.decision_limit_months, rule="decision_limit", start_event="application_received"
        )
        yield "decision_limit", limit.end, limit, True
    notified = facts.notified_on or (timers["notified"].astimezone(BERLIN).date() if "notified" in timers else None)
    if notified:
        yield "notified", notified, deemed(facts.posted_on, notified) if facts.posted_on else None, "notified" in timers
        final = period(notified, months=rules.remedy_months, rule="remedy_months", start_event="notified")
        if facts.final_on is None:
            yield "final", final.end, final, True
    if facts.final_on:
        yield "final", facts.final_on, None, False
    if "period_end" in timers:
        yield "period_end", rules.period_to, fixed_day(rules.period_to, rule="period", start_event="award"), True
