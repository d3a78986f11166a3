"""What people start themselves: withdrawal, waiver, a change, an extension; and its right consequence."""

from models.case import OpenTask
from models.content.answers import Colleague, LinkAgain, StartTask, Withdrawal
from models.content.starts import FileNumber
from models.deadlines import period
from models.errors import Code
from models.mail.orders import Template
from models.stages import Stage
from models.tasks import TaskKind as K
from workflows.lifecycle import BEFORE_DECISION, GRANT, UNPAID
from workflows.procedure.blocks import take_change
from workflows.procedure.money import free_reservation
from workflows.procedure.plan import Plan, View, content
from workflows.procedure.proof import take_extension_request
from workflows.procedure.recovery import decide_next
from workflows.procedure.registry import answers, starts


@starts("open")
def open_for_clerk(view: View, plan: Plan) -> None:
    """From the case page: opens the task and mails its own link to the address on file."""
    kind = K(content(view, StartTask).kind)
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
    """An open task of the municipality."""
    task = view.state.tasks.get(task_id)
    if task is None or not GRANT.is_clerks(task.kind):
        raise view.refuse(Code.TASK_CLOSED, task=task_id)
    return task


@starts("set_file_number")
def file_number_set(view: View, plan: Plan) -> None:
    """The authority's registry has given the case its own number; later letters and orders carry it."""
    plan.file_number = content(view, FileNumber).file_number


@starts("withdraw")
def withdraw_on_behalf(view: View, plan: Plan) -> None:
    """An officer records a withdrawal that came by letter."""
    withdraw(view, plan)


@starts("notify_change")
def change_on_behalf(view: View, plan: Plan) -> None:
    """An officer records a change that was told by letter or telephone."""
    take_change(view, plan)


@starts("request_extension")
def extension_on_behalf(view: View, plan: Plan) -> None:
    """An officer records a request for extension that came by letter."""
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
    elif stage in UNPAID and view.state.money.ordered == 0:
        _end(view, plan, Stage.WAIVED)
    else:
        _give_back(view, plan, reason)


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
