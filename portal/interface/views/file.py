"""What the municipality sent, as officers read it: every field of the form under the label that the clerk saw."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from models.commands import reference_number
from models.content.answers import FileRef
from models.tasks import TaskKind
from portal.forms import ACTING, FORMS, Field, Kind
from portal.shown import bank_name, row_pairs
from portal.words import word, words

Json = dict[str, Any]

HAND_OVER: Final = {"name": "colleague_name", "function": "colleague_function", "email": "colleague_email"}
"""Fields of the page that hands a task over, by the names they are stored under."""

ODD: Final = "odd"


def with_labels(view: Json, rules: Mapping[str, Any]) -> Json:
    """The view of a case or task with labelled ``submissions`` and the bank of each account. ``rules``: the case's."""
    told = {"recipient": view["recipient"]["name"], "need_window_months": rules.get("need_window_months", "")}
    completed = {**view, "submissions": [labelled(one, told) for one in view.get("submissions", ())]}
    if view.get("account"):
        completed["account"] = with_bank(view["account"])
    return completed


def with_bank(account: Json) -> Json:
    """The account with its bank's name; ``well_formed`` is false where the check digits are wrong."""
    found = bank_name(account["iban"])
    return {**account, "bank": found or "", "well_formed": found is not None}


def labelled(submission: Json, told: Mapping[str, Any]) -> Json:
    """A submission with ``fields`` (``{name, label, text}``) instead of its content, and the ``declaration`` given.

    ``number`` is the one on the clerk's receipt.

    A field that was left empty is there too. The declaration is what the clerk ticked on the last page; what an
    officer recorded in the municipality's name has none.
    """
    kind, content = submission["kind"], submission["content"]
    rest = {name: value for name, value in submission.items() if name != "content"}
    fields = _handed_over(content) if kind == "hand_over" else _fields(TaskKind(kind), content)
    by_clerk = submission["by"].startswith("clerk:")
    declaration = word(f"kind.{kind}", "declare", **told) if by_clerk else ""
    title = word(f"kind.{kind}", "title", **told)
    rest["number"] = reference_number(submission["command"])
    return rest | {"title": title, "fields": [*fields, *_acting(content)], "declaration": declaration}


def _fields(kind: TaskKind, content: Mapping[str, Any]) -> list[Json]:
    form = FORMS[kind]
    odd = {one["code"]: one["reason"] for one in content.get(ODD) or ()}
    return [
        _shown(one, odd.get(one.about) if one.about else content.get(one.name))
        for one in form.fields
        if _asked(one, odd)
    ]


def _asked(one: Field, odd: Mapping[str, str]) -> bool:
    """A reason for unusual figures was asked for only where the figures were."""
    return not one.about or one.about in odd


def _acting(content: Mapping[str, Any]) -> list[Json]:
    return [_shown(one, content.get(one.name)) for one in ACTING if content.get(one.name)]


def _handed_over(content: Mapping[str, Any]) -> list[Json]:
    return [
        {"name": name, "label": word(f"field.{known_as}", "label"), "text": str(content.get(name, ""))}
        for name, known_as in HAND_OVER.items()
    ]


def _shown(one: Field, value: Any) -> Json:
    """One field in words; the bank's name stands behind an account number."""
    if value is None and one.kind is Kind.FILES:
        value = ()
    if value is None:
        label = word(f"field.{one.name}", "row") or word(f"field.{one.name}", "label")
        return {"name": one.name, "label": label, "text": str(words()["common"]["none"])}
    (label, text), *bank = row_pairs([one], {one.name: _READ.get(one.kind, _as_it_is)(value)})
    return {"name": one.name, "label": label, "text": f"{text} ({bank[0][1]})" if bank else text}


def _as_it_is(value: Any) -> Any:
    return value


def _files(value: Any) -> tuple[FileRef, ...]:
    """Files as they are stored: what was taken once is shown, whatever is asked of new files today."""
    return tuple(FileRef.model_construct(**one) for one in value)


_READ: Final[Mapping[Kind, Callable[[Any], Any]]] = {Kind.DAY: date.fromisoformat, Kind.FILES: _files}
