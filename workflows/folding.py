"""A case's state as its run has folded it: from the steps the record answers with, and from nothing else."""

from collections.abc import Awaitable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import asking, attributes, policies, words

with workflow.unsafe.imports_passed_through():
    from models.case import CaseState, fold
    from models.contracts import GrantInput, StepReply

CAUGHT_UP = StepReply()
"""Nothing was recorded: the record was ahead of this run, which has gone on from there."""


class Folding:
    """State and clock of a case. A state in the input counts only when an earlier run has handed it over."""

    def __init__(self, start: GrantInput) -> None:
        self.handed_over = start.state is not None and workflow.info().continued_run_id is not None
        state = start.state if self.handed_over else None
        self.state = state or CaseState(case_id=start.case_id)
        self.offset = timedelta(seconds=start.offset_seconds)
        self.moving = False
        self._shown: attributes.Shown = {}

    def now(self) -> datetime:
        """Legal time of the case."""
        return workflow.now() + self.offset

    async def take(self, asked: Awaitable[StepReply]) -> StepReply:
        """Folds the step the record answers with, and serves its letters."""
        try:
            reply = await asked
        except ActivityError as error:
            await self._catch_up(error)
            return CAUGHT_UP
        if reply.step is None:
            return reply
        if reply.step.no != self.state.step_no + 1:
            raise ApplicationError("a step out of order", type=policies.STEP_CONFLICT, non_retryable=True)
        self.state = fold(self.state, reply.step)
        self.moving = reply.step.moved
        self.show()
        await asking.serve(self.state.case_id, reply.step)
        return reply

    async def resume(self) -> None:
        """State and clock as recorded. A case that is over, or unknown, ends here with an alarm."""
        resumed = await asking.resume(self.state.case_id)
        self.state, self.offset = resumed.state, timedelta(seconds=resumed.offset_seconds)
        self.show()

    def show(self) -> None:
        """Makes the state visible: details for people, attributes for filters. One upsert a step."""
        after = attributes.shown(self.state)
        changed = attributes.changes(self._shown, after)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = after
        workflow.set_current_details(words.details(self.state))

    async def _catch_up(self, error: ActivityError) -> None:
        """The record is ahead: this run was reset, or started by hand. It goes on from the record, or ends."""
        before = self.state.step_no
        if not asking.is_conflict(error):
            raise error
        await self.resume()
        if self.state.step_no <= before:
            raise error
