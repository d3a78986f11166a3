"""What several phases do with money: budget is given back, instalments can be called, payments have references."""

from datetime import date

from models.deadlines import fixed_day, start_of_day
from models.mail.orders import Template
from models.money import Cents
from models.stages import Stage
from models.tasks import TaskKind as K
from workflows.procedure.plan import Plan, View

MONEY_ON_ITS_WAY = (K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT, K.REPAIR_PAYMENT)


def free_reservation(view: View, plan: Plan) -> None:
    """Gives back all budget of this case that no order has used."""
    plan.reserve({year: -cents for year, cents in unused(view).items()})


def unused(view: View) -> dict[int, int]:
    """Reserved budget that no living order has used, by budget year."""
    money = view.state.money
    left = money.reserved - money.ordered
    by_year: dict[int, int] = dict(view.rules.by_budget_year(Cents(money.awarded or money.proposed)))
    for order in view.state.orders.values():
        if order.status != "rejected":
            by_year[order.year] = by_year.get(order.year, 0) - order.cents
    free: dict[int, int] = {}
    for year, cents in by_year.items():
        free[year] = max(0, min(cents, left - sum(free.values())))
    return {year: cents for year, cents in free.items() if cents}


def disburse_if_ready(view: View, plan: Plan) -> None:
    """Final, declared, bank details confirmed: the recipient may call money."""
    facts = view.state.facts.model_copy(update=plan.facts)
    if view.state.stage is Stage.DISBURSING or not (facts.final_on and facts.declared and facts.bank_confirmed):
        return
    if plan.stage is not Stage.AWARD_NOTIFIED:
        return
    plan.go(Stage.DISBURSING)
    disburse_again(view, plan)


def disburse_again(view: View, plan: Plan) -> None:
    """Calls are possible (again) until the grant period is over."""
    end = max(start_of_day(fixed_day_after(view.rules.period_to)), start_of_day(fixed_day_after(view.today)))
    plan.timers["period_end"] = view.state.timers.get("period_end", end)
    if not view.state.open(K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        invite_drawdown(view, plan)


def fixed_day_after(day: date) -> date:
    """The day after: a period's last day is over at its start."""
    return date.fromordinal(day.toordinal() + 1)


def invite_drawdown(view: View, plan: Plan) -> None:
    """Opens the clerk's task to call an instalment and mails its link."""
    task = open_drawdown(view, plan)
    if task:
        plan.mail(Template.DRAWDOWN_INVITATION, task=task, awarded_cents=view.state.money.awarded)


def open_drawdown(view: View, plan: Plan) -> str:
    """Opens the task for the next instalment while there is money and time; returns its id or ""."""
    money = view.state.money
    left = money.awarded - money.ordered - plan.money.get("ordered", 0)
    upcoming = [(year, day) for year, day in sorted(view.rules.latest_drawdown.items()) if day >= view.today]
    if left <= 0 or not upcoming or view.state.facts.instalments >= view.rules.max_instalments:
        return ""
    year, day = upcoming[0]
    due = fixed_day(day, rule="latest_drawdown", start_event="budget_year", roll=False)
    return plan.open(K.REQUEST_DRAWDOWN, due, left_cents=left, budget_year=year)


def reference_stem(view: View) -> str:
    """Stem of all payment references of a case, at most 24 characters: ``FM18-06631`` or ``FM18-06631-2``."""
    key = view.state.case_id.split("-", 3)[3]
    return f"{view.state.line.upper()[:4]}{view.state.year % 100:02}-{key}"
