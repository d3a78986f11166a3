"""What a workflow asks of the world: each activity by its name, under its policy, with a line for operators."""

from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import policies

with workflow.unsafe.imports_passed_through():
    from models.case import Step
    from models.contracts import CaseRef, Delivered, Delivery, HandOver, Resumed, StepReply, StepRequest

T = TypeVar("T")


async def ask(activity: str, message: object, result: type[T], summary: str, policy: policies.Policy) -> T:
    """One activity."""
    answer: T = await workflow.execute_activity(
        activity,
        message,
        result_type=result,
        summary=summary,
        start_to_close_timeout=policy.start_to_close_timeout,
        schedule_to_close_timeout=policy.schedule_to_close_timeout,
        heartbeat_timeout=policy.heartbeat_timeout,
        retry_policy=policy.retry_policy,
    )
    return answer


async def record_step(request: StepRequest, summary: str) -> StepReply:
    """The record's word on the case's next step."""
    return await ask("record_step", request, StepReply, summary, policies.RECORD)


async def hand_over(request: HandOver, summary: str) -> StepReply:
    """The order leaves the house, and that is the case's next step."""
    return await ask("hand_over_order", request, StepReply, summary, policies.PAY)


async def resume(case_id: str) -> Resumed:
    """State and clock as recorded, for a case whose workflow was lost."""
    ref = CaseRef(case_id=case_id)
    return await ask("load_state", ref, Resumed, "load the state from the record", policies.RECORD)


def is_conflict(error: ActivityError) -> bool:
    """Whether the record said that this step is not the next one."""
    return isinstance(error.cause, ApplicationError) and error.cause.type == policies.STEP_CONFLICT


async def serve(case_id: str, step: Step) -> None:
    """One brief try to deliver the letters a step has signed; the mailroom goes on from there."""
    if not step.notices:
        return
    letters = Delivery(case_id=case_id, notices=step.notices)
    try:
        await ask("deliver_notices", letters, Delivered, f"serve {len(step.notices)} letter(s)", policies.SERVE)
    except ActivityError as error:
        workflow.logger.warning("letters are left to the mailroom", extra={"cause": str(error.cause)})
