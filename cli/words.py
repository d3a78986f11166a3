"""Words of the command line: one language, its catalogue, and how amounts and days are written in it.

Light on purpose: no import beyond the standard library and the catalogue's loader.
"""

import os
import re
import shlex
import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from templates import LANGUAGES, catalogue, look_up

_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_NAME: Final = re.compile(r"\{(\w+)\}")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")
_BERLIN: Final = "Europe/Berlin"


class Words:
    """Texts in one language. ``prog`` is how the person calls this program; texts may repeat it."""

    def __init__(self, lang: str, prog: str) -> None:
        """Raises ``KeyError`` for a language without a catalogue."""
        self.lang, self.prog = lang, prog
        self._texts = catalogue(lang)

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

    def command(self, *parts: str) -> str:
        """A command line of this program, to be pasted into a shell."""
        return f"{self.prog} {shlex.join(parts)}"

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
        if name in {"role", "stage"}:
            return self.name(name, text)
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


def printable(text: str) -> str:
    """A text that cannot steer a terminal: what strangers typed may hold control or direction characters."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "�" for char in text)


def as_day(found: str | date) -> date:
    """The legal day of an ISO day, an ISO instant, a date or an instant. Raises ``ValueError``."""
    if isinstance(found, str):
        found = datetime.fromisoformat(found) if "T" in found or " " in found else date.fromisoformat(found)
    if isinstance(found, datetime):
        from zoneinfo import ZoneInfo

        return found.astimezone(ZoneInfo(_BERLIN)).date() if found.tzinfo else found.date()
    return found


def program(argv0: str, environ: Mapping[str, str] = os.environ) -> str:
    """How this program is called, so that a printed line can be pasted: ``./starter.py`` or an installed name.

    ``WIR_PROGRAM`` says it where this process cannot know: in a container, whose paths mean nothing to whoever reads.
    """
    if environ.get("WIR_PROGRAM"):
        return environ["WIR_PROGRAM"]
    path = Path(argv0)
    if path.suffix == ".py" and path.stem == "starter":
        shown = argv0 if "/" in argv0 else f"./{argv0}"
        return shlex.quote(shown) if os.access(argv0, os.X_OK) else f"python3 {shlex.quote(argv0)}"
    return path.name if path.name in {"starter", "wir"} else "./starter.py"


def typed_folder(data: Path) -> str:
    """A folder as people would type it from here, and never so that it reads as an option."""
    here = Path.cwd()
    if not data.absolute().is_relative_to(here):
        return str(data)
    return f"./{data.absolute().relative_to(here)}"


def chosen() -> Words:
    """The words of this call; an unknown language is told about in German."""
    return Words(language(os.environ) or LANGUAGES[0], program(sys.argv[0]))


def language(environ: Mapping[str, str]) -> str | None:
    """The language asked for by ``WIR_LANG``: German by default, none when it is not one of ours."""
    wanted = environ.get("WIR_LANG", "").lower()[:2] or LANGUAGES[0]
    return wanted if wanted in LANGUAGES else None
