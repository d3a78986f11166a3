"""People of the authority and contacts of municipalities, and who changed what of them when."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli.paper import Paper
from cli.words import Words
from templates.office import absence_line, history_line
from templates.sentences import telephone


def print_people(paper: Paper, view: Mapping[str, Any]) -> None:
    """Officers with their roles, or contacts in the order they are written to."""
    words = paper.words
    people: Sequence[Mapping[str, Any]] = view.get("officers") or view.get("contacts") or ()
    if not people:
        paper.line(words.say("none"))
    for person in people:
        mark = f" · {words.say('simulated')}" if person.get("simulated") else ""
        rank = f"{person['rank']}. " if "rank" in person else ""
        paper.line(f"{rank}{person['name']}{mark}", style="bold")
        paper.line(f"{person['id']} · {person['email']} · {_valid(words, person)}", indent=2)
        about = [words.name("role", role) for role in person.get("roles", ())] or [person.get("function", "")]
        if any(about):
            paper.line(", ".join(about), indent=2)
        for number in person.get("phones", ()):
            paper.line(telephone(words, number), indent=2)
        for absence in person.get("absences", ()):
            paper.line(absence_line(words, absence), indent=2)


def print_history(paper: Paper, view: Mapping[str, Any]) -> None:
    """Each change, the latest first; refused ones with their reason."""
    for change in view["history"]:
        paper.line(history_line(paper.words, change))
    if not view["history"]:
        paper.line(paper.words.say("history_none"))


def _valid(words: Words, person: Mapping[str, Any]) -> str:
    begin = words.day(person["valid_from"])
    return f"{begin} – {words.day(person['valid_to']) if person.get('valid_to') else '…'}"
