"""Completes the officers' views: the fields behind each choice and act, with examples, so that lines can be printed."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from models.content.starts import START_CONTENT
from models.money import Cents, format_plain
from models.tasks import TASKS, Role, TaskKind
from portal.fields import fields_of, with_examples

Json = dict[str, Any]

EVIDENCED: Final = frozenset({TaskKind.BOOK_PAYMENT, TaskKind.REPAY})
"""Tasks that nobody answers: the bank's evidence does."""


class Steps:
    """Next steps as of a legal day. ``cashiers``: who may bring bank evidence, in the embedded mode only.

    In production nobody is named on a command line, because everybody acts in their own log-in.
    """

    def __init__(self, today: date, *, embedded: bool, cashiers: tuple[str, ...] = ()) -> None:
        self._today, self._embedded, self._cashiers = today, embedded, cashiers

    def complete(self, view: Json) -> Json:
        """The view with ``fields`` in each choice of ``tasks`` and each of ``starts``.

        What is started comes from a person or a municipality: no value of it follows from the case.
        """
        starts = [
            {**start, "as": self._named(start), "fields": fields_of(START_CONTENT[start["kind"]])}
            for start in view.get("starts", ())
        ]
        return {**view, "tasks": [self._task(task) for task in view["tasks"]]} | ({"starts": starts} if starts else {})

    def _task(self, task: Json) -> Json:
        kind, facts = TaskKind(task["kind"]), task.get("brief") or {}
        forms = TASKS[kind].choices
        choices = [
            {**choice, "fields": _needed(kind, facts, self._fields(forms[choice["choice"]].content, facts))}
            for choice in task["choices"]
        ]
        return {**task, "choices": choices, "as": self._named(task), **self._evidence(kind, task, facts)}

    def _fields(self, form: Any, facts: Mapping[str, Any]) -> list[Json]:
        return with_examples(fields_of(form), facts, self._today)

    def _named(self, about: Mapping[str, Any]) -> str:
        return str(about.get("as", "")) if self._embedded else ""

    def _evidence(self, kind: TaskKind, task: Json, facts: Mapping[str, Any]) -> Json:
        """Without a bank (embedded): the line of evidence that settles the task, and who brings it."""
        cents = facts.get("amount_cents") or facts.get("claimed_cents")
        if kind not in EVIDENCED or task["state"] != "open" or not (self._embedded and cents and task["subject"]):
            return {}
        line = f"{task['subject']};booked;{format_plain(Cents(cents))};{self._today.isoformat()};"
        acting = task.get("as") if task["owner"] == Role.CASH_OFFICE else ""
        return {"evidence": line, "as": acting or next(iter(self._cashiers), "")}


def _needed(kind: TaskKind, facts: Mapping[str, Any], fields: list[Json]) -> list[Json]:
    """A partial award refuses the rest, so its reason is needed (VwVfG § 39); the form alone does not say so."""
    proposed, requested = facts.get("proposed_cents") or 0, facts.get("requested_cents") or 0
    if kind is not TaskKind.DRAFT_DECISION or not 0 < proposed < requested:
        return fields
    return [{**field, "required": field["required"] or field["option"] == "reason"} for field in fields]
