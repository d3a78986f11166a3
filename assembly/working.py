"""What works by itself: the Temporal worker and the background jobs beside it, for the length of a block."""

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.worker import Worker

from activities.alive import Alive
from assembly.daily import daily_activities
from assembly.parts import WORKFLOWS, Engine
from gateway.jobs import JobEndedError, Jobs
from gateway.temporal.schedules import ensure_daily

ACTIVITY_SLOTS = 16
GRACE = timedelta(seconds=20)
STICKY = timedelta(seconds=3)
"""How long a case waits for the worker that has it in memory before any other takes it: that one may be dead."""


@asynccontextmanager
async def working(engine: Engine, *, cached_workflows: int = 500) -> AsyncIterator[Jobs]:
    """Runs worker, mailroom, inbox, sweeper until the block ends; finishes what is on its way.

    What the block waits for, it waits for beside the jobs (:meth:`gateway.jobs.Jobs.beside`), so that it ends when one
    of them does. Raises ``JobEndedError`` when the Temporal worker fails.
    """
    failed: list[BaseException] = []

    async def note(error: BaseException) -> None:
        failed.append(error)

    try:
        async with _working(engine, note, cached_workflows=cached_workflows) as jobs:
            yield jobs
    except Exception as error:
        if failed:
            raise JobEndedError("worker", failed[0]) from error
        raise


@asynccontextmanager
async def _working(
    engine: Engine, on_fatal_error: Callable[[BaseException], Awaitable[None]], *, cached_workflows: int
) -> AsyncIterator[Jobs]:
    with ThreadPoolExecutor(ACTIVITY_SLOTS, thread_name_prefix="activity") as threads:
        worker = Worker(
            engine.client,
            task_queue=engine.settings.task_queue,
            workflows=WORKFLOWS,
            activities=[*engine.activities(), *daily_activities(engine)],  # type: ignore[list-item]
            activity_executor=threads,
            max_concurrent_activities=ACTIVITY_SLOTS,
            max_cached_workflows=cached_workflows,
            sticky_queue_schedule_to_start_timeout=STICKY,
            interceptors=[Alive()],
            graceful_shutdown_timeout=GRACE,
            on_fatal_error=on_fatal_error,
        )
        async with worker:
            await ensure_daily(engine.client, engine.settings.task_queue)
            jobs = Jobs()
            jobs.start("mailroom", engine.mailroom.run())
            jobs.start("sweeper", engine.gateway.messenger.run())
            if engine.inbox is not None:
                jobs.start("inbox", engine.inbox.run())
            try:
                yield jobs
            finally:
                await engine.gateway.messenger.settled()
                await jobs.stop()
                if engine.inbox is not None:
                    await engine.inbox.close()
                await engine.mailroom.close()
