"""One language's texts, and how amounts and days are written in it: for the command line and for the officers' desk.

Light on purpose: no import beyond the standard library and the catalogue's loader.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from templates import catalogue, look_up

_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_NAME: Final = re.compile(r"\{(\w+)\}")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")
_BERLIN: Final = "Europe/Berlin"


class Wording:
    """Texts in one language. ``prog``: how ``starter.py`` is called; texts may repeat it."""

    def __init__(self, lang: str, prog: str = "starter.py", people: Mapping[str, str] | None = None) -> None:
        """``people``: names of officers by id. Raises ``KeyError`` for a language without a catalogue."""
        self.lang, self.prog = lang, prog
        self._texts = catalogue(lang)
        self._people = dict(people or {})

    def know(self, people: Mapping[str, str]) -> None:
        """Names of officers, as an answer of the desk brings them."""
        self._people |= people

    def person(self, officer_id: str) -> str:
        """The name of an officer; the id of one that is not known here."""
        return self._people.get(officer_id, officer_id)

    def find(self, key: str) -> str | None:
        """The text under a dotted key as it stands, or none."""
        return look_up(self._texts, key)

    def lines(self, key: str) -> list[str]:
        """The lines under a dotted key. Raises ``KeyError``."""
        found: Any = self._texts
        for part in key.split("."):
            found = found[part]
        return list(found)

    def say(self, key: str, /, **values: Any) -> str:
        """The text under a key of ``[cli]``, filled. Raises ``KeyError`` for an unknown key."""
        text = self.find(f"cli.{key}")
        if text is None:
            raise KeyError(key)
        return fill(text, {"prog": self.prog, **values})

    def name(self, table: str, key: str) -> str:
        """What people call a code (``stage``, ``role``, …); a code without a text is shown as it is."""
        return self.find(f"{table}.{key}") or key

    def refusal(self, code: str, details: Mapping[str, Any]) -> tuple[str, str]:
        """What was refused and the way forward, both with the refusal's details."""
        values = {"prog": self.prog, **{name: self.value(name, found) for name, found in details.items()}}
        message = self.find(f"refusal.{code}.message")
        if message is None:
            return code, ""
        return fill(message, values), fill(self.find(f"refusal.{code}.way") or "", values)

    def value(self, name: str, found: Any) -> str:
        """One detail in words: cents as euros, days with weekday, codes by their names."""
        if found is None or found == "":
            return ""
        if name.endswith("_cents") and isinstance(found, int):
            return self.amount(found)
        if isinstance(found, list | tuple):
            return ", ".join(str(item) for item in found)
        text = str(found)
        if name in {"role", "stage", "change"}:
            return self.name(name, text)
        if name in {"officer", "deputy"}:
            return self.person(text)
        if name == "answer":
            return self.name("choice", text)
        if name in {"answered_at", "ended_at"}:
            return self.moment(text)
        if name == "detail" and (reason := self.find(f"bank_reason.{text}")):
            return f"{reason} ({text})"
        if name == "first":
            return self.name("task", f"{text}.title")
        return self.day(text) if _ISO.fullmatch(text) else text

    def amount(self, cents: int) -> str:
        """Cents as people write them: ``50.000,00 €``; in English ``€50,000.00``."""
        euros, rest = divmod(abs(cents), 100)
        sign = "-" if cents < 0 else ""
        if self.lang == "en":
            return f"{sign}€{euros:,}.{rest:02d}"
        return f"{sign}{euros:,}".replace(",", ".") + f",{rest:02d} €"

    def day(self, found: str | date) -> str:
        """A day with its weekday; an instant is shown as its legal day (Europe/Berlin). Nothing gives a dash."""
        if not found:
            return self.say("none")
        day = as_day(found)
        weekday = self.say("weekdays").split()[day.weekday()]
        return self.say("date", weekday=weekday, day=f"{day:%d}", month=f"{day:%m}", year=f"{day:%Y}")

    def clock(self, found: str) -> str:
        """The time of day of an ISO instant, in Europe/Berlin: ``14:05``."""
        from zoneinfo import ZoneInfo

        return f"{datetime.fromisoformat(found).astimezone(ZoneInfo(_BERLIN)):%H:%M}"

    def moment(self, found: str) -> str:
        """An ISO instant as day and time of the day in Europe/Berlin."""
        from zoneinfo import ZoneInfo

        at = datetime.fromisoformat(found)
        local = at.astimezone(ZoneInfo(_BERLIN)) if at.tzinfo else at
        return self.say("moment", day=self.day(local), time=f"{local:%H:%M}")

    def last_day(self, found: str | date) -> str:
        """The last day that is in time. A due instant is the first one too late, so its day is the one before."""
        if isinstance(found, str) and ("T" in found or " " in found):
            found = datetime.fromisoformat(found)
        return self.day(found - timedelta(microseconds=1) if isinstance(found, datetime) else found)


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Puts values into a text. A part in square brackets falls away when one of its values is missing or empty."""

    def keep(part: re.Match[str]) -> str:
        present = all(values.get(name) not in {None, ""} for name in _NAME.findall(part[1]))
        return part[1] if present else ""

    while _OPTIONAL.search(text):
        text = _OPTIONAL.sub(keep, text)
    return _NAME.sub(lambda name: str(values.get(name[1], "…")), text)


def as_day(found: str | date) -> date:
    """The legal day of an ISO day, an ISO instant, a date or an instant. Raises ``ValueError``."""
    if isinstance(found, str):
        found = datetime.fromisoformat(found) if "T" in found or " " in found else date.fromisoformat(found)
    if isinstance(found, datetime):
        from zoneinfo import ZoneInfo

        return found.astimezone(ZoneInfo(_BERLIN)).date() if found.tzinfo else found.date()
    return found
