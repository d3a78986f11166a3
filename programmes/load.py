"""Reads the programme files and refuses a wrong one with file, line and reason.

`load_all` is called once at the start of a process. Everything wrong in a file is named at once, one line
each, in words the person who keeps the file can act on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.programme import UNSOURCED, WRITTEN, BaseRates, Certainty, CourtList, FundingLine, RecipientList, Rules
from programmes.document import Document, Problem, ProgrammeError, Where
from programmes.words import in_words

__all__ = ["FOLDER", "ProgrammeError", "Programmes", "load_all", "load_line", "with_budget"]

FOLDER = Path(__file__).parent
_OTHER_FILES = ("recipients.yaml", "courts.yaml", "base_rates.yaml")
_HEAD = ("name", "authority", "sources", "budget_items")
_CENTS = "_cents"

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Programmes:
    """All programme data of an installation; `lines` by code and year."""

    lines: Mapping[tuple[str, int], FundingLine]
    recipients: RecipientList
    courts: CourtList
    base_rates: BaseRates


def load_all(folder: Path | None = None) -> Programmes:
    """Read all programme files of a folder, by default this package's own.

    Every `*.yaml` besides recipients, courts and base rates is a funding line called `<code>-<year>.yaml`.
    Raises `ProgrammeError`.
    """
    folder = folder or FOLDER
    recipients, courts, rates = _read_others(folder)
    paths = (path for path in sorted(folder.glob("*.yaml")) if path.name not in _OTHER_FILES)
    lines = [_line(Document.read(path), recipients) for path in paths]
    return Programmes(
        lines={(line.pinned.code, line.pinned.year): line for line in lines},
        recipients=recipients,
        courts=courts,
        base_rates=rates,
    )


def with_budget(programmes: Programmes, cents: int) -> Programmes:
    """The same lines with another budget for each of their budget years, made up and marked so."""

    def changed(line: FundingLine) -> FundingLine:
        rules = line.pinned.model_copy(update={"budgets": dict.fromkeys(line.pinned.budgets, cents)})
        made_up = line.origins["budgets"].model_copy(update={"certainty": Certainty.MADE_UP, "note": "WIR_BUDGET"})
        return line.model_copy(update={"pinned": rules, "origins": {**line.origins, "budgets": made_up}})

    return replace(programmes, lines={key: changed(line) for key, line in programmes.lines.items()})


def load_line(path: Path) -> FundingLine:
    """Read one funding line. Raises `ProgrammeError` with `file:line: reason` for everything wrong in it."""
    return _line(Document.read(path), None)


def _read_others(folder: Path) -> tuple[RecipientList, CourtList, BaseRates]:
    recipients_file, courts_file, rates_file = (Document.read(folder / name) for name in _OTHER_FILES)
    courts = _checked(courts_file, CourtList, courts_file.content)
    _refuse(courts_file, _foreign_sources(courts_file.content))
    recipients = _checked(recipients_file, RecipientList, recipients_file.content)
    _refuse(recipients_file, _foreign_sources(recipients_file.content))
    _refuse(recipients_file, _wrong_recipients(recipients, {court.key for court in courts.courts}))
    rates = _checked(rates_file, BaseRates, rates_file.content)
    _refuse(rates_file, _foreign_sources(rates_file.content))
    return recipients, courts, rates


def _line(document: Document, recipients: RecipientList | None) -> FundingLine:
    """Check the shape first, then the values, then what they refer to."""
    _refuse(document, _wrong_shape(document.content))
    line = _checked(document, FundingLine, _split(document.content))
    rules = line.rules()
    _refuse(document, _foreign_sources(document.content))
    if document.path.name != (expected := f"{rules.code}-{rules.year}.yaml"):
        _refuse(document, [Problem(("code",), f"code and year ask for the file name {expected}")])
    if recipients is not None:
        known = {recipient.key for recipient in recipients.recipients}
        _refuse(document, _unknown_keys(rules, known))
    return line


def _wrong_shape(content: Mapping[str, Any]) -> Iterator[Problem]:
    """Each rule is written as value, source and certainty; amounts are in EUR, so no name there says cents."""
    for name, entry in content.items():
        if str(name).endswith(_CENTS):
            yield Problem((name,), f"{name}: is not a known field, amounts are written in EUR under another name")
        elif name not in _HEAD + UNSOURCED and not (isinstance(entry, dict) and "value" in entry):
            yield Problem((name,), f"{name}: must have value, source and certainty")


def _split(content: Mapping[str, Any]) -> dict[str, Any]:
    """From value, source and certainty side by side to the rules and, apart from them, their origins."""
    head = {name: content[name] for name in _HEAD if name in content}
    pinned = {name: content[name] for name in UNSOURCED if name in content}
    origins = {}
    for name, entry in content.items():
        if name not in _HEAD + UNSOURCED:
            field = f"{name}{_CENTS}" if f"{name}{_CENTS}" in Rules.model_fields else name
            pinned[field] = entry["value"]
            origins[field] = {key: value for key, value in entry.items() if key != "value"}
    return {**head, "pinned": pinned, "origins": origins}


def _where(where: Where) -> Where:
    """From a place in the validated model back to the place in the file."""
    match where:
        case ("pinned", str(field), *rest) if field in UNSOURCED:
            return (field, *rest)
        case ("pinned", str(field)):
            return (field.removesuffix(_CENTS),)
        case ("pinned", str(field), *rest):
            return (field.removesuffix(_CENTS), "value", *rest)
        case ("origins", str(field), *rest) if rest:
            return (field.removesuffix(_CENTS), *rest)
        case _:
            return where


def _checked(document: Document, model: type[M], content: object) -> M:
    try:
        return model.model_validate(content, context=WRITTEN)
    except ValidationError as err:
        problems = []
        for error in err.errors():
            where = _where(error["loc"]) if model is FundingLine else error["loc"]
            label = ".".join(str(step) for step in where if step not in {"value", "[key]"})
            problems.append(Problem(where, in_words(error, label)))
        raise document.error(problems) from err


def _refuse(document: Document, problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise document.error(found)


def _foreign_sources(content: Mapping[str, Any]) -> Iterator[Problem]:
    """Every source that is named must be in the file's list of sources."""
    for where, source in _named_sources(content, ()):
        if source not in content["sources"]:
            label = ".".join(map(str, where))
            yield Problem(where, f"{label}: {source} is not in the list of sources")


