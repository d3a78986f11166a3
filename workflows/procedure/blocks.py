"""Payments are blocked: by a change that the recipient tells of, or by an officer; only an officer lifts a block."""

from typing import Any

from models.case import OpenTask
from models.content.answers import ChangeKind, ChangeNotice, Reason
from models.deadlines import period
from models.errors import Code
from models.mail.orders import Template
from models.tasks import TaskKind as K
from workflows.procedure.plan import Plan, View, content
from workflows.procedure.registry import answers, starts


@answers(K.NOTIFY_CHANGE, "notify")
def change_notified(view: View, plan: Plan, task: OpenTask) -> None:
    """The recipient tells of a change (ANBest-GK No. 5)."""
    take_change(view, plan)


def take_change(view: View, plan: Plan) -> None:
    """A change blocks payments until an officer lifts the block; a filled post alone does not."""
    notice = content(view, ChangeNotice)
    if notice.change is not ChangeKind.FILLED:
        block(view, plan, change=notice.change, since=notice.since.isoformat(), details=notice.details)
    plan.mail(Template.RECEIPT, received=K.NOTIFY_CHANGE)


@starts("block")
def start_block(view: View, plan: Plan) -> None:
    """An officer blocks payments."""
    if view.state.facts.payment_block:
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    block(view, plan, reason=content(view, Reason).reason)
    plan.mail(Template.PAYMENT_BLOCKED)


def block(view: View, plan: Plan, **brief: Any) -> None:
    """Sets the payment block and opens the task to lift it."""
    plan.facts["payment_block"] = True
    if not view.state.open(K.LIFT_BLOCK):
        due = period(view.today, weeks=view.rules.block_review_weeks, rule="block_review_weeks", start_event="blocked")
        plan.open(K.LIFT_BLOCK, due, **brief)


def review_block(view: View, plan: Plan) -> None:
    """A block nobody has to look at any more gets its task again: only an officer lifts it."""
    if view.state.facts.payment_block:
        block(view, plan)


@answers(K.LIFT_BLOCK, "lift")
def lift(view: View, plan: Plan, task: OpenTask) -> None:
    """An officer lifts the block; calls are possible again."""
    plan.facts["payment_block"] = False
    plan.mail(Template.BLOCK_LIFTED, reason=content(view, Reason).reason)
