"""What all recording activities share: they work for their own workflow alone, and their errors have stable types."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from record.cases.recorder import ClockAheadError, StepConflictError
from record.database.alarms import AlarmKind, raise_alarm
from record.database.engine import Database

STEP_CONFLICT, CLOCK_AHEAD, FOREIGN = "StepConflict", "ClockAhead", "ForeignWorkflow"

T = TypeVar("T")


def require_own(db: Database, workflow_id: str) -> None:
    """Refuses to work for another workflow than the named one: a forged start under another id decides nothing."""
    running = activity.info().workflow_id
    if running != workflow_id:
        raise_alarm(
            db, AlarmKind.FOREIGN_WORKFLOW, workflow_id, f"asked for by {running}", key=f"{workflow_id}:{running}"
        )
        raise ApplicationError("not this case's workflow", type=FOREIGN, non_retryable=True)


def translated(call: Callable[[], T]) -> T:
    """The record's errors as Temporal's, with stable types: final ones end the run, the clock's is waited for."""
    try:
        return call()
    except StepConflictError as error:
        raise ApplicationError(str(error), type=STEP_CONFLICT, non_retryable=True) from error
    except ClockAheadError as error:
        raise ApplicationError(str(error), type=CLOCK_AHEAD, next_retry_delay=timedelta(minutes=1)) from error
