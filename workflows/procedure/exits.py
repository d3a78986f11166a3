"""What people start themselves: withdrawal, waiver, a change, an extension; and its right consequence."""

from models.answers import Colleague, LinkAgain, StartTask, Withdrawal
from models.case import OpenTask
from models.commands import ActorKind
from models.deadlines import period
from models.errors import Code
from models.mail import Template
from models.stages import BEFORE_DECISION, Stage
from models.tasks import CLERK_STARTS, Role, is_clerk_task
from models.tasks import TaskKind as K
from workflows.procedure.award import free_reservation
from workflows.procedure.disbursement import take_change
from workflows.procedure.plan import Plan, View, content
from workflows.procedure.proof import take_extension_request
from workflows.procedure.recovery import decide_next
from workflows.procedure.registry import answers, starts

BEFORE_PAYOUT = frozenset({Stage.AWARD_SENT, Stage.AWARD_NOTIFIED, Stage.DISBURSING})
AFTER_PAYOUT = frozenset(
    {Stage.DISBURSING, Stage.PROOF_DUE, Stage.PROOF_OVERDUE, Stage.PROOF_CHECK, Stage.PROOF_INCOMPLETE}
)
CHANGE_STAGES = frozenset({Stage.AWARD_SENT, Stage.AWARD_NOTIFIED, Stage.DISBURSING, Stage.PROOF_DUE})


def may_start(kind: K, stage: Stage) -> bool:
    """Whether a clerk can start this now; the case page offers nothing else."""
    if kind is K.WITHDRAW:
        return stage in BEFORE_DECISION | BEFORE_PAYOUT | AFTER_PAYOUT
    if kind is K.NOTIFY_CHANGE:
        return stage in CHANGE_STAGES
    return kind is K.REQUEST_EXTENSION and stage is Stage.PROOF_DUE


@starts("open")
def open_for_clerk(view: View, plan: Plan) -> None:
    """From the case page: opens the task and mails its own link to the address on file."""
    kind = K(content(view, StartTask).kind)
    if kind not in CLERK_STARTS or not may_start(kind, view.state.stage):
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    running = view.state.open(kind)
    if running:
        task = running[0].id
    else:
        due = period(view.today, weeks=view.rules.query_weeks, rule="query_weeks", start_event="started_by_recipient")
        task = plan.open(kind, due)
    plan.mail(Template.TASK_LINK, task=task, kind=kind)


@starts("link")
def link_again(view: View, plan: Plan) -> None:
    """The link of an open task once more, to the address on file: whoever asks for it learns nothing."""
    task = _clerks_own(view, content(view, LinkAgain).task)
    plan.mail(Template.TASK_LINK, task=task.id, kind=task.kind)


@starts("hand_over")
def handed_over(view: View, plan: Plan) -> None:
    """Somebody else of the municipality takes a task over, with a link of their own; the address on file is told."""
    told = content(view, Colleague)
    task = _clerks_own(view, told.task)
    plan.handed_over = task.id
    by, to = f"{told.acting_name}, {told.acting_function}", f"{told.name}, {told.function}"
    plan.mail(Template.TASK_LINK, task=task.id, kind=task.kind, details=by)
    plan.mail(Template.TASK_HANDED_OVER, kind=task.kind, details=by, reason=f"{to}, {told.email}")


def _clerks_own(view: View, task_id: str) -> OpenTask:
    """An open task of the municipality, for somebody who acts for it."""
    if view.actor.kind is not ActorKind.CLERK:
        raise view.refuse(Code.WRONG_ROLE, role=Role.APPLICANT)
    task = view.state.tasks.get(task_id)
    if task is None or not is_clerk_task(task.kind):
        raise view.refuse(Code.TASK_CLOSED, task=task_id)
    return task


def _on_behalf(view: View, kind: K) -> None:
    if view.actor.kind is not ActorKind.OFFICER or Role.CASE_WORKER not in view.actor.roles:
        raise view.refuse(Code.WRONG_ROLE, role=Role.CASE_WORKER)
    if not may_start(kind, view.state.stage):
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)


@starts("withdraw")
def withdraw_on_behalf(view: View, plan: Plan) -> None:
    """An officer records a withdrawal that came by letter."""
    _on_behalf(view, K.WITHDRAW)
    withdraw(view, plan)


@starts("notify_change")
def change_on_behalf(view: View, plan: Plan) -> None:
    """An officer records a change that was told by letter or telephone."""
    _on_behalf(view, K.NOTIFY_CHANGE)
    take_change(view, plan)


@starts("request_extension")
def extension_on_behalf(view: View, plan: Plan) -> None:
    """An officer records a request for extension that came by letter."""
    _on_behalf(view, K.REQUEST_EXTENSION)
    take_extension_request(view, plan)


@answers(K.WITHDRAW, "withdraw")
def withdrawn_by_clerk(view: View, plan: Plan, task: OpenTask) -> None:
    """The recipient withdraws or waives."""
    withdraw(view, plan)


def withdraw(view: View, plan: Plan) -> None:
    """Before the award: withdrawn. Before any payout: waived. After a payout: what was paid comes back (E14-E16)."""
    stage = view.state.stage
    reason = content(view, Withdrawal).reason
    if stage in BEFORE_DECISION:
        plan.waiting = False if stage is Stage.WAITLIST else None
        _end(view, plan, Stage.WITHDRAWN)
    elif stage in BEFORE_PAYOUT and view.state.money.ordered == 0:
        _end(view, plan, Stage.WAIVED)
    elif stage in AFTER_PAYOUT:
        _give_back(view, plan, reason)
    else:
        raise view.refuse(Code.NOT_NOW, stage=stage)


def _end(view: View, plan: Plan, stage: Stage) -> None:
    plan.close_all()
    plan.timers |= dict.fromkeys(view.state.timers)
    free_reservation(view, plan)
    plan.go(stage)
    plan.mail(Template.WITHDRAWAL_CONFIRMED, stage=stage)


def _give_back(view: View, plan: Plan, reason: str) -> None:
    if view.state.live_orders:
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    plan.close_rest()
    plan.timers |= dict.fromkeys(view.state.timers)
    plan.facts |= {
        "payment_block": True,
        "hearing_from": view.state.stage,
        "intended_cents": view.state.money.booked,
    }
    plan.go(Stage.HEARING)
    decide_next(view, plan, reason=reason)
    plan.mail(Template.RECEIPT, received=K.WITHDRAW)
