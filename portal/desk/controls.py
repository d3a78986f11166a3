"""The fields of an answer as controls of a page, and the reading of what an officer typed into them.

Which fields there are is derived from the answer's form (:mod:`portal.fields`). Typed text stays as it is until it is
right; an amount is written as people here write it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from models.money import AmountError, Cents, format_eur, parse_german, parse_plain
from portal.desk.wording import DeskWords, capital
from portal.forms import Field, Kind
from portal.reading import read
from templates.wording import fill

LONG: Final = frozenset({"reason", "why", "details", "statement", "answer"})
"""Fields that take more than a line."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Control:
    """One field, ready to be shown. ``options``: (value, label)."""

    id: str
    name: str
    type: str
    label: str
    hint: str = ""
    value: str = ""
    error: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @property
    def described_by(self) -> str:
        """Ids of hint and message, for assistive technology."""
        return " ".join(f"{self.id}-{part}" for part, there in (("h", self.hint), ("e", self.error)) if there)


@dataclass(frozen=True)
class Typed:
    """What was read: values by field name, and a message for each field that is wrong."""

    values: Json
    errors: Mapping[str, str]


def controls(
    words: DeskWords,
    about: str,
    fields: Sequence[Json],
    raw: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> tuple[Control, ...]:
    """The controls of an answer. ``about`` makes their ids unique on the page; ``raw``: what was typed before."""
    return tuple(_control(words, about, field, raw, (errors or {}).get(field["name"], "")) for field in fields)


def _control(words: DeskWords, about: str, field: Json, raw: Mapping[str, str] | None, error: str) -> Control:
    name, kind = field["name"], field["type"]
    given = raw.get(name, "") if raw is not None else _written(field) or _example(field)
    return Control(
        id=f"{about}-{name}",
        name=name,
        type="text" if kind == "text" and name in LONG else "line" if kind == "text" else kind,
        label=capital(words.own(f"field.{name}") or words.name("field", field["option"])),
        hint=words.own(f"hint.{name}") or words.own(f"hint.{kind}"),
        value=given,
        error=error,
        required=bool(field["required"]),
        options=tuple((value, words.name(name, value)) for value in field.get("values", ())),
    )


def _written(field: Json) -> str:
    """What this officer wrote into the draft that was sent back, as it is typed."""
    found = field.get("written")
    match field["type"]:
        case _ if found is None:
            return ""
        case "amount":
            return _plain(found)
        case "date":
            return f"{date.fromisoformat(found):%d.%m.%Y}"
        case "items":
            return "\n".join(found)
        case "switch":
            return "yes" if found else "no"
        case _:
            return str(found)


def _plain(cents: int) -> str:
    """An amount as it is typed, in every language: what is read back is written as people here write it."""
    return format_eur(Cents(cents)).removesuffix("\u00a0€")


def _example(field: Json) -> str:
    """An amount that follows from the case, a day until which; words have none."""
    example = str(field.get("example", ""))
    if not example:
        return ""
    if field["type"] == "amount":
        return _plain(parse_plain(example))
    found = date.fromisoformat(example)
    return f"{found:%d.%m.%Y}"


def summary(shown: Iterable[Control]) -> list[tuple[str, str]]:
    """The error summary of a page: (id of the control, label and message)."""
    return [(one.id, f"{one.label}: {one.error}") for one in shown if one.error]


def typed(words: DeskWords, fields: Sequence[Json], raw: Mapping[str, str]) -> Typed:
    """What was typed, as values that the answer's form takes; an empty field that may be empty is left out."""
    values: Json = {}
    errors: dict[str, str] = {}
    for field in fields:
        name, text = field["name"], raw.get(field["name"], "").strip()
        if not text:
            if field["required"] and field["type"] != "switch":
                errors[name] = words.t("error.missing")
            continue
        found, error = _read(words, field["type"], text)
        if error:
            errors[name] = error
        else:
            values[name] = found
    return Typed(values, errors)


def _read(words: DeskWords, kind: str, text: str) -> tuple[Any, str]:
    """A value, or the message that says what is wrong with it."""
    match kind:
        case "amount":
            return _amount(words, text)
        case "date":
            found = read((Field("day", Kind.DAY, limit=20),), {"day": text})
            return (found.values["day"].isoformat(), "") if not found.errors else (None, words.t("error.day"))
        case "items":
            return [line.strip() for line in text.splitlines() if line.strip()], ""
        case "number":
            whole = text.isascii() and text.isdecimal() and len(text) < 10
            return (int(text), "") if whole else (None, words.t("error.number"))
        case "switch":
            return text == "yes", ""
        case _:
            return text, ""


def _amount(words: DeskWords, text: str) -> tuple[int | None, str]:
    try:
        return int(parse_german(text, zero_ok=True)), ""
    except AmountError as error:
        meant = [words.amount(Cents(parse_plain(plain))) for plain in error.hint]
        said = words.t("error.meant", amounts=f" {words.t('error.or')} ".join(meant)) if meant else ""
        return None, f"{words.name('amount', error.code)} {said}".strip()


def refused_fields(words: DeskWords, details: Mapping[str, Any]) -> dict[str, str]:
    """The messages for fields that the answer's form refused (``bad_content``), by field name."""
    return {one["name"]: _invalid(words, one) for one in details.get("fields") or () if one.get("name")}


def _invalid(words: DeskWords, wrong: Mapping[str, Any]) -> str:
    text = words.find(f"invalid.{wrong['code']}") or words.name("invalid", "other")
    sentence = fill(text, wrong)
    return words.t("error.field", what=sentence)
