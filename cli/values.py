"""Reads what a person typed: amounts, days, numbers, files. What is wrong is said with the way to write it."""

import re
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from cli.options import flag
from cli.words import Words
from templates import catalogue

_GERMAN_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_GERMAN_MOMENT: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}),? +(\d{1,2})[:.](\d{2})(?: Uhr)?")
_SHOWN: Final = 60
_MAX_DAYS: Final = 3660


class UsageError(Exception):
    """Something was typed that cannot be read. The message is a finished sentence."""


def amount(words: Words, name: str, text: str) -> int:
    """Cents of an amount, more than zero: plain (``25000.00``) or German (``25.000,00``). Raises ``UsageError``."""
    from models.money import AmountError, parse_german, parse_plain

    try:
        return int(parse_german(text) if "," in text else parse_plain(text))
    except AmountError as error:
        why = words.name("amount", error.code)
        hint = ", ".join(error.hint)
        said = words.say("bad_amount", option=flag(name), text=_short(text), why=why, hint=hint)
        raise UsageError(said) from None


def day(words: Words, name: str, text: str) -> str:
    """An ISO day from ``2018-12-31`` or ``31.12.2018``. Raises ``UsageError``."""
    match = _GERMAN_DAY.fullmatch(text.strip())
    try:
        found = date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(words.say("bad_date", option=flag(name), text=_short(text))) from None
    return found.isoformat()


def moment(words: Words, name: str, text: str) -> str:
    """An ISO day and time from ``2018-01-22 10:30`` or ``22.1.2018, 10:30``. Raises ``UsageError``."""
    match = _GERMAN_MOMENT.fullmatch(text.strip())
    plain = f"{match[3]}-{match[2]:0>2}-{match[1]:0>2} {match[4]:0>2}:{match[5]}" if match else text.strip()
    try:
        found = datetime.fromisoformat(plain if ":" in plain else "")  # a day alone is no time
    except ValueError:
        raise UsageError(words.say("bad_moment", option=flag(name), text=_short(text))) from None
    return found.isoformat()


def number(words: Words, name: str, text: str) -> int:
    """A whole number of at most six digits. Raises ``UsageError``."""
    if re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII):
        return int(text)
    key = "bad_year" if name == "year" else "bad_number"
    raise UsageError(words.say(key, option=flag(name), text=_short(text)))


def code(words: Words, name: str, text: str) -> str:
    """A code of the table of an option, typed as it is or as it is called. Raises ``UsageError`` naming them all."""
    typed = text.strip().casefold()
    table: dict[str, str] = catalogue(words.lang)[name]
    for found, called in table.items():
        if typed in {found, called.casefold(), called.partition(" (")[0].casefold()}:
            return found
    known = ", ".join(f"{called} ({found})" for found, called in table.items())
    raise UsageError(words.say("bad_code", option=flag(name), text=_short(text), known=known))


def days(words: Words, text: str) -> int:
    """A number of days from 1 to 3660. Raises ``UsageError``."""
    if re.fullmatch(r"\d{1,4}", text.strip(), re.ASCII) and 1 <= int(text) <= _MAX_DAYS:
        return int(text)
    raise UsageError(words.say("bad_days", text=_short(text)))


def text_file(words: Words, name: str) -> str:
    """The text of a file (UTF-8), of standard input for ``-``. Raises ``UsageError``."""
    try:
        if name == "-":
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UsageError(words.say("bad_file", file=name)) from None


def json_file(words: Words, name: str) -> dict[str, Any]:
    """The JSON object in a file. Raises ``UsageError`` with the line of a mistake."""
    import json

    try:
        found = json.loads(text_file(words, name))
    except json.JSONDecodeError as error:
        raise UsageError(words.say("bad_json", file=name, line=error.lineno)) from None
    if not isinstance(found, dict):
        raise UsageError(words.say("bad_json", file=name))
    return found


def attached(words: Words, name: str) -> dict[str, str]:
    """A file as it is sent along: its name, and its bytes as text. Raises ``UsageError``."""
    from base64 import b64encode

    try:
        data = Path(name).read_bytes()
    except OSError:
        raise UsageError(words.say("bad_file", file=name)) from None
    return {"name": Path(name).name, "data": b64encode(data).decode()}


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
