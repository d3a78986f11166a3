"""How a text differs from the one before it, word by word: what a second person reads of a new draft."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

_WORD: Final = re.compile(r"\S+\s*|\s+")


class Mark(StrEnum):
    """What became of some words."""

    SAME = "same"
    STRUCK = "struck"
    ADDED = "added"


@dataclass(frozen=True)
class Part:
    """Some words of a paragraph and what became of them."""

    mark: Mark
    text: str


Paragraph = tuple[Part, ...]


def changed_paragraphs(before: str, now: str) -> list[Paragraph]:
    """The paragraphs that differ, in order; those that are the same are left out."""
    old, new = _paragraphs(before), _paragraphs(now)
    return [
        _words("\n".join(old[old_from:old_to]), "\n".join(new[new_from:new_to]))
        for same, old_from, old_to, new_from, new_to in _matched(old, new)
        if not same
    ]


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(before: str, now: str) -> Paragraph:
    old, new = _WORD.findall(before), _WORD.findall(now)
    parts: list[Part] = []
    for same, old_from, old_to, new_from, new_to in _matched(old, new):
        if same:
            parts.append(Part(Mark.SAME, "".join(new[new_from:new_to])))
            continue
        changed = ((Mark.STRUCK, old[old_from:old_to]), (Mark.ADDED, new[new_from:new_to]))
        parts += [Part(mark, "".join(words)) for mark, words in changed if words]
    return tuple(parts)


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Runs that are the same or differ, with where they stand in both. The space behind a word is no difference."""
    matcher = SequenceMatcher(a=[one.rstrip() for one in old], b=[one.rstrip() for one in new], autojunk=False)
    for tag, *(old_from, old_to, new_from, new_to) in matcher.get_opcodes():
        yield tag == "equal", old_from, old_to, new_from, new_to
