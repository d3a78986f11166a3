"""From the draft to finality: budget reserved, signed by a second person, served, notified, accepted, final."""

from datetime import date

from models.case import OpenTask, Rung
from models.content.answers import DraftedAward, Reason
from models.deadlines import before, deemed_notified, period, start_of_day
from models.errors import Code
from models.mail.orders import Template
from models.money import Cents
from models.programme import Medium
from models.rounds import waiting_list_end
from models.stages import Stage
from models.tasks import TaskKind as K
from workflows.procedure.money import disburse_if_ready, free_reservation
from workflows.procedure.plan import Plan, View, content
from workflows.procedure.registry import answers, timer


@answers(K.DRAFT_DECISION, "award")
def draft_award(view: View, plan: Plan, task: OpenTask) -> None:
    """Drafts the award and reserves budget for it; without budget the case waits in line (E10)."""
    money = view.state.money
    drafted = content(view, DraftedAward)
    amount = drafted.amount_cents or money.proposed or money.requested
    if amount > money.requested:
        raise view.refuse(Code.OVER_REQUEST, requested_cents=money.requested)
    if amount < money.requested and not drafted.reason:  # what is not granted is refused (VwVfG § 39)
        raise view.refuse(Code.REASON_MISSING, award_cents=amount, requested_cents=money.requested)
    if amount > view.rules.ceiling_cents:
        raise view.refuse(Code.OVER_CEILING, ceiling_cents=view.rules.ceiling_cents)
    plan.add(proposed=amount - money.proposed)
    plan.facts["refusal"] = False
    by_year = dict(view.rules.by_budget_year(Cents(amount)))
    if any(cents > view.budget_free.get(year, 0) for year, cents in by_year.items()):
        plan.go(Stage.WAITLIST)
        plan.waiting = True
        until = waiting_list_end(view.rules)
        plan.open(K.AWAIT_BUDGET, until, proposed_cents=amount)
        plan.mail(Template.WAITLIST_NOTICE, until=until.end.isoformat())
        return
    plan.reserve(by_year)
    plan.go(Stage.SIGNATURE_PENDING)
    plan.office(K.SIGN_DECISION, days=view.rules.signature_working_days, decision="award", award_cents=amount)


@answers(K.DRAFT_DECISION, "refuse")
@answers(K.AWAIT_BUDGET, "refuse")
def draft_refusal(view: View, plan: Plan, task: OpenTask) -> None:
    """Drafts a refusal; a second person still has to sign it."""
    reason = content(view, Reason).reason
    if task.kind is K.AWAIT_BUDGET:
        plan.waiting = False
        plan.go(Stage.DRAFTING)
        plan.office(K.DRAFT_DECISION, proposal="refuse", reason=reason)
        return
    plan.facts["refusal"] = True
    plan.go(Stage.SIGNATURE_PENDING)
    plan.office(K.SIGN_DECISION, days=view.rules.signature_working_days, decision="refuse", reason=reason)


def budget_freed(view: View, plan: Plan) -> None:
    """Money came free: the case leaves the waiting list and the award is drafted."""
    if view.state.stage is not Stage.WAITLIST:
        raise view.refuse(Code.NOT_NOW, stage=view.state.stage)
    plan.close_all(K.AWAIT_BUDGET)
    plan.waiting = False
    plan.go(Stage.DRAFTING)
    money = view.state.money
    plan.office(
        K.DRAFT_DECISION,
        proposal="award",
        proposed_cents=money.proposed,
        requested_cents=money.requested,
        budget_promised=True,
    )


@answers(K.SIGN_DECISION, "send_back")
def send_back(view: View, plan: Plan, task: OpenTask) -> None:
    """The second person does not sign: the reservation is freed, the draft is done again."""
    free_reservation(view, plan)
    plan.go(Stage.DRAFTING)
    proposal = "refuse" if view.state.facts.refusal else "award"
    plan.office(
        K.DRAFT_DECISION,
        proposal=proposal,
        proposed_cents=view.state.money.proposed,
        requested_cents=view.state.money.requested,
        reason=content(view, Reason).reason,
        budget_promised=not view.state.facts.refusal,
    )


