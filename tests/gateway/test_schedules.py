"""The daily work on the real server: at its hour in Germany, one run at a time, a missed day once, and no case."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import Client, ScheduleOverlapPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.daily import DailyActivities
from gateway.start.devserver import DevServer, start_server
from gateway.temporal.connection import plugin
from gateway.temporal.schedules import DAILY_SCHEDULE, HOUR, daily, ensure_daily
from models.contracts import DAILY, GRANT
from workflows.daily import Daily

pytestmark = pytest.mark.server

QUEUE = "daily-test"
NAMESPACES = tuple(f"daily-{number}" for number in range(6))


class Work:
    """Counts what is asked for. Each part fails as often as it is told to."""

    def __init__(self, *, digests_fail: int = 0) -> None:
        self.digests = self.sweeps = 0
        self._fail = digests_fail
        self.done = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def send(self) -> int:
        self.digests += 1
        if self.digests <= self._fail:
            raise ApplicationError("no digests today", non_retryable=True)
        self._loop.call_soon_threadsafe(self.done.set)
        return 2

    def sweep(self) -> int:
        self.sweeps += 1
        return 1


@pytest.fixture(scope="module")
def scheduling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A server that runs schedules: the one that tests share does not, for the sake of its many namespaces."""
    names = [argument for name in NAMESPACES for argument in ("--namespace", name)]
    server = asyncio.run(start_server(tmp_path_factory.mktemp("schedules"), in_memory=True, extra=names))
    try:
        yield server
    finally:
        asyncio.run(server.stop())


@pytest.fixture
async def client(scheduling: DevServer, request: pytest.FixtureRequest) -> Client:
    """A client in a namespace of the test's own."""
    namespace = NAMESPACES[request.session.items.index(request.node) % len(NAMESPACES)]
    return await Client.connect(scheduling.address, namespace=namespace, plugins=[plugin()])


@asynccontextmanager
async def worker(client: Client, send: Callable[[], int], sweep: Callable[[], int]) -> AsyncIterator[None]:
    """A worker that does the daily work."""
    with ThreadPoolExecutor(2) as threads:
        activities = DailyActivities(send, sweep).all()
        async with Worker(
            client, task_queue=QUEUE, workflows=[Daily], activities=activities, activity_executor=threads
        ):
            yield


async def test_it_runs_once_when_it_is_made_and_not_again_at_the_next_start(client: Client) -> None:
    work = Work()
    async with worker(client, work.send, work.sweep):
        await ensure_daily(client, QUEUE)
        await asyncio.wait_for(work.done.wait(), 30)
        await ensure_daily(client, QUEUE)
        found = await client.get_schedule_handle(DAILY_SCHEDULE).describe()
    assert found.info.num_actions == 1
    assert (work.digests, work.sweeps) == (1, 1)


async def test_its_hour_is_the_same_in_germany_summer_and_winter(client: Client) -> None:
    await ensure_daily(client, QUEUE)
    found = await client.get_schedule_handle(DAILY_SCHEDULE).describe()
    times = [at.astimezone(ZoneInfo("Europe/Berlin")) for at in found.info.next_action_times]
    assert len(times) == 10
    assert {(at.hour, at.minute) for at in times} == {(HOUR, 0)}
    assert not 2 <= HOUR < 3
    assert found.schedule.policy.overlap == ScheduleOverlapPolicy.SKIP
    assert found.schedule.policy.catchup_window == timedelta(days=1)  # of several missed days the last alone


async def test_a_schedule_that_an_operator_paused_stays_paused(client: Client) -> None:
    await ensure_daily(client, QUEUE)
    handle = client.get_schedule_handle(DAILY_SCHEDULE)
    await handle.pause(note="for the move")
    await ensure_daily(client, QUEUE)
    assert (await handle.describe()).schedule.state.paused


async def test_one_part_that_fails_does_not_stop_the_other_and_the_failure_is_seen(client: Client) -> None:
    work = Work(digests_fail=1)
    async with worker(client, work.send, work.sweep):
        run = await client.start_workflow(DAILY, id=DAILY_SCHEDULE, task_queue=QUEUE)
        with pytest.raises(Exception, match="Workflow execution failed"):
            await run.result()
    assert (work.digests, work.sweeps) == (1, 1)


async def test_no_scheduled_workflow_counts_as_a_case(client: Client) -> None:
    work = Work()
    async with worker(client, work.send, work.sweep):
        await ensure_daily(client, QUEUE)
        await asyncio.wait_for(work.done.wait(), 30)
        while not (await client.count_workflows(f"WorkflowType = '{DAILY}'")).count:  # noqa: ASYNC110 - visibility lags
            await asyncio.sleep(0.05)
        assert (await client.count_workflows(f"WorkflowType = '{GRANT}'")).count == 0
        assert (await client.count_workflows("WirStage IS NOT NULL")).count == 0


def test_what_it_starts_is_named_for_operators() -> None:
    action = daily(QUEUE).action
    assert getattr(action, "static_summary", "") == "the work of a day, no case"
