"""Money: integer cents of EUR, the two ways people write them, and the sums a grant needs.

A clerk types German (`50.000,00 €`), programs and programme files write plain (`50000.00`). A writing
that could mean two amounts is refused with what it might have meant; nothing is ever guessed.
No float touches an amount.
"""

import re
from enum import StrEnum
from typing import Final, NewType

Cents = NewType("Cents", int)

MAX_CENTS: Final = Cents(10**11)
"""Largest amount taken from outside: one billion EUR. Larger ones are typing errors."""

_MAX_TEXT = 40

_PLAIN = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?")
_GERMAN = re.compile(r"([1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+))(?:,([0-9]+))?")
_GROUPED = re.compile(
    r"([1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+))(?:,([0-9]{1,2}))?"
    r"|([1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:'[0-9]{3})+))(?:\.([0-9]{1,2}))?"
)
_EITHER = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_CURRENCY = re.compile(r"\s*(?:€|EUR|Euro)$", re.IGNORECASE)
_SIGNED = re.compile("[-\u2212\u2013]\\s*(.+)")  # hyphen, minus sign, en dash: all are typed for "minus"
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"})


class AmountCode(StrEnum):
    """Why a written amount was refused; the sentence for people stands in the text catalogue."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    GROUPED = "grouped"
    AMBIGUOUS = "ambiguous"
    TOO_MANY_DECIMALS = "too_many_decimals"
    NEGATIVE = "negative"
    ZERO = "zero"
    TOO_LARGE = "too_large"


class AmountError(ValueError):
    """A written amount that is not taken.

    `code` says why; `hint` holds plain writings (`50000.00`) that may have been meant, none, one or two,
    each of which both parsers accept.
    """

    def __init__(self, code: AmountCode, hint: tuple[str, ...] = ()) -> None:
        """Keep code and hint; the refused text itself is not repeated (it may be oversized)."""
        meant = f"; write {' or '.join(hint)}" if hint else ""
        super().__init__(f"amount refused: {code.value}{meant}")
        self.code = code
        self.hint = hint


def parse_plain(text: str, *, zero_ok: bool = False) -> Cents:
    """Read an amount as programs write it: `50000`, `50000.00`, `50000,00`, `25000.5`.

    Thousands separators are refused, with the plain writing as hint. Returns cents, more than 0
    (0 too with `zero_ok`), at most `MAX_CENTS`. Raises `AmountError`.
    """
    cleaned = _cleaned(text)
    if _EITHER.fullmatch(cleaned):
        raise AmountError(AmountCode.AMBIGUOUS, _both_readings(cleaned))
    if match := _PLAIN.fullmatch(cleaned):
        return _cents(match[1], match[2], zero_ok)
    raise _refusal(cleaned)


def parse_german(text: str, *, zero_ok: bool = False) -> Cents:
    """Read an amount as a clerk writes it in a form; everything `parse_plain` takes, and more.

    Also `50.000,00`, `50.000`, `50 000,00` and a trailing `€`, `EUR` or `Euro`. A point before exactly three
    digits groups thousands, as everywhere in German; the check page shows the amount read. English grouping
    (`50,000.00`) is refused with a hint, and `50,000` as ambiguous. Returns cents as `parse_plain` does.
    Raises `AmountError`.
    """
    cleaned = _CURRENCY.sub("", _cleaned(text))
    if match := _GERMAN.fullmatch(cleaned):
        return _cents(re.sub(r"[. ]", "", match[1]), match[2], zero_ok)
    return parse_plain(cleaned, zero_ok=zero_ok)


def format_plain(cents: Cents) -> str:
    """Write cents for programs: `50000.00`; the inverse of `parse_plain` for amounts above 0."""
    euros, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{euros}.{rest:02d}"


def format_eur(cents: Cents) -> str:
    """Write cents for people: `50.000,00 €`, with a no-break space before the sign."""
    # Imported on use: workflows load this module for `Cents` and never write an amount.
    from decimal import Decimal

    from babel.numbers import format_currency

    return format_currency(Decimal(format_plain(cents)), "EUR", locale="de_DE")


def split_instalments(total: Cents, n: int) -> list[Cents]:
    """Cut `total` cents into `n` instalments, equal to the cent, the rest in the last one.

    50,000.00 in 12 gives 11 times 4,166.67 and 4,166.63. Where rounding up would leave nothing for the last
    one (a few cents in many parts) the parts are rounded down. Raises `ValueError` unless 1 <= n <= total.
    """
    if not 1 <= n <= total:
        raise ValueError(f"cannot cut {total} cents into {n} instalments of at least one cent")
    part = proportional(total, 1, n)
    if part * (n - 1) >= total:
        part = Cents(total // n)
    return [part] * (n - 1) + [Cents(total - part * (n - 1))]


def proportional(total: Cents, numerator: int, denominator: int) -> Cents:
    """`total` times numerator/denominator, rounded half up to the cent: 5/12 of 50,000.00 is 20,833.33.

    Raises `ValueError` for negative values or a denominator of 0.
    """
    if total < 0 or numerator < 0 or denominator <= 0:
        raise ValueError(f"no share {numerator}/{denominator} of {total} cents")
    return Cents((2 * total * numerator + denominator) // (2 * denominator))


def _cleaned(text: str) -> str:
    """Refuse nothing-at-all and oversized text; make all kinds of spaces one."""
    cleaned = text.translate(_SPACES).strip()
    if not cleaned:
        raise AmountError(AmountCode.EMPTY)
    if len(cleaned) > _MAX_TEXT:
        digits = re.fullmatch(r"[0-9.,' ]+", cleaned)
        raise AmountError(AmountCode.TOO_LARGE if digits else AmountCode.NOT_A_NUMBER)
    return cleaned


def _cents(euros: str, decimals: str | None, zero_ok: bool) -> Cents:
    """Whole euros and decimals, both ASCII digits, to cents within the bounds."""
    decimals = decimals or ""
    if len(decimals) > 2:
        exact = not decimals[2:].strip("0")
        raise AmountError(AmountCode.TOO_MANY_DECIMALS, _hint(euros, decimals[:2]) if exact else ())
    cents = Cents(int(euros) * 100 + int(decimals.ljust(2, "0")))
    if cents > MAX_CENTS:
        raise AmountError(AmountCode.TOO_LARGE)
    if cents == 0 and not zero_ok:
        raise AmountError(AmountCode.ZERO)
    return cents


def _hint(euros: str, decimals: str) -> tuple[str, ...]:
    """The plain writing of an amount, if it is one that would be taken."""
    cents = Cents(int(euros) * 100 + int(decimals.ljust(2, "0")))
    return (format_plain(cents),) if 0 < cents <= MAX_CENTS else ()


def _both_readings(cleaned: str) -> tuple[str, ...]:
    """`50.000` as fifty thousand and as fifty; `50.125` only as the first, there is no half cent."""
    euros, tail = re.split(r"[.,]", cleaned)
    thousands = _hint(euros + tail, "")
    return thousands + _hint(euros, tail[:2]) if tail.endswith("0") else thousands


def _refusal(cleaned: str) -> AmountError:
    """The reason and the hint for a text that is no plain number."""
    if signed := _SIGNED.fullmatch(cleaned):
        negative = _PLAIN.fullmatch(signed[1]) or _GROUPED.fullmatch(signed[1])
        return AmountError(AmountCode.NEGATIVE if negative else AmountCode.NOT_A_NUMBER)
    bare = _CURRENCY.sub("", cleaned)
    if match := _GROUPED.fullmatch(bare):
        euros, decimals = match[1] or match[3], match[2] or match[4] or ""
        if _EITHER.fullmatch(bare):
            return AmountError(AmountCode.AMBIGUOUS, _both_readings(bare))
        return AmountError(AmountCode.GROUPED, _hint(re.sub(r"[., ']", "", euros), decimals))
    if (match := _PLAIN.fullmatch(bare)) and len(match[2] or "") <= 2:
        return AmountError(AmountCode.NOT_A_NUMBER, _hint(match[1], match[2] or ""))
    return AmountError(AmountCode.NOT_A_NUMBER)
