"""The door to the rules: general checks first, then the rule of the phase.

Every refusal is a :class:`~models.errors.RefusedError`; the record turns it into a recorded, refused step.
"""

from models.answers import BankEntry
from models.case import OpenTask, StepKind
from models.commands import ActorKind, CommandKind
from models.errors import Code
from models.tasks import TASKS, Role
from workflows.procedure import application, award, delivery, disbursement, recovery
from workflows.procedure.plan import Decision, Plan, View, content
from workflows.procedure.registry import ANSWERS, RUNGS, STARTS, TIMERS, CaseRule


def decide_command(view: View) -> Decision:
    """What a command does to its case. Raises ``RefusedError`` when a rule says no."""
    command = view.command
    if command is None:
        raise ValueError("no command to decide on")
    if view.state.ended:
        raise view.refuse(Code.CASE_ENDED, stage=view.state.stage)
    match command.kind:
        case CommandKind.ANSWER:
            return _answer(view)
        case CommandKind.START:
            return _start(view)
        case CommandKind.BANK:
            return _bank(view)
        case CommandKind.OPEN_ROUND:
            raise view.refuse(Code.UNKNOWN_COMMAND)
        case kind:
            plan = Plan(view, StepKind.COMMAND, str(kind))
            CASE_RULES[kind](view, plan)
            return plan.finish()


def decide_timer(view: View, task_id: str, name: str) -> Decision:
    """What a due date or reminder does. Raises ``ValueError`` when nothing of that name is set."""
    plan = Plan(view, StepKind.TIMER, f"timer.{name}")
    if not task_id:
        if name not in view.state.timers:
            raise ValueError(f"no timer {name} is set")
        plan.fired = f"@{name}"
        TIMERS[name](view, plan)
        return plan.finish()
    task = view.state.tasks.get(task_id)
    if task is None or not task.agenda or task.agenda[0].name != name:
        raise ValueError(f"{task_id} has no rung {name} next")
    plan = Plan(view, StepKind.TIMER, f"{task.kind}.{name}")
    plan.fired = task_id
    RUNGS.get((task.kind, name), _late)(view, plan, task)
    return plan.finish()


def decide_hand_over(view: View, order_id: str) -> Decision:
    """The order left the house. Raises ``ValueError`` when it is not waiting for that."""
    plan = Plan(view, StepKind.HANDED_OVER, "handed_over")
    order = view.state.orders.get(order_id)
    if order is None or order.status != "approved":
        raise ValueError(f"{order_id} does not wait for hand-over")
    plan.set_order(order.model_copy(update={"status": "handed_over"}))
    return plan.finish()


def _answer(view: View) -> Decision:
    command = view.command
    if command is None:
        raise ValueError("an answer needs a command")
    task = view.state.tasks.get(command.task_id)
    if task is None:
        raise view.refuse(Code.TASK_CLOSED, task=command.task_id)
    if (task.kind, command.choice) not in ANSWERS:
        raise view.refuse(Code.UNKNOWN_CHOICE, choice=command.choice, choices=sorted(TASKS[task.kind].choices))
    check_actor(view, task)
    return foreseen(view, task)


def foreseen(view: View, task: OpenTask) -> Decision:
    """What the view's answer to a task would do now, whoever gives it: for people who read before they decide.

    Role and second person are not asked for. Raises ``RefusedError`` when a rule says no.
    """
    if view.command is None:
        raise ValueError("an answer needs a command")
    plan = Plan(view, StepKind.COMMAND, f"{task.kind}.{view.command.choice}")
    plan.close(task)
    ANSWERS[task.kind, view.command.choice](view, plan, task)
    return plan.finish()


def check_actor(view: View, task: OpenTask) -> None:
    """The right role, and another person than the one before (four-eyes principle)."""
    owner = TASKS[task.kind].owner
    if owner is Role.APPLICANT:
        if view.actor.kind is not ActorKind.CLERK:
            raise view.refuse(Code.WRONG_ROLE, role=owner)
        return
    if view.actor.kind is not ActorKind.OFFICER or owner not in view.actor.roles:
        raise view.refuse(Code.WRONG_ROLE, role=owner)
    for kind in TASKS[task.kind].not_by:
        if view.hand(kind, task.subject) == view.actor.id:
            raise view.refuse(Code.FOUR_EYES, task=task.kind, first=kind)


def _start(view: View) -> Decision:
    choice = view.command.choice if view.command else ""
    if choice not in STARTS:
        raise view.refuse(Code.UNKNOWN_CHOICE, choice=choice, choices=sorted(STARTS))
    plan = Plan(view, StepKind.COMMAND, f"start.{choice}")
    STARTS[choice](view, plan)
    return plan.finish()


def _bank(view: View) -> Decision:
    entry = content(view, BankEntry)
    plan = Plan(view, StepKind.COMMAND, f"bank.{entry.status}")
    if entry.reference == view.state.facts.claim_ref:
        recovery.repaid(view, plan, entry)
    else:
        disbursement.bank_says(view, plan, entry)
    return plan.finish()


def _late(view: View, plan: Plan, task: OpenTask) -> None:
    plan.late(task)


def _move(view: View, plan: Plan) -> None:
    plan.moved = True
    plan.facts["moves"] = view.state.facts.moves + 1


CASE_RULES: dict[CommandKind, CaseRule] = {
    CommandKind.APPLY: application.receive,
    CommandKind.MAIL_FAILED: delivery.delivery_failed,
    CommandKind.BUDGET_FREED: award.budget_freed,
    CommandKind.MOVE: _move,
}
