"""Hearing, revocation, claim, repayment, closing. People decide each of them; timers only remind."""

from datetime import date
from typing import Any

from models.case import OpenTask, Rung
from models.content.answers import BankEntry, BankStatus, Deferral, HearingDraft, PartialRevocation, Reason, Statement
from models.deadlines import Deadline, fixed_day, period
from models.errors import Code
from models.mail.orders import Template
from models.programme import Rules
from models.stages import Stage
from models.tasks import TaskKind as K
from models.tasks import TaskState
from workflows.procedure.award import count_notified
from workflows.procedure.blocks import review_block
from workflows.procedure.money import (
    MONEY_ON_ITS_WAY,
    disburse_again,
    disburse_if_ready,
    free_reservation,
    reference_stem,
)
from workflows.procedure.plan import Plan, View, content, undelivered
from workflows.procedure.registry import answers, rung

PROOF_DECISIONS = (K.CHECK_PROOF, K.APPROVE_PROOF)


def open_hearing(view: View, plan: Plan, *, default_cents: int) -> None:
    """Tells the recipient what is intended and why, with a period to answer (VwVfG § 28)."""
    draft = content(view, HearingDraft)
    cents = default_cents if draft.intended_cents is None else draft.intended_cents
    if cents > view.state.money.booked:
        raise view.refuse(Code.OVER_PAID, paid_cents=view.state.money.booked)
    plan.facts |= {"hearing_from": view.state.stage, "intended_cents": cents}
    # While the recipient is heard nobody decides on the proof; when the hearing is dropped, it is checked anew.
    plan.close_all(*PROOF_DECISIONS)
    plan.go(Stage.HEARING)
    due = period(view.today, weeks=view.rules.hearing_weeks, rule="hearing_weeks", start_event="heard")
    task = plan.open(K.STATE_POSITION, due, intended_cents=cents, reason=draft.reason)
    plan.mail(Template.HEARING, task=task, intended_cents=cents, reason=draft.reason)


@answers(K.DECIDE_DECLARATION, "hear")
def hear_about_declaration(view: View, plan: Plan, task: OpenTask) -> None:
    """No declaration: the award may be revoked (VwVfG § 49(2))."""
    open_hearing(view, plan, default_cents=0)


@answers(K.LIFT_BLOCK, "hear")
def hear_about_block(view: View, plan: Plan, task: OpenTask) -> None:
    """The change is serious: the award may be revoked (VwVfG § 49(3))."""
    plan.close_all(K.REQUEST_DRAWDOWN)
    open_hearing(view, plan, default_cents=view.state.money.booked)


@answers(K.STATE_POSITION, "state")
def stated(view: View, plan: Plan, task: OpenTask) -> None:
    """The statement is in; an officer weighs it."""
    decide_next(view, plan, statement=content(view, Statement).statement[:500])
    plan.mail(Template.RECEIPT, received=K.STATE_POSITION)


@rung(K.STATE_POSITION, "due")
def no_statement(view: View, plan: Plan, task: OpenTask) -> None:
    """Silence: an officer decides on the file as it is."""
    plan.close(task, TaskState.EXPIRED)
    decide_next(view, plan)


def decide_next(view: View, plan: Plan, **brief: Any) -> None:
    """Opens the decision on dropping, partial or full revocation."""
    plan.office(K.DECIDE_REVOCATION, intended_cents=view.state.facts.intended_cents, **brief)


@answers(K.DECIDE_REVOCATION, "drop")
def dropped(view: View, plan: Plan, task: OpenTask) -> None:
    """Nothing is revoked; the case goes on where the hearing began."""
    match view.state.facts.hearing_from:
        case Stage.PROOF_CHECK | Stage.PROOF_INCOMPLETE:
            plan.close_all(K.COMPLETE_PROOF, K.DECIDE_MISSING_PROOF)
            plan.go(Stage.PROOF_CHECK)
            plan.office(K.CHECK_PROOF, paid_cents=view.state.money.booked, spent_cents=view.state.facts.spent_cents)
        case Stage.PROOF_DUE | Stage.PROOF_OVERDUE:
            plan.go(Stage.PROOF_DUE)
            _owed_again(view, plan)
        case Stage.DISBURSING:
            plan.go(Stage.DISBURSING)
            disburse_again(view, plan)
        case Stage.CLOSING:
            close_unpaid(view, plan)
        case _:
            plan.go(Stage.AWARD_NOTIFIED)
            _declared_again(view, plan)
            disburse_if_ready(view, plan)
    if plan.stage is not Stage.CLOSING:
        review_block(view, plan)
    plan.mail(Template.HEARING_DROPPED, reason=content(view, Reason).reason)


