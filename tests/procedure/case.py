"""One simulated case with the rules alone: no database, no server.

:class:`PureCase` does what the record does around a decision: it knows who answered what, which mails left, how much
budget is free. Whatever the rules decide has to be foreseen by the page, or the test ends there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, ClassVar

from models.case import CaseState, OpenTask, fold
from models.commands import Actor, ActorKind, Command, CommandKind
from models.content import answers as a
from models.content.calls import Account
from models.content.starts import START_CONTENT
from models.errors import Code, RefusedError
from models.programme import Rules
from models.stages import Stage
from models.tasks import TASKS, Role, TaskKind
from programmes.directory import Directory
from tests.forms import ACTING, FORMS, IBAN, USUAL
from workflows.lifecycle import GRANT
from workflows.page import Done
from workflows.procedure.decide import decide_command, decide_hand_over, decide_timer
from workflows.procedure.plan import Decision, SentMail, View

K = TaskKind
START = datetime(2018, 1, 2, 8, tzinfo=UTC)
CASE = "wir-fm-2018-06631"
SYSTEM = Actor(kind=ActorKind.SYSTEM, id="system")
CLERK = Actor(kind=ActorKind.CLERK, id="06631")
BANK = Actor(kind=ActorKind.BANK, id="bank")
ON_FILE = "+496990009100"
"""The number that was on file before the account was declared."""

DECLARED = Account(IBAN, START.date(), frozenset({ON_FILE}))
OFFICERS = [Actor(kind=ActorKind.OFFICER, id=f"sim-{n}", roles=tuple(Role)) for n in ("berg", "tal", "wald")]


@cache
def rules(consent: bool, years: int) -> Rules:
    """Rules of the line, with or without the ministry's consent, with money for one budget year or for two."""
    known = Directory().line("fm", 2018).rules()
    more = {"latest_drawdown": known.latest_drawdown | {2019: date(2019, 2, 20)}} if years == 2 else {}
    return known.model_copy(update={"ministry_consent": consent, **more})


class UnforeseenError(AssertionError):
    """A rule left the page of the lifecycle."""


