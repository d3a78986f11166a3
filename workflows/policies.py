"""All time-outs and retry policies of the engine, by name."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import RetryPolicy

STEP_CONFLICT = "StepConflict"
CLOCK_AHEAD = "ClockAhead"
FOREIGN = "ForeignWorkflow"
UNKNOWN_APPLICATION = "UnknownApplication"

FINAL_ERRORS = [STEP_CONFLICT, FOREIGN]
"""Errors that no retry can cure: a forged start, a second run, a step out of order."""


@dataclass(frozen=True)
class Policy:
    """How long one attempt may take, how often it is tried, and when the last try must be over."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    schedule_to_close_timeout: timedelta | None = None
    heartbeat_timeout: timedelta = timedelta(seconds=5)
    """A worker that is killed is noticed this soon; :mod:`activities.alive` beats while an activity works."""


RECORD = Policy(
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=30),
        non_retryable_error_types=FINAL_ERRORS,
    ),
)
"""The record must answer in the end: a locked or stopped database is waited for, without limit."""

PAY = Policy(
    start_to_close_timeout=timedelta(minutes=2),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        maximum_interval=timedelta(minutes=1),
        non_retryable_error_types=FINAL_ERRORS,
    ),
)
"""Handing over is idempotent by the order's end-to-end id: the same order leaves the same file."""

SERVE = Policy(
    start_to_close_timeout=timedelta(seconds=20),
    schedule_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(maximum_attempts=1),
)
"""One brief try; the mailroom owns what is left."""

DAILY = Policy(
    start_to_close_timeout=timedelta(minutes=30),
    schedule_to_close_timeout=timedelta(hours=20),
    retry_policy=RetryPolicy(initial_interval=timedelta(minutes=1), maximum_interval=timedelta(minutes=30)),
)
"""Tried again until the next day comes, which does all that is left."""

YIELD = timedelta(seconds=30)
"""How long a due timer waits for an answer that is stored but has not reached the case yet."""
