"""The values of a funding line in words: amounts, days, parts, and where each value comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from models.deadlines import units
from models.programme import UNSOURCED, FundingLine, Rules, Tranche
from portal.desk.wording import DeskWords

_UNITS: Final = ("working_days", "days", "weeks", "months", "years")


@dataclass(frozen=True)
class Value:
    """One value: what it is called, the value in words, where it comes from, and what is unsettled about it."""

    label: str
    text: str
    source: str
    certainty: str
    note: str


@dataclass(frozen=True)
class Line:
    """A funding line of a year with its values."""

    name: str
    year: int
    values: tuple[Value, ...]


def lines_in_words(words: DeskWords, lines: Sequence[FundingLine]) -> list[Line]:
    """Each line, the latest year first."""
    latest = sorted(lines, key=lambda line: (-line.pinned.year, line.pinned.code))
    return [_line(words, line) for line in latest]


def fields() -> tuple[str, ...]:
    """The fields of the rules that are shown, in their order."""
    return tuple(name for name in Rules.model_fields if name not in UNSOURCED)


def _line(words: DeskWords, line: FundingLine) -> Line:
    name = line.name.en if words.lang == "en" else line.name.de
    return Line(name, line.pinned.year, tuple(_value(words, line, field) for field in fields()))


def _value(words: DeskWords, line: FundingLine, field: str) -> Value:
    origin = line.origins.get(field)
    source = line.sources.get(origin.source, origin.source) if origin else ""
    return Value(
        label=words.t(f"rule.{field}"),
        text=in_words(words, field, getattr(line.pinned, field)),
        source=source,
        certainty=words.t(f"certainty.{origin.certainty}") if origin else "",
        note=origin.note if origin else "",
    )


def in_words(words: DeskWords, field: str, value: Any) -> str:
    """A value as people say it; the unit stands in the field's name."""
    match value:
        case bool():
            return words.t("form.yes" if value else "form.no")
        case StrEnum():
            return words.own(f"rule_value.{value}") or words.name("recipient_kind", str(value))
        case date():
            return words.day(value)
        case int():
            return _number(words, field, value)
        case str():
            return _length(words, value) if value.startswith("P") else value
        case Tranche():
            return f"{value.budget_year}: {_percent(words, value.share_bp)}"
        case Mapping():
            return "; ".join(
                f"{_key(words, key)}: {in_words(words, _of_key(field), one)}" for key, one in value.items()
            )
        case _:
            return "; ".join(in_words(words, field, one) for one in value) or words.t("rule_value.none")


def _of_key(field: str) -> str:
    """The name of a field whose values belong to a key each: budgets are amounts."""
    return "budget_cents" if field == "budgets" else field


def _key(words: DeskWords, key: Any) -> str:
    return words.t(f"rule_value.{key}") if isinstance(key, StrEnum) else str(key)


def _number(words: DeskWords, field: str, value: int) -> str:
    if field.endswith("_cents"):
        return words.amount(value)
    if field.endswith("_bp"):
        return _percent(words, value)
    unit = next((one for one in _UNITS if field.endswith(f"_{one}")), "")
    return _counted(words, unit, value) if unit else str(value)


def _percent(words: DeskWords, bp: int) -> str:
    whole, rest = divmod(bp, 100)
    shown = f"{whole}.{rest:02d}" if rest else str(whole)
    return f"{shown if words.lang == 'en' else shown.replace('.', ',')}\u00a0%"


def _length(words: DeskWords, written: str) -> str:
    found = units(written)
    return "".join(_counted(words, name, int(str(count))) for name, count in found.items())


def _counted(words: DeskWords, unit: str, count: int) -> str:
    return words.t(f"unit.{'one' if count == 1 else 'more'}.{unit}", count=count)