def close_unpaid(view: View, plan: Plan) -> None:
    """The grant period is over and nothing was paid: there is nothing to prove, the file is closed."""
    plan.close_rest()
    free_reservation(view, plan)
    plan.go(Stage.CLOSING)
    plan.office(K.CLOSE_CASE, days=view.rules.closing_working_days)


def _declared_again(view: View, plan: Plan) -> None:
    for owed in view.state.open(K.DECLARE_ACCEPTANCE):
        plan.reschedule(owed, _grace(view))


def _owed_again(view: View, plan: Plan) -> None:
    """The proof is owed with some grace, and an officer looks when that is over too."""
    due = _grace(view)
    after = period(due.end, weeks=view.rules.grace_weeks, rule="grace_weeks", start_event="proof_due")
    agenda = (Rung(name="due", at=due.ends_at), Rung(name="grace", at=after.ends_at))
    for owed in view.state.open(K.PROVE_USE):
        plan.reschedule(owed, due, *agenda)
    if not view.state.open(K.PROVE_USE):
        plan.open(K.PROVE_USE, due, agenda=agenda, paid_cents=view.state.money.booked)
    plan.facts["proof_due"] = due.end


def _grace(view: View) -> Deadline:
    return period(view.today, weeks=view.rules.grace_weeks, rule="grace_weeks", start_event="hearing_dropped")


@answers(K.DECIDE_REVOCATION, "partly", "fully")
def revocation_drafted(view: View, plan: Plan, task: OpenTask) -> None:
    """Drafts the revocation; a second person signs (VwVfG §§ 49, 49a)."""
    command = view.command
    full = command is None or command.choice == "fully"
    cents = view.state.money.booked if full else content(view, PartialRevocation).amount_cents
    if cents > view.state.money.booked:
        raise view.refuse(Code.OVER_PAID, paid_cents=view.state.money.booked)
    plan.facts["intended_cents"] = cents
    plan.go(Stage.REVOCATION)
    plan.office(K.SIGN_REVOCATION, days=view.rules.signature_working_days, claimed_cents=cents)


@answers(K.SIGN_REVOCATION, "send_back")
def revocation_sent_back(view: View, plan: Plan, task: OpenTask) -> None:
    """Not signed: decided again."""
    plan.go(Stage.HEARING)
    decide_next(view, plan, reason=content(view, Reason).reason)


@answers(K.SIGN_REVOCATION, "sign")
def revocation_signed(view: View, plan: Plan, task: OpenTask) -> None:
    """Signed: the award ends in that part, and what was paid for it is reclaimed in writing (§ 49a(1))."""
    cents = view.state.facts.intended_cents
    if view.state.live_orders:
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    if cents > view.state.money.booked:  # money has come back since it was drafted
        raise view.refuse(Code.OVER_PAID, paid_cents=view.state.money.booked)
    plan.close_rest()
    plan.timers |= dict.fromkeys(view.state.timers)
    free_reservation(view, plan)
    drafter = view.hand(K.DECIDE_REVOCATION)
    if cents:
        raise_claim(view, plan, cents, drafted_by=drafter, kind="revocation")
        return
    notice = plan.serve(
        "revocation",
        drafter,
        claimed_cents=0,
        reason=view.reasons.get(K.DECIDE_REVOCATION, ""),
        statement=view.reasons.get(K.STATE_POSITION, ""),
    )
    count_notified(view, plan, notice)
    plan.mail(Template.REVOCATION, notice=notice, claimed_cents=0)
    plan.go(Stage.CLOSING)
    plan.office(K.CLOSE_CASE, days=view.rules.closing_working_days)


def raise_claim(view: View, plan: Plan, cents: int, *, drafted_by: str, kind: str) -> None:
    """Reclaims ``cents``: a signed notice, a cash reference, a due date, a ladder."""
    number = view.state.facts.claims + 1
    reference = f"{reference_stem(view)}-C{number}"
    plan.facts |= {"claims": number, "claim_ref": reference, "hearing_from": None}
    plan.add(claimed=cents)
    plan.transfer("paid", "claim", cents)
    plan.go(Stage.RECOVERY)
    facts: dict[str, Any] = {"claimed_cents": cents, "paid_cents": view.state.money.booked, "reference": reference}
    if kind == "revocation":
        facts |= {"reason": view.reasons.get(K.DECIDE_REVOCATION, "")}
        facts |= {"statement": view.reasons.get(K.STATE_POSITION, "")}
    else:  # what the auditor wrote down is a note of the office, and goes to nobody
        facts |= {"accepted_cents": view.state.money.accepted}
    notice = plan.serve(kind, drafted_by, **facts)
    due, agenda = claim_period(view.rules, count_notified(view, plan, notice))
    task = plan.open(K.REPAY, due, agenda=agenda, subject=reference, claimed_cents=cents)
    template = Template.REVOCATION if kind == "revocation" else Template.CLAIM
    plan.mail(template, task=task, notice=notice, claimed_cents=cents, reference=reference)


