"""The demo's data folder: a fresh one, or one that an earlier demo made; never anything else."""

import shutil
from pathlib import Path
from typing import Final

from cli.answers import DeskError, UnreachableError
from cli.call import SOCKET
from cli.client import DeskClient

MARK: Final = "demo.txt"
_TEXT: Final = "Made by `starter.py demo`, which replaces this folder when it is played again.\n"


class FolderError(Exception):
    """The folder cannot be used. The text is a key of ``[folder]`` in ``words.toml``."""


def prepare(data: Path) -> bool:
    """Makes the folder new and marks it; True when an earlier demo's was replaced. Raises ``FolderError``."""
    again = data.exists() and any(data.iterdir()) if data.is_dir() else data.exists()
    if again:
        if not (data / MARK).is_file():
            raise FolderError("foreign")
        if _runs(data):
            raise FolderError("busy")
        shutil.rmtree(data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / MARK).write_text(_TEXT, encoding="utf-8")
    return again


def _runs(data: Path) -> bool:
    """Whether an installation answers there."""
    try:
        DeskClient(data / SOCKET).get("/officers")
    except UnreachableError:
        return False
    except DeskError:
        return True
    return True
