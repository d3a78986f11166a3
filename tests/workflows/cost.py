"""What a case costs, counted from its history: events, workflow tasks, actions, bytes, largest payload.

Actions are counted by the rules of Temporal Cloud (https://docs.temporal.io/cloud/actions): one each for a start
(also of a following run), a timer, an upsert of search attributes, a signal, an update, an activity attempt. Not
counted at all: the two events that time skipping adds, for outside tests time passes by itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from google.protobuf.message import Message
from pydantic import BaseModel, ConfigDict
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

SKIPPING = frozenset({"WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED", "WORKFLOW_EXECUTION_OPTIONS_UPDATED"})
ONE_ACTION = (
    "WORKFLOW_EXECUTION_STARTED",
    "TIMER_STARTED",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    "WORKFLOW_EXECUTION_SIGNALED",
    "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
)
WORKFLOW_TASK = "WORKFLOW_TASK_"
"""Events of workflow tasks; two messages that meet may share one, so their number may vary a little."""


class Cost(BaseModel):
    """The cost of one run. ``bytes``: of all events as the server stores them; ``repeats``: attempts beyond the first,
    which a busy machine makes and which are actions too."""

    model_config = ConfigDict(frozen=True)

    events: dict[str, int]
    workflow_tasks: int
    actions: int
    bytes: int
    largest_payload: int
    repeats: int = 0

    @property
    def total(self) -> int:
        """Number of events."""
        return sum(self.events.values())


def name_of(event: HistoryEvent) -> str:
    """``TIMER_STARTED``."""
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")


def counted(history: WorkflowHistory) -> list[HistoryEvent]:
    """The events that count."""
    return [event for event in history.events if name_of(event) not in SKIPPING]


def cost(history: WorkflowHistory) -> Cost:
    """Counts one run."""
    events = counted(history)
    kinds = Counter(name_of(event) for event in events)
    attempts = sum(event.activity_task_started_event_attributes.attempt for event in events)
    return Cost(
        events=dict(sorted(kinds.items())),
        workflow_tasks=kinds["WORKFLOW_TASK_COMPLETED"],
        actions=sum(kinds[kind] for kind in ONE_ACTION) + attempts,
        bytes=sum(event.ByteSize() for event in events),
        repeats=attempts - kinds["ACTIVITY_TASK_STARTED"],
        largest_payload=max((len(payload.data) for event in events for payload in payloads(event)), default=0),
    )


def payloads(message: Message) -> Iterator[Payload]:
    """Every payload in a message, however deep."""
    if isinstance(message, Payload):
        yield message
        return
    for _, value in message.ListFields():
        for inner in _messages(value):
            yield from payloads(inner)


def _messages(value: object) -> Iterable[Message]:
    if isinstance(value, Message):
        return [value]
    if hasattr(value, "values"):  # a map
        return [inner for inner in value.values() if isinstance(inner, Message)]
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return []
    return [inner for inner in value if isinstance(inner, Message)]
