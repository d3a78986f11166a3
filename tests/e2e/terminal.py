"""An officer at a terminal: reads what is printed and runs printed lines, in a shell, as a person copies them."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.counts import Tally

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^ *((?:printf '[^']*' \| )?\./starter\.py .*)$")


@dataclass(frozen=True)
class Ran:
    """How a line ended: exit code, what people read on it, what went wrong."""

    line: str
    code: int
    out: str
    err: str


@dataclass
class Terminal:
    """One window in the project's folder, pointed at an installation's data. ``typed``: the lines that were run."""

    data: Path
    tally: Tally = field(default_factory=Tally)
    lang: str = "de"
    typed: list[str] = field(default_factory=list)

    def run(self, line: str) -> Ran:
        """Runs a line in the shell; every process is a real one."""
        self.typed.append(line)
        env = {name: value for name, value in os.environ.items() if not name.startswith("WIR_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        env |= {"WIR_DATA": str(self.data), "WIR_LANG": self.lang, "PATH": path}
        done = subprocess.run(["sh", "-c", line], check=False, capture_output=True, text=True, cwd=ROOT, env=env)
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return Ran(line, done.returncode, done.stdout, done.stderr)

    def read(self, line: str) -> str:
        """What a line prints; it must succeed and complain about nothing."""
        self.tally.now = "officers"
        self.tally.add("looks")
        return self._done(line)

    def do(self, line: str, what: str = "commands") -> str:
        """Runs a line that changes something; it must succeed and complain about nothing."""
        self.tally.now = "officers"
        self.tally.add(what)
        return self._done(line)

    def document(self, line: str) -> dict[str, Any]:
        """The JSON document of a line."""
        found = json.loads(self._done(f"{line} --json"))
        assert isinstance(found, dict)
        return found

    def follow(self, printed: str, title: str, meaning: str, typed: Mapping[str, str], case: str = "") -> str:
        """Runs the line that stands under a task's title and the meaning of an answer, with what the officer adds.

        What signs, pays or ends the case has its line behind what it does: there the page that shows it comes first.
        """
        line = printed_line(printed, title, meaning, case)
        if line.startswith("./starter.py show "):
            line = line_of(self.read(line), meaning)
        return self.do(with_typed(line, typed))

    def _done(self, line: str) -> str:
        ran = self.run(line)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.out


def printed_line(printed: str, title: str, meaning: str, case: str = "") -> str:
    """The one command line below a title that a meaning stands above; of several cases, the one that is named.

    Raises ``LookupError``.
    """
    found, block, said = [], [""], ""
    for text in printed.splitlines():
        command = COMMAND.match(text)
        if command:
            if block[0].startswith(title) and said.startswith(meaning):
                found.append((command[1], block))
        elif text and text[0] not in " „“":  # what an answer does stands within its task
            block = [text]
        elif text.strip():
            said = text.strip()
            block.append(said)
    if len(found) > 1:
        found = [(line, block) for line, block in found if any(text.endswith(f" · {case}") for text in block)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} lines for {title} / {meaning} / {case} in:\n{printed}")
    return found[0][0]


def line_of(page: str, meaning: str) -> str:
    """The command line of an answer on the page of its task. Raises ``LookupError``."""
    said = ""
    for text in page.splitlines():
        command = COMMAND.match(text)
        if command and said.startswith(meaning):
            return command[1]
        said = text.strip() or said
    raise LookupError(f"no line for {meaning} in:\n{page}")


def with_typed(line: str, typed: Mapping[str, str]) -> str:
    """A line with the officer's own words at its end: what is printed leaves them out, and says so.

    Raises ``ValueError`` when the line has such an option already.
    """
    for option, value in typed.items():
        if option in shlex.split(line):
            raise ValueError(f"{option} is printed already: {line}")
        line += f" {option} {shlex.quote(value)}"
    return line
