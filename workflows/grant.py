"""A grant on Temporal: one queue of commands, one list of dates, one step after the other.

What may happen in which stage stands in ``workflows/lifecycle.py``; whether it may happen now is decided in the
record's transaction. This is the case's actor: it waits for whoever acts or whatever falls due, has it recorded,
folds the step, serves its letters, hands over what was approved, and goes on in a new run when told to.
"""

from collections import deque
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import asking, attributes, details, policies, updates, words

with workflow.unsafe.imports_passed_through():
    from models.case import CaseState, Step, fold
    from models.contracts import GRANT, GrantInput, HandOver, Outcome, StepReply, StepRequest
    from models.deadlines import legal_day
    from models.told import Told, tell

NOTHING = StepReply()
"""Nothing was recorded: the record was ahead of this run, which goes on from there."""


@workflow.defn(name=GRANT)
class Grant:
    """One WIR grant. Started by its application; lives until its file is closed."""

    @workflow.init
    def __init__(self, start: GrantInput) -> None:
        """A state in the input counts only when an earlier run has handed it over."""
        self.continued = start.state is not None and workflow.info().continued_run_id is not None
        self.case = (start.state if self.continued else None) or CaseState(case_id=start.case_id)
        self.offset = timedelta(seconds=start.offset_seconds)
        self.told = start.told if self.continued else Told()
        self.dates = start.dates
        self.waiting: deque[str] = deque([start.command_id] if start.command_id else [])
        self.about = {start.command_id: words.APPLICATION}
        self.outcomes: dict[str, Outcome] = {}
        self.in_hand = ""
        self.moving = False
        self.shown: attributes.Shown = {}

    @workflow.run
    async def run(self, start: GrantInput) -> str:
        """Takes one step after the other until the case is over; returns its last stage."""
        if not await self._begin(start):
            reason = self.outcomes[start.command_id].reason
            workflow.set_current_details(details.not_begun(start.case_id, reason))
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise ApplicationError(reason, type=policies.UNKNOWN_APPLICATION, non_retryable=True)
        while not self.case.ended:
            await self._next_step()
            if self.moving:
                await self._move()
        await self._take_all()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return str(self.case.stage)

    async def _begin(self, start: GrantInput) -> bool:
        """Applies the application, goes on, or loads the record's state (``adopt``). False when no case came of it."""
        if start.command_id:
            await self._apply(self.waiting.popleft())
            if self.case.step_no or not self.outcomes[start.command_id].applied:
                return self.case.step_no > 0
        if self.continued:
            self._show()
        else:
            await self._resume()
        return True

    async def _next_step(self) -> None:
        """An approved order leaves before anything else; then comes what is due, then who acted first."""
        order = next((order for order in self.case.live_orders if order.status == "approved"), None)
        if order is not None:
            await self._hand_over(order.id)
            return
        wake = self.case.next_wake()
        if wake and wake[0] <= self._now():
            await self._fall_due(*wake)
            return
        if not self.waiting:
            await self._wait(wake[0] if wake else None)
        if self.waiting:
            await self._apply(self.waiting.popleft())

    async def _wait(self, until: datetime | None) -> None:
        timeout = None if until is None else max(until - self._now(), timedelta())
        try:
            await workflow.wait_condition(
                lambda: bool(self.waiting), timeout=timeout, timeout_summary=words.timer_words(self.case, self.told)
            )
        except TimeoutError:
            return

    async def _apply(self, command_id: str) -> None:
        """Asks the record what a command does; its word is the outcome."""
        self.in_hand = command_id
        about = self.about.get(command_id, "")
        what = words.command_words(self.case, about)
        reply = await self._recorded(what, self._now(), command_id=command_id, about=about)
        if reply is NOTHING:
            self.waiting.appendleft(command_id)
            return
        self.outcomes[command_id] = reply.outcome or _outcome(reply.step)

    async def _fall_due(self, at: datetime, task_id: str, name: str) -> None:
        """Records that something fell due, as of its own instant: an outage does not move a legal date."""
        what = words.date_words(self.case, task_id, name)
        reply = await self._recorded(what, at, task_id=task_id, timer=name)
        if reply.yielded and not self.waiting:
            await self._wait(self._now() + policies.YIELD)
        if reply.yielded and self.waiting:
            await self._apply(self.waiting.popleft())

    async def _recorded(self, what: str, as_of: datetime, **asked: str) -> StepReply:
        state = self.case
        request = StepRequest(case_id=state.case_id, step_no=state.step_no + 1, as_of=as_of, **asked)
        return await self._fold(asking.record_step(request, words.step_words(state, what)), request.about)

    async def _hand_over(self, order_id: str) -> None:
        state = self.case
        request = HandOver(case_id=state.case_id, step_no=state.step_no + 1, as_of=self._now(), order_id=order_id)
        await self._fold(asking.hand_over(request, words.step_words(state, words.left_words(order_id))))

    async def _fold(self, asked: Awaitable[StepReply], about: str = "") -> StepReply:
        """Folds the step the record answers with, and serves its letters."""
        try:
            reply = await asked
        except ActivityError as error:
            await self._catch_up(error)
            return NOTHING
        if reply.step is None:
            return reply
        if reply.step.no != self.case.step_no + 1:
            raise ApplicationError("a step out of order", type=policies.STEP_CONFLICT, non_retryable=True)
        self.told = tell(self.told, self.case, reply.step, reply.about or about)
        self.case = fold(self.case, reply.step)
        self.moving = reply.step.moved
        self._show()
        await asking.serve(self.case.case_id, reply.step)
        return reply

    async def _catch_up(self, error: ActivityError) -> None:
        """The record is ahead: this run was reset, or started by hand. It goes on from the record, or ends."""
        before = self.case.step_no
        if not asking.is_conflict(error):
            raise error
        await self._resume()
        if self.case.step_no <= before:
            raise error

    async def _resume(self) -> None:
        """State, last steps and clock as recorded. A case that is over, or unknown, ends here with an alarm."""
        try:
            resumed = await asking.resume(self.case.case_id)
        except ActivityError:
            workflow.set_current_details(details.NOT_THE_CASE)
            raise
        self.case, self.told, self.offset = resumed.state, resumed.told, timedelta(seconds=resumed.offset_seconds)
        self._show()

    async def _take_all(self) -> None:
        while self.waiting:
            await self._apply(self.waiting.popleft())

    async def _move(self) -> None:
        """Goes on in a new run, with nothing left behind."""
        self.moving = False
        while self.waiting and not self.case.ended:
            await self._apply(self.waiting.popleft())
        if self.case.ended:
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        seconds = int(self.offset.total_seconds())
        case = self.case
        workflow.continue_as_new(
            GrantInput(case_id=case.case_id, offset_seconds=seconds, state=case, told=self.told, dates=True)
        )

    def _now(self) -> datetime:
        """Legal time of the case."""
        return workflow.now() + self.offset

    def _show(self) -> None:
        """Makes the state visible: details for people, attributes for filters. One upsert a step."""
        after = attributes.shown(self.case, dates=self.dates)
        if changed := attributes.changes(self.shown, after, legal_day(self._now())):
            workflow.upsert_search_attributes(changed)
        self.shown = after
        workflow.set_current_details(details.of_case(self.case, self.told, self._now()))

    @workflow.update(dynamic=True, description=updates.SAYS)
    async def take(self, name: str, args: Sequence[RawValue]) -> Outcome:
        """Queues the command, which does not come twice, and waits for the record's word on it."""
        command_id = updates.command_id(args)
        if command_id not in {*self.waiting, *self.outcomes, self.in_hand}:
            self.waiting.append(command_id)
            self.about[command_id] = updates.label(name)
        await workflow.wait_condition(lambda: command_id in self.outcomes)
        return self.outcomes[command_id]

    @take.validator
    def _bounded(self, name: str, args: Sequence[RawValue]) -> None:
        updates.require_bounded(name, args)

    @workflow.query(description="The state as the workflow has folded it")
    def state(self) -> CaseState:
        """For ``doctor``: compared with the fold of the record."""
        return self.case


def _outcome(step: Step | None) -> Outcome:
    if step is None:
        return Outcome(applied=False)
    return Outcome(applied=not step.refused, reason=step.refused, step_no=step.no)
