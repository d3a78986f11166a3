"""A mail that was refused for good: sent again, posted, or noted. A notice is never left unserved."""

from datetime import date

from models.case import OpenTask
from models.content.answers import PostedOn
from models.deadlines import deemed_notified, period
from models.errors import Code
from models.mail.orders import Template
from models.programme import Medium
from models.stages import Stage
from models.tasks import TaskKind as K
from workflows.procedure.award import post
from workflows.procedure.plan import COPY, Plan, View, content, undelivered
from workflows.procedure.recovery import claim_period
from workflows.procedure.registry import answers, starts

UNDER_WAY = frozenset({"queued", "sending", "retry"})
CLAIMS = frozenset({Template.CLAIM, Template.REVOCATION})
DECISIONS = frozenset({Template.AWARD, Template.REFUSAL})
DECISION_RUNS = frozenset(
    {Stage.AWARD_SENT, Stage.AWARD_NOTIFIED, Stage.REFUSAL_SENT, Stage.DISBURSING, Stage.HEARING, Stage.REVOCATION}
)
"""Stages in which something waits for the decision's notification or rests on its being final."""


def delivery_failed(view: View, plan: Plan) -> None:
    """A mail was refused for good. A decision does not count as notified then, and is not final (E17, E71).

    A copy of a notice that another mail has served changes neither: its task only says that the copy did not arrive.
    """
    command = view.command
    told = command.content if command else {}
    notice, template = str(told.get("notice_id", "")), str(told.get("template", ""))
    subject = f"{template}|{told.get('task_id', '')}|{notice}"
    if notice and view.served_by_another:
        subject += COPY
    elif notice and template in DECISIONS and view.state.stage in DECISION_RUNS:
        plan.timers |= {"notified": None, "final": None}
        plan.facts |= {"delivery_notice": notice, "notified_on": None, "final_on": None}
        if view.state.stage is Stage.AWARD_NOTIFIED:
            plan.go(Stage.AWARD_SENT)
    plan.office(K.FIX_DELIVERY, subject=subject, template=template, reply=str(told.get("reply", "")))


@answers(K.FIX_DELIVERY, "resend")
def resend(view: View, plan: Plan, task: OpenTask) -> None:
    """The same letter goes out again, to the contact that is first in line now; periods start anew."""
    template, about, notice = task.subject.removesuffix(COPY).split("|")
    if undelivered(task):
        _serve_again(view, plan, task, view.today, Medium.ELECTRONIC)
    still_open = about if about in view.state.tasks else ""
    plan.mail(Template(template), task=still_open, notice=notice)


@starts("resend")
def letter_again(view: View, plan: Plan) -> None:
    """An officer sends a letter once more: somebody lost it, or somebody else is first in line by now.

    It carries links of its own and starts no period. A decision whose delivery failed is seen to by its own task.
    """
    mail = view.mail
    if mail is None:
        raise view.refuse(Code.UNKNOWN_MAIL)
    if mail.state in UNDER_WAY:
        raise view.refuse(Code.MAIL_UNDER_WAY)
    if mail.task_id and mail.task_id not in view.state.tasks:
        raise view.refuse(Code.TASK_CLOSED)
    if mail.notice_id and (mail.state == "failed" or not view.state.facts.electronic):
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    plan.mail(Template(mail.template), task=mail.task_id, notice=mail.notice_id)


@answers(K.FIX_DELIVERY, "posted")
def posted(view: View, plan: Plan, task: OpenTask) -> None:
    """The letter went by post instead, on the day named: not before it was signed, and not in the future."""
    day, signed = content(view, PostedOn).posted_on, view.state.facts.posted_on
    if day > view.today:
        raise view.refuse(Code.IN_FUTURE, day=day.isoformat())
    if undelivered(task):
        if signed is not None and day < signed:
            raise view.refuse(Code.DATE_NOT_LATER, day=signed.isoformat(), latest=view.today.isoformat())
        _serve_again(view, plan, task, day, Medium.POST)
        plan.reopened_notice = "post"


@answers(K.FIX_DELIVERY, "noted")
def noted(view: View, plan: Plan, task: OpenTask) -> None:
    """Nothing to send again. A notice cannot be left unserved."""
    if undelivered(task):
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)


def _serve_again(view: View, plan: Plan, task: OpenTask, day: date, medium: Medium) -> None:
    """The notice counts as notified on another day, and what runs from that day moves with it."""
    notice = undelivered(task)
    if notice == view.state.facts.delivery_notice:
        _decision_again(view, plan, post(view, plan, notice, day, medium))
        return
    notified = deemed_notified(day, view.rules.notification_days[medium])
    plan.notified = (notice, notified)
    if task.subject.partition("|")[0] in CLAIMS:
        due, agenda = claim_period(view.rules, notified)
        for claim in view.state.open(K.REPAY):
            plan.reschedule(claim, due, *agenda)


def _decision_again(view: View, plan: Plan, notified: date) -> None:
    for declaration in view.state.open(K.DECLARE_ACCEPTANCE):
        due = period(
            notified, months=view.rules.declaration_months, rule="declaration_months", start_event="award_notified"
        )
        plan.reschedule(declaration, due)
