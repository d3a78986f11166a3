"""What recurs by the clock, as Temporal Schedules. Legal time of a case is never read from them."""

from contextlib import suppress
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)

from models.contracts import DAILY

DAILY_SCHEDULE = "wir-daily"
HOUR = 5
"""In Europe/Berlin: before anybody works, and not between two and three, an hour that a day may have twice or never."""


def daily(task_queue: str) -> Schedule:
    """Once a day. A day that was missed is made up once; one that still runs is not started beside itself."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            DAILY, id=DAILY_SCHEDULE, task_queue=task_queue, static_summary="the work of a day, no case"
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)], comment="every day")],
            time_zone_name="Europe/Berlin",
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )


async def ensure_daily(client: Client, task_queue: str) -> None:
    """Makes the schedule, which then runs once at once. One that stands is left as an operator has set it."""
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(DAILY_SCHEDULE, daily(task_queue), trigger_immediately=True)