def claim_period(rules: Rules, notified: date) -> tuple[Deadline, tuple[Rung, ...]]:
    """When a claim is due that counts as notified on a day, and the letters after that."""
    due = period(notified, months=rules.claim_months, rule="claim_months", start_event="claim_notified")
    rungs = [Rung(name="due", at=due.ends_at)]
    for step, weeks in enumerate(rules.claim_dunning_weeks, 1):
        at = period(due.end, weeks=weeks, rule="claim_dunning_weeks", start_event="claim_due").ends_at
        rungs.append(Rung(name=f"dun_{step}", at=at))
    return due, tuple(rungs)


@rung(K.REPAY, "due", "dun_1", "dun_2", "dun_3")
def claim_overdue(view: View, plan: Plan, task: OpenTask) -> None:
    """Not paid in time: reminded, and after the last letter an officer decides."""
    plan.late(task)
    plan.mail(Template.CLAIM_REMINDER, task=task.id, open_cents=open_claim(view), reference=task.subject)
    if len(task.agenda) == 1 and not view.state.open(K.DECIDE_CLAIM):
        plan.office(K.DECIDE_CLAIM, open_cents=open_claim(view))


def open_claim(view: View) -> int:
    """What is still to be repaid, in cents."""
    return view.state.money.claimed - view.state.money.repaid


@answers(K.DECIDE_CLAIM, "remind")
def claim_reminded(view: View, plan: Plan, task: OpenTask) -> None:
    """One more reminder with one more period."""
    due = period(view.today, months=view.rules.claim_months, rule="claim_months", start_event="claim_reminded")
    for claim in view.state.open(K.REPAY):
        plan.reschedule(claim, due)
        plan.mail(Template.CLAIM_REMINDER, task=claim.id, open_cents=open_claim(view), reference=claim.subject)


@answers(K.DECIDE_CLAIM, "defer")
def claim_deferred(view: View, plan: Plan, task: OpenTask) -> None:
    """The claim may be paid later (deferral)."""
    until = content(view, Deferral).until
    if until <= view.today:
        raise view.refuse(Code.DATE_NOT_LATER, day=view.today.isoformat(), latest="")
    for claim in view.state.open(K.REPAY):
        plan.reschedule(claim, fixed_day(until, rule="deferral", start_event="claim_deferred"))
        plan.mail(Template.CLAIM_DEFERRED, task=claim.id, until=until.isoformat(), open_cents=open_claim(view))


def repaid(view: View, plan: Plan, entry: BankEntry) -> None:
    """Money came back under the claim's reference; the last cent ends the claim."""
    left = open_claim(view)
    if entry.status is not BankStatus.BOOKED or left <= 0:
        raise view.refuse(Code.ALREADY_BOOKED, reference=entry.reference, status=entry.status)
    if entry.amount_cents > left:
        raise view.refuse(Code.OVER_PAID, paid_cents=left)
    plan.add(repaid=entry.amount_cents)
    plan.transfer("claim", "returned", entry.amount_cents)
    left -= entry.amount_cents
    plan.mail(Template.REPAYMENT_RECEIVED, amount_cents=entry.amount_cents, open_cents=left)
    if left == 0:
        plan.close_all(K.REPAY, state=TaskState.ANSWERED)
        plan.close_all(K.DECIDE_CLAIM)
        plan.go(Stage.CLOSING)
        plan.office(K.CLOSE_CASE, days=view.rules.closing_working_days)


@answers(K.CLOSE_CASE, "close")
def close(view: View, plan: Plan, task: OpenTask) -> None:
    """Everything is settled: unused budget is freed, the closing letter goes out, the file is closed."""
    unserved = [owed for owed in view.state.open(K.FIX_DELIVERY) if undelivered(owed)]
    if view.state.live_orders or open_claim(view) or unserved or view.state.open(*MONEY_ON_ITS_WAY):
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    plan.close_all()
    plan.close(task)
    plan.timers |= dict.fromkeys(view.state.timers)
    free_reservation(view, plan)
    money = view.state.money
    plan.mail(
        Template.CLOSING,
        awarded_cents=money.awarded,
        paid_cents=money.booked,
        accepted_cents=money.accepted,
        repaid_cents=money.repaid,
    )
    plan.go(Stage.CLOSED)
