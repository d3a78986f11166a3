"""How a table fits into a terminal: amounts and codes are never cut or folded; what gives way is one column of text.

Four shapes, the first that fits: one line a row, in which the text wraps; the text on lines of its own with the other
columns below; all words on lines of their own with the amounts below; and at last one amount a line.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

GAP: Final = 2
LEAST: Final = 24
"""Columns that a text which wraps beside other columns has at the least; with fewer it gets lines of its own."""

INDENT: Final = 2
_JOINED: Final = " · "
_AMOUNT: Final = re.compile(r"(?<=\d) (?=€)")

Row = Sequence[str]


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most ``width``; a longer word stays whole, and so does an amount with its sign."""
    kept = _AMOUNT.sub("\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(kept, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def width_of(environ: Mapping[str, str], otherwise: int) -> int:
    """The width that ``COLUMNS`` asks for, where it is a sensible number."""
    asked = environ.get("COLUMNS", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and 0 < int(asked) < 10_000 else otherwise


def laid_out(
    columns: Row, rows: Sequence[Row], *, right: frozenset[int], elastic: int, width: int
) -> tuple[list[str], list[str]]:
    """Lines of the heading and of the rows. ``right``: columns of amounts; ``elastic``: the one that gives way.

    No line is longer than ``width`` unless a single cell is.
    """
    table = [columns, *rows]
    widths = [max(len(row[n]) for row in table) for n in range(len(columns))]
    fixed = [n for n in range(len(columns)) if n != elastic]
    room = width - sum(widths[n] + GAP for n in fixed)
    if room >= min(widths[elastic], LEAST):
        widths[elastic] = min(widths[elastic], room)
        shape = _beside
    elif fixed and INDENT + _total(widths, fixed) <= width:
        shape = _below
    else:
        shape = _apart
    body = [line for row in rows for line in shape(row, columns, widths, right, elastic, width)]
    if not any(columns):
        return [], body
    if shape is _apart and not _amounts_fit(widths, right, width):
        return _words(columns, right, elastic, width), body  # each amount has its heading beside it
    return list(shape(columns, columns, widths, right, elastic, width)), body


def _beside(
    row: Row, columns: Row, widths: Sequence[int], right: frozenset[int], elastic: int, width: int
) -> Iterator[str]:
    """One line a row; the text goes on in its own column."""
    lines = wrapped(row[elastic], widths[elastic])
    for number, text in enumerate(lines):
        cells = [text if n == elastic else row[n] if number == 0 else "" for n in range(len(row))]
        yield _line(cells, widths, right, range(len(row)))


def _below(
    row: Row, columns: Row, widths: Sequence[int], right: frozenset[int], elastic: int, width: int
) -> Iterator[str]:
    """The text first, the other columns below it."""
    yield from wrapped(row[elastic], width)
    yield " " * INDENT + _line(row, widths, right, [n for n in range(len(row)) if n != elastic])


def _apart(
    row: Row, columns: Row, widths: Sequence[int], right: frozenset[int], elastic: int, width: int
) -> Iterator[str]:
    """All words first, the amounts below them; where not even these fit, one a line with its heading."""
    yield from _words(row, right, elastic, width)
    amounts = sorted(right)
    if amounts and _amounts_fit(widths, right, width):
        yield " " * INDENT + _line(row, widths, right, amounts)
    else:
        yield from (" " * INDENT + f"{columns[n]} {row[n]}".strip() for n in amounts)


def _words(row: Row, right: frozenset[int], elastic: int, width: int) -> list[str]:
    """The cells that are no amounts, one after the other; a line may end within the text that gives way only."""
    lines: list[str] = []
    for number in (n for n in range(len(row)) if n not in right and row[n]):
        parts = row[number].split() if number == elastic else [row[number]]
        for place, part in enumerate(parts):
            between = " " if place else _JOINED
            if lines and len(lines[-1]) + len(between) + len(part) <= width:
                lines[-1] += between + part
            else:
                lines.append(part)
    return lines or [""]


def _amounts_fit(widths: Sequence[int], right: frozenset[int], width: int) -> bool:
    return INDENT + _total(widths, sorted(right)) <= width


def _total(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[n] for n in columns) + GAP * max(len(columns) - 1, 0)


def _line(row: Row, widths: Sequence[int], right: frozenset[int], columns: Sequence[int]) -> str:
    cells = [row[n].rjust(widths[n]) if n in right else row[n].ljust(widths[n]) for n in columns]
    return (" " * GAP).join(cells).rstrip()
