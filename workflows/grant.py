"""A grant from application to closed file: one workflow, a dispatcher over its stage."""

from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import application, award, disbursement, policies, proof, recovery
from workflows.case_run import CaseRun

with workflow.unsafe.imports_passed_through():
    from models.case import CaseState
    from models.contracts import APPLY_COMMAND, GRANT, CommandRef, GrantInput, Outcome
    from models.stages import Stage

MAX_ID = 64

STAGES: dict[Stage, Callable[[CaseRun], Awaitable[Stage]]] = {
    Stage.FORMAL_CHECK: application.check_formally,
    Stage.INCOMPLETE: application.await_missing_items,
    Stage.SUBSTANTIVE_REVIEW: application.examine,
    Stage.SELECTION: application.await_consent,
    Stage.DRAFTING: award.draft,
    Stage.WAITLIST: award.await_budget,
    Stage.SIGNATURE_PENDING: award.await_signature,
    Stage.AWARD_SENT: award.await_notification,
    Stage.AWARD_NOTIFIED: award.await_acceptance,
    Stage.REFUSAL_SENT: award.await_finality_of_refusal,
    Stage.DISBURSING: disbursement.disburse,
    Stage.PROOF_DUE: proof.await_proof,
    Stage.PROOF_OVERDUE: proof.await_overdue_proof,
    Stage.PROOF_CHECK: proof.check_proof,
    Stage.PROOF_INCOMPLETE: proof.await_missing_proof_items,
    Stage.HEARING: recovery.hear,
    Stage.REVOCATION: recovery.await_revocation,
    Stage.RECOVERY: recovery.recover,
    Stage.CLOSING: recovery.close,
}


@workflow.defn(name=GRANT)
class Grant:
    """One WIR grant. Started by its application; lives until its file is closed."""

    @workflow.init
    def __init__(self, start: GrantInput) -> None:
        self.case = CaseRun(start)

    @workflow.run
    async def run(self, start: GrantInput) -> str:
        """Goes from stage to stage until the end; returns the last stage."""
        if not await self.case.begin(start):
            await workflow.wait_condition(workflow.all_handlers_finished)
            outcome = self.case.outcomes[start.command_id]
            raise ApplicationError(outcome.reason, type=policies.UNKNOWN_APPLICATION, non_retryable=True)
        while not self.case.state.ended:
            await STAGES[self.case.state.stage](self.case)
            if self.case.moving:
                await self._move(start)
        while self.case.waiting:
            await self.case.apply(self.case.waiting.popleft())
        await workflow.wait_condition(workflow.all_handlers_finished)
        return str(self.case.state.stage)

    async def _move(self, start: GrantInput) -> None:
        """Goes on in a new run, with nothing left behind."""
        self.case.moving = False
        while self.case.waiting and not self.case.state.ended:
            await self.case.apply(self.case.waiting.popleft())
        if self.case.state.ended:
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            GrantInput(
                case_id=start.case_id,
                offset_seconds=int(self.case.offset.total_seconds()),
                state=self.case.state,
            )
        )

    @workflow.update(name=APPLY_COMMAND, description="Applies a stored command, by its id")
    async def apply_command(self, ref: CommandRef) -> Outcome:
        """Queues the command and waits for the record's word on it."""
        self.case.enqueue(ref.command_id)
        await workflow.wait_condition(lambda: ref.command_id in self.case.outcomes)
        return self.case.outcomes[ref.command_id]

    @apply_command.validator
    def _bounded(self, ref: CommandRef) -> None:
        """An id is short; anything else is refused before it reaches the history."""
        if not 0 < len(ref.command_id) <= MAX_ID:
            raise ApplicationError("not a command id", type="BadCommandId", non_retryable=True)

    @workflow.query(description="The state as the workflow has folded it")
    def state(self) -> CaseState:
        """For ``doctor``: compared with the fold of the record."""
        return self.case.state
