#!/usr/bin/env python3
"""The officers' command line. Everything it does stands in ``cli/``; ``starter.py --help`` lists the verbs."""

import os
import sys
from pathlib import Path

_VENV = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def main() -> None:
    """Runs the command line. Called with another Python it goes on in the project's own environment."""
    if _VENV.exists() and Path(sys.prefix) != _VENV.parent.parent and not _has_typer():
        os.execv(_VENV, [str(_VENV), *sys.argv])  # noqa: S606 - our own interpreter; no shell is wanted
    from cli.entry import main as run

    run()


def _has_typer() -> bool:
    from importlib.util import find_spec

    return find_spec("typer") is not None


if __name__ == "__main__":
    main()
