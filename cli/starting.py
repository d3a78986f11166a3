"""What ``up`` and ``demo`` print when they run, and when they cannot: in the person's language, with lines to paste."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cli.words import Words, printable, typed_folder
from templates.wording import fill

CANNOT: Final = 5
"""Exit code for a start that cannot be: the system cannot do what was asked."""


def address_lines(words: Words, data: Path, at: Mapping[str, str]) -> list[str]:
    """What ``up`` prints when everything runs. ``at``: addresses; ``ui`` is empty where Temporal is somebody else's."""
    values = {
        **at,
        "data": typed_folder(data),
        "today": words.command("today", "--data", typed_folder(data)),
    }
    return [line for text in words.lines("up.lines") if (line := fill(text, values))]


def told(
    words: Words, verb: str, data: Path, code: str, details: Mapping[str, Any], technical: Sequence[str] = ()
) -> int:
    """Says on standard error why ``verb`` did not start, what is known in English, and the way forward."""
    folder = typed_folder(data)
    values = {
        "data": data,
        **details,
        "since": _moment(words, str(details.get("since") or "")),
        "today": words.command("today", "--data", folder),
        "again": words.command(verb, "--data", folder),
        "elsewhere": f"{words.command(verb)} --data",
        "log": str(details.get("log", "")),
    }
    message, way = (words.find(f"up.error.{code}.{part}") or "" for part in ("message", "way"))
    lines = [fill(message, values), *(f"  {line}" for line in technical if line), fill(way, values)]
    sys.stderr.write("".join(f"{printable(line)}\n" for line in lines if line))
    return CANNOT


def _moment(words: Words, instant: str) -> str:
    """An ISO instant as day and minute on this machine's clock; nothing stays nothing."""
    if not instant:
        return ""
    found = datetime.fromisoformat(instant).astimezone()
    return f"{words.day(found.date())}, {found:%H:%M}"
