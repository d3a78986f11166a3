"""From the application to the examination: received, checked for completeness, completed, examined."""

from models.case import OpenTask
from models.content.answers import Application, MissingItems, ProposedAward, Reason, read_back
from models.deadlines import period
from models.errors import Code
from models.mail.orders import Template
from models.rounds import application_deadline
from models.stages import Stage
from models.tasks import TaskKind as K
from models.tasks import TaskState
from workflows.lifecycle import GRANT
from workflows.procedure.plan import Plan, View, content
from workflows.procedure.registry import answers, rung, timer


def receive(view: View, plan: Plan) -> None:
    """The application has come in: receipt, late or not, and a first look by an officer."""
    told = view.command.content if view.command else {}
    wanted = read_back(Application, told["application"])
    plan.identity = {name: told["case"][name] for name in ("line", "year", "recipient")}
    if wanted.requested_cents > view.rules.ceiling_cents:
        raise view.refuse(Code.OVER_CEILING, ceiling_cents=view.rules.ceiling_cents)
    deadline = application_deadline(view.rules)
    limit = period(
        view.today, months=view.rules.decision_limit_months, rule="decision_limit", start_event="application_received"
    )
    late = deadline.is_late(view.received)
    plan.facts |= {"late_application": late, "electronic": wanted.electronic_service}
    plan.add(requested=wanted.requested_cents)
    plan.timers["decision_limit"] = limit.ends_at
    plan.office(K.CHECK_COMPLETENESS, requested_cents=wanted.requested_cents, late=late, concept=wanted.concept)
    plan.mail(Template.APPLICATION_RECEIPT, requested_cents=wanted.requested_cents, late=late)


@timer("decision_limit")
def undecided(view: View, plan: Plan) -> None:
    """Three months without a decision: what the authority owes is late now (VwGO § 75). Nothing is decided by it."""
    for task in view.state.open():
        if not GRANT.is_clerks(task.kind):
            plan.late(task)


@answers(K.CHECK_COMPLETENESS, "complete")
def complete(view: View, plan: Plan, task: OpenTask) -> None:
    """Entitled, on time, complete, signed, not begun."""
    plan.go(Stage.SUBSTANTIVE_REVIEW)
    plan.office(K.EXAMINE, requested_cents=view.state.money.requested)


@answers(K.CHECK_COMPLETENESS, "incomplete")
def incomplete(view: View, plan: Plan, task: OpenTask) -> None:
    """Items are missing: the clerk is asked, with a period."""
    plan.go(Stage.INCOMPLETE)
    ask_for_items(view, plan)


def ask_for_items(view: View, plan: Plan) -> None:
    """Opens the clerk's task and mails it (VwVfG § 25)."""
    missing = content(view, MissingItems)
    due = period(
        view.today, weeks=view.rules.missing_items_weeks, rule="missing_items_weeks", start_event="items_requested"
    )
    items = list(missing.items)
    task = plan.open(K.COMPLETE_APPLICATION, due, items=items, reason=missing.reason)
    plan.facts["missing_requests"] = 1
    plan.mail(Template.ITEMS_REQUEST, task=task, items=items, reason=missing.reason)


@rung(K.COMPLETE_APPLICATION, "due")
def items_overdue(view: View, plan: Plan, task: OpenTask) -> None:
    """Nobody answered: ask again while the rules allow it, then an officer decides (E05)."""
    asked = view.state.facts.missing_requests
    if asked >= view.rules.missing_items_requests:
        plan.late(task)
        plan.office(K.DECIDE_INCOMPLETE)
        return
    due = period(
        view.today, weeks=view.rules.missing_items_weeks, rule="missing_items_weeks", start_event="items_requested"
    )
    plan.reschedule(task, due)
    plan.facts["missing_requests"] = asked + 1
    plan.mail(Template.ITEMS_REQUEST, task=task.id)


@answers(K.COMPLETE_APPLICATION, "submit")
def completed(view: View, plan: Plan, task: OpenTask) -> None:
    """The missing items came; the officer looks again."""
    plan.close_all(K.DECIDE_INCOMPLETE)
    plan.go(Stage.FORMAL_CHECK)
    plan.office(K.CHECK_COMPLETENESS, requested_cents=view.state.money.requested, completed=True)
    plan.mail(Template.RECEIPT, received=K.COMPLETE_APPLICATION)


@answers(K.DECIDE_INCOMPLETE, "ask_again")
def ask_again(view: View, plan: Plan, task: OpenTask) -> None:
    """One more request, by decision of an officer."""
    plan.close_all(K.COMPLETE_APPLICATION)
    ask_for_items(view, plan)


@answers(K.DECIDE_INCOMPLETE, "proceed")
def proceed(view: View, plan: Plan, task: OpenTask) -> None:
    """The file suffices as it is."""
    plan.close_all(K.COMPLETE_APPLICATION, state=TaskState.EXPIRED)
    plan.go(Stage.SUBSTANTIVE_REVIEW)
    plan.office(K.EXAMINE, requested_cents=view.state.money.requested)


@answers(K.DECIDE_INCOMPLETE, "refuse")
@answers(K.CHECK_COMPLETENESS, "refuse")
@answers(K.EXAMINE, "refuse")
def propose_refusal(view: View, plan: Plan, task: OpenTask) -> None:
    """A refusal is proposed; it still has to be drafted and signed by two people."""
    plan.close_all(K.COMPLETE_APPLICATION, state=TaskState.EXPIRED)
    plan.go(Stage.DRAFTING)
    plan.office(K.DRAFT_DECISION, proposal="refuse", reason=content(view, Reason).reason)


@answers(K.EXAMINE, "award")
def propose_award(view: View, plan: Plan, task: OpenTask) -> None:
    """An award is proposed; the ministry agrees first where the line asks for it."""
    amount = content(view, ProposedAward).amount_cents or view.state.money.requested
    if amount > view.state.money.requested:
        raise view.refuse(Code.OVER_REQUEST, requested_cents=view.state.money.requested)
    plan.add(proposed=amount - view.state.money.proposed)
    if not view.rules.ministry_consent:
        to_drafting(view, plan, amount)
        return
    plan.go(Stage.SELECTION)
    due = period(view.today, weeks=view.rules.consent_weeks, rule="consent_weeks", start_event="proposed")
    plan.open(K.GIVE_CONSENT, due, proposed_cents=amount)


@answers(K.GIVE_CONSENT, "agree")
def agreed(view: View, plan: Plan, task: OpenTask) -> None:
    """The ministry agrees."""
    to_drafting(view, plan, view.state.money.proposed)


@answers(K.GIVE_CONSENT, "disagree")
def disagreed(view: View, plan: Plan, task: OpenTask) -> None:
    """The ministry does not agree: a refusal is drafted."""
    plan.go(Stage.DRAFTING)
    plan.office(K.DRAFT_DECISION, proposal="refuse", reason=content(view, Reason).reason)


def to_drafting(view: View, plan: Plan, amount: int) -> None:
    """An officer drafts the decision."""
    plan.go(Stage.DRAFTING)
    requested = view.state.money.requested
    plan.office(K.DRAFT_DECISION, proposal="award", proposed_cents=amount, requested_cents=requested)
