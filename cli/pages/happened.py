"""What happened in a case, in words: one recorded step, and who made it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from cli.words import Words, fill

_TASK_ACTION: Final = re.compile(r"(\w+)\.(\w+)")


def happened(words: Words, event: Mapping[str, Any]) -> str:
    """One line of the timeline: what was done, the reason that was written, and why it was refused if it was."""
    text = action(words, event["what"])
    if event.get("reason"):
        text += words.say("because", reason=" ".join(str(event["reason"]).split()))
    if event.get("refused"):
        message, _ = words.refusal(event["refused"], {})
        return f"{text} – {words.find('timeline.refused')}: {message}"
    return text


def action(words: Words, code: str) -> str:
    """A recorded action in words: ``examine.award``, ``prove_use.dun_1``, ``timer.final``, ``apply`` …"""
    plain = words.find(f"timeline.{code}")
    if plain:
        return plain
    match = _TASK_ACTION.fullmatch(code)
    if match is None:
        return code
    first, second = match[1], match[2]
    if first == "answer":
        return fill(words.find("timeline.answer") or "", {"choice": second})
    if first in {"start", "timer", "bank"}:
        return words.find(f"{first}.{second}") or words.name("rung", second)
    title = words.find(f"task.{first}.title")
    if title is None:
        return code
    return f"{title}: {words.find(f'choice.{first}.{second}') or words.name('rung', second)}"


def who(words: Words, code: str) -> str:
    """Who acted: an officer by id, the municipality, the bank or the system."""
    kind, _, name = code.partition(":")
    return name if name and kind != "clerk" else words.name("actor", kind)
