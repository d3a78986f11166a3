"""What the municipality sent, as officers read it: every field of the form under the label that the clerk saw.

Beside each field stands in the same words what it was before, what was planned, and what it was a year before.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from models.commands import reference_number
from models.content.answers import FileRef
from models.content.differences import Than
from models.tasks import TaskKind
from portal.forms import ACTING, FORMS, Field, Kind
from portal.shown import kind_table, row_pairs
from portal.words import word, words

Json = dict[str, Any]

HAND_OVER: Final = {"name": "colleague_name", "function": "colleague_function", "email": "colleague_email"}
"""Fields of the page that hands a task over, by the names they are stored under."""

ODD: Final = "odd"


def with_labels(view: Json, rules: Mapping[str, Any]) -> Json:
    """The view of a case or task with labelled ``submissions``. ``rules``: the case's."""
    told = {"recipient": view["recipient"]["name"], "need_window_months": rules.get("need_window_months", "")}
    return {**view, "submissions": [labelled(one, told) for one in view.get("submissions", ())]}


def labelled(submission: Json, told: Mapping[str, Any]) -> Json:
    """A submission with ``fields`` instead of its content, and the ``declaration`` given.

    Each field: ``{name, label, text, before, planned, year_before, odd}``; the three are texts, none where there is
    nothing to compare with, and ``odd`` lists how the field differs. ``number`` is the one on the clerk's receipt.

    A field that was left empty is there too. The declaration is what the clerk ticked on the last page; what an
    officer recorded in the municipality's name has none.
    """
    kind, content = submission["kind"], submission["content"]
    rest = {name: value for name, value in submission.items() if name not in {"content", "compared", "bank"}}
    came = submission.get("recorded")
    by_clerk = submission["by"].startswith("clerk:") and (came is None or came["signed"])
    again = kind == TaskKind.DECLARE_ACCEPTANCE and content.get("waiver") is None
    table = kind_table(kind, account_only=again)
    declaration = word(table, "declare", **told) if by_clerk else ""
    title = word(table, "title", **told)
    rest["number"] = reference_number(submission["command"])
    rest["sums"] = [{**one, "label": word("figure", one["name"])} for one in submission.get("sums", ())]
    fields = _handed_over(content) if kind == "hand_over" else _fields(TaskKind(kind), submission)
    return rest | {"title": title, "fields": [*fields, *_acting(submission)], "declaration": declaration}


def _fields(kind: TaskKind, submission: Json) -> list[Json]:
    content = submission["content"]
    odd = {one["code"]: one["reason"] for one in content.get(ODD) or ()}
    return [
        _reason(one, odd[one.about]) if one.about else _compared(one, submission)
        for one in FORMS[kind].fields
        if (not one.about or one.about in odd)  # a reason for unusual figures is asked for only where they are
        and not (one.once and content.get(one.name) is None)  # nor what a new account does not ask for again
    ]


def _acting(submission: Json) -> list[Json]:
    return [_compared(one, submission) for one in ACTING if submission["content"].get(one.name)]


def _handed_over(content: Mapping[str, Any]) -> list[Json]:
    return [
        _beside(name, word(f"field.{known_as}", "label"), str(content.get(name, "")))
        for name, known_as in HAND_OVER.items()
    ]


def _reason(one: Field, value: str) -> Json:
    return _beside(one.name, _label(one), _text(one, value))


def _compared(one: Field, submission: Json) -> Json:
    """One field in words, and the same field elsewhere; the bank's name stands behind an account number."""
    elsewhere = submission.get("compared", {}).get(one.name, {})
    text = _text(one, submission["content"].get(one.name))
    if one.kind is Kind.IBAN and submission.get("bank"):
        text = f"{text} ({submission['bank']})"
    others = {str(than): _text(one, elsewhere[than]) for than in Than if than in elsewhere}
    return _beside(one.name, _label(one), text, others, elsewhere.get("odd", []))


def _beside(
    name: str, label: str, text: str, others: Mapping[str, str] | None = None, odd: list[Json] | None = None
) -> Json:
    known = others or {}
    return {
        "name": name,
        "label": label,
        "text": text,
        **{str(than): known.get(than) for than in Than},
        "odd": odd or [],
    }


def _label(one: Field) -> str:
    return word(f"field.{one.name}", "row") or word(f"field.{one.name}", "label")


def _text(one: Field, value: Any) -> str:
    """A value as the clerk read it; account numbers masked."""
    if value is None and one.kind is Kind.FILES:
        value = ()
    if value is None:
        return str(words()["common"]["none"])
    ((_, text),) = row_pairs([one], {one.name: _READ.get(one.kind, _as_it_is)(value)}, masked=True)
    return text


def _as_it_is(value: Any) -> Any:
    return value


def _files(value: Any) -> tuple[FileRef, ...]:
    """Files as they are stored: what was taken once is shown, whatever is asked of new files today."""
    return tuple(FileRef.model_construct(**one) for one in value)


_READ: Final[Mapping[Kind, Callable[[Any], Any]]] = {Kind.DAY: date.fromisoformat, Kind.FILES: _files}
