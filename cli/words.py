"""Words of the command line: its language, and how this program is called.

Light on purpose: no import beyond the standard library and the texts.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from templates import LANGUAGES
from templates.wording import Wording


class Words(Wording):
    """Texts in one language, with the name of this program in them."""

    def command(self, *parts: str) -> str:
        """A command line of this program, to be pasted into a shell."""
        return f"{self.prog} {shlex.join(parts)}"


def printable(text: str) -> str:
    """A text that cannot steer a terminal: what strangers typed may hold control or direction characters."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "�" for char in text)


def program(argv0: str, environ: Mapping[str, str] = os.environ) -> str:
    """How this program is called, so that a printed line can be pasted: ``./starter.py`` or an installed name.

    ``WIR_PROGRAM`` says it where this process cannot know: in a container, whose paths mean nothing to whoever reads.
    """
    if environ.get("WIR_PROGRAM"):
        return environ["WIR_PROGRAM"]
    path = Path(argv0)
    if path.suffix == ".py" and path.stem == "starter":
        shown = argv0 if "/" in argv0 else f"./{argv0}"
        return shlex.quote(shown) if os.access(argv0, os.X_OK) else f"python3 {shlex.quote(argv0)}"
    return path.name if path.name in {"starter", "wir"} else "./starter.py"


def typed_folder(data: Path) -> str:
    """A folder as people would type it from here, and never so that it reads as an option."""
    here = Path.cwd()
    if not data.absolute().is_relative_to(here):
        return str(data)
    return f"./{data.absolute().relative_to(here)}"


def chosen() -> Words:
    """The words of this call; an unknown language is told about in German."""
    return Words(language(os.environ) or LANGUAGES[0], program(sys.argv[0]))


def language(environ: Mapping[str, str]) -> str | None:
    """The language asked for by ``WIR_LANG``: German by default, none when it is not one of ours."""
    wanted = environ.get("WIR_LANG", "").lower()[:2] or LANGUAGES[0]
    return wanted if wanted in LANGUAGES else None
