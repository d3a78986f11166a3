"""A case's history as the script of its twin, and the one who plays it: calls, and time that passes."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import TimeSkipper

from benchmarks.twin import Twin
from tests.workflows.cost import counted, name_of

WORDS = {
    "WORKFLOW_EXECUTION_UPDATE_ACCEPTED": "update",
    "WORKFLOW_EXECUTION_UPDATE_COMPLETED": "answer",
    "ACTIVITY_TASK_SCHEDULED": "activity",
    "ACTIVITY_TASK_COMPLETED": "done",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": "upsert",
    "TIMER_CANCELED": "cancel",
    "TIMER_FIRED": "fire",
}


def script_of(history: WorkflowHistory) -> list[str]:
    """The commands of a run and what it waited for, in order."""
    script: list[str] = []
    for event in counted(history):
        name = name_of(event)
        if name == "TIMER_STARTED":
            script.append(f"timer:{event.timer_started_event_attributes.start_to_fire_timeout.seconds + 1}")
        elif name in WORDS:
            script.append(WORDS[name])
    return script


async def play_twin(skipper: TimeSkipper, queue: str, script: Sequence[str]) -> WorkflowHistory:
    """Starts a twin, calls it as often as the case was called, moves its clock as far; returns its history."""
    handle = await skipper.client.start_workflow(Twin.run, list(script), id=f"twin-{uuid4()}", task_queue=queue)
    seconds = timer = 0
    busy = False
    for number, word in enumerate(script):
        if word.startswith("timer:"):
            timer = int(word.removeprefix("timer:"))
        elif word == "fire":
            seconds += timer + 1
        elif word in {"answer", "done"}:
            busy = word == "done"  # work after the answer: an order is handed over, a timer has fired
        elif word == "update":
            if seconds:
                await skipper.fast_forward(handle, seconds)
            if busy and number:
                await _until_at(handle, number)
            await handle.execute_update(Twin.call)
            seconds, busy = 0, False
    if seconds:
        await skipper.fast_forward(handle, seconds)
    await handle.result()
    return await handle.fetch_history()


async def _until_at(handle: WorkflowHandle[Twin, None], number: int) -> None:
    """Waits until the twin waits for this word: calls that meet other work would share a workflow task."""
    while await handle.query(Twin.position) < number:  # noqa: ASYNC110 - the twin is in another process's hands
        await asyncio.sleep(0.005)
