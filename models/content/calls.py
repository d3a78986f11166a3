"""Calls to a municipality about the account it declared: what the caller writes down, reached or not.

The caller hears the last digits of the account from the other side and never reads them out. What was recorded before
a field was asked for is read back with that field empty.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, model_validator

from models.content import phone
from models.content.answers import Content, OptionalLine, OptionalText, Text, is_stored

LEAST_HEARD: Final = 4
"""Characters of an account number that have to be heard, and compared."""

_HEARD: Final = re.compile(rf"[0-9A-Z]{{{LEAST_HEARD},10}}")
_GERMAN: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}),? *(\d{1,2})[:.](\d{2})(?: *Uhr)?", re.ASCII)
_NOT_ASKED: Final = {"number": "", "called_at": None, "spoken_with": "", "spoken_with_function": "", "iban_heard": ""}


def _needed(value: str, info: ValidationInfo) -> str:
    if not value and not is_stored(info):
        raise ValueError("string_too_short")
    return value


def _dialled(value: str, info: ValidationInfo) -> str:
    if is_stored(info):
        return value
    try:
        phone.canonical(value)
    except ValueError:
        raise ValueError("phone") from None
    return phone.checked(value)


def _written(value: Any, info: ValidationInfo) -> Any:
    """``22.1.2018, 10:30 Uhr`` as the instant it is; other writings are ISO 8601."""
    match = _GERMAN.fullmatch(value.strip()) if isinstance(value, str) and not is_stored(info) else None
    return f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}T{match[4]:0>2}:{match[5]}" if match else value


def _legal(value: datetime | None, info: ValidationInfo) -> datetime | None:
    """A time without a zone is the one on the wall, Europe/Berlin."""
    if value is None and not is_stored(info):
        raise ValueError("missing")
    return value.replace(tzinfo=ZoneInfo("Europe/Berlin")) if value is not None and value.tzinfo is None else value


def _heard(value: str, info: ValidationInfo) -> str:
    plain = re.sub(r"[\s-]", "", value).upper()
    if plain and not is_stored(info) and _HEARD.fullmatch(plain) is None:
        raise ValueError("iban_heard")
    return plain


Said = Annotated[OptionalLine, AfterValidator(_needed)]
Heard = Annotated[OptionalLine, AfterValidator(_heard)]


class CallAttempt(Content):
    """A call that was tried. ``number_known_from``: for a number that is not on file, where it is known from."""

    number: Annotated[Said, AfterValidator(_dialled)]
    called_at: Annotated[datetime | None, BeforeValidator(_written), AfterValidator(_legal)]
    number_known_from: OptionalLine = ""
    reason: OptionalText = ""

    @model_validator(mode="before")
    @classmethod
    def _of_old(cls, told: Any, info: ValidationInfo) -> Any:
        if not is_stored(info) or not isinstance(told, dict):
            return told
        return {name: empty for name, empty in _NOT_ASKED.items() if name in cls.model_fields} | told


class CallBack(CallAttempt):
    """A call in which the account was confirmed: by whom, and the last digits of it that were heard."""

    spoken_with: Said
    spoken_with_function: Said
    iban_heard: Annotated[Heard, AfterValidator(_needed)]


class DifferingCall(CallAttempt):
    """A call after which the account is not believed: what differs, or what is doubtful."""

    spoken_with: OptionalLine = ""
    spoken_with_function: OptionalLine = ""
    iban_heard: Heard = ""
    reason: Text


@dataclass(frozen=True)
class Account:
    """What a call is held against: the declared account, and the numbers on file from before it was declared."""

    iban: str = ""
    declared_on: date = date.min
    numbers: frozenset[str] = frozenset()  # models.content.phone.canonical


NO_ACCOUNT: Final = Account()
"""What any other command is held against."""
