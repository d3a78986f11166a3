"""A draft that was sent back, and what is different in the one since then, in sentences; for command line and desk."""

from collections.abc import Mapping
from typing import Any

from templates.wording import Wording

View = Mapping[str, Any]


def has_words(effect: View) -> bool:
    """Whether typed words stand in what an answer would make: the draft of a letter, or a letter or mail at once."""
    return bool(effect["drafts"] or effect["quotes"])


def drafted_before(words: Wording, back: View) -> list[str]:
    """The draft that was sent back, by whom and why, in two sentences."""
    before = back["before"]
    choice = words.name(f"choice.{before['kind']}", before["choice"])
    return [
        words.say("draft_before", who=words.person(before["by"]), at=words.day(before["at"]), choice=choice),
        words.say("draft_returned", who=words.person(back["by"]), at=words.day(back["at"]), reason=back["reason"]),
    ]


def draft_changes(words: Wording, back: View) -> list[tuple[str, str, str]]:
    """What is different in a new draft, each as a label, what it was, and what it is; first what is decided."""
    before, now, none = back["before"], back["now"], words.say("none")
    changes: list[tuple[str, str, str]] = []
    if before["choice"] != now["choice"]:
        old, new = (words.name(f"choice.{one['kind']}", one["choice"]) for one in (before, now))
        changes.append((words.say("draft_choice"), old, new))
    for one in back["changed"]:
        old, new = (words.value(one["name"], one[key]) or none for key in ("before", "now"))
        changes.append((words.name("field", one["option"]), old, new))
    return changes


def draft_written(words: Wording, back: View) -> list[tuple[str, str]]:
    """What was written into the draft that was sent back, each with its label."""
    return [
        (words.name("field", one["option"]), words.value(one["name"], one["value"])) for one in back["before"]["fields"]
    ]


def draft_letters(words: Wording, back: View) -> list[str]:
    """Of each letter of a new draft in a sentence: the same as before, another one, or changed in some paragraphs."""
    lines = []
    for one in back["letters"]:
        kinds = {key: words.name("notice_kind", one[key]) if one[key] else "" for key in ("kind_before", "kind")}
        key = "draft_letter_other" if one["kind"] != one["kind_before"] else "draft_letter_changed"
        key = key if one["paragraphs"] or one["kind"] != one["kind_before"] else "draft_letter_same"
        none = words.say("none")
        told = {name: found or none for name, found in kinds.items()}
        lines.append(words.say(key, before=told["kind_before"], kind=told["kind"], count=len(one["paragraphs"])))
    return lines
