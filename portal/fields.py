"""The fields behind an answer, derived from its form, and the reading of what was sent for them.

A field carries the name of the command line's option that fills it. Several forms call an amount or a reason by
another name (``intended_cents``, ``why``); the option is the same, and this is the one place that knows.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from models.content.annotations import plain_class
from models.content.answers import Content
from models.errors import Code, RefusedError
from models.money import Cents, format_plain

T = TypeVar("T", bound=Content)

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "amount": ("amount_cents", "intended_cents", "accepted_cents", "requested_cents"),
    "reason": ("reason", "why", "statement", "answer"),
}
"""Option of the command line to the names it has in forms; at most one of them is in a form."""

_OPTION: Final = {name: option for option, names in ALIASES.items() for name in names}
_ENTRY: Final = "add"
"""A new entry of a person is told with its own fields, not as one."""
_NOT_TYPED: Final = frozenset({"files"})
_PERIOD: Final = timedelta(weeks=4)


def fields_of(model: type[Content]) -> list[dict[str, Any]]:
    """The fields of a form, in order: ``name``, ``option``, ``type`` and ``required``.

    ``type`` is ``amount`` (cents), ``date``, ``moment`` (day and time), ``items`` (list of lines), ``choice`` (with
    ``values``), ``number``, ``switch`` or ``text``.
    """
    return [
        {"name": name, "option": _OPTION.get(name, name), "required": info.is_required(), **_type(name, info)}
        for name, info in model.model_fields.items()
        if name not in _NOT_TYPED
    ]


def with_examples(fields: list[dict[str, Any]], facts: Mapping[str, Any], today: date) -> list[dict[str, Any]]:
    """The same fields with an example where one follows from the task: an amount of its facts, a day until which.

    Nothing else has one. A reason, a number that was called or the day on which somebody posted a letter would be
    evidence that the program invented, and a line is pasted as it stands.
    """
    return [{**field, **_example(field, facts, today)} for field in fields]


def bind(model: type[T], sent: Mapping[str, Any]) -> T:
    """The form filled with what was sent, by field name or by option.

    Raises ``RefusedError`` (``bad_content``) with ``fields``: name, option and a stable code for each wrong one.
    """
    try:
        return model.model_validate(dict(_named(model, sent)))
    except ValidationError as error:
        raise RefusedError(Code.BAD_CONTENT, fields=wrong_fields(error)) from None


def stored(content: Content) -> dict[str, Any]:
    """The filled form as it is stored: plain values, only what was given."""
    return content.model_dump(mode="json", exclude_unset=True)


def wrong_fields(error: ValidationError) -> list[dict[str, Any]]:
    """What is wrong first with each field; codes, bounds, and nothing of what was typed."""
    found: dict[str, dict[str, Any]] = {}
    for wrong in error.errors(include_input=False, include_url=False):
        context = {k: v for k, v in wrong.get("ctx", {}).items() if isinstance(v, str | int)}
        within = [str(part) for part in wrong["loc"] if part != _ENTRY]
        name = next(iter(within), _ENTRY if wrong["loc"] else "")
        code = str(wrong["ctx"]["error"]) if wrong["type"] == "value_error" else wrong["type"]
        found.setdefault(name, {**context, "name": name, "option": _OPTION.get(name, name), "code": code})
    return list(found.values())


def _named(model: type[Content], sent: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in sent.items():
        names = () if key in model.model_fields else ALIASES.get(key, ())
        yield next((name for name in names if name in model.model_fields), key), value


def _type(name: str, info: FieldInfo) -> dict[str, Any]:
    kind = plain_class(info.annotation)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "choice", "values": [str(member.value) for member in kind]}
    if name.endswith("_cents"):
        return {"type": "amount"}
    return {"type": {date: "date", datetime: "moment", tuple: "items", bool: "switch", int: "number"}.get(kind, "text")}


def _example(field: Mapping[str, Any], facts: Mapping[str, Any], today: date) -> dict[str, str]:
    known = facts.get(field["name"])
    if field["type"] == "amount":
        cents = known or next((v for k, v in facts.items() if k.endswith("_cents") and isinstance(v, int) and v), None)
        return {"example": format_plain(Cents(cents))} if cents else {}
    if field["name"] == "until":
        return {"example": str(known or today + _PERIOD)}
    return {}
