"""How letters write amounts, days and instants. The words themselves stand in ``templates/email/words.toml``."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime

from activities.letters.mime import BERLIN, one_line
from models.money import Cents, format_eur

Words = Mapping[str, Any]
LOCALE = "de_DE"


def filters(words: Words) -> dict[str, Callable[..., str]]:
    """Filters of the templates. Each gives "" for nothing, so that a line without its fact stays empty."""

    def until(day: date | None) -> str:
        return words["date"]["until"].format(day=long_day(day)) if day else ""

    def moment(instant: datetime | None) -> str:
        return words["date"]["moment"].format(moment=_minute(instant)) if instant else ""

    def in_words(cents: int | None) -> str:
        return "" if cents is None else amount_in_words(cents, words)

    return {
        "eur": eur,
        "day": day,
        "long_day": long_day,
        "until": until,
        "moment": moment,
        "in_words": in_words,
        "one_line": one_line,
    }


def eur(cents: int | None) -> str:
    """``50.000,00 €``; "" for none."""
    return "" if cents is None else format_eur(Cents(cents))


def day(value: date | None) -> str:
    """``15. März 2026``."""
    return format_date(value, "d. MMMM y", locale=LOCALE) if value else ""


def long_day(value: date | None) -> str:
    """``Sonntag, 15. März 2026``."""
    return format_date(value, "EEEE, d. MMMM y", locale=LOCALE) if value else ""


def amount_in_words(cents: int, words: Words) -> str:
    """An amount as a notice writes it out; 0 <= cents < 10**14. Raises ``ValueError`` outside of that."""
    if not 0 <= cents < 10**14:
        raise ValueError(f"{cents} cents are not written out")
    table = words["number"]
    euros, rest = divmod(cents, 100)
    text = table["euro"].format(number=_number(euros, table))
    return str(text) + (str(table["and_cent"]).format(number=_number(rest, table)) if rest else "")


def _number(number: int, table: Words) -> str:
    """A whole number in one word, or several from a million on; a one before a noun has no ending."""
    if number == 0:
        return str(table["zero"])
    parts = []
    for size, one, many in ((10**9, "milliard", "milliards"), (10**6, "million", "millions")):
        count, number = divmod(number, size)
        if count == 1:
            parts.append(table[one])
        elif count:
            parts.append(table[many].format(number=_below_million(count, table)))
    return " ".join(parts + ([_below_million(number, table)] if number else []))


def _below_million(number: int, table: Words) -> str:
    thousands, rest = divmod(number, 1000)
    head = _below_thousand(thousands, table) + str(table["thousand"]) if thousands else ""
    return head + (_below_thousand(rest, table) if rest else "")


def _below_thousand(number: int, table: Words) -> str:
    hundreds, rest = divmod(number, 100)
    head = str(table["small"][hundreds]) + str(table["hundred"]) if hundreds else ""
    if rest < 20:
        return head + str(table["small"][rest])
    tens, ones = divmod(rest, 10)
    return head + (table["small"][ones] + table["and"] if ones else "") + str(table["tens"][tens])


def _minute(instant: datetime) -> str:
    return format_datetime(instant, "d. MMMM y, HH:mm", tzinfo=BERLIN, locale=LOCALE)
