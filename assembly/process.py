"""How a process of production runs: settings first, then until it is told to stop; any other end is said in a line."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from gateway.jobs import JobEndedError
from gateway.start.environment import load_settings
from gateway.start.settings import Settings, SettingsError
from gateway.temporal.connection import MissingAttributesError
from programmes.load import ProgrammeError
from record.database.engine import InstallationError

CANNOT = 5
"""Exit code for a start that cannot be: the system cannot do what was asked."""


class InTheWayError(Exception):
    """Something outside keeps this process from starting. The text is one line for the operator."""


def run_process(serve: Callable[[Settings], Awaitable[None]]) -> int:
    """Serves until the end. Exit code 5 with one line when something needed is not there, or a background job ended."""

    async def served(settings: Settings) -> None:
        await serve(settings)

    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        asyncio.run(served(settings))
    except (
        SettingsError,
        InstallationError,
        ProgrammeError,
        MissingAttributesError,
        JobEndedError,
        InTheWayError,
    ) as error:
        print(error, file=sys.stderr)
        return CANNOT
    except (RPCError, OSError, RuntimeError, SQLAlchemyError) as error:
        print(f"cannot start: {str(error).splitlines()[0]}", file=sys.stderr)
        return CANNOT
    return 0


def leave(code: int) -> NoReturn:
    """Ends a process that had a client of Temporal, with all that it has said written out.

    The interpreter is not taken down: the client's native threads outlive it, and one that then asks for the
    interpreter aborts a process that had ended well (https://github.com/temporalio/sdk-python/issues/300).
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the reader is gone, or the stream was closed: there is nobody to tell
            stream.flush()
    os._exit(code)


def until_stopped() -> asyncio.Event:
    """Is set once the process is told to end: by Ctrl-C, or by what started it."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop
