"""An embedded installation that runs in a thread of its own while a test plays the people outside.

It is the stack of ``starter.py up`` (:func:`embedded.running`): Temporal server, database, worker, portal, mail sink
and the officers' socket. The test talks to it over sockets, HTTP and the mailbox on disk, as anybody would.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from embedded import Stack, running
from tests.patience import PATIENCE

BEGIN = datetime(2017, 11, 6, 8, tzinfo=UTC)
"""Monday; the round of 2018 can be opened, its applications are due on 2 January 2018."""

T = TypeVar("T")


@dataclass
class Installation:
    """A running stack and the loop it lives in."""

    stack: Stack
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T], seconds: float = PATIENCE) -> T:
        """Runs something inside the installation and waits for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def quiet(self) -> None:
        """Waits until nothing is on its way: no command, no step, no mail."""
        self.run(self.stack.lapse.quiet())


@contextmanager
def installed(
    data: Path, *, database_url: str = "", begin: datetime = BEGIN, ports: bool = False
) -> Iterator[Installation]:
    """An installation for the length of the block; ``ports``: on the usual ones."""
    ready: list[Installation] = []
    failed: list[BaseException] = []
    up, end = threading.Event(), asyncio.Event()

    async def live() -> None:
        async with running(data, start=begin, database_url=database_url, ports=ports) as stack:
            ready.append(Installation(stack, asyncio.get_running_loop()))
            up.set()
            await end.wait()

    def thread() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:  # noqa: BLE001 - told to the test, which raises it
            failed.append(error)
        finally:
            up.set()

    runner = threading.Thread(target=thread, name="installation")
    runner.start()
    up.wait()
    try:
        if ready:
            yield ready[0]
    finally:
        if ready and runner.is_alive():
            ready[0].loop.call_soon_threadsafe(end.set)
        runner.join()
    if failed:
        raise failed[0]
