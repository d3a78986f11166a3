"""The way in to the rules: general checks first, then the rule of the phase, then the page of the lifecycle.

A refusal is a :class:`~models.errors.RefusedError`; the record turns it into a recorded, refused step. What a person
wants and the page does not know in a stage is refused. What falls due, or has happened outside, is never refused for
want of a row on the page: it is recorded, changes nothing, and an officer clarifies (``Decision.unforeseen``).
"""

from models.case import OpenTask, StepKind
from models.commands import ActorKind, CommandKind
from models.content.answers import BankEntry
from models.errors import Code, RefusedError
from models.tasks import TASKS, Role
from models.tasks import TaskKind as K
from workflows.lifecycle import GRANT
from workflows.page import NotOnThePageError
from workflows.procedure import application, award, delivery, disbursement, exits, proof, recovery
from workflows.procedure.plan import Decision, Plan, View, content
from workflows.procedure.registry import ANSWERS, RUNGS, STARTS, TIMERS, CaseRule, answers
from workflows.procedure.triggers import reminder, trigger

PHASES = (application, award, disbursement, proof, recovery, delivery, exits)
"""Modules whose rules enter themselves into the registry."""


def decide_command(view: View) -> Decision:
    """What a command does to its case. Raises ``RefusedError`` when a rule says no, or the page of the lifecycle."""
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
        case CommandKind.OPEN_ROUND | CommandKind.OFFICE:
            raise view.refuse(Code.UNKNOWN_COMMAND)
        case CommandKind.APPLY:
            return _wanted(
                view, Plan(view, StepKind.COMMAND, "apply", trigger(view.state, command)), application.receive
            )
        case CommandKind.BANK:
            action = f"bank.{content(view, BankEntry).status}"
            return _happened(view, Plan(view, StepKind.COMMAND, action, trigger(view.state, command)), _bank)
        case kind:
            return _happened(view, Plan(view, StepKind.COMMAND, kind, trigger(view.state, command)), CASE_RULES[kind])


def decide_timer(view: View, task_id: str, name: str) -> Decision:
    """What a due date or reminder does. Raises ``ValueError`` when nothing of that name is set."""
    if not task_id:
        if name not in view.state.timers:
            raise ValueError(f"no timer {name} is set")
        plan = Plan(view, StepKind.TIMER, f"timer.{name}", f"timer.{name}")
        plan.fired = f"@{name}"
        return _falls_due(view, plan, TIMERS[name])
    task = view.state.tasks.get(task_id)
    if task is None or not task.agenda or task.agenda[0].name != name:
        raise ValueError(f"{task_id} has no rung {name} next")
    plan = Plan(view, StepKind.TIMER, f"{task.kind}.{name}", f"{task.kind}.{reminder(name)}")
    plan.fired = task_id
    return _falls_due(view, plan, lambda view, plan: RUNGS.get((task.kind, name), _late)(view, plan, task))


def decide_hand_over(view: View, order_id: str) -> Decision:
    """The order left the house. Raises ``ValueError`` when it is not waiting for that."""
    order = view.state.orders.get(order_id)
    if order is None or order.status != "approved":
        raise ValueError(f"{order_id} does not wait for hand-over")
    plan = Plan(view, StepKind.HANDED_OVER, "handed_over", f"{K.BOOK_PAYMENT}.handed_over")
    plan.set_order(order.model_copy(update={"status": "handed_over"}))
    return plan.finish()


def foreseen(view: View, task: OpenTask) -> Decision:
    """What the view's answer to a task would do now, whoever gives it: for people who read before they decide.

    Role and second person are not asked for. Raises ``RefusedError`` when a rule says no.
    """
    if view.command is None:
        raise ValueError("an answer needs a command")
    plan = Plan(view, StepKind.COMMAND, f"{task.kind}.{view.command.choice}", trigger(view.state, view.command))
    plan.close(task)
    rule = ANSWERS[task.kind, view.command.choice]
    return _wanted(view, plan, lambda view, plan: rule(view, plan, task))


def check_actor(view: View, task: OpenTask) -> None:
    """The right role, and another person than the one before (four-eyes principle).

    That person may take back what they did while nobody has answered: it comes back as if the second one had sent it.
    """
    first = next((kind for kind in GRANT.not_by(task.kind) if view.hand(kind, task.subject) == view.actor.id), None)
    if first is not None and view.command is not None and GRANT.takes_back(task.kind, view.command.choice):
        _check_role(view, GRANT.owner(first))
        return
    _check_role(view, GRANT.owner(task.kind))
    if first is not None:
        raise view.refuse(Code.FOUR_EYES, task=task.kind, first=first)


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


def _start(view: View) -> Decision:
    command = view.command
    if command is None or command.choice not in STARTS:
        raise view.refuse(Code.UNKNOWN_CHOICE, choice=command.choice if command else "", choices=sorted(STARTS))
    name = trigger(view.state, command)
    if GRANT.ways(view.state.stage, name):
        _check_role(view, GRANT.started_by(name))
    return _wanted(view, Plan(view, StepKind.COMMAND, f"start.{command.choice}", name), STARTS[command.choice])


def _check_role(view: View, owner: Role) -> None:
    if owner is Role.APPLICANT:
        if view.actor.kind is not ActorKind.CLERK:
            raise view.refuse(Code.WRONG_ROLE, role=owner)
    elif view.actor.kind is not ActorKind.OFFICER or owner not in view.actor.roles:
        raise view.refuse(Code.WRONG_ROLE, role=owner)


def _wanted(view: View, plan: Plan, rule: CaseRule) -> Decision:
    """What a person wants: refused where the page does not know it, and where the rule left the page."""
    if not GRANT.ways(view.state.stage, plan.trigger):
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    rule(view, plan)
    try:
        return plan.finish()
    except NotOnThePageError as error:
        raise view.refuse(Code.UNFORESEEN, detail=str(error)) from error


def _falls_due(view: View, plan: Plan, rule: CaseRule) -> Decision:
    """A date has nobody to be refused to: where a rule says no, an officer clarifies, and the case goes on."""
    try:
        return _happened(view, plan, rule)
    except RefusedError as refusal:
        return plan.unforeseen(f"{view.state.stage}: {plan.trigger}: refused, {refusal.code}")


def _happened(view: View, plan: Plan, rule: CaseRule) -> Decision:
    """What has happened, whoever wanted it: where the page does not know it, an officer clarifies."""
    try:
        rule(view, plan)
        return plan.finish()
    except NotOnThePageError as error:
        return plan.unforeseen(str(error))


def _bank(view: View, plan: Plan) -> None:
    entry = content(view, BankEntry)
    if entry.reference == view.state.facts.claim_ref:
        recovery.repaid(view, plan, entry)
    else:
        disbursement.bank_says(view, plan, entry)


@answers(K.CLARIFY, "noted")
def clarified(view: View, plan: Plan, task: OpenTask) -> None:
    """An officer has looked into what no page foresaw; what has to be done about it is started by itself."""


def _late(view: View, plan: Plan, task: OpenTask) -> None:
    plan.late(task)


def _move(view: View, plan: Plan) -> None:
    plan.moved = True
    plan.facts["moves"] = view.state.facts.moves + 1


CASE_RULES: dict[CommandKind, CaseRule] = {
    CommandKind.MAIL_FAILED: delivery.delivery_failed,
    CommandKind.BUDGET_FREED: award.budget_freed,
    CommandKind.MOVE: _move,
}
