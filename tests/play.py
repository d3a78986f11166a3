"""Plays cases at the record without Temporal: gateway, rules, recorder, letters and outbox are the real ones.

:class:`Play` does what a case's workflow does, one step after the other: it hands approved orders over, fires what
is due in the order of legal time, applies stored commands, and lets the mail leave. :meth:`Play.drive` answers
whatever is open until a stage is reached. Everybody in it is simulated.
"""

import asyncio
import hashlib
import math
from collections.abc import Callable, Coroutine, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from activities.letters.correspondence import Correspondence, Post
from activities.letters.rendering import Letters
from activities.mail_out.outbox import OutboxDesk
from activities.mail_out.smtp_outcome import Outcome as Sent
from activities.mail_out.smtp_outcome import Verdict
from gateway.gateway import Gateway
from gateway.intake import Wanted
from gateway.receipts import Receipt
from models.case import CaseState, OpenTask, fold
from models.commands import Actor, ActorKind, CommandKind
from models.content import answers as a
from models.contracts import HandOver, Outcome, StepReply, StepRequest
from models.deadlines import legal_day
from models.money import Cents, format_plain
from models.programme import Rules
from models.stages import ENDED, Stage
from models.tables import Budget, Case, CommandRow, Order, Outbox, TaskRow
from models.tasks import TASKS, Role, TaskKind
from programmes.directory import Directory
from record.cases.commands import waiting
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.clock import forward, legal_now
from record.database.engine import Database
from record.database.install import install
from record.people import mark_bounced, officers
from tests import reading
from tests.forms import ACTING, FORMS, USUAL
from workflows.lifecycle import GRANT

K = TaskKind
T = TypeVar("T")
BANK = Actor(kind=ActorKind.BANK, id="sim-kasse", simulated=True)


@cache
def programmes() -> Directory:
    """Programme data, read once."""
    return Directory()


@cache
def letters() -> Letters:
    """Templates, read once."""
    return Letters("rp.example")


class Messenger:
    """Tells a case at once, in place of the one that asks Temporal."""

    def __init__(self, play: "Play") -> None:
        self._play = play

    async def tell(self, row: CommandRow, patience: float) -> Outcome | None:
        """Applies the command."""
        return self._play.take(row.id)

    def tell_later(self, row: CommandRow, patience: float = 10.0) -> None:
        """Leaves the command to :meth:`Play.settle`."""


