"""Background jobs of a process: they run as long as it does, and none ends without a word while it goes on."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from record.database.background import in_short

T = TypeVar("T")

log = logging.getLogger(__name__)


class JobEndedError(Exception):
    """A background job has ended by itself, so its process has to. The text is one line for the operator."""

    def __init__(self, name: str, error: BaseException | None) -> None:
        why = in_short(error) if error is not None else "without an error"
        self.name = name
        super().__init__(f"the background job '{name}' has ended ({why}), so this process ends; start it again")


class Jobs:
    """The jobs of one process. Used from one event loop."""

    def __init__(self) -> None:
        self._jobs: list[asyncio.Task[None]] = []
        self._watched: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Starts a job that is not meant to end."""
        job = asyncio.create_task(work, name=name)
        job.add_done_callback(_note)
        self._jobs.append(job)

    def watch(self, name: str, job: asyncio.Task[None]) -> None:
        """Counts somebody else's task among the jobs; who started it ends it."""
        job.set_name(name)
        job.add_done_callback(_note)
        self._watched.append(job)

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, which goes on while the jobs run.

        Raises ``JobEndedError`` as soon as a job ends before it; ``work`` is cancelled then, and finishes first.
        """
        task, jobs = asyncio.create_task(work), [*self._jobs, *self._watched]
        try:
            await asyncio.wait({task, *jobs}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise _ended(next(job for job in jobs if job.done()))
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def stop(self) -> None:
        """Cancels all jobs and waits for their end."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)


def _ended(job: asyncio.Task[None]) -> JobEndedError:
    return JobEndedError(job.get_name(), None if job.cancelled() else job.exception())


def _note(job: asyncio.Task[None]) -> None:
    """Says so at once; the traceback is for whoever asked for it."""
    if not job.cancelled() and (error := job.exception()) is not None:
        log.error("%s ended: %s", job.get_name(), in_short(error))
        log.debug("%s ended", job.get_name(), exc_info=error)
