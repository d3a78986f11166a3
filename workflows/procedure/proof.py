"""Proof of use: due after the period, reminded, extended before it is due, dunned, checked, approved."""

from datetime import date, datetime
from typing import Any

from models.case import OpenTask, Rung
from models.content.answers import CheckedProof, ExtensionGrant, ExtensionRequest, MissingItems, ProofOfUse, Reason
from models.deadlines import Deadline, before, fixed_day, legal_day, period, start_of_day, units
from models.errors import Code
from models.mail.orders import Template
from models.stages import Stage
from models.tasks import TaskKind as K
from models.tasks import TaskState
from workflows.lifecycle import HEARD
from workflows.procedure.award import count_notified
from workflows.procedure.blocks import review_block
from workflows.procedure.money import MONEY_ON_ITS_WAY
from workflows.procedure.plan import Plan, View, content
from workflows.procedure.recovery import close_unpaid, open_hearing, raise_claim
from workflows.procedure.registry import answers, rung, timer

AFTER_DUE = (
    K.REQUEST_EXTENSION,
    K.DECIDE_EXTENSION,
    K.SIGN_EXTENSION,
    K.DECIDE_MISSING_PROOF,
    K.STATE_POSITION,
    K.DECIDE_REVOCATION,
    K.SIGN_REVOCATION,
)


@timer("period_end")
def period_ended(view: View, plan: Plan) -> None:
    """The grant period is over: calls end, the proof of use is asked for."""
    plan.close_all(K.REQUEST_DRAWDOWN, state=TaskState.EXPIRED)
    heard = view.state.stage in HEARD
    if view.state.money.ordered == 0:
        if heard:
            plan.facts["hearing_from"] = Stage.CLOSING  # the hearing goes on; dropped, it leads there
            plan.close_all(K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.REPAIR_PAYMENT)  # nothing is paid any more
        else:
            close_unpaid(view, plan)
        return
    if heard:
        plan.facts["hearing_from"] = Stage.PROOF_DUE
    else:
        plan.go(Stage.PROOF_DUE)
    due = fixed_day(view.rules.proof_due, rule="proof_due", start_event="award", roll=view.rules.proof_due_rolls)
    plan.facts["proof_due"] = due.end
    task = plan.open(K.PROVE_USE, due, agenda=proof_agenda(view, due), paid_cents=view.state.money.booked)
    plan.mail(Template.PROOF_REQUEST, task=task)


def proof_agenda(view: View, due: Deadline) -> tuple[Rung, ...]:
    """Pre-reminders before the due date, dunning after it, and the end of patience."""
    rules = view.rules
    rungs = [
        Rung(name=f"pre_{number}", at=start_of_day(before(due.end, **units(length))))
        for number, length in enumerate(rules.proof_pre_reminders, 1)
    ]
    rungs.append(Rung(name="due", at=due.ends_at))
    for number, weeks in enumerate(rules.dunning_weeks, 1):
        at = period(due.end, weeks=weeks, rule="dunning_weeks", start_event="proof_due").ends_at
        rungs.append(Rung(name=f"dun_{number}", at=at))
    patience = rules.dunning_weeks[-1] + rules.grace_weeks
    at = period(due.end, weeks=patience, rule="grace_weeks", start_event="proof_due").ends_at
    return (*rungs, Rung(name="grace", at=at))


@rung(K.PROVE_USE, "pre_1", "pre_2", "pre_3")
def pre_reminder(view: View, plan: Plan, task: OpenTask) -> None:
    """The proof falls due soon; how to ask for an extension before that."""
    plan.mail(Template.PROOF_REMINDER, task=task.id)


@rung(K.PROVE_USE, "due")
def proof_overdue(view: View, plan: Plan, task: OpenTask) -> None:
    """The due date has passed: the case is overdue, no new money until the proof is there."""
    plan.late(task)
    if view.state.stage is Stage.PROOF_DUE:
        plan.go(Stage.PROOF_OVERDUE)


@rung(K.PROVE_USE, "dun_1", "dun_2", "dun_3")
def dun(view: View, plan: Plan, task: OpenTask) -> None:
    """A dunning letter, with what follows."""
    plan.late(task)
    first = task.agenda[0].name == "dun_1"
    plan.mail(Template.PROOF_DUNNING_1 if first else Template.PROOF_DUNNING_2, task=task.id)


@rung(K.PROVE_USE, "grace")
def patience_over(view: View, plan: Plan, task: OpenTask) -> None:
    """Dunning did not help: an officer decides what comes next. A timer never revokes."""
    plan.late(task)
    if not view.state.open(K.DECIDE_MISSING_PROOF):
        plan.office(K.DECIDE_MISSING_PROOF)


