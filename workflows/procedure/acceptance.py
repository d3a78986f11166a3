"""The award is accepted: declaration with bank details, a call back by one officer, confirmation by another."""

from typing import Any

from models.case import OpenTask
from models.content import phone
from models.content.answers import Declaration
from models.content.calls import CallAttempt, CallBack, DifferingCall
from models.deadlines import legal_day, period
from models.errors import Code
from models.mail.orders import Template
from models.stages import Stage
from models.tasks import TaskKind as K
from workflows.procedure.award import become_final
from workflows.procedure.money import disburse_if_ready, invite_drawdown
from workflows.procedure.plan import Plan, View, content
from workflows.procedure.registry import answers, rung


@answers(K.DECLARE_ACCEPTANCE, "declare")
def declare(view: View, plan: Plan, task: OpenTask) -> None:
    """The signed declaration with bank details is back; a waiver makes a notified award final at once."""
    waiver = bool(content(view, Declaration).waiver)
    plan.close_all(K.DECIDE_DECLARATION)
    plan.facts |= {"declared": True, "waiver": waiver or view.state.facts.waiver, "bank_confirmed": False}
    plan.bank = "declared"
    hearing = view.state.stage is Stage.HEARING and view.state.facts.hearing_from is Stage.AWARD_NOTIFIED
    if hearing and not view.state.facts.payment_block:  # a hearing about a change goes on
        plan.close_all(K.STATE_POSITION, K.DECIDE_REVOCATION)
        plan.go(Stage.AWARD_NOTIFIED)
    plan.office(K.CALL_BACK, days=view.rules.callback_working_days)
    plan.mail(Template.RECEIPT, received=K.DECLARE_ACCEPTANCE)
    if waiver and plan.stage is Stage.AWARD_NOTIFIED and not view.state.facts.final_on:
        become_final(view, plan)


@answers(K.CALL_BACK, "confirmed")
def called_back(view: View, plan: Plan, task: OpenTask) -> None:
    """One officer has called a number known before and heard the last digits of the account; another confirms."""
    call = content(view, CallBack)
    check_call(view, call)
    if call.called_at is not None and not view.account.iban.endswith(call.iban_heard):
        raise view.refuse(Code.DIGITS_DIFFER, heard=call.iban_heard)
    plan.bank = "called_back"
    plan.office(K.CONFIRM_BANK_DETAILS, days=view.rules.callback_working_days)


@answers(K.CALL_BACK, "not_reached")
def nobody_reached(view: View, plan: Plan, task: OpenTask) -> None:
    """An attempt, which counts; the call is still owed until the same day."""
    check_call(view, content(view, CallAttempt))
    plan.keep(task)


@answers(K.CALL_BACK, "differs")
def account_differs(view: View, plan: Plan, task: OpenTask) -> None:
    """Whoever was called names another account, or leaves a doubt."""
    check_call(view, content(view, DifferingCall))
    bank_details_wrong(view, plan, task)


def check_call(view: View, call: CallAttempt) -> None:
    """The call was made since the account was named, on a number that was on file before, or known from elsewhere.

    A call that was recorded before all this was asked for is left as it is. Raises ``RefusedError``.
    """
    if call.called_at is None:
        return
    if call.called_at > view.received:
        raise view.refuse(Code.IN_FUTURE, day=call.called_at.isoformat())
    if legal_day(call.called_at) < view.account.declared_on:
        raise view.refuse(Code.CALL_TOO_EARLY, day=view.account.declared_on.isoformat())
    if phone.canonical(call.number) not in view.account.numbers and not call.number_known_from:
        raise view.refuse(Code.NUMBER_NOT_ON_FILE, number=call.number)


@answers(K.CONFIRM_BANK_DETAILS, "reject")
def bank_details_wrong(view: View, plan: Plan, task: OpenTask) -> None:
    """The details do not hold: a new declaration is asked for, no money moves."""
    plan.bank = "rejected"
    plan.facts |= {"declared": False, "bank_confirmed": False}
    ask_declaration(view, plan)


def ask_declaration(view: View, plan: Plan, **returned: Any) -> None:
    """Asks for a new declaration with bank details.

    ``returned``: what came back from the bank (``returned_cents``) and why (``reason``). Then the award stays accepted
    and only another account is asked for. Without it somebody doubts the whole declaration, and all of it is asked for.
    """
    due = period(
        view.today,
        months=view.rules.declaration_months,
        rule="declaration_months",
        start_event="declaration_requested",
    )
    task = plan.open(K.DECLARE_ACCEPTANCE, due, awarded_cents=view.state.money.awarded, **returned)
    plan.mail(Template.DECLARATION_REMINDER, task=task)


@answers(K.CONFIRM_BANK_DETAILS, "confirm")
def bank_confirmed(view: View, plan: Plan, task: OpenTask) -> None:
    """A second officer confirms; from now on money may go to this account."""
    plan.bank = "confirmed"
    plan.facts["bank_confirmed"] = True
    if view.state.stage is Stage.DISBURSING:
        if not view.state.open(K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
            invite_drawdown(view, plan)
        return
    disburse_if_ready(view, plan)


@rung(K.DECLARE_ACCEPTANCE, "remind")
def remind_declaration(view: View, plan: Plan, task: OpenTask) -> None:
    """The declaration is still out: a friendly reminder before it is due."""
    plan.mail(Template.DECLARATION_REMINDER, task=task.id)


@rung(K.DECLARE_ACCEPTANCE, "due", "dun_1", "dun_2", "dun_3")
def declaration_overdue(view: View, plan: Plan, task: OpenTask) -> None:
    """Not returned in time: mails, and after the last one an officer decides (E21)."""
    plan.late(task)
    plan.mail(Template.DECLARATION_REMINDER, task=task.id)
    if len(task.agenda) == 1 and not view.state.open(K.DECIDE_DECLARATION):
        plan.office(K.DECIDE_DECLARATION)


@answers(K.DECIDE_DECLARATION, "remind")
def remind_again(view: View, plan: Plan, task: OpenTask) -> None:
    """The recipient gets another month."""
    for declaration in view.state.open(K.DECLARE_ACCEPTANCE):
        due = period(
            view.today,
            months=view.rules.declaration_months,
            rule="declaration_months",
            start_event="declaration_reminded",
        )
        plan.reschedule(declaration, due)
        plan.mail(Template.DECLARATION_REMINDER, task=declaration.id)
