"""What the demo says, line by line: readable at 80 columns, colour and movement only on a terminal."""

import sys
import textwrap
import tomllib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from cli.words import Words, chosen, typed_folder
from templates.wording import fill

WIDTH: Final = 80
INDENT: Final = 15


@cache
def texts(lang: str) -> dict[str, Any]:
    """What the demo says in one language: the same keys in each."""
    name = "words.toml" if lang == "de" else f"words.{lang}.toml"
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


class Narrator:
    """Speaks on standard output. ``words``: the command line's words, for days, amounts and stages; by default in the
    language of ``WIR_LANG``."""

    def __init__(self, words: Words | None = None) -> None:
        terminal = sys.stdout.isatty()
        self._console = Console(
            file=sys.stdout, width=None if terminal else WIDTH, markup=False, emoji=False, highlight=False
        )
        self.words = words or chosen()
        self._day: date | None = None

    def text(self, key: str, **values: Any) -> str:
        """A text of ``words.toml`` under a dotted key, filled; lists are given line by line."""
        found: Any = texts(self.words.lang)
        for part in key.split("."):
            found = found[part]
        return fill("\n".join(found) if isinstance(found, list) else str(found), {"prog": self.words.prog, **values})

    def table(self, key: str) -> Mapping[str, Any]:
        """A table or list of ``words.toml``."""
        found: Mapping[str, Any] = texts(self.words.lang)[key]
        return found

    def command(self, verb: str, data: Path, *parts: str) -> str:
        """A command line for an installation, to be pasted."""
        return self.words.command(verb, *parts, "--data", typed_folder(data))

    def seconds(self, found: float) -> str:
        """Seconds with one decimal."""
        return f"{found:.1f}".replace(".", "," if self.words.lang == "de" else ".")

    def line(self, text: str = "", style: str = "") -> None:
        """One line, never wrapped."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def paragraph(self, text: str, style: str = "") -> None:
        """Wrapped to the width."""
        for part in textwrap.wrap(text, min(self._console.width, WIDTH)):
            self.line(part, style)

    def head(self, text: str) -> None:
        """A heading."""
        self.line()
        self.line(text, "bold")

    def on(self, day: date) -> None:
        """The next lines happen on this day."""
        self._day = day

    def say(self, text: str, style: str = "") -> None:
        """Something that happens; the first line of a day names the day."""
        lead = self.words.day(self._day) if self._day else ""
        self._day = None
        width = min(self._console.width, WIDTH) - INDENT
        for number, part in enumerate(textwrap.wrap(text, width) or [""]):
            shown = Text(f"{lead if number == 0 else '':<{INDENT}}", style="bold cyan")
            self._console.print(shown.append(part, style=style or "not bold default"), soft_wrap=True)

    def working(self, text: str) -> AbstractContextManager[Any]:
        """Something moves while this goes on; on a terminal only."""
        return self._console.status(text)
