"""What people read: sentences, tables and command lines, as wide as the terminal; in a pipe 80, or ``COLUMNS``."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from cli.layout import laid_out, width_of, wrapped
from cli.options import FIELD_PARAMS, PARAMS, flag
from cli.words import Words, printable

if TYPE_CHECKING:
    from rich.console import Console

WIDTH: Final = 80
SHOWN_LENGTH: Final = 12
"""Signs of the hash of what was shown that a line carries."""
HEADER: Final = "reference;status;amount;value_date;detail"


class Paper:
    """Standard output for people. Colour only on a terminal, and not with ``NO_COLOR``."""

    def __init__(self, words: Words, repeated: Sequence[str] = ()) -> None:
        self.words, self._repeated = words, list(repeated)

    @cached_property
    def _console(self) -> "Console":
        from rich.console import Console

        width = None if sys.stdout.isatty() else width_of(os.environ, WIDTH)
        return Console(file=sys.stdout, width=width, markup=False, emoji=False, highlight=False, soft_wrap=False)

    def line(self, text: str = "", *, style: str = "", indent: int = 0) -> None:
        """A sentence, wrapped and indented."""
        width = self._console.width - indent
        for part in wrapped(printable(text), width):
            self._console.print(" " * indent + part if part else "", style=style or None, soft_wrap=True)

    def head(self, text: str) -> None:
        """A heading with space above it."""
        self.line()
        self.line(text, style="bold")

    def command(self, *parts: str, indent: int = 4, ends: str = "") -> None:
        """A command line on one line, however long: it is there to be copied. ``ends``: an option without its value."""
        shown = " ".join(filter(None, (self.command_line(*parts), flag(ends) if ends else "")))
        self._console.print(" " * indent + shown, style="cyan", soft_wrap=True)

    def typed(self, line: str, *, indent: int = 4) -> None:
        """A finished line, as it is to be pasted."""
        self._console.print(" " * indent + line, style="cyan", soft_wrap=True)

    def evidence(self, line: str, *parts: str, indent: int = 4) -> None:
        """A command line that brings one line of bank evidence in."""
        text = shlex.quote(f"{HEADER}\\n{line}\\n")
        shown = f"printf {printable(text)} | {self.command_line('bank', '-', *parts)}"
        self._console.print(" " * indent + shown, style="cyan", soft_wrap=True)

    def command_line(self, *parts: str) -> str:
        """The finished command line for this installation."""
        return printable(f"{self.words.prog} {shlex.join([*parts, *self._repeated])}")

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: frozenset[int] = frozenset(),
        elastic: int | None = None,
    ) -> None:
        """Aligned columns; those in ``right`` hold amounts. ``elastic`` gives way, by default the last left one."""
        if elastic is None:
            elastic = max((n for n in range(len(columns)) if n not in right), default=0)
        shown = [[printable(cell) for cell in row] for row in rows]
        head, body = laid_out(columns, shown, right=right, elastic=elastic, width=self._console.width)
        if head:
            self.line()
            rule = "─" * min(max(map(len, [*head, *body])), self._console.width)
            for text in (*head, rule):
                self._console.print(text, style="bold" if text != rule else None, soft_wrap=True)
        for text in body:
            self._console.print(text, soft_wrap=True)
        if head:
            self.line()

    def take_back(self, task: Mapping[str, Any]) -> None:
        """The line by which whoever did what a task checks takes it back."""
        for choice in task["choices"]:
            if task.get("take_back") and choice["choice"] == "send_back":
                self.line(f"{self.words.say('take_back')}:", indent=4)
                parts = [*self.filled(choice["fields"]), *acting(task["take_back"])]
                self.command("do", task["id"], choice["choice"], *parts, indent=6)
                self.to_add(*lacking(choice["fields"]))

    def choice(self, task: Mapping[str, Any], choice: Mapping[str, Any], as_name: str) -> None:
        """One possible answer: what it means, the command line for it, and what the person has to add to the line.

        What signs, pays or ends the case has a line only where it was shown (``effects``); else the one that shows it.
        """
        effect = next((one for one in task.get("effects", ()) if one["choice"] == choice["choice"]), None)
        meaning = self.words.name(f"choice.{task['kind']}", choice["choice"])
        if (effect or choice)["read_first"] and not (effect or {}).get("shown"):
            self.line(self.words.say("after_reading", choice=meaning), indent=4)
            self.command("show", task["id"], *acting(as_name), indent=6)
            return
        shown = ["--shown", effect["shown"][:SHOWN_LENGTH]] if effect and effect["read_first"] else []
        parts = [*self.filled(choice["fields"]), *shown, *standing_in(task), *acting(as_name)]
        self.line(f"{meaning}:", indent=4)
        self.command("do", task["id"], choice["choice"], *parts, indent=6)
        self.to_add(*lacking(choice["fields"]))

    def start(self, case: str, start: Mapping[str, Any]) -> None:
        """Something that can be started: what it means, the command line for it, and what has to be added to it."""
        self.line(f"{self.words.name('start_step', start['kind'])}:", indent=4)
        first = ["--dry-run"] if start["read_first"] else []
        parts = [*self.filled(start["fields"]), *first, *acting(start.get("as") or "")]
        self.command("act", case, start["kind"].replace("_", "-"), *parts, indent=6)
        self.to_add(*lacking(start["fields"]))

    def to_add(self, *names: str) -> None:
        """Names the options that only the person can fill: a reason or evidence of ours would become theirs."""
        shown = [f"{flag(name)} ({self.words.name('field', PARAMS[name].field or name)})" for name in names]
        if shown:
            self.line(self.words.say("to_add", options=", ".join(shown)), indent=6)

    def filled(self, fields: Sequence[Mapping[str, Any]]) -> list[str]:
        """The required fields that follow from the case, as options with their values."""
        parts: list[str] = []
        for wanted in fields:
            option = FIELD_PARAMS.get(wanted.get("option", ""))
            if wanted["required"] and option is not None and wanted.get("example"):
                parts += [flag(option), str(wanted["example"])]
        return parts


def lacking(fields: Sequence[Mapping[str, Any]]) -> list[str]:
    """The options of required fields for which the case knows no value."""
    options = [FIELD_PARAMS.get(one.get("option", "")) for one in fields if one["required"] and not one.get("example")]
    return [option for option in options if option is not None]


def standing_in(task: Mapping[str, Any]) -> list[str]:
    """The option that says in whose place a task is done, where it is an absent person's."""
    return ["--in-place-of", str(task["for"][0])] if task.get("for") else []


def acting(as_name: str) -> list[str]:
    """The option that says who acts, where that is said at all."""
    return ["--as", as_name] if as_name else []
