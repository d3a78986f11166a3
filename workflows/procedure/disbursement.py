"""Money: declaration and bank details, instalments called, certified, approved, handed over, booked.

Four eyes at every gate: call-back and confirmation of bank details, certification and approval of a
payment. The bank's evidence alone books; a time-out makes an order unknown, and only evidence ends that.
"""

from typing import Any

from models.answers import (
    BankEntry,
    BankStatus,
    CertifiedAmount,
    ChangeKind,
    ChangeNotice,
    Declaration,
    DrawdownRequest,
    Reason,
)
from models.case import OpenTask, Order
from models.commands import ActorKind
from models.deadlines import period
from models.errors import Code
from models.mail import Template
from models.money import Cents
from models.stages import Stage
from models.tasks import TaskKind as K
from models.tasks import TaskState
from workflows.procedure.award import become_final, disburse_if_ready, invite_drawdown, open_drawdown
from workflows.procedure.plan import OrderDraft, Plan, View, content
from workflows.procedure.registry import answers, rung, starts


@answers(K.DECLARE_ACCEPTANCE, "declare")
def declare(view: View, plan: Plan, task: OpenTask) -> None:
    """The signed declaration with bank details is back; a waiver makes a notified award final at once."""
    waiver = content(view, Declaration).waiver
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
    """One officer has called a number known before; another confirms."""
    plan.bank = "called_back"
    plan.office(K.CONFIRM_BANK_DETAILS, days=view.rules.callback_working_days)


@answers(K.CALL_BACK, "differs")
@answers(K.CONFIRM_BANK_DETAILS, "reject")
def bank_details_wrong(view: View, plan: Plan, task: OpenTask) -> None:
    """The details do not hold: a new declaration is asked for, no money moves."""
    plan.bank = "rejected"
    plan.facts |= {"declared": False, "bank_confirmed": False}
    ask_declaration(view, plan)


def ask_declaration(view: View, plan: Plan) -> None:
    """Asks for a (new) declaration with bank details."""
    due = period(
        view.today,
        months=view.rules.declaration_months,
        rule="declaration_months",
        start_event="declaration_requested",
    )
    task = plan.open(K.DECLARE_ACCEPTANCE, due, awarded_cents=view.state.money.awarded)
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


def check_gates(view: View, cents: int) -> None:
    """All gates before money moves (domain research 5.4). Raises the first that is shut."""
    facts, money, year = view.state.facts, view.state.money, view.budget_year
    if facts.payment_block:
        raise view.refuse(Code.PAYMENT_BLOCKED)
    if not facts.final_on:
        raise view.refuse(Code.NOT_FINAL)
    if not (facts.declared and facts.bank_confirmed):
        raise view.refuse(Code.BANK_DETAILS_OPEN)
    ordered = sum(o.cents for o in view.state.orders.values() if o.status != "rejected" and o.year == year)
    left = dict(view.rules.by_budget_year(Cents(money.awarded))).get(year, 0) - ordered
    left = min(left, money.awarded - money.ordered)
    if cents > left:
        raise view.refuse(Code.OVER_AWARD, left_cents=left)


@answers(K.REQUEST_DRAWDOWN, "request")
def drawdown_requested(view: View, plan: Plan, task: OpenTask) -> None:
    """An instalment is called; one officer certifies it."""
    cents = content(view, DrawdownRequest).amount_cents
    if view.received >= task.due:
        raise view.refuse(Code.TOO_LATE, due=task.due.isoformat())
    check_gates(view, cents)
    number = view.state.facts.instalments + 1
    instalment = f"D{number:02}"
    plan.facts["instalments"] = number
    _draw(view, plan, instalment, cents)
    _certify_next(view, plan, instalment, cents)
    plan.mail(Template.RECEIPT, received=K.REQUEST_DRAWDOWN, amount_cents=cents)


def _draw(view: View, plan: Plan, instalment: str, cents: int) -> None:
    """Notes the amount under decision. Several instalments can be under decision at once: one may come back."""
    plan.facts["draws"] = {**view.state.facts.draws, instalment: cents}


def _certify_next(view: View, plan: Plan, instalment: str, cents: int) -> None:
    plan.office(K.CERTIFY_DRAWDOWN, days=view.rules.certify_working_days, subject=instalment, amount_cents=cents)


@answers(K.CERTIFY_DRAWDOWN, "certify")
def certified(view: View, plan: Plan, task: OpenTask) -> None:
    """Certified correct in fact and figures; another officer approves."""
    asked = view.state.facts.draws[task.subject]
    cents = content(view, CertifiedAmount).amount_cents or asked
    if cents > asked:
        raise view.refuse(Code.OVER_REQUEST, requested_cents=asked)
    check_gates(view, cents)
    _draw(view, plan, task.subject, cents)
    plan.office(K.APPROVE_DRAWDOWN, days=view.rules.approve_working_days, subject=task.subject, amount_cents=cents)


@answers(K.CERTIFY_DRAWDOWN, "refuse")
def drawdown_refused(view: View, plan: Plan, task: OpenTask) -> None:
    """Not paid; the clerk reads why and may call again."""
    again = open_drawdown(view, plan) if view.state.stage is Stage.DISBURSING else ""
    plan.mail(Template.DRAWDOWN_REFUSED, task=again, reason=content(view, Reason).reason)


@answers(K.APPROVE_DRAWDOWN, "send_back")
def drawdown_sent_back(view: View, plan: Plan, task: OpenTask) -> None:
    """The second officer does not approve: the first looks again."""
    _certify_next(view, plan, task.subject, view.state.facts.draws[task.subject])


