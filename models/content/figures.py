"""Sums over the amounts of a form, and what is unusual about them: for the clerk's check page and for officers."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Sums in cents that are made from the typed amounts, and remarks on them (codes)."""

    rows: tuple[tuple[str, int], ...]
    remarks: tuple[str, ...]


def plan(value: Mapping[str, int]) -> Figures:
    """Of an application: what is to be spent against what it is paid from."""
    expenses = value["staff_cents"] + value["material_cents"]
    income = value["requested_cents"] + value["own_cents"]
    rows = (("expenses", expenses), ("financing", income))
    if expenses == income:
        return Figures(rows, ())
    gap = "gap" if expenses > income else "surplus"
    return Figures((*rows, (gap, abs(expenses - income))), (gap,))


def proof(value: Mapping[str, int], *, received_cents: int, period_months: int) -> Figures:
    """Of a proof of use: what was spent from the grant against what was paid, and the months of the post."""
    spent = spent_from_grant(value)
    expenses = value["staff_cents"] + value["material_cents"]
    income = value["own_cents"] + value["third_party_cents"]
    rows = [("expenses", expenses), ("income", income), ("spent_from_grant", spent), ("received", received_cents)]
    rows.append(("unspent", max(0, received_cents - spent)))
    months = value["months_filled"]
    remarks = {
        "unspent": spent < received_cents,
        "overspent": spent > received_cents,
        "income_exceeds": income > expenses,
        "vacant_but_paid": months == 0 and value["staff_cents"] > 0,
        "filled_but_unpaid": months > 0 and value["staff_cents"] == 0,
        "partly_vacant": 0 < months < period_months,
        "longer_than_period": months > period_months,
    }
    return Figures(tuple(rows), tuple(code for code, holds in remarks.items() if holds))


def spent_from_grant(value: Mapping[str, int]) -> int:
    """As the case will count it (``ProofOfUse`` of :mod:`models.content.answers`); a test compares both."""
    spent = value["staff_cents"] + value["material_cents"] - value["own_cents"] - value["third_party_cents"]
    return max(0, spent)
