#!/usr/bin/env python3
"""The officers' command line. Everything it does stands in ``cli/``; ``starter.py --help`` lists the verbs.

This file must be readable for any Python 3: it is the one that says what is missing.
"""

import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.words import Words

_ROOT = Path(__file__).resolve().parent
_VENV = _ROOT / ".venv"
_NOT_SET_UP = 5


def main() -> None:
    """Runs the command line. Called with another Python it goes on in the project's own environment."""
    if not _complete():
        if (_VENV / "bin" / "python").exists() and os.path.realpath(sys.prefix) != os.path.realpath(_VENV):
            python = str(_VENV / "bin" / "python")
            os.execv(python, [python, *sys.argv])  # noqa: S606 - our own interpreter; no shell is wanted
        sys.stderr.write(_setup_needed() + "\n")
        sys.exit(_NOT_SET_UP)
    from cli.entry import main as run

    try:
        run(up=_up, demo=_demo)
    except SystemExit as end:
        if "temporalio" in sys.modules:  # it was one of these two, to its end or to Ctrl-C
            from assembly.process import leave

            leave(int(end.code or 0))
        raise


# Imported when they run: they are heavy, and what runs in production has neither.
def _up(data: Path, words: "Words") -> int:
    from embedded import run_up

    return run_up(data, words)


def _demo(data: Path) -> int:
    from demo.play import run

    return run(data)


def _complete() -> bool:
    """Whether this Python is new enough and has the packages; one stands for all."""
    from importlib.util import find_spec

    return sys.version_info >= (3, 11) and find_spec("typer") is not None


def _setup_needed() -> str:
    """``cli.setup_needed`` in the person's language. An old Python has no reader for TOML, so the line is searched."""
    lang = "en" if os.environ.get("WIR_LANG", "").lower().startswith("en") else "de"
    texts = (_ROOT / "templates" / "texts" / (lang + ".toml")).read_text(encoding="utf-8")
    found = re.search('^setup_needed = "(.*)"$', texts, re.MULTILINE)
    where = "" if Path.cwd() == _ROOT else " -C " + shlex.quote(str(_ROOT))
    return found.group(1).replace("{where}", where) if found else "make setup"


if __name__ == "__main__":
    main()
