"""A draft that was sent back, as plain values: by whom and why, and what is different in the draft since then."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from models.content.differences import EMPTY
from models.content.revisions import changed_paragraphs
from models.tasks import TASKS
from portal.fields import fields_of
from record.cases.redrafts import Draft, Given, SentBack

Json = dict[str, Any]


def sent_back(found: SentBack) -> Json:
    """``{by, at, reason, before, now, changed, letters}``; without a new draft the last three are empty.

    ``before``, ``now``: ``{by, at, kind, choice, fields}``, each field ``{name, option, type, value}``. ``changed``:
    ``{name, option, before, now}`` of the fields that differ. ``letters``: ``{kind_before, kind, paragraphs}``, and of
    each changed paragraph its parts: ``{mark, text}`` with the mark ``same``, ``struck`` or ``added``. A letter of
    another kind has no paragraphs: all of it is new.
    """
    returned, now = found.returned, found.now
    return {
        "by": returned.by,
        "at": returned.at.isoformat(),
        "reason": str(returned.content.get("reason", "")),
        "before": _draft(found.before.given),
        "now": _draft(now.given) if now else None,
        "changed": list(_changed(found.before.given, now.given)) if now else [],
        "letters": list(_letters(found.before, now)) if now else [],
    }


def started_from(view: Json, officer_id: str) -> Json:
    """A task to draft anew: the fields of the choice that was sent back carry what this very officer wrote before.

    Nobody else's form is filled: the words of a draft are those of whoever signs for having drafted it.
    """
    back = view.get("sent_back")
    if not back or back["now"] or back["before"]["by"] != officer_id:
        return view
    written = {one["name"]: one["value"] for one in back["before"]["fields"]}
    return {**view, "tasks": [_filled(task, back["before"]["choice"], written) for task in view["tasks"]]}


def _filled(task: Json, choice: str, written: Mapping[str, Any]) -> Json:
    def field(one: Json) -> Json:
        return {**one, "written": written[one["name"]]} if one["name"] in written else one

    choices = [
        {**one, "fields": [field(each) for each in one["fields"]]} if one["choice"] == choice else one
        for one in task["choices"]
    ]
    return {**task, "choices": choices}


def _draft(given: Given) -> Json:
    return {
        "by": given.by,
        "at": given.at.isoformat(),
        "kind": str(given.kind),
        "choice": given.choice,
        "fields": [
            {"name": one["name"], "option": one["option"], "type": one["type"], "value": given.content[one["name"]]}
            for one in fields_of(TASKS[given.kind].choices[given.choice].content)
            if given.content.get(one["name"]) not in EMPTY
        ],
    }


def _changed(before: Given, now: Given) -> Iterator[Json]:
    """The fields that differ, in the order of the forms; one that is not there any more stands last."""
    forms = [TASKS[one.kind].choices[one.choice].content for one in (now, before)]
    options = {one["name"]: one["option"] for form in forms for one in fields_of(form)}
    for name, option in options.items():
        old, new = (one.content.get(name) for one in (before, now))
        if old != new and not (old in EMPTY and new in EMPTY):
            yield {"name": name, "option": option, "before": old, "now": new}


def _letters(before: Draft, now: Draft) -> Iterator[Json]:
    for old, new in zip_longest(before.letters, now.letters, fillvalue=(None, "")):
        kinds = [draft.kind if draft else "" for draft, _ in (old, new)]
        paragraphs = changed_paragraphs(old[1], new[1]) if kinds[0] == kinds[1] else []
        yield {
            "kind_before": kinds[0],
            "kind": kinds[1],
            "paragraphs": [[{"mark": str(one.mark), "text": one.text} for one in parts] for parts in paragraphs],
        }
