"""What stands in Temporal's histories that the engine did not put there: signals, updates, cancels, resets, starts.

None of it decides or pays anything, because the record refuses what it does not know; but somebody reached Temporal.
Raw requests are used where the SDK's enumerations do not know every status of the server.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.update.v1 import Request
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from models.contracts import ABOUT, GRANT, ROUND, CommandRef, GrantInput
from record.database.alarms import AlarmKind

T = TypeVar("T")

RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
PAUSED = 8  # known to the server, not to every SDK


class Foreign(StrEnum):
    """What in a history of ours did not come through the gateway. Beside these, a start may be forged."""

    SIGNAL = "foreign_signal"
    UPDATE = "foreign_update"
    CANCEL = "foreign_cancel"
    RESET = "foreign_reset"


class Sighting(BaseModel):
    """Something foreign seen in a history. It changed nothing, and somebody has to look. ``at`` is ISO 8601."""

    model_config = ConfigDict(frozen=True)

    kind: str  # an AlarmKind or a Foreign
    case_id: str
    detail: str = ""
    at: str = ""


@dataclass(frozen=True)
class Run:
    """One run of a workflow. ``status`` is the server's number."""

    workflow_id: str
    run_id: str
    type: str
    status: int


@dataclass(frozen=True)
class Known:
    """What the record knows: workflow ids that may exist, and the commands of each."""

    ids: frozenset[str]
    commands: dict[str, frozenset[str]] = field(default_factory=dict)

    def command(self, workflow_id: str, command_id: str) -> bool:
        """Whether the record has this command of this case."""
        return command_id in self.commands.get(workflow_id, frozenset())


async def runs(client: Client) -> AsyncIterator[Run]:
    """All runs of our workflows that the server still has, newest first. Visibility may lag by seconds."""
    token = b""
    while True:
        request = ListWorkflowExecutionsRequest(
            namespace=client.namespace,
            page_size=500,
            next_page_token=token,
            query=f"WorkflowType = '{GRANT}' OR WorkflowType = '{ROUND}'",
        )
        page = await client.workflow_service.list_workflow_executions(request)
        for info in page.executions:
            yield Run(info.execution.workflow_id, info.execution.run_id, info.type.name, info.status)
        token = page.next_page_token
        if not token:
            return


async def latest(client: Client, workflow_id: str) -> Run | None:
    """The newest run of a workflow, from the server's own state; none when it has forgotten or never known it."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    try:
        answer = await client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    info = answer.workflow_execution_info
    return Run(info.execution.workflow_id, info.execution.run_id, info.type.name, info.status)


async def sightings(client: Client, run: Run, history: WorkflowHistory, known: Known) -> list[Sighting]:
    """All that is foreign in one history."""
    found = [await _seen(client, run, event, known) for event in history.events]
    return [sighting for sighting in found if sighting is not None]


def forged(run: Run, known: Known) -> Sighting | None:
    """A workflow of ours that belongs to no case, application or round."""
    if run.workflow_id in known.ids:
        return None
    return Sighting(kind=AlarmKind.FORGED_START, case_id=run.workflow_id, detail=f"run {run.run_id}")


async def _seen(client: Client, run: Run, event: HistoryEvent, known: Known) -> Sighting | None:
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            return _sighting(run, event, Foreign.SIGNAL, event.workflow_execution_signaled_event_attributes.signal_name)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
            return _sighting(run, event, Foreign.CANCEL, "")
        case EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            cause = event.workflow_task_failed_event_attributes.cause
            reset = cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW
            return _sighting(run, event, Foreign.RESET, "") if reset else None
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            asked = event.workflow_execution_update_accepted_event_attributes
            if not asked.HasField("accepted_request"):
                return None  # after a reset the request stands in an event of its own
            return await _update(client, run, event, asked.accepted_request, known)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED:
            again = event.workflow_execution_update_admitted_event_attributes.request
            return await _update(client, run, event, again, known)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED if run.type == GRANT:
            return await _start(client, run, event, known)
        case _:
            return None


async def _update(client: Client, run: Run, event: HistoryEvent, asked: Request, known: Known) -> Sighting | None:
    """An update is ours when it names a command that the record has of this case. The record checks the label."""
    ref = await _read(client, asked.input.args, CommandRef)
    if ABOUT.fullmatch(asked.input.name) and ref is not None and known.command(run.workflow_id, ref.command_id):
        return None
    return _sighting(run, event, Foreign.UPDATE, f"{asked.input.name} {asked.meta.update_id}")


async def _start(client: Client, run: Run, event: HistoryEvent, known: Known) -> Sighting | None:
    """A start is ours with a stored application, with nothing (adopted), or as the run after another one."""
    about = event.workflow_execution_started_event_attributes
    start = await _read(client, about.input, GrantInput)
    if start is None or start.case_id != run.workflow_id:
        return _sighting(run, event, AlarmKind.FORGED_START, "another case")
    if start.state is not None and not about.continued_execution_run_id:
        return _sighting(run, event, AlarmKind.FORGED_START, "with a state of its own")
    if start.command_id and not known.command(run.workflow_id, start.command_id):
        return _sighting(run, event, AlarmKind.FORGED_START, "without a stored application")
    return None


async def _read(client: Client, payloads: Payloads, kind: type[T]) -> T | None:
    """The one message in there; none when there is another number of them, or it cannot be read."""
    if len(payloads.payloads) != 1:
        return None
    try:
        found: list[T] = await client.data_converter.decode(payloads.payloads, [kind])
    except (ValidationError, ValueError, RuntimeError):
        return None
    return found[0]


def _sighting(run: Run, event: HistoryEvent, kind: str, detail: str) -> Sighting:
    at = event.event_time.ToDatetime().isoformat(timespec="seconds")
    text = f"event {event.event_id}{f', {detail[:80]}' if detail else ''}"
    return Sighting(kind=kind, case_id=run.workflow_id, detail=text, at=f"{at}Z")
