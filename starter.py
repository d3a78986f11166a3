#!/usr/bin/env python3
"""The officers' command line. Everything it does stands in ``cli/``; ``starter.py --help`` lists the verbs."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_VENV = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def main() -> None:
    """Runs the command line. Called with another Python it goes on in the project's own environment."""
    if find_spec("typer") is None and _VENV.exists() and Path(sys.executable) != _VENV:
        os.execv(_VENV, [str(_VENV), *sys.argv])  # noqa: S606 - our own interpreter; no shell is wanted
    from cli.app import main as run

    run()


if __name__ == "__main__":
    main()
