"""A funding round: it invites, reminds, notes who is late, and reports until its last case is closed."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows import attributes, policies, updates, words
from workflows.asking import ask

with workflow.unsafe.imports_passed_through():
    from models.contracts import ROUND, Outcome, RoundInput, RoundStepReply, RoundStepRequest
    from models.rounds import RoundAction, RoundStep


@workflow.defn(name=ROUND)
class Round:
    """The round of one line and year, e.g. ``wir-fm-2018``. Cases are workflows of their own, never its children."""

    @workflow.init
    def __init__(self, start: RoundInput) -> None:
        self._id = start.round_id
        self._offset = timedelta(seconds=start.offset_seconds)
        self._waiting: deque[str] = deque([start.command_id] if start.command_id else [])
        self._in_hand = ""
        self._outcomes: dict[str, Outcome] = {}
        self._last: RoundStep | None = None
        self._shown: attributes.Shown = {}

    @workflow.run
    async def run(self, start: RoundInput) -> str:
        """Opens by an officer's command, then takes each date as it comes; returns the last stage.

        1. Open: the line's money is made known, everybody who may apply is invited.
        2. Some weeks before the deadline those who have not applied are reminded.
        3. At the deadline open invitations become late. A late application is still taken.
        4. When the waiting list ends, and at least once a year: report. With no open case left the round ends.
        """
        await self._take_commands()
        if self._last is None:
            await workflow.wait_condition(workflow.all_handlers_finished)
            reason = self._outcomes[start.command_id].reason if start.command_id else "never opened"
            raise ApplicationError(reason, type=policies.UNKNOWN_APPLICATION, non_retryable=True)
        while not self._last.ended:
            await self._until(self._last)
        await self._take_commands()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return str(self._last.stage)

    @workflow.update(dynamic=True, description=updates.SAYS)
    async def take(self, name: str, args: Sequence[RawValue]) -> Outcome:
        """Queues the command and waits for the record's word on it."""
        command_id = updates.command_id(args)
        if command_id not in {*self._waiting, *self._outcomes, self._in_hand}:
            self._waiting.append(command_id)
        await workflow.wait_condition(lambda: command_id in self._outcomes)
        return self._outcomes[command_id]

    @take.validator
    def _bounded(self, name: str, args: Sequence[RawValue]) -> None:
        updates.require_bounded(name, args)

    @workflow.query(description="The last step as the workflow knows it")
    def last_step(self) -> RoundStep | None:
        """For ``doctor``: compared with the record's."""
        return self._last

    # ------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        """Legal time of the round."""
        return workflow.now() + self._offset

    async def _until(self, last: RoundStep) -> None:
        """Waits for the next date and records what falls due then, as of its own instant."""
        if last.next_at is None or last.next_action is None:
            raise ApplicationError("a round without a next date", type=policies.STEP_CONFLICT, non_retryable=True)
        if not self._waiting and last.next_at > self._now():
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: bool(self._waiting),
                    timeout=last.next_at - self._now(),
                    timeout_summary=words.round_timer(last),
                )
        await self._take_commands()
        if last.next_at <= self._now():
            await self._record(last.next_at, action=last.next_action)

    async def _take_commands(self) -> None:
        """One after the other; each gets the record's word."""
        while self._waiting:
            self._in_hand = self._waiting.popleft()
            reply = await self._record(self._now(), command_id=self._in_hand)
            self._outcomes[self._in_hand] = reply.outcome or Outcome(
                applied=True, step_no=reply.step.no if reply.step else 0
            )

    async def _record(
        self, as_of: datetime, *, action: RoundAction | None = None, command_id: str = ""
    ) -> RoundStepReply:
        number = self._last.no + 1 if self._last else 1
        request = RoundStepRequest(round_id=self._id, step_no=number, as_of=as_of, action=action, command_id=command_id)
        summary = words.round_step_words(number, action or "")
        reply = await ask("record_round_step", request, RoundStepReply, summary, policies.RECORD)
        if reply.step is not None:
            self._show(reply.step)
        return reply

    def _show(self, step: RoundStep) -> None:
        """Makes the round visible: details for people, attributes for filters."""
        self._last = step
        after = attributes.shown_of_round(step)
        changed = attributes.changes(self._shown, after)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = after
        workflow.set_current_details(words.round_details(step))
