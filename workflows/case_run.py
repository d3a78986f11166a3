"""The one primitive of a case: wait for whoever acts or whatever falls due, record it, fold it."""

from collections import deque
from datetime import datetime, timedelta

from temporalio import workflow

from workflows import asking, policies, words
from workflows.folding import CAUGHT_UP, Folding

with workflow.unsafe.imports_passed_through():
    from models.case import Step
    from models.contracts import GrantInput, HandOver, Outcome, StepReply, StepRequest
    from models.stages import Stage
    from models.tasks import TaskKind


class CaseRun(Folding):
    """A running case: its state, the commands that wait, and the step that comes next."""

    def __init__(self, start: GrantInput) -> None:
        super().__init__(start)
        self.waiting: deque[str] = deque([start.command_id] if start.command_id else [])
        self.outcomes: dict[str, Outcome] = {}
        self._in_hand = ""

    def enqueue(self, command_id: str) -> None:
        """A command waits its turn; one that waits, is in hand or is decided does not come twice."""
        if command_id not in {*self.waiting, *self.outcomes, self._in_hand}:
            self.waiting.append(command_id)

    async def begin(self, start: GrantInput) -> bool:
        """Applies the application, goes on, or loads the record's state (``adopt``). False when no case came of it."""
        if start.command_id:
            await self.apply(self.waiting.popleft())
            if self.state.step_no or not self.outcomes[start.command_id].applied:
                return self.state.step_no > 0
        if self.handed_over:
            self.show()
        else:
            await self.resume()
        return True

    async def until_decided(self, *awaited: TaskKind | str) -> Stage:
        """Waits until the case has left its stage or moves on in a new run; returns the stage it is in then.

        ``awaited`` names the tasks and timers this stage lives on; that none of them is there is an error an
        operator must see, for then nobody owes anything.
        """
        stage = self.state.stage
        while self.state.stage is stage and not self.moving:
            owed = {*self.state.timers, *(task.kind for task in self.state.tasks.values())}
            if not owed.intersection(awaited):
                workflow.logger.error("nobody owes the next step", extra={"stage": str(stage)})
            await self.next_step()
        return self.state.stage

    async def next_step(self) -> Step | None:
        """Hands over what is approved, then takes what comes first: a due date or a command."""
        for order in self.state.live_orders:
            if order.status == "approved":
                return await self._hand_over(order.id)
        wake = self.state.next_wake()
        if wake and wake[0] <= self.now():
            return await self._fire(*wake)
        if not self.waiting:
            await self._wait(wake[0] if wake else None)
        return await self.apply(self.waiting.popleft()) if self.waiting else None

    async def apply(self, command_id: str) -> Step | None:
        """Asks the record what the command does; none when it had been decided before, or is unknown."""
        self._in_hand = command_id
        request = StepRequest(
            case_id=self.state.case_id, step_no=self.state.step_no + 1, as_of=self.now(), command_id=command_id
        )
        reply = await self._record(request, "command")
        if reply == CAUGHT_UP:
            self.waiting.appendleft(command_id)
            return None
        step = reply.step
        self.outcomes[command_id] = reply.outcome or Outcome(
            applied=step is not None and not step.refused,
            reason=step.refused if step else "",
            step_no=step.no if step else 0,
        )
        return step

    # ------------------------------------------------------------------------------------------

    async def _wait(self, until: datetime | None) -> None:
        timeout = None if until is None else max(until - self.now(), timedelta())
        try:
            await workflow.wait_condition(
                lambda: bool(self.waiting), timeout=timeout, timeout_summary=words.timer_words(self.state)
            )
        except TimeoutError:
            return

    async def _fire(self, at: datetime, task_id: str, name: str) -> Step | None:
        """Records that something fell due, as of its own instant: an outage does not move a legal date."""
        request = StepRequest(
            case_id=self.state.case_id, step_no=self.state.step_no + 1, as_of=at, task_id=task_id, timer=name
        )
        reply = await self._record(request, words.rung_words(name))
        if reply.yielded and not self.waiting:
            await self._wait(self.now() + policies.YIELD)
        if reply.yielded and self.waiting:
            return await self.apply(self.waiting.popleft())
        return reply.step

    async def _record(self, request: StepRequest, action: str) -> StepReply:
        return await self.take(asking.record_step(request, words.step_words(self.state, action)))

    async def _hand_over(self, order_id: str) -> Step | None:
        request = HandOver(
            case_id=self.state.case_id, step_no=self.state.step_no + 1, as_of=self.now(), order_id=order_id
        )
        return (await self.take(asking.hand_over(request))).step
