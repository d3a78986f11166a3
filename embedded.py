"""The embedded mode: Temporal server, database, worker, portal, desk and mail sink in one process.

``starter.py up`` runs it until Ctrl-C; the demo and the end-to-end tests run the same stack. Data survives a restart.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from activities.sink.server import MailSink
from assembly.local import local_engine, local_settings, local_temporal, look_at_doors, not_started, serve_here
from assembly.parts import Engine
from assembly.process import until_stopped
from assembly.working import working
from cli.starting import address_lines
from cli.words import Words, chosen
from gateway.jobs import Jobs
from gateway.start.data_folder import FolderLock, check_path, lock_folder
from gateway.start.errors import START_ERRORS
from timelapse import Lapse, skipping


@dataclass
class Stack:
    """A running embedded installation. Without a server of its own ``ui_url`` is empty."""

    data: Path
    engine: Engine
    jobs: Jobs
    sink: MailSink
    lapse: Lapse
    desk_url: str
    portal_url: str
    mailbox_url: str
    ui_url: str


@asynccontextmanager
async def running(
    data: Path,
    *,
    start: datetime | None = None,
    ports: bool = False,
    to_be_opened: bool = False,
    cached_workflows: int = 500,
    database_url: str = "",
    lock: FolderLock | None = None,
) -> AsyncIterator[Stack]:
    """The stack for the length of the block. ``start``: legal instant of a new installation, by default
    some weeks before applications close; ``ports``: the usual ones; ``to_be_opened``: with ``up``, so links in
    mails lead to its pages and not to this run's; ``lock``: the folder is the caller's already, and stays it.

    1. Settings are read. 2. The folder is locked; until then nothing in it is made or changed. 3. Ports and socket are
    looked at. 4. Temporal, database, worker and pages start. The lock goes last.

    Raises ``StartError``, ``InstallationError``, ``SettingsError``, ``ProgrammeError``, ``OSError``.
    """
    check_path(data)
    settings = local_settings(data, ports=ports, to_be_opened=to_be_opened, database_url=database_url)
    async with AsyncExitStack() as stack:
        if lock is None:
            lock = await asyncio.to_thread(lock_folder, settings.data)
            stack.callback(lock.release)
        look_at_doors(settings)
        client, ui_url = await local_temporal(stack, settings, lock)
        skipper, sink = skipping(client), MailSink(settings.data / "mailbox")
        engine = await local_engine(stack, settings, skipper.client, sink, start)
        jobs = await stack.enter_async_context(working(engine, cached_workflows=cached_workflows))
        lapse = Lapse(engine, skipper)
        at = await serve_here(stack, engine, jobs, sink, lapse)
        lock.serves(portal=at.portal, mailbox=at.mailbox, ui=ui_url)
        yield Stack(settings.data, engine, jobs, sink, lapse, at.desk, at.portal, at.mailbox, ui_url)


def run_up(data: Path, words: Words | None = None, say: Callable[[str], object] = print) -> int:
    """Runs until Ctrl-C; exit code 5, with what is in the way and the way forward, when it cannot start."""
    words = words or chosen()
    logging.basicConfig(level="WARNING", format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_up(data, words, say))
    except START_ERRORS as error:
        return not_started(words, "up", data, error)
    return 0


async def _up(data: Path, words: Words, say: Callable[[str], object]) -> None:
    stop = until_stopped()
    async with running(data, ports=True) as stack:
        at = {"desk": stack.desk_url, "portal": stack.portal_url, "mailbox": stack.mailbox_url, "ui": stack.ui_url}
        for line in address_lines(words, data, at):
            say(line)
        await stack.jobs.beside(stop.wait())
        say(words.find("up.end") or "")