@answers(K.APPROVE_DRAWDOWN, "approve")
def approved(view: View, plan: Plan, task: OpenTask) -> None:
    """Approved by a second officer: the order is made and leaves the house next."""
    cents = view.state.facts.draws[task.subject]
    attempt = 1 + sum(order.instalment == task.subject for order in view.state.orders.values())
    check_gates(view, cents)
    draft = OrderDraft(
        id=f"{reference_stem(view)}-{task.subject}-A{attempt}",
        instalment=task.subject,
        attempt=attempt,
        budget_year=view.budget_year,
        cents=cents,
        certified_by=view.hand(K.CERTIFY_DRAWDOWN, task.subject),
        approved_by=view.actor.id,
    )
    plan.order(draft)
    plan.office(
        K.BOOK_PAYMENT,
        days=view.rules.bank_status_working_days,
        subject=draft.id,
        amount_cents=cents,
    )


def reference_stem(view: View) -> str:
    """Stem of all payment references of a case, at most 24 characters: ``FM18-06631`` or ``FM18-06631-2``."""
    key = view.state.case_id.split("-", 3)[3]
    return f"{view.state.line.upper()[:4]}{view.state.year % 100:02}-{key}"


@rung(K.BOOK_PAYMENT, "due")
def bank_silent(view: View, plan: Plan, task: OpenTask) -> None:
    """No word from the bank: the order is unknown, and stays so until there is evidence (E37)."""
    plan.late(task)
    order = view.state.orders[task.subject]
    if order.status == "handed_over":
        plan.set_order(order.model_copy(update={"status": "unknown"}))


def bank_says(view: View, plan: Plan, entry: BankEntry) -> None:
    """Evidence for an order: booked, rejected, or returned after it had been booked."""
    order = view.state.orders.get(entry.reference)
    if order is None:
        raise view.refuse(Code.UNKNOWN_REFERENCE, reference=entry.reference)
    if entry.amount_cents != order.cents:
        raise view.refuse(Code.AMOUNT_MISMATCH, expected_cents=order.cents, amount_cents=entry.amount_cents)
    if entry.status is BankStatus.BOOKED:
        booked(view, plan, order)
    else:
        bounced(view, plan, order, entry)


def booked(view: View, plan: Plan, order: Order) -> None:
    """The bank has booked: the instalment is paid, the recipient gets the advice and the next link."""
    if order.status not in {"handed_over", "unknown"}:
        raise view.refuse(Code.ALREADY_BOOKED, reference=order.id, status=order.status)
    plan.set_order(order.model_copy(update={"status": "booked"}))
    plan.add(booked=order.cents)
    plan.transfer("ordered", "paid", order.cents)
    _close_booking(view, plan, order)
    following = ""
    if view.state.stage is Stage.DISBURSING and not view.state.open(K.REQUEST_DRAWDOWN):
        following = open_drawdown(view, plan)
    paid = view.state.money.booked + order.cents
    plan.mail(
        Template.PAYMENT_ADVICE,
        task=following,
        amount_cents=order.cents,
        paid_cents=paid,
        left_cents=view.state.money.awarded - paid,
        instalment=int(order.instalment[1:]),
        reference=order.id,
    )


def bounced(view: View, plan: Plan, order: Order, entry: BankEntry) -> None:
    """Rejected, or returned days later: the money is back, an officer finds out why (E36, E38)."""
    was_booked = order.status == "booked"
    if was_booked != (entry.status is BankStatus.RETURNED) or order.status in {"rejected", "approved"}:
        raise view.refuse(Code.ALREADY_BOOKED, reference=order.id, status=order.status)
    if view.state.money.claimed:  # money that is reclaimed came back another way: a person must look
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    plan.set_order(order.model_copy(update={"status": "rejected"}))
    plan.transfer("paid" if was_booked else "ordered", "committed", order.cents)
    plan.add(ordered=-order.cents, booked=-order.cents if was_booked else 0)
    _close_booking(view, plan, order)
    plan.office(K.REPAIR_PAYMENT, subject=order.instalment, amount_cents=order.cents, detail=entry.detail)
    plan.mail(Template.PAYMENT_FAILED, amount_cents=order.cents)


def _close_booking(view: View, plan: Plan, order: Order) -> None:
    for task in view.state.open(K.BOOK_PAYMENT):
        if task.subject == order.id:
            plan.close(task)


@answers(K.REPAIR_PAYMENT, "retry")
def retry(view: View, plan: Plan, task: OpenTask) -> None:
    """A new attempt at the same obligation: new number, new certification, new approval."""
    _certify_next(view, plan, task.subject, view.state.facts.draws[task.subject])


@answers(K.REPAIR_PAYMENT, "new_bank_details")
def new_bank_details(view: View, plan: Plan, task: OpenTask) -> None:
    """The account was wrong: the recipient declares again, then calls again."""
    plan.facts |= {"declared": False, "bank_confirmed": False}
    plan.bank = "rejected"
    ask_declaration(view, plan)


@answers(K.REPAIR_PAYMENT, "cancel")
def cancelled(view: View, plan: Plan, task: OpenTask) -> None:
    """The instalment is not paid; the clerk may call again while there is time."""
    again = open_drawdown(view, plan) if view.state.stage is Stage.DISBURSING else ""
    plan.mail(Template.DRAWDOWN_REFUSED, task=again, reason=content(view, Reason).reason)


@rung(K.REQUEST_DRAWDOWN, "due")
def drawdown_expired(view: View, plan: Plan, task: OpenTask) -> None:
    """The last day for calls has passed; a later budget year opens its own."""
    plan.close(task, TaskState.EXPIRED)
    open_drawdown(view, plan)


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
    if view.actor.kind is not ActorKind.OFFICER:
        raise view.refuse(Code.WRONG_ROLE, role="case_worker")
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