@dataclass
class PureCase:
    """One case from its application on. ``decided``: what each decision did, in the words of the page."""

    consent: bool = False
    budget: bool = True
    years: int = 1
    state: CaseState = field(default_factory=lambda: CaseState(case_id=CASE))
    at: datetime = START
    answered: dict[tuple[TaskKind, str], str] = field(default_factory=dict)
    reasons: dict[TaskKind, str] = field(default_factory=dict)
    mails: list[SentMail] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    account: Account = DECLARED
    decided: list[Done] = field(default_factory=list)
    watchers: ClassVar[list[Callable[["PureCase"], None]]] = []
    """Called after each decision of every case."""

    lenient: bool = False  # what no page foresees is looked at by the test itself

    def view(
        self, actor: Actor, command: Command | None = None, mail: SentMail | None = None, *, copy: bool = False
    ) -> View:
        """What a rule sees. ``copy``: the mail that failed is a copy of a notice that has arrived."""
        left = 10**12 if self.budget else 0
        return View(
            state=self.state,
            rules=rules(self.consent, self.years),
            at=self.at,
            actor=actor,
            command=command,
            acted=self.answered,
            reasons=self.reasons,
            account=self.account,
            budget_free=dict.fromkeys((2018, 2019, 2020), left),
            mail=mail,
            served_by_another=copy,
        )

    def is_in(self, stage: Stage) -> bool:
        """Whether the case stands there."""
        return self.state.stage is stage

    def take(self, decision: Decision) -> None:
        """Folds a decision. Raises ``UnforeseenError`` for one that the page does not know."""
        if decision.unforeseen and not self.lenient:
            raise UnforeseenError(decision.unforeseen)
        if decision.done is not None:
            self.decided.append(decision.done)
        self.state = fold(self.state, decision.step)
        for order in decision.mails:
            self.mails.append(SentMail(order.template, order.task_id, order.notice_id, "accepted"))
        for watch in self.watchers:
            watch(self)

    def command(
        self,
        what: CommandKind,
        /,
        actor: Actor = SYSTEM,
        *,
        on: str = "",
        choice: str = "",
        mail: SentMail | None = None,
        copy: bool = False,
        **content: Any,
    ) -> bool:
        """Gives a command; false when a rule says no. An approved order is handed over at once."""
        known = self.state.tasks.get(on)
        told = Command(
            id="c",
            case_id=CASE,
            kind=what,
            task_id=on,
            choice=choice,
            actor=actor,
            content=content,
            received_at=self.at,
        )
        try:
            decision = decide_command(self.view(actor, told, mail, copy=copy))
        except RefusedError as refusal:
            if refusal.code is Code.UNFORESEEN:
                raise UnforeseenError(refusal.details["detail"]) from refusal
            self.refused.append(str(refusal.code))
            return False
        self.take(decision)
        if known and on not in self.state.tasks:
            self.answered[known.kind, known.subject] = actor.id
            self.reasons[known.kind] = str(content.get("reason") or content.get("statement") or "")
        while (order := next((o for o in self.state.live_orders if o.status == "approved"), None)) is not None:
            self.take(decide_hand_over(self.view(SYSTEM), order.id))
        return True

    def form(self, model: type[a.Content], **changes: Any) -> dict[str, Any]:
        """A form as a simulated person fills it."""
        acting = ACTING if issubclass(model, a.Acting) else {}
        return {**acting, **FORMS[model](self.state, self.view(SYSTEM).today), **changes}

    def apply(self, **changes: Any) -> None:
        """The application comes in."""
        content = a.Application.model_validate({**ACTING, "requested_cents": 5_000_000, **changes})
        case = {"line": "fm", "year": 2018, "recipient": "fulda-district"}
        self.command(CommandKind.APPLY, CLERK, application=content.model_dump(mode="json"), case=case)

    def person_for(self, task: OpenTask) -> Actor:
        """Somebody who may answer a task."""
        if GRANT.is_clerks(task.kind):
            return CLERK
        barred = {self.answered.get((first, task.subject), "") for first in GRANT.not_by(task.kind)}
        return next(officer for officer in OFFICERS if officer.id not in barred)

    def answer(self, kind: TaskKind, choice: str = "", *, nth: int = 0, **changes: Any) -> bool:
        """The usual person answers an open task; false when a rule says no."""
        task = self.state.open(kind)[nth]
        choice = choice or USUAL[kind]
        if not TASKS[kind].choices:
            return self.bank(task.subject, choice, **changes)
        content = self.form(TASKS[kind].choices[choice].content, **changes)
        return self.command(CommandKind.ANSWER, self.person_for(task), on=task.id, choice=choice, **content)

    def start(self, what: str, /, actor: Actor = OFFICERS[0], **content: Any) -> bool:
        """Somebody starts something; false when a rule says no."""
        content = content or self.form(START_CONTENT[what])
        return self.command(CommandKind.START, actor, choice=what, **content)

    def bank(self, reference: str, status: str, cents: int = 0) -> bool:
        """An entry of the bank about an order or a claim; false when a rule says no."""
        order = self.state.orders.get(reference)
        cents = cents or (order.cents if order else max(1, self.state.money.claimed - self.state.money.repaid))
        today = self.view(SYSTEM).today.isoformat()
        entry: dict[str, Any] = {"reference": reference, "status": status, "amount_cents": cents, "value_date": today}
        return self.command(CommandKind.BANK, BANK, **entry)

    def drive(self, until: Stage, *, waiver: bool = True, **choices: str) -> None:
        """The usual answers, oldest task first, until a stage is reached; time moves when nobody owes any."""
        tried: set[str] = set()
        usual = {str(kind): choice for kind, choice in USUAL.items()} | choices
        for _ in range(120):
            if self.state.stage is until or self.state.ended:
                return
            todo = [t for t in self.state.open() if t.id not in tried and usual.get(t.kind, "leave") != "leave"]
            if todo:
                task = todo[0]
                tried.add(task.id)
                more = {"waiver": waiver} if task.kind is K.DECLARE_ACCEPTANCE else {}
                self.answer(task.kind, usual[task.kind], nth=self.state.open(task.kind).index(task), **more)
            elif self.wake():
                tried.clear()
            else:
                return

    def bounce(self, mail: SentMail, *, copy: bool = False) -> bool:
        """A mail is refused for good."""
        told: dict[str, Any] = {
            "notice_id": mail.notice_id,
            "task_id": mail.task_id,
            "template": mail.template,
            "reply": "550",
        }
        return self.command(CommandKind.MAIL_FAILED, copy=copy, **told)

    def wake(self) -> bool:
        """The next date comes; false when none is set."""
        wake = self.state.next_wake()
        if wake is None:
            return False
        self.at = max(self.at, wake[0])
        self.take(decide_timer(self.view(SYSTEM), wake[1], wake[2]))
        return True
