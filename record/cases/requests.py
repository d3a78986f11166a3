"""What a running case asks for, held against the record: whether it is owed, and whether it yields to an answer."""

from sqlmodel import Session, col, select

from models.case import CaseState, Rung
from models.contracts import HandOver, StepRequest
from models.tables import Case, CommandRow


def state_of(case: Case | None, case_id: str) -> CaseState:
    """The state of a case as recorded; of one that is not in the record, the state before its first step."""
    if case is None or not case.state:
        return CaseState(case_id=case_id)
    return CaseState.model_validate(case.state)


def is_owed(case: Case | None, request: StepRequest | HandOver) -> bool:
    """Whether the record itself knows of what a workflow says fell due, at that instant, or is to be handed over."""
    if isinstance(request, StepRequest) and request.command_id:
        return True  # a command speaks for itself
    if case is None:
        return False
    state = state_of(case, case.id)
    if isinstance(request, HandOver):
        order = state.orders.get(request.order_id)
        return order is not None and order.status == "approved"
    if not request.task_id:
        return state.timers.get(request.timer) == request.as_of
    task = state.tasks.get(request.task_id)
    return task is not None and task.agenda[:1] == (Rung(name=request.timer, at=request.as_of),)


def asked_for(request: StepRequest | HandOver) -> str:
    """What is asked for, for an alarm."""
    if isinstance(request, HandOver):
        return f"hand over {request.order_id}"
    return f"{request.task_id}@{request.timer} at {request.as_of.isoformat()}"


def answer_on_its_way(session: Session, state: CaseState, request: StepRequest) -> bool:
    """A command for this task was received before the rung fired and waits to be applied."""
    task = state.tasks.get(request.task_id)
    if task is None or not task.agenda:
        return False
    waiting = session.exec(
        select(CommandRow.id).where(
            CommandRow.case_id == request.case_id,
            CommandRow.task_id == task.id,
            CommandRow.state == "received",
            col(CommandRow.received_at) < task.agenda[0].at,
        )
    ).first()
    return waiting is not None
