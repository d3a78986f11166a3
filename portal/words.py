"""The words of the pages, and how amounts and days are written. The German itself stands in ``templates/web``."""

import re
import secrets
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from models.deadlines import BERLIN, FIXED, Deadline, legal_day
from models.money import Cents, format_eur, parse_plain
from templates import catalogue, look_up

PHONE = f"phone-{secrets.token_hex(16)}"
"""Stands for the office's number until a page is finished. Random, so that nobody can type it."""

WEB = Path(__file__).parent.parent / "templates" / "web"
_OPTIONAL_PART = re.compile(r"\[([^\[\]]*)\]")
_LENGTH = re.compile(r"P([0-9]+)([DWM])")
# Facts that are codes or ids: they say nothing to a clerk.
_INTERNAL = frozenset({"stage", "task", "role", "case", "first"})
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@cache
def words() -> dict[str, Any]:
    """All words of the pages as nested tables; read-only."""
    return tomllib.loads((WEB / "words.toml").read_text(encoding="utf-8"))


def word(table: str, key: str, **facts: Any) -> str:
    """One text with its facts filled in, or nothing when there is no such text. Keys may hold dots.

    ``{phone}`` becomes :data:`PHONE`; a page puts the number there.
    """
    found: Any = words()
    for part in table.split("."):
        found = found.get(part, {})
    text = found.get(key, "")
    return str(text).format(phone=PHONE, **{name: written(name, value) for name, value in facts.items()})


def written(name: str, value: Any) -> str:
    """A fact as people read it; the name's ending says what it is (``_cents``)."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int) and name.endswith("_cents"):
        return format_eur(Cents(value))
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        return day(date.fromisoformat(value))
    return str(value)


def euros(cents: int) -> str:
    """``50.000,00 €``."""
    return format_eur(Cents(cents))


def amount_hint(plain: tuple[str, ...]) -> str:
    """Writings that may have been meant, as a clerk writes them."""
    readings = [euros(parse_plain(text)).removesuffix("\u00a0€") for text in plain]
    return f" {word('error', 'amount_or')} ".join(readings)


def day(value: date, *, weekday: bool = False) -> str:
    """``31. März 2019``, with the weekday in front where asked for."""
    from babel.dates import format_date

    return format_date(value, "EEEE, d. MMMM y" if weekday else "d. MMMM y", locale="de_DE")


def instant(value: datetime) -> str:
    """``31. März 2019, 14:05 Uhr`` in Europe/Berlin."""
    from babel.dates import format_datetime

    return format_datetime(value, "d. MMMM y, HH:mm 'Uhr'", tzinfo=BERLIN, locale="de_DE")


def day_of(value: datetime) -> str:
    """The legal day of an instant."""
    return day(legal_day(value))


def deadline_sentence(deadline: Deadline | None) -> str:
    """How a counted period came about (``1 Monat nach Bekanntgabe …``), or nothing for a day that was named."""
    length = _LENGTH.fullmatch(deadline.arithmetic) if deadline and deadline.arithmetic != FIXED else None
    if deadline is None or length is None:
        return ""
    since = word("event", deadline.start_event, start=deadline.start)
    number = word("length", f"{length[2]}1") if length[1] == "1" else word("length", length[2], n=length[1])
    return f"{number} {since}" if since else ""


def refusal(code: str, details: Mapping[str, Any]) -> tuple[str, str]:
    """What the case said no to, and the clerk's way forward; both as sentences."""
    message = look_up(catalogue("de"), f"refusal.{code}.message") or ""
    return _filled(message, details), word("way", code) or word("way", "other")


def _filled(text: str, details: Mapping[str, Any]) -> str:
    """Puts facts in; a part in square brackets goes when one of its facts is missing."""
    facts = {name: written(name, value) for name, value in details.items() if name not in _INTERNAL}

    def keep(match: re.Match[str]) -> str:
        needed = re.findall(r"\{(\w+)\}", match[1])
        return match[1] if all(facts.get(name) for name in needed) else ""

    text = _OPTIONAL_PART.sub(keep, text)
    return re.sub(r"\{(\w+)\}", lambda match: facts.get(match[1], "…"), text)
