"""What differs between a field of an answer and the same field elsewhere: in the answer before, the plan, last year.

Codes and numbers only; the words stand in the text catalogue. What is empty in one of the two is told as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Than(StrEnum):
    """What a field is compared with."""

    BEFORE = "before"  # the answer to the same form before, in this case
    PLANNED = "planned"  # the application, or the award
    YEAR_BEFORE = "year_before"  # the same form in the recipient's case of the year before


class OddCode(StrEnum):
    """How a field differs."""

    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"
    HIGHER = "higher"
    LOWER = "lower"
    DOUBLED = "doubled"
    HALVED = "halved"
    WHOLE_AWARD = "whole_award"  # all at once
    BEYOND_NEED = "beyond_need"  # more than the award's part of the months for which money may be called


@dataclass(frozen=True)
class Odd:
    """One difference. ``by``: cents of an amount, otherwise a number; none where it says nothing."""

    code: OddCode
    than: Than
    by: int | None = None


EMPTY: Final[tuple[Any, ...]] = (None, "", (), [])


def differs(now: Any, then: Any, than: Than) -> Odd | None:
    """How a value differs from another one; none where both say the same."""
    if _same(now, then):
        return None
    if _is_number(now) and _is_number(then):
        return _number(now, then, than)
    if then in EMPTY:
        return Odd(OddCode.NEW, than)
    return Odd(OddCode.GONE if now in EMPTY else OddCode.CHANGED, than)


def drawn(cents: int, awarded: int, *, need_months: int, period_months: int) -> list[Odd]:
    """What is unusual about a call of money, measured by the award (ANBest-GK: due within some months)."""
    found = []
    if awarded and cents >= awarded:
        found.append(Odd(OddCode.WHOLE_AWARD, Than.PLANNED))
    # The window may be longer than the period; then nothing is beyond it.
    if cents * period_months > awarded * min(need_months, period_months):
        found.append(Odd(OddCode.BEYOND_NEED, Than.PLANNED, need_months))
    return found


def _number(now: int, then: int, than: Than) -> Odd:
    by = abs(now - then)
    if then > 0 and now == 2 * then:
        return Odd(OddCode.DOUBLED, than, by)
    if now > 0 and then == 2 * now:
        return Odd(OddCode.HALVED, than, by)
    return Odd(OddCode.HIGHER if now > then else OddCode.LOWER, than, by)


def _same(now: Any, then: Any) -> bool:
    if now in EMPTY and then in EMPTY:
        return True
    if isinstance(now, list | tuple) and isinstance(then, list | tuple):
        return sorted(map(_identity, now)) == sorted(map(_identity, then))
    if isinstance(now, str) and isinstance(then, str):
        return now.split() == then.split()  # a line break more changes nothing
    return bool(now == then)


def _identity(one: Any) -> str:
    """A file is its bytes, whatever it is called."""
    return str(one["sha256"] if isinstance(one, Mapping) and "sha256" in one else one)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