class Play:
    """One installation with its cases. ``states`` are folded from the replies, as a workflow folds them."""

    def __init__(
        self, db: Database, *, budget_cents: int = 165_000_000, directory: Directory | None = None, year: int = 2018
    ) -> None:
        self.db, self.directory = db, directory or programmes()
        self.line, self.year = "fm", year
        install(db, "embedded", recipients=self.directory.programmes.recipients.recipients)
        with db.write() as session:
            session.add(Budget(line=self.line, budget_year=year, total_cents=budget_cents))
        self.learn_people()
        self.writer = Correspondence(letters(), self.directory, Post("http://127.0.0.1:1", "wir@rp.example"))
        self.recorder = Recorder(db, Papers(self.writer, self.directory))
        self.gateway = Gateway(db, self.recorder, self.directory, Messenger(self))  # type: ignore[arg-type]
        self.desk = OutboxDesk(db)
        self.states: dict[str, CaseState] = {}
        self.refuse: Callable[[Outbox], bool] = lambda _mail: False
        """Which mails the mail server refuses for good."""

    def learn_people(self) -> None:
        """Reads the officers and their roles; again after a change."""
        with self.db.read() as session:
            self._people = {o.id: tuple(o.roles) for o in officers(session)}

    # looking ------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """Legal time."""
        with self.db.read() as session:
            return legal_now(session)

    @property
    def today(self) -> date:
        """Legal day."""
        return legal_day(self.now)

    def rules(self, case_id: str) -> Rules:
        """The rules pinned to a case."""
        with self.db.read() as session:
            return Rules.model_validate(session.get_one(Case, case_id).rules)

    def task(self, case_id: str, kind: TaskKind | str) -> OpenTask:
        """The open task of a kind. Raises ``LookupError`` naming those that are open."""
        found = self.states[case_id].open(TaskKind(kind))
        if not found:
            raise LookupError(f"{case_id} has no {kind}; open: {[str(t.kind) for t in self.states[case_id].open()]}")
        return found[0]

    def actor(self, case_id: str, kind: TaskKind) -> Actor:
        """Somebody who may answer: the municipality, or the first officer with the role who is not barred."""
        owner = GRANT.owner(kind)
        if owner is Role.APPLICANT:
            return self.clerk(case_id)
        barred = self._hands(case_id, GRANT.not_by(kind))
        return next(self.officer(name) for name, roles in self._people.items() if owner in roles and name not in barred)

    def officer(self, name: str) -> Actor:
        """An officer with all roles."""
        return Actor(kind=ActorKind.OFFICER, id=name, roles=self._people[name], simulated=True)

    @property
    def officers(self) -> list[str]:
        """Ids of all officers."""
        return sorted(self._people)

    def clerk(self, case_id: str) -> Actor:
        """The municipality of a case."""
        return Actor(kind=ActorKind.CLERK, id=case_id.split("-")[3], simulated=True)

    def form(self, case_id: str, model: type[a.Content], **changes: Any) -> dict[str, Any]:
        """A filled form."""
        acting = ACTING if issubclass(model, a.Acting) else {}
        return {**acting, **FORMS[model](self.states[case_id], self.today), **changes}

    # acting -------------------------------------------------------------------------------------

    def apply(self, key: str = "06631", cents: int = 5_000_000, **changes: Any) -> str:
        """An application; returns the case's id. Raises ``RefusedError``."""
        content = a.Application.model_validate({**ACTING, "requested_cents": cents, **changes})
        clerk = Actor(kind=ActorKind.CLERK, id=key, simulated=True)
        call = self.gateway.apply(Wanted(self.line, self.year, key, content), actor=clerk)
        return self._asked(call).case_id

    def answer(self, case_id: str, kind: TaskKind | str, choice: str = "", *, by: str = "", **changes: Any) -> str:
        """Answers the open task of a kind; returns the reason of a refusal, or nothing."""
        kind = TaskKind(kind)
        choice = choice or USUAL[kind]
        if kind in {K.BOOK_PAYMENT, K.REPAY}:
            return self._by_bank(case_id, kind, choice)
        content = self.form(case_id, TASKS[kind].choices[choice].content, **changes)
        actor = self.officer(by) if by else self.actor(case_id, kind)
        task = self.task(case_id, kind)
        wish = reading.answer(self.gateway, task_id=task.id, choice=choice, content=content, actor=actor)
        return _reason(self._asked(wish))

    def start(self, case_id: str, kind: str, content: Mapping[str, Any], *, by: str = "") -> str:
        """Starts something, as the clerk or as an officer; returns the reason of a refusal, or nothing."""
        actor = self.officer(by) if by else self.clerk(case_id)
        wish = reading.start(self.gateway, case_id=case_id, kind=kind, content=content, actor=actor)
        return _reason(self._asked(wish))

    def bank(self, reference: str, status: str, cents: int) -> str:
        """One line of the bank's evidence; returns the reason of a refusal, or nothing."""
        line = f"{reference};{status};{format_plain(Cents(cents))};{self.today.isoformat()};"
        text = f"reference;status;amount;value_date;detail\n{line}\n"
        receipt = self._asked(self.gateway.bank(text=text, actor=BANK))
        return ", ".join((*receipt.refused, *receipt.unmatched)) or ("repeated" if receipt.repeated else "")

    def _asked(self, call: Coroutine[Any, Any, T]) -> T:
        """Asks the gateway, then lets everything come to rest."""
        answer = asyncio.run(call)
        self.settle()
        return answer

    def _by_bank(self, case_id: str, kind: TaskKind, status: str) -> str:
        state, task = self.states[case_id], self.task(case_id, kind)
        left = state.money.claimed - state.money.repaid
        return self.bank(task.subject, status, left if kind is K.REPAY else state.orders[task.subject].cents)

    # time ---------------------------------------------------------------------------------------

    def until(self, instant: datetime) -> None:
        """Moves legal time; everything that falls due fires in its order, at its own instant."""
        while True:
            wakes = [(s.next_wake(), case_id) for case_id, s in self.states.items() if not s.ended]
            due = min(((w, case_id) for w, case_id in wakes if w is not None), default=None)
            if due is None or due[0][0] > instant:
                break
            self._clock(due[0][0])
            self.fire(due[1])
        self._clock(instant)

    def days(self, number: float) -> None:
        """Moves legal time by some days."""
        self.until(self.now + timedelta(days=number))

    def wake(self, case_id: str) -> bool:
        """Moves legal time to the case's next date; false when it has none."""
        due = self.states[case_id].next_wake()
        if due is not None:
            self.until(due[0])
        return due is not None

    def fire(self, case_id: str) -> None:
        """Fires what is next on a case's agenda."""
        state = self.states[case_id]
        at, task_id, name = state.next_wake() or (self.now, "", "")
        request = StepRequest(case_id=case_id, step_no=state.step_no + 1, as_of=at, task_id=task_id, timer=name)
        self._fold(case_id, self.recorder.step(request))  # one that yields leaves its turn to the waiting answer
        self.settle()

    # the engine's part --------------------------------------------------------------------------

    def take(self, command_id: str) -> Outcome | None:
        """What the case's workflow does with a command it is told of."""
        with self.db.read() as session:
            row = session.get_one(CommandRow, command_id)
        state = self.states.get(row.case_id, CaseState(case_id=row.case_id))
        if state.ended:
            return self.recorder.refuse_for_ended(command_id)
        if state.step_no == 0 and row.kind != CommandKind.APPLY:
            return None
        request = StepRequest(case_id=row.case_id, step_no=state.step_no + 1, as_of=self.now, command_id=command_id)
        reply = self._fold(row.case_id, self.recorder.step(request))
        if reply.outcome is not None or reply.step is None:
            return reply.outcome
        return Outcome(applied=not reply.step.refused, reason=reply.step.refused, step_no=reply.step.no)

    def _fold(self, case_id: str, reply: StepReply) -> StepReply:
        if reply.step is not None:
            state = self.states.get(case_id, CaseState(case_id=case_id))
            self.states[case_id] = fold(state, reply.step)
        return reply

    def settle(self) -> None:
        """After each step, until nothing is left to do: orders and mail leave, stored commands are told."""
        progress = True
        while progress:
            for case_id, state in list(self.states.items()):
                for order in state.live_orders:
                    if order.status == "approved":
                        self._hand_over(case_id, order.id)
            self.deliver()
            with self.db.read() as session:
                rows = waiting(session)
            progress = sum(self.take(row.id) is not None for row in rows) > 0

    def _hand_over(self, case_id: str, order_id: str) -> None:
        def note(session: Session) -> None:
            row = session.get_one(Order, order_id)
            row.file_sha256 = hashlib.sha256(order_id.encode()).hexdigest()
            session.add(row)

        number = self.states[case_id].step_no + 1
        request = HandOver(case_id=case_id, step_no=number, as_of=self.now, order_id=order_id)
        self._fold(case_id, self.recorder.hand_over(request, note))

    def deliver(self) -> None:
        """The mailroom's part: each mail that is due is taken by the server, or refused for good."""
        while (claim := self.desk.claim()) is not None:
            with self.db.read() as session:
                row = session.get_one(Outbox, claim.id)
            if self.refuse(row):
                self._bounced(row)
                self.desk.settle(claim, Sent(Verdict.PERMANENT, "550 5.1.1 unknown"))
            else:
                self.desk.settle(claim, Sent(Verdict.ACCEPTED, "250 2.0.0 taken"))

    def _bounced(self, row: Outbox) -> None:
        facts = {"case_id": row.case_id, "notice_id": row.notice_id or "", "task_id": row.task_id}
        with self.db.write() as session:
            if row.contact_id is not None:
                mark_bounced(session, row.contact_id, legal_now(session))
        told = self.gateway.mail_failed(row.id, "550 5.1.1 unknown", facts | {"template": row.template})
        asyncio.run(told)

    def _clock(self, instant: datetime) -> None:
        with self.db.write() as session:
            seconds = math.ceil((instant - legal_now(session)).total_seconds())
            if seconds > 0:
                forward(session, seconds)

    def _hands(self, case_id: str, kinds: tuple[TaskKind, ...]) -> set[str]:
        """Who answered each of these kinds last."""
        with self.db.read() as session:
            rows = session.exec(
                select(TaskRow.kind, TaskRow.closed_by)
                .where(TaskRow.case_id == case_id, TaskRow.state == "answered", col(TaskRow.kind).in_(kinds))
                .order_by(col(TaskRow.closed_at), col(TaskRow.id))
            )
            return set(dict(rows.all()).values())

    # a whole life -------------------------------------------------------------------------------

    def drive(self, case_id: str, until: Stage | None = None, *, limit: int = 200, **choices: str) -> Stage:
        """Answers what is open, oldest first, until a stage is reached (by default the end); returns the stage.

        ``choices`` override the usual answers by kind of task, ``leave`` leaves a task unanswered; when nothing
        is to be answered, time moves to the next date. Raises ``LookupError`` when the case does not get there.
        """
        tried: set[str] = set()
        for _ in range(limit):
            state = self.states[case_id]
            if state.stage is until or state.ended:
                break
            usual = {**USUAL, **{TaskKind(kind): choice for kind, choice in choices.items()}}
            todo = [t for t in state.open() if t.id not in tried and usual.get(t.kind, "leave") != "leave"]
            if todo:
                tried.add(todo[0].id)
                self.answer(case_id, todo[0].kind, usual[todo[0].kind])
            elif self.wake(case_id):
                tried.clear()
            else:
                break
        state = self.states[case_id]
        if state.stage not in ({until} if until else ENDED):
            raise LookupError(f"{case_id} is {state.stage}, not {until}; open: {[str(t.kind) for t in state.open()]}")
        return state.stage


def _reason(receipt: Receipt) -> str:
    return receipt.outcome.reason if receipt.outcome else "waiting"
