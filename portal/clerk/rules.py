"""What a form can know before the case decides: limits, dates and sums; and what looks odd but may be right.

The case decides on the record and may still refuse; this only spares the clerk a second round.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from models.content.figures import Figures, plan, proof
from models.content.names import same_person
from models.deadlines import legal_day
from models.tasks import TaskKind as K
from portal.reading import Reading
from record.views.clerk_shapes import ClerkTask

FIGURES_OF_PROOF = frozenset({"staff_cents", "material_cents", "own_cents", "third_party_cents", "months_filled"})
"""Fields from which the sums and remarks of a proof are made."""

FAR = timedelta(days=3 * 366)
"""A change that began or begins further away than this is a typing error."""


def check(task: ClerkTask, reading: Reading) -> None:
    """Adds what the task's own rules say to the reading's errors."""
    if rule := _CHECKS.get(task.kind):
        rule(task, reading)


def figures(task: ClerkTask, values: Mapping[str, Any]) -> Figures | None:
    """Sums and remarks for the check page, none where there is nothing to sum."""
    maker = _FIGURES.get(task.kind)
    return maker(task, values) if maker else None


def _application(task: ClerkTask, reading: Reading) -> None:
    _within_limit(task, reading, "requested_cents", "over_ceiling")
    value = reading.values
    if {"requested_cents", "staff_cents", "material_cents"} <= value.keys() and "requested_cents" not in reading.errors:
        expenses = value["staff_cents"] + value["material_cents"]
        if value["requested_cents"] > expenses:
            reading.wrong("requested_cents", "over_expenses", expenses_cents=expenses)


def _drawdown(task: ClerkTask, reading: Reading) -> None:
    _within_limit(task, reading, "amount_cents", "over_left")


def _within_limit(task: ClerkTask, reading: Reading, name: str, code: str) -> None:
    limit = task.limit_cents
    if limit is not None and reading.values.get(name, 0) > limit:
        reading.wrong(name, code, limit_cents=limit)


def _declaration(task: ClerkTask, reading: Reading) -> None:
    one, two = reading.values.get("signatory_1", ""), reading.values.get("signatory_2", "")
    if one and two and same_person(one, two):
        reading.wrong("signatory_2", "signatories_equal")


def _change(task: ClerkTask, reading: Reading) -> None:
    since = reading.values.get("since")
    if since is not None and abs(since - legal_day(task.now)) > FAR:
        reading.wrong("since", "far_day")


def _extension(task: ClerkTask, reading: Reading) -> None:
    until, grant = reading.values.get("until"), task.grant
    if until is None or grant.proof_due is None or grant.proof_latest is None:
        return
    if until <= grant.proof_due:
        reading.wrong("until", "not_later", due=grant.proof_due)
    elif until > grant.proof_latest:
        reading.wrong("until", "too_far", latest=grant.proof_latest)


def _plan(_: ClerkTask, value: Mapping[str, int]) -> Figures:
    return plan(value)


def _proof(task: ClerkTask, value: Mapping[str, int]) -> Figures:
    return proof(value, received_cents=task.grant.booked_cents, period_months=task.grant.period_months)


_CHECKS: dict[K, Callable[[ClerkTask, Reading], None]] = {
    K.APPLY: _application,
    K.REQUEST_DRAWDOWN: _drawdown,
    K.DECLARE_ACCEPTANCE: _declaration,
    K.NOTIFY_CHANGE: _change,
    K.REQUEST_EXTENSION: _extension,
}

_FIGURES: dict[K, Callable[[ClerkTask, Mapping[str, int]], Figures]] = {
    K.APPLY: _plan,
    K.PROVE_USE: _proof,
    K.COMPLETE_PROOF: _proof,
}
