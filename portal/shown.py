"""What a template needs to show a form: each field with its words, its typed text and its message."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.content.answers import FileRef
from portal.forms import ACTING, FORMS, Field, Kind
from portal.reading import FieldError
from portal.words import amount_hint, day, euros, word, words
from record.views.clerk_shapes import ClerkTask, OpenClerkTask
from record.views.masking import bank_name
from record.views.masking import masked as masked_iban

_MISSING = {
    Kind.CONFIRM: "missing_tick",
    Kind.ONE_OF: "missing_option",
    Kind.YES_NO: "missing_option",
    Kind.MONEY: "amount_empty",
}


@dataclass(frozen=True)
class Shown:
    """One field, ready to be shown. ``options``: (value, label)."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    confirm: str = ""
    value: str = ""
    error: str = ""
    required: bool = True
    rows: int = 6
    autocomplete: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """The control's id; links of the error summary lead to it."""
        return f"f-{self.name}"

    @property
    def described_by(self) -> str:
        """Ids of hint and message, for assistive technology."""
        return " ".join(f"{self.id}-{part}" for part, there in (("hint", self.hint), ("error", self.error)) if there)


@dataclass(frozen=True)
class Group:
    """Fields under one heading; the heading may be empty."""

    heading: str
    hint: str
    fields: tuple[Shown, ...]


def facts(task: ClerkTask) -> dict[str, str]:
    """Everything the words of a task may name, already written out."""
    grant = task.grant
    return {
        "line_title": grant.line_title,
        "year": str(grant.year),
        "recipient": grant.recipient_name,
        "awarded": euros(grant.awarded_cents),
        "limit": "" if task.limit_cents is None else euros(task.limit_cents),
        "period_from": day(grant.period_from) if grant.period_from else "",
        "period_to": day(grant.period_to) if grant.period_to else "",
        "period_months": str(grant.period_months),
        "proof_due": day(grant.proof_due) if grant.proof_due else "",
        "proof_latest": day(grant.proof_latest) if grant.proof_latest else "",
        "need_window_months": str(grant.need_window_months),
    }


def kind_table(kind: str, *, account_only: bool) -> str:
    """Where the words of a kind of task stand; asking for another account has words of its own."""
    return f"kind.{kind}.again" if account_only else f"kind.{kind}"


def title(task: ClerkTask | OpenClerkTask) -> str:
    """What a task is called."""
    return word(kind_table(task.kind, account_only=task.account_only), "title")


def kind_word(task: ClerkTask, key: str) -> str:
    """One of the texts of a kind of task (``title``, ``lead``, ``declare`` …)."""
    return word(kind_table(task.kind, account_only=task.account_only), key, **facts(task))


def kind_list(task: ClerkTask, key: str) -> list[str]:
    """One of its lists of texts (``ready``); empty where there is none."""
    found = words()["kind"][task.kind]
    return list((found["again"] if task.account_only else found).get(key, ()))


def message(one: Field, error: FieldError) -> str:
    """The sentence for an error at a field."""
    code, told = error.code, dict(error.facts)
    if code == "missing":
        code = _MISSING.get(one.kind, code)
    hint = told.pop("hint", ())
    text = word("error", code, **told)
    return f"{text} {word('error', 'amount_hint', hint=amount_hint(hint))}" if hint else text


def group(
    task: ClerkTask, key: str, fields: Iterable[Field], raw: Mapping[str, str], errors: Mapping[str, FieldError]
) -> Group:
    """A page's fields with what was typed so far."""
    told = facts(task)
    return Group(
        heading=word("group", key) if key else "",
        hint=word("group_hint", key) if key else "",
        fields=tuple(shown(one, raw, errors, told) for one in fields),
    )


def shown(one: Field, raw: Mapping[str, str], errors: Mapping[str, FieldError], told: Mapping[str, str]) -> Shown:
    """One field."""
    table = f"field.{one.name}"
    preset = told.get(one.preset, one.preset)
    return Shown(
        name=one.name,
        kind=one.kind,
        label=word(table, "label"),
        hint=word(table, "hint", **told),
        confirm=word(table, "confirm"),
        value=raw.get(one.name, preset),
        error=message(one, errors[one.name]) if one.name in errors else "",
        required=one.required,
        rows=one.rows,
        autocomplete=one.autocomplete,
        options=_options(one),
    )


def acting(raw: Mapping[str, str], errors: Mapping[str, FieldError]) -> tuple[Shown, ...]:
    """Name and function of the person who sends the answer."""
    return tuple(shown(one, raw, errors, {}) for one in ACTING)


def _options(one: Field) -> tuple[tuple[str, str], ...]:
    values = ("yes", "no") if one.kind is Kind.YES_NO else one.options
    return tuple((value, _option(one, value)) for value in values)


def _option(one: Field, value: str) -> str:
    """An answer in its own words; a plain yes or no where it has none."""
    return word(f"option.{one.name}", value) or word("common", value)


def summary(fields: tuple[Shown, ...]) -> list[tuple[str, str]]:
    """The error summary: (id of the control, label and message)."""
    return [(one.id, summary_line(one.label, one.error)) for one in fields if one.error]


def summary_line(label: str, text: str) -> str:
    """Label and message; a label that is a question ends by itself."""
    return f"{label} {text}" if label.endswith("?") else f"{label}: {text}"


def row_pairs(fields: Iterable[Field], values: Mapping[str, Any], *, masked: bool = False) -> list[tuple[str, str]]:
    """An answer as label and text, for the check page and (``masked``: no whole IBAN) the receipt."""
    found: list[tuple[str, str]] = []
    for one in fields:
        if one.name in values and not _not_asked(one, values[one.name]):
            label = word(f"field.{one.name}", "row") or word(f"field.{one.name}", "label")
            found.append((label, _text(one, values[one.name], masked)))
            if one.kind is Kind.IBAN and not masked and (bank := bank_name(values[one.name])):
                found.append((words()["common"]["bank"], bank))
    return found


def _not_asked(one: Field, value: Any) -> bool:
    return one.once and value is None


def _text(one: Field, value: Any, masked: bool) -> str:
    common = words()["common"]
    match one.kind:
        case Kind.MONEY:
            return euros(value)
        case Kind.DAY:
            return day(value)
        case Kind.YES_NO | Kind.CONFIRM:
            return _option(one, "yes" if value else "no")
        case Kind.ONE_OF:
            return _option(one, value)
        case Kind.FILES:
            return "\n".join(file_line(file) for file in value) or str(common["no_files"])
        case Kind.IBAN:
            return masked_iban(value) if masked else " ".join(value[i : i + 4] for i in range(0, len(value), 4))
        case _:
            return ("" if value is None else str(value)) or str(common["none"])


def file_line(file: FileRef) -> str:
    """Name and size of a file."""
    from babel.numbers import format_decimal

    size = max(file.size, 1024)
    unit, divisor = ("MB", 1024 * 1024) if size >= 1024 * 1024 else ("KB", 1024)
    return f"{file.name} ({format_decimal(round(size / divisor, 1), locale='de_DE')} {unit})"


def typed(task: ClerkTask, content: Mapping[str, Any]) -> dict[str, str]:
    """An earlier answer as if it had been typed, without its assurances: those are given anew."""
    text: dict[str, str] = {}
    for one in FORMS[task.kind].fields:
        value = content.get(one.name)
        if value is None or one.kind in {Kind.FILES, Kind.CONFIRM, Kind.YES_NO}:
            continue
        text[one.name] = euros(value).removesuffix("\u00a0€") if one.kind is Kind.MONEY else str(value)
    return text
