"""The no-op twin of a case: a workflow that issues the same commands in the same order, with empty bodies.

Its script is taken from a case's recorded history (:mod:`benchmarks.script`), so what a case costs beyond its twin
is what our own code costs: models, payloads, rules, database.
"""

import asyncio
from collections import deque
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import SearchAttributeKey

STAGE = SearchAttributeKey.for_keyword("WirStage")
MINUTE = timedelta(minutes=1)


@activity.defn(name="nothing")
async def nothing() -> None:
    """An activity with an empty body."""


@workflow.defn(name="Twin")
class Twin:
    """Plays a script: one word a command or an event to wait for; ``timer:N`` starts a timer of N seconds."""

    @workflow.init
    def __init__(self, script: list[str]) -> None:
        self._called: deque[asyncio.Future[None]] = deque()
        self._in_hand: deque[asyncio.Future[None]] = deque()
        self._activities: deque[workflow.ActivityHandle[None]] = deque()
        self._timer: asyncio.Task[None] | None = None
        self._next = 0

    @workflow.run
    async def run(self, script: list[str]) -> None:
        """One word after the other."""
        for self._next, word in enumerate(script):
            if word.startswith("timer:"):
                self._timer = asyncio.create_task(workflow.sleep(int(word.removeprefix("timer:"))))
            else:
                await self._do(word)
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def call(self) -> None:
        """Somebody wants something; the script says when it is answered."""
        answered: asyncio.Future[None] = asyncio.Future()
        self._called.append(answered)
        await answered

    @workflow.query
    def position(self) -> int:
        """Number of the word that is being done or waited for."""
        return self._next

    async def _do(self, word: str) -> None:
        if word == "update":
            await workflow.wait_condition(lambda: bool(self._called))
            self._in_hand.append(self._called.popleft())
        elif word == "answer":
            self._in_hand.popleft().set_result(None)
        elif word == "activity":
            self._activities.append(workflow.start_activity(nothing, start_to_close_timeout=MINUTE))
        elif word == "done":
            await self._activities.popleft()
        elif word == "upsert":
            workflow.upsert_search_attributes([STAGE.value_set("twin")])
        elif word == "cancel" and self._timer is not None:
            self._timer.cancel()
        elif word == "fire" and self._timer is not None:
            await self._timer