def _named_sources(value: object, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "source":
                yield (*where, key), inner
            elif key != "sources":
                yield from _named_sources(inner, (*where, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _named_sources(inner, (*where, index))


def _unknown_keys(rules: Rules, known: set[str]) -> Iterator[Problem]:
    for index, key in enumerate(rules.eligible_keys):
        if key not in known:
            yield Problem(("eligible_keys", "value", index), f"eligible_keys: {key} is not in recipients.yaml")


def _wrong_recipients(listed: RecipientList, courts: set[str]) -> Iterator[Problem]:
    """Courts and districts exist, columns have origins, and no key or body has two records for one day."""
    keys = {recipient.key for recipient in listed.recipients}
    for index, one in enumerate(listed.recipients):
        where: Where = ("recipients", index)
        if one.court not in courts:
            yield Problem((*where, "court"), f"{one.key}: the court {one.court} is not in courts.yaml")
        if one.in_district is not None and one.in_district not in keys:
            yield Problem((*where, "in_district"), f"{one.key}: the district {one.in_district} is not in the list")
        for column in one.model_fields_set - {"identity", "origins"} - set(listed.origins) - set(one.origins):
            yield Problem((*where, column), f"{one.key}: {column} has no origin, neither here nor for the column")
        for other in listed.recipients[:index]:
            same = one.key == other.key or one.identity == other.identity
            if same and one.overlaps(other):
                yield Problem((*where, "key"), f"{one.key}: holds at the same time as {other.key} ({other.name})")