@answers(K.SIGN_DECISION, "sign")
def sign(view: View, plan: Plan, task: OpenTask) -> None:
    """The second person signs; the notice goes out and its periods are computed (VwVfG § 41)."""
    drafter = view.hand(K.DRAFT_DECISION)
    plan.timers["decision_limit"] = None
    if view.state.facts.refusal:
        plan.go(Stage.REFUSAL_SENT)
        notice = plan.serve(
            "refusal",
            drafter,
            requested_cents=view.state.money.requested,
            reason=view.reasons.get(K.DRAFT_DECISION, ""),
        )
        post(view, plan, notice, view.today, Medium.ELECTRONIC)
        plan.mail(Template.REFUSAL, notice=notice)
        return
    awarded = view.state.money.proposed
    plan.add(awarded=awarded)
    plan.go(Stage.AWARD_SENT)
    requested = view.state.money.requested
    reason = view.reasons.get(K.DRAFT_DECISION, "") if awarded < requested else ""
    notice = plan.serve("award", drafter, awarded_cents=awarded, requested_cents=requested, reason=reason)
    notified = post(view, plan, notice, view.today, Medium.ELECTRONIC)
    declare = _open_declaration(view, plan, notified)
    plan.mail(Template.AWARD, task=declare, notice=notice, awarded_cents=awarded)


def post(view: View, plan: Plan, notice: str, posted: date, medium: Medium) -> date:
    """Sets the day of deemed notification, which no weekend moves, and the timer that waits for it."""
    notified = deemed_notified(posted, view.rules.notification_days[medium])
    plan.facts["posted_on"] = posted
    plan.facts["delivery_notice"] = ""
    plan.timers["notified"] = start_of_day(notified)
    plan.timers["final"] = None
    plan.notified = (notice, notified)
    return notified


def count_notified(view: View, plan: Plan, notice: str) -> date:
    """The day on which another notice than the decision counts as notified; nothing waits for it."""
    notified = deemed_notified(view.today, view.rules.notification_days[Medium.ELECTRONIC])
    plan.facts["posted_on"] = view.today
    plan.notified = (notice, notified)
    return notified


def _open_declaration(view: View, plan: Plan, notified: date) -> str:
    rules = view.rules
    due = period(notified, months=rules.declaration_months, rule="declaration_months", start_event="award_notified")
    remind = start_of_day(before(due.end, weeks=rules.declaration_reminder_weeks))
    rungs = [Rung(name="remind", at=remind), Rung(name="due", at=due.ends_at)]
    for number, weeks in enumerate(rules.declaration_dunning_weeks, 1):
        at = period(due.end, weeks=weeks, rule="declaration_dunning_weeks", start_event="declaration_due").ends_at
        rungs.append(Rung(name=f"dun_{number}", at=at))
    return plan.open(K.DECLARE_ACCEPTANCE, due, agenda=tuple(rungs), awarded_cents=view.state.money.proposed)


@timer("notified")
def notified(view: View, plan: Plan) -> None:
    """The notice counts as notified today; the period for a suit runs (VwGO §§ 58, 70, 74)."""
    plan.facts["notified_on"] = view.today
    final = period(view.today, months=view.rules.remedy_months, rule="remedy_months", start_event="notified")
    plan.timers["final"] = final.ends_at
    if view.state.stage is Stage.AWARD_SENT:
        plan.go(Stage.AWARD_NOTIFIED)
    if view.state.facts.waiver and view.state.stage is not Stage.REFUSAL_SENT:
        become_final(view, plan)


@timer("final")
def final(view: View, plan: Plan) -> None:
    """The period for a suit is over without one: the notice is final."""
    if view.state.stage is Stage.REFUSAL_SENT:
        plan.facts["final_on"] = view.today
        plan.close_all()
        plan.go(Stage.REJECTED)
        return
    become_final(view, plan)


def become_final(view: View, plan: Plan) -> None:
    """The award is final, by time or by waiver; disbursement starts when the rest is there too."""
    plan.facts["final_on"] = view.today
    plan.timers["final"] = None
    disburse_if_ready(view, plan)
