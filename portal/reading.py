"""What a clerk typed, read and checked: values for the answer's model, or one coded error for each field.

Nothing is guessed and nothing typed is lost: the raw text stays with the form until it is right. A code names the
message in ``templates/web/words.toml``; its facts are plain values (cents, days, numbers).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.content import texts
from models.content.answers import FileRef
from models.content.placeholders import is_placeholder
from models.money import AmountError, parse_german
from portal.forms import Field, Kind

_DAY = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_WORDS = frozenset({Kind.LINE, Kind.TEXT})


@dataclass(frozen=True)
class FieldError:
    """A message at a field: code and facts."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class _Wrong(Exception):
    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.error = FieldError(code, facts)


@dataclass
class Reading:
    """The outcome: ``values`` for the model, ``errors`` by field name in the order of the form."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, FieldError] = field(default_factory=dict)

    def wrong(self, name: str, code: str, **facts: Any) -> None:
        """Adds an error; the first one of a field stays."""
        self.errors.setdefault(name, FieldError(code, facts))


def read(fields: tuple[Field, ...], raw: Mapping[str, str], files: tuple[FileRef, ...] = ()) -> Reading:
    """Reads all fields; a field that is wrong has an error instead of a value."""
    reading = Reading()
    for one in fields:
        if one.kind is Kind.FILES:
            reading.values[one.name] = files
            continue
        try:
            reading.values[one.name] = _value(one, raw.get(one.name, ""))
        except _Wrong as wrong:
            reading.errors[one.name] = wrong.error
    return reading


def _value(one: Field, text: str) -> Any:
    try:
        text = texts.lines(text)  # also for one line: a pasted line break becomes a space there
    except texts.ControlCharacterError as error:
        raise _Wrong(str(error)) from None
    if len(text) > one.limit:
        raise _Wrong("too_long", limit=one.limit, length=len(text))
    if not text:
        return _empty(one)
    if one.kind in _WORDS and is_placeholder(text):
        raise _Wrong("placeholder")
    return _READERS[one.kind](one, text)


def _empty(one: Field) -> Any:
    if one.required:
        raise _Wrong("missing")
    return 0 if one.kind is Kind.MONEY else ""


def _money(one: Field, text: str) -> int:
    try:
        return parse_german(text, zero_ok=one.zero)
    except AmountError as error:
        raise _Wrong(f"amount_{error.code}", hint=error.hint) from None


def _number(one: Field, text: str) -> int:
    bare = text.removesuffix("%").strip()
    if not (bare.isascii() and bare.isdecimal() and len(bare) < 10):
        raise _Wrong("not_a_number", least=one.least, most=one.most)
    number = int(bare)
    if not one.least <= number <= one.most:
        raise _Wrong("out_of_range", least=one.least, most=one.most)
    return number


def _day(one: Field, text: str) -> date:
    """A day as people here write it (``31.3.2019``) or as machines do (``2019-03-31``)."""
    if german := _DAY.fullmatch(text):
        day, month, year = (int(part) for part in german.groups())
    elif iso := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in iso.groups())
    else:
        raise _Wrong("not_a_day")
    try:
        found = date(year, month, day)
    except ValueError:
        raise _Wrong("no_such_day") from None
    if not 1991 <= found.year <= 2099:
        raise _Wrong("far_day")
    return found


def _iban(one: Field, text: str) -> str:
    """Compact and checked. Only the check is schwifty's: whose account it is, a call-back has to tell."""
    from schwifty import IBAN
    from schwifty import exceptions as e

    try:
        return str(IBAN("".join(text.split()).upper()))
    except e.InvalidLength:
        raise _Wrong("iban_length") from None
    except e.InvalidChecksumDigits:
        raise _Wrong("iban_checksum") from None
    except e.SchwiftyException:
        raise _Wrong("iban_form") from None


def _chosen(one: Field, text: str) -> Any:
    options = one.options or ("yes", "no")
    if text not in options or (one.kind is Kind.CONFIRM and text != "yes"):
        raise _Wrong("missing")
    return text if one.options else text == "yes"


def _line(one: Field, text: str) -> str:
    return " ".join(text.split())


def _text(one: Field, text: str) -> str:
    return text


_READERS: dict[Kind, Callable[[Field, str], Any]] = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.MONEY: _money,
    Kind.NUMBER: _number,
    Kind.DAY: _day,
    Kind.IBAN: _iban,
    Kind.ONE_OF: _chosen,
    Kind.YES_NO: _chosen,
    Kind.CONFIRM: _chosen,
}
