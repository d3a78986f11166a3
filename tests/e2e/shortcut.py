"""Brings a case to a task quickly: people's usual answers through the gateway, inside a running installation."""

from datetime import datetime, timedelta

from schwifty import IBAN
from sqlmodel import Session

from embedded import Stack
from gateway.intake import Wanted
from models.case import CaseState, OpenTask
from models.commands import Actor, ActorKind
from models.content.answers import Application, Declaration
from models.content.calls import CallBack
from models.deadlines import legal_day
from models.money import Cents, format_plain
from models.tables import Case
from models.tasks import TASKS, Role, TaskKind
from record.cases.rule_facts import current_bank_details
from record.database.clock import legal_now
from record.people import officers
from record.views.officers import case_view
from tests import reading
from tests.forms import ACTING, FORMS, USUAL
from workflows.lifecycle import GRANT

K = TaskKind
CASHIER = Actor(kind=ActorKind.OFFICER, id="sim-kasse", roles=(Role.CASH_OFFICE,), simulated=True)
CLERK = Actor(kind=ActorKind.CLERK, id="clerk", simulated=True)
MANY = 60


async def bring(stack: Stack, key: str, until: TaskKind) -> str:
    """Applies for a recipient and answers what comes until a task of this kind is open; gives its id.

    Waits for dates where nothing can be answered: then all cases of the installation move on.
    """
    content = Application.model_validate({"requested_cents": 5_000_000, **ACTING})
    receipt = await stack.engine.gateway.apply(
        Wanted("fm", 2018, key, content), actor=CLERK, command_id=f"shortcut-{key}"
    )
    for _ in range(MANY):
        state, now = _look(stack, receipt.case_id)
        if found := state.open(until):
            return found[0].id
        answerable = [task for task in state.tasks.values() if task.kind in USUAL and _now(task, state)]
        if answerable:
            await _answer(stack, receipt.case_id, answerable[0], state, now)
        else:
            wake = state.next_wake()
            assert wake is not None, f"{receipt.case_id} has ended before {until}"
            await stack.lapse.to(wake[0] + timedelta(minutes=1))
        await stack.lapse.quiet()
    raise LookupError(f"{receipt.case_id} never comes to {until}")


def _now(task: OpenTask, state: CaseState) -> bool:
    """A call for money waits for nothing; a payment is booked when it was handed over."""
    return task.kind is not K.BOOK_PAYMENT or any(o.status == "handed_over" for o in state.orders.values())


async def _answer(stack: Stack, case_id: str, task: OpenTask, state: CaseState, now: datetime) -> None:
    if task.kind is K.BOOK_PAYMENT:
        await _book(stack, state, now)
        return
    form = TASKS[task.kind].choices[USUAL[task.kind]].content
    content = FORMS[form](state, legal_day(now))
    if form is Declaration:  # each recipient has an account of its own, as in life
        account = f"{int(case_id.split('-')[3]):010d}"
        content |= {"iban": str(IBAN.generate("DE", bank_code="12030000", account_code=account))}
    if form is CallBack:
        content |= {"iban_heard": _declared(stack, case_id)[-4:]}
    clerk = GRANT.is_clerks(task.kind)
    with stack.engine.db.read() as session:
        actor = CLERK if clerk else _officer(session, stack, case_id, task)
    receipt = await reading.answer(
        stack.engine.gateway,
        task_id=task.id,
        choice=USUAL[task.kind],
        content=content | (ACTING if clerk else {}),
        actor=actor,
    )
    assert receipt.outcome is not None, task
    assert receipt.outcome.applied, (task, receipt.outcome)


def _officer(session: Session, stack: Stack, case_id: str, task: OpenTask) -> Actor:
    """Who may answer a task, as the officers' list would print it."""
    view = case_view(session, stack.engine.directory, case_id)
    by = next(row["as"] for row in view["tasks"] if row["id"] == task.id)
    assert by in {officer.id for officer in officers(session, legal_day(legal_now(session)))}
    return Actor(kind=ActorKind.OFFICER, id=by, roles=(GRANT.owner(task.kind),), simulated=True)


def _declared(stack: Stack, case_id: str) -> str:
    """The account as the municipality names it on the telephone."""
    with stack.engine.db.read() as session:
        found = current_bank_details(session, case_id)
    assert found is not None
    return found.iban


async def _book(stack: Stack, state: CaseState, now: datetime) -> None:
    order_id, order = next((id_, o) for id_, o in state.orders.items() if o.status == "handed_over")
    line = f"{order_id};booked;{format_plain(Cents(order.cents))};{legal_day(now).isoformat()};"
    text = f"reference;status;amount;value_date;detail\n{line}\n"
    assert (await stack.engine.gateway.bank(text=text, actor=CASHIER)).applied == 1


def _look(stack: Stack, case_id: str) -> tuple[CaseState, datetime]:
    with stack.engine.db.read() as session:
        case = session.get_one(Case, case_id)
        return CaseState.model_validate(case.state), legal_now(session)