@answers(K.DECIDE_MISSING_PROOF, "remind")
def wait_longer(view: View, plan: Plan, task: OpenTask) -> None:
    """One more dunning letter and one more period of grace."""
    for proof in view.state.open(K.PROVE_USE, K.COMPLETE_PROOF):
        due = period(view.today, weeks=view.rules.grace_weeks, rule="grace_weeks", start_event="proof_dunned")
        plan.reschedule(proof, due, Rung(name="grace", at=due.ends_at))
        plan.mail(Template.PROOF_DUNNING_2, task=proof.id)


@answers(K.DECIDE_MISSING_PROOF, "hear")
def hear_about_missing_proof(view: View, plan: Plan, task: OpenTask) -> None:
    """Hearing before a revocation for want of proof (VwVfG §§ 28, 49(3) No. 2)."""
    open_hearing(view, plan, default_cents=view.state.money.booked)


@answers(K.REQUEST_EXTENSION, "request")
def extension_requested(view: View, plan: Plan, task: OpenTask) -> None:
    """The recipient asks for a later date."""
    take_extension_request(view, plan)


def take_extension_request(view: View, plan: Plan) -> None:
    """In time, for an open proof, for a later day; an officer decides (E44)."""
    if view.state.open(K.DECIDE_EXTENSION, K.SIGN_EXTENSION):
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    asked = content(view, ExtensionRequest)
    proof = _proof_in_time(view, view.received)
    _check_until(view, proof, asked.until)
    plan.facts["extension_until"] = asked.until
    plan.office(K.DECIDE_EXTENSION, until=asked.until.isoformat(), why=asked.why)
    plan.mail(Template.RECEIPT, received=K.REQUEST_EXTENSION)


def _proof_in_time(view: View, instant: datetime) -> OpenTask:
    for proof in view.state.open(K.PROVE_USE):
        if proof.due > instant:
            return proof
        raise view.refuse(Code.TOO_LATE, due=legal_day(proof.due).isoformat())
    raise view.refuse(Code.NOT_NOW, stage=view.state.stage)


def _check_until(view: View, proof: OpenTask, until: date) -> None:
    current = view.state.facts.proof_due or view.rules.proof_due
    latest = period(
        view.rules.proof_due,
        months=view.rules.proof_extension_max_months,
        rule="proof_extension_max_months",
        start_event="proof_due",
    ).end
    if until <= current:
        raise view.refuse(Code.DATE_NOT_LATER, day=current.isoformat(), latest=latest.isoformat())
    if until > latest:
        raise view.refuse(Code.TOO_LATE, due=latest.isoformat())


@answers(K.DECIDE_EXTENSION, "grant")
def grant_extension(view: View, plan: Plan, task: OpenTask) -> None:
    """Granted by one officer; another signs, and both before the old date has passed."""
    until = content(view, ExtensionGrant).until
    _check_until(view, _proof_in_time(view, view.at), until)
    plan.facts["extension_until"] = until
    plan.office(K.SIGN_EXTENSION, until=until.isoformat())


@answers(K.DECIDE_EXTENSION, "refuse")
def refuse_extension(view: View, plan: Plan, task: OpenTask) -> None:
    """No later date; the old one stands."""
    proof = [t.id for t in view.state.open(K.PROVE_USE)]
    plan.mail(Template.EXTENSION_REFUSED, task=proof[0] if proof else "", reason=content(view, Reason).reason)


@answers(K.SIGN_EXTENSION, "sign")
def sign_extension(view: View, plan: Plan, task: OpenTask) -> None:
    """Signed: the proof is due on the new day, and all reminders move with it."""
    proof = _proof_in_time(view, view.at)
    until = view.state.facts.extension_until
    if until is None:
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    due = fixed_day(until, rule="proof_extension", start_event="extension_granted")
    plan.reschedule(proof, due, *proof_agenda(view, due))
    plan.facts |= {"proof_due": due.end, "extensions": view.state.facts.extensions + 1}
    notice = plan.serve(
        "extension",
        view.hand(K.DECIDE_EXTENSION),
        until=due.end.isoformat(),
        reason=view.reasons.get(K.DECIDE_EXTENSION, ""),
    )
    count_notified(view, plan, notice)
    plan.mail(Template.EXTENSION_GRANTED, task=proof.id, notice=notice, until=due.end.isoformat())


@answers(K.SIGN_EXTENSION, "send_back")
def extension_sent_back(view: View, plan: Plan, task: OpenTask) -> None:
    """Not signed: the first officer decides again."""
    until = view.state.facts.extension_until
    plan.office(K.DECIDE_EXTENSION, until=until.isoformat() if until else "", why=content(view, Reason).reason)


