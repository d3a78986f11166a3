"""Errors of background work in one line for the log: what kind and where, never with contents of the record."""

import asyncio
import logging
import traceback
from pathlib import PurePath
from typing import Any

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
    place = "/".join(PurePath(frames[-1].filename).parts[-2:])
    return f"{type(error).__name__} at {place}:{frames[-1].lineno}"


def log_failure(task: asyncio.Task[Any]) -> None:
    """A callback for tasks whose result nobody waits for: an error is logged, not kept until the task is forgotten."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s failed: %s", task.get_name(), in_short(error))
