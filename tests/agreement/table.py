"""A table as a set of entries, and what it means that two of them agree."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

Source = str | Mapping[Any, Any] | Collection[Any]


def names(source: Any) -> Iterable[str]:
    """Keys of a mapping, or members of a collection."""
    return map(str, source)


def parts(source: Mapping[Any, Mapping[str, Any]]) -> Iterator[str]:
    """``key.part`` of a mapping of mappings, where words stand under it."""
    return (f"{key}.{part}" for key, inner in source.items() for part, words in inner.items() if words)


def with_parts(*wanted: str) -> Callable[[Iterable[Any]], Iterator[str]]:
    """``key.part`` for each of these parts."""
    return lambda source: (f"{key}.{part}" for key in source for part in wanted)


@dataclass(frozen=True)
class Table:
    """One side. ``name``: where a reader finds it; ``source``: the table as it stands; ``read``: its entries."""

    name: str
    source: Source
    read: Callable[[Any], Iterable[str]] = names

    @cached_property
    def entries(self) -> frozenset[str]:
        """What stands in it."""
        return frozenset(self.read(self.source))

    def reduced(self) -> Iterator["Table"]:
        """The same table with one thing taken out of its source, each in turn."""
        return (replace(self, source=less) for less in _reduced(self.source))


def _reduced(source: Source) -> Iterator[Source]:
    """Without one line of a text, one member of a collection, one key of a mapping or of a mapping in it."""
    if isinstance(source, str):
        lines = source.splitlines()
        yield from ("\n".join(lines[:at] + lines[at + 1 :]) for at in range(len(lines)))
    elif isinstance(source, Mapping):
        for key, inner in source.items():
            yield {other: found for other, found in source.items() if other != key}
            if isinstance(inner, Mapping):
                yield from ({**source, key: less} for less in _reduced(inner))
    else:
        yield from ([other for other in source if other != one] for one in source)


@dataclass(frozen=True)
class Agreement:
    """Two tables that must agree. ``more``: the right one may hold more than the left one."""

    name: str
    left: Table
    right: Table
    more: bool = False

    @cached_property
    def missing(self) -> list[str]:
        """What is missing, by side and name; nothing when they agree."""
        return missing(self.left, self.right, more=self.more)


def missing(left: Table, right: Table, *, more: bool = False) -> list[str]:
    """What one table has and the other lacks. ``more``: the right one may hold more."""
    lacks = [f"{right.name} lacks {entry}" for entry in sorted(left.entries - right.entries)]
    return lacks if more else lacks + [f"{left.name} lacks {entry}" for entry in sorted(right.entries - left.entries)]
