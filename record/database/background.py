"""Errors of background work in one line for the log: what kind and where, never with contents of the record."""

import asyncio
import logging
import traceback
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
log = logging.getLogger(__name__)


def in_short(error: BaseException) -> str:
    """The type of an error and the place it came from, for example ``KeyError at record/digest.py:52``.

    An error's own words may quote a mail, an address or a row, so they are left out.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} at {_place(Path(frames[-1].filename))}:{frames[-1].lineno}"


def _place(path: Path) -> str:
    """A file of this project by its path in it, any other by its name and folder."""
    inside = path.parts[len(ROOT.parts) :] if path.is_relative_to(ROOT) else ()
    ours = inside and not inside[0].startswith(".")  # packages may lie in .venv
    return "/".join(inside if ours else path.parts[-2:])


def log_failure(task: asyncio.Task[Any]) -> None:
    """A callback for tasks whose result nobody waits for: an error is logged, not kept until the task is forgotten."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s failed: %s", task.get_name(), in_short(error))