@answers(K.PROVE_USE, "submit")
@answers(K.COMPLETE_PROOF, "submit")
def proof_submitted(view: View, plan: Plan, task: OpenTask) -> None:
    """The proof is in, in time or late; a hearing about the missing proof ends with it (E45)."""
    proof = content(view, ProofOfUse)
    plan.close_all(*AFTER_DUE)
    plan.facts |= {"proof_received": True, "spent_cents": proof.spent_from_grant_cents}
    plan.go(Stage.PROOF_CHECK)
    review_block(view, plan)
    _check_next(
        view,
        plan,
        late=view.received >= task.due,
        spent_cents=proof.spent_from_grant_cents,
        months_filled=proof.months_filled,
        narrative=proof.narrative[:500],
    )
    plan.mail(Template.RECEIPT, received=task.kind)


def _check_next(view: View, plan: Plan, **brief: Any) -> None:
    due = period(
        view.today, months=view.rules.proof_check_months, rule="proof_check_months", start_event="proof_received"
    )
    plan.open(K.CHECK_PROOF, due, paid_cents=view.state.money.booked, **brief)


@rung(K.COMPLETE_PROOF, "due", "grace")
def completion_overdue(view: View, plan: Plan, task: OpenTask) -> None:
    """The missing proof items did not come: asked again, then an officer decides (E46)."""
    asked = view.state.facts.proof_requests
    if asked >= view.rules.proof_items_requests:
        plan.late(task)
        if not view.state.open(K.DECIDE_MISSING_PROOF):
            plan.office(K.DECIDE_MISSING_PROOF)
        return
    due = period(
        view.today, weeks=view.rules.proof_items_weeks, rule="proof_items_weeks", start_event="items_requested"
    )
    plan.reschedule(task, due)
    plan.facts["proof_requests"] = asked + 1
    plan.mail(Template.PROOF_ITEMS_REQUEST, task=task.id)


def _claimed(view: View, unspent: int) -> int:
    """What approving the proof claims back, in cents: all that was not spent, or nothing where it is a trifle."""
    return unspent if unspent > view.rules.bagatelle_recovery_cents else 0


@answers(K.CHECK_PROOF, "ask_again")
def ask_for_proof_items(view: View, plan: Plan, task: OpenTask) -> None:
    """Items are missing in the proof: the clerk is asked, with a period."""
    missing = content(view, MissingItems)
    plan.go(Stage.PROOF_INCOMPLETE)
    plan.facts["proof_requests"] = 1
    due = period(
        view.today, weeks=view.rules.proof_items_weeks, rule="proof_items_weeks", start_event="items_requested"
    )
    items = list(missing.items)
    again = plan.open(K.COMPLETE_PROOF, due, items=items, reason=missing.reason, paid_cents=view.state.money.booked)
    plan.mail(Template.PROOF_ITEMS_REQUEST, task=again, items=items, reason=missing.reason)


@answers(K.CHECK_PROOF, "accept")
def proof_checked(view: View, plan: Plan, task: OpenTask) -> None:
    """Checked: what was spent is accepted, the rest is unspent; another person approves."""
    spent = view.state.facts.spent_cents
    accepted = content(view, CheckedProof).accepted_cents
    accepted = min(spent if accepted is None else accepted, view.state.money.booked)
    unspent = view.state.money.booked - accepted
    plan.add(accepted=accepted - view.state.money.accepted)
    plan.facts["unspent_cents"] = unspent
    plan.office(
        K.APPROVE_PROOF,
        days=view.rules.proof_approval_working_days,
        accepted_cents=accepted,
        unspent_cents=unspent,
        sends_claim_cents=_claimed(view, unspent) or None,
    )


@answers(K.CHECK_PROOF, "finding")
def finding(view: View, plan: Plan, task: OpenTask) -> None:
    """Something is wrong with the use: the recipient is heard first."""
    open_hearing(view, plan, default_cents=view.state.money.booked)


@answers(K.APPROVE_PROOF, "send_back")
def proof_sent_back(view: View, plan: Plan, task: OpenTask) -> None:
    """Not approved: the check is done again."""
    _check_next(view, plan, spent_cents=view.state.facts.spent_cents, reason=content(view, Reason).reason)


@answers(K.APPROVE_PROOF, "approve")
def proof_approved(view: View, plan: Plan, task: OpenTask) -> None:
    """Approved by a second person: unspent money is reclaimed, otherwise the case closes (E49).

    Not while money is on its way or has come back: the check has to be about what was paid.
    """
    money, unspent = view.state.money, view.state.facts.unspent_cents
    if view.state.live_orders or view.state.open(*MONEY_ON_ITS_WAY) or money.accepted + unspent != money.booked:
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    if claimed := _claimed(view, unspent):
        raise_claim(view, plan, claimed, drafted_by=view.hand(K.CHECK_PROOF), kind="claim")
        return
    plan.go(Stage.CLOSING)
    plan.office(K.CLOSE_CASE, days=view.rules.closing_working_days)
