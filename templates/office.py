"""What changed in the office, in words: persons, roles, absences, contacts. Command line and desk say the same."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from templates.sentences import who
from templates.wording import Wording, fill

View = Mapping[str, Any]
Names = Callable[[str], str]
"""The name of an officer, by id."""


def changed(words: Wording, change: View, named: Names = str) -> str:
    """One change as it was asked for."""
    values = {name: _value(words, name, found, named) for name, found in change["content"].items()}
    number = change["details"].get("contact", "")
    return fill(words.name("office_change", change["change"]), {"contact": str(number), **values})


def history_line(words: Wording, change: View, named: Names = str) -> str:
    """When, who and what; and why not, where it was refused."""
    kind, _, officer = change["by"].partition(":")
    by = named(officer) if kind == "officer" else who(words, change["by"])
    no = words.refusal(change["reason"], change["details"])[0] if change["reason"] else ""
    return words.say(
        "history_line", at=words.moment(change["at"]), by=by, what=changed(words, change, named), refused=no
    )


def absence_line(words: Wording, absence: View, named: Names = str) -> str:
    """From when until when somebody is away, and who stands in."""
    until = words.day(absence["until"]) if absence["until"] else ""
    return words.say("absence", since=words.day(absence["from"]), until=until, deputy=named(absence["deputy"]))


def _value(words: Wording, name: str, found: Any, named: Names) -> str:
    if name == "roles" and isinstance(found, Iterable):
        return ", ".join(words.name("role", str(role)) for role in found)
    if name in {"officer", "deputy"}:
        return named(str(found))
    return words.value(name, found)
