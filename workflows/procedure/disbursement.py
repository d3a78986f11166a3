"""Money: declaration and bank details, instalments called, certified, approved, handed over, booked.

Four eyes at every gate: call-back and confirmation of bank details, certification and approval of a
payment. The bank's evidence alone books; a time-out makes an order unknown, and only evidence ends that.
"""

from models.case import OpenTask, Order
from models.content.answers import BankEntry, BankStatus, CertifiedAmount, DrawdownRequest, Reason
from models.errors import Code
from models.mail.orders import Template
from models.money import Cents
from models.stages import Stage
from models.tasks import TaskKind as K
from models.tasks import TaskState
from workflows.procedure.acceptance import ask_declaration
from workflows.procedure.money import open_drawdown, reference_stem
from workflows.procedure.plan import OrderDraft, Plan, View, content
from workflows.procedure.registry import answers, rung


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
    """The account was wrong: the recipient is told so and why, names another one, then calls again."""
    plan.facts |= {"declared": False, "bank_confirmed": False}
    plan.bank = "rejected"
    returned = view.state.facts.draws[task.subject]
    ask_declaration(view, plan, returned_cents=returned, reason=content(view, Reason).reason)


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
