"""What a rule sees (:class:`View`) and what it writes (:class:`Plan`, frozen into a :class:`Decision`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar, get_args

from models.case import CaseState, ClosedTask, OpenTask, Order, Rung, Step, StepKind
from models.commands import Actor, Command
from models.content.answers import Content, read_back
from models.content.calls import NO_ACCOUNT, Account
from models.deadlines import Deadline, legal_day, working_period
from models.errors import Code, RefusedError
from models.mail.orders import MailOrder, Template
from models.programme import Rules
from models.stages import Stage
from models.tasks import TaskKind, TaskState
from workflows.lifecycle import GRANT
from workflows.notation import Entry, Event, Mark
from workflows.page import Done

T = TypeVar("T", bound=Content)


@dataclass(frozen=True)
class SentMail:
    """A mail of the case that is in the outbox, as a rule needs to know it."""

    template: str
    task_id: str
    notice_id: str
    state: str


@dataclass(frozen=True)
class View:
    """What a rule may look at. ``at``: the step's legal instant; ``acted``: who answered a kind last, by subject."""

    state: CaseState
    rules: Rules
    at: datetime
    actor: Actor
    command: Command | None = None
    acted: Mapping[tuple[TaskKind, str], str] = field(default_factory=dict)
    reasons: Mapping[TaskKind, str] = field(default_factory=dict)  # what was written into that answer
    budget_free: Mapping[int, int] = field(default_factory=dict)  # cents left by budget year
    mail: SentMail | None = None  # the one that the command names
    account: Account = NO_ACCOUNT  # the one that a call is about
    served_by_another: bool = False  # the notice of the failed mail has arrived by another mail

    @property
    def today(self) -> date:
        """Legal day of the step, Europe/Berlin."""
        return legal_day(self.at)

    @property
    def received(self) -> datetime:
        """When the command was received; what counts for "in time" is this, not when it is applied."""
        return self.command.received_at if self.command else self.at

    @property
    def budget_year(self) -> int:
        """Budget year that bears an order of today: this one, or the award's nearest."""
        years = [t.budget_year for t in self.rules.tranches]
        return max((y for y in years if y <= self.today.year), default=years[0])

    def hand(self, kind: TaskKind, subject: str = "") -> str:
        """Who answered such a task about this last; nobody is an empty text."""
        return self.acted.get((kind, subject), "")

    def refuse(self, code: Code, **details: Any) -> RefusedError:
        """A refusal, to be raised."""
        return RefusedError(code, **details)


COPY = "|copy"
"""End of the subject of a delivery task about a copy: the notice itself has been served."""


def undelivered(task: OpenTask) -> str:
    """The notice whose failed delivery a task has to mend, or nothing."""
    if task.kind is not TaskKind.FIX_DELIVERY or task.subject.endswith(COPY):
        return ""
    return task.subject.split("|")[2]


@dataclass(frozen=True)
class TaskPaper:
    """What the record keeps of an opened task beside the state: its rule and what its owner reads."""

    rule: Deadline | None
    brief: dict[str, Any]


@dataclass(frozen=True)
class NoticeDraft:
    """A letter with legal effect: kind, the two people, and the facts of its text."""

    id: str
    kind: str
    drafted_by: str
    signed_by: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class OrderDraft:
    """A payment order as approved; the record adds the bank details in force."""

    id: str
    instalment: str
    attempt: int
    budget_year: int
    cents: int
    certified_by: str
    approved_by: str


@dataclass(frozen=True)
class Decision:
    """A step and what the record writes beside it, in one transaction."""

    step: Step
    done: Done | None  # in the words of the page; none of a refusal
    papers: dict[str, TaskPaper]
    mails: tuple[MailOrder, ...]
    notices: tuple[NoticeDraft, ...]
    orders: tuple[OrderDraft, ...]
    reservations: dict[int, int]  # budget year → cents, negative frees
    entries: tuple[tuple[str, int], ...]  # ledger: account, cents; sums to zero
    bank: str = ""  # "declared" | "called_back" | "confirmed" | "rejected": what happens to the bank details
    waiting: bool | None = None  # takes (True) or leaves (False) the waiting list
    notified: tuple[str, date] | None = None  # notice id and day it counts as notified
    handed_over: str = ""  # task that somebody else of the municipality takes over
    reopened_notice: str = ""  # sent again: posted on another day or channel
    file_number: str = ""  # the authority's own, newly given
    unforeseen: str = ""  # what the page of the lifecycle does not say; an alarm, and an officer clarifies


class Plan:
    """Collects what a rule decides. Methods speak the trade; :meth:`finish` asks the page and freezes.

    ``trigger``: what makes the step, as :mod:`workflows.lifecycle` calls it; ``action``: as records call it.
    """

    def __init__(self, view: View, kind: StepKind, action: str, trigger: str) -> None:
        self.view, self._kind, self._action, self.trigger = view, kind, action, trigger
        self._opened: list[OpenTask] = []
        self._closed: dict[str, ClosedTask] = {}
        self._papers: dict[str, TaskPaper] = {}
        self._mails: list[MailOrder] = []
        self._notices: list[NoticeDraft] = []
        self._drafts: list[OrderDraft] = []
        self._orders: dict[str, Order] = {}
        self._entries: list[tuple[str, int]] = []
        self._reservations: dict[int, int] = {}
        self._late: list[str] = []
        self._rescheduled: list[OpenTask] = []
        self._path: list[Stage] = []
        self.fired = ""
        self.money: dict[str, int] = {}
        self.facts: dict[str, Any] = {}
        self.timers: dict[str, datetime | None] = {}
        self.identity: dict[str, Any] = {}
        self.moved = False
        self.bank = ""
        self.waiting: bool | None = None
        self.notified: tuple[str, date] | None = None
        self.reopened_notice = ""
        self.file_number = ""
        self.handed_over = ""

    # tasks ------------------------------------------------------------------------------------

    def open(
        self,
        kind: TaskKind,
        due: Deadline,
        *,
        agenda: tuple[Rung, ...] = (),
        subject: str = "",
        **brief: Any,
    ) -> str:
        """Opens a task; without an agenda of its own it fires once, when it is due. Returns its id."""
        number = self.view.state.tasks_made + len(self._opened) + 1
        task_id = f"{self.view.state.case_id}.{number}"
        rungs = agenda or (Rung(name="due", at=due.ends_at),)
        rungs = tuple(sorted((r for r in rungs if r.at > self.view.at), key=lambda r: r.at))
        self._opened.append(OpenTask(id=task_id, kind=kind, due=due.ends_at, agenda=rungs, subject=subject))
        self._papers[task_id] = TaskPaper(rule=due, brief=brief)
        return task_id

    def office(self, kind: TaskKind, *, days: int = 0, subject: str = "", **brief: Any) -> str:
        """Opens an officer task with the office's own target in working days."""
        return self.open(kind, self._target(kind, days), subject=subject, **brief)

    def _target(self, kind: TaskKind, days: int = 0) -> Deadline:
        number = days or self.view.rules.officer_working_days
        return working_period(self.view.today, number, rule=f"{kind}_target", start_event="task_opened")

    def close(self, task: OpenTask, state: TaskState = TaskState.ANSWERED) -> None:
        """Ends a task."""
        self._closed[task.id] = ClosedTask(id=task.id, state=state)

    def keep(self, task: OpenTask) -> None:
        """Leaves the answered task open: the answer is an attempt, and more of them may follow."""
        self._closed.pop(task.id, None)

    def close_all(self, *kinds: TaskKind, state: TaskState = TaskState.WITHDRAWN) -> None:
        """Ends all open tasks of these kinds; of every kind if none is named."""
        for task in self.view.state.open(*kinds):
            if task.id not in self._closed:
                self.close(task, state)

    def close_rest(self) -> None:
        """Ends all open tasks but those that a notice still waits for: it has to be served all the same."""
        for task in self.view.state.open():
            if task.id not in self._closed and not undelivered(task):
                self.close(task, TaskState.WITHDRAWN)

    def reschedule(self, task: OpenTask, due: Deadline, *agenda: Rung) -> None:
        """Gives an open task another due date and agenda; its link stays good."""
        rungs = agenda or (Rung(name="due", at=due.ends_at),)
        rungs = tuple(sorted((r for r in rungs if r.at > self.view.at), key=lambda r: r.at))
        update = {"due": due.ends_at, "agenda": rungs, "late": False}
        self._rescheduled.append(task.model_copy(update=update))
        self._papers[task.id] = TaskPaper(rule=due, brief={})

    def late(self, task: OpenTask) -> None:
        """Marks a task whose due date has passed."""
        self._late.append(task.id)

    # case -------------------------------------------------------------------------------------

    def go(self, stage: Stage) -> None:
        """Names the next stage. A step may pass through one on its way to another."""
        if stage is not self.stage:
            self._path.append(stage)

    @property
    def stage(self) -> Stage:
        """The stage after this step."""
        return self._path[-1] if self._path else self.view.state.stage

    def add(self, **cents: int) -> None:
        """Adds to sums of :class:`models.case.Money`."""
        for name, value in cents.items():
            self.money[name] = self.money.get(name, 0) + value

    def mail(self, template: Template, *, task: str = "", notice: str = "", **facts: Any) -> None:
        """Orders a mail to the municipality. A notice it does not want by mail is somebody's task to post."""
        if notice and not self.view.state.facts.electronic:
            self._by_post(template, task, notice)
            return
        self._mails.append(MailOrder(template=template, to="clerk", task_id=task, notice_id=notice, facts=facts))

    def _by_post(self, template: Template, task: str, notice: str) -> None:
        """A decision counts as notified only some days after it was posted, so nothing runs before that."""
        self.office(TaskKind.FIX_DELIVERY, subject=f"{template}|{task}|{notice}", template=template, by_post=True)
        if template in {Template.AWARD, Template.REFUSAL}:
            self.timers |= {"notified": None, "final": None}
            self.facts["delivery_notice"] = notice

    def serve(self, kind: str, drafted_by: str, **facts: Any) -> str:
        """Signs a letter with legal effect; returns its id. Its mail is ordered beside it."""
        number = self.view.state.facts.notices + len(self._notices) + 1
        self.facts["notices"] = number
        notice_id = f"{self.view.state.case_id}/N{number}"
        self._notices.append(NoticeDraft(notice_id, kind, drafted_by, self.view.actor.id, facts))
        return notice_id

    # money ------------------------------------------------------------------------------------

    def reserve(self, by_year: Mapping[int, int]) -> None:
        """Commits budget (negative frees). The database refuses what exceeds it."""
        for year, cents in by_year.items():
            self._reservations[year] = self._reservations.get(year, 0) + cents
            self.transfer("budget", "committed", cents)
            self.add(reserved=cents)

    def transfer(self, source: str, target: str, cents: int) -> None:
        """One ledger movement; both sides, so that a step sums to zero."""
        self._entries += [(source, -cents), (target, cents)]

    def order(self, draft: OrderDraft) -> None:
        """A payment order approved by two people."""
        self._drafts.append(draft)
        self.set_order(
            Order(
                id=draft.id, instalment=draft.instalment, cents=draft.cents, status="approved", year=draft.budget_year
            )
        )
        self.transfer("committed", "ordered", draft.cents)
        self.add(ordered=draft.cents)

    def set_order(self, order: Order) -> None:
        """New status of an order."""
        self._orders[order.id] = order

    # end --------------------------------------------------------------------------------------

    def _done(self) -> Done:
        """What is decided, in the words of the page."""
        state = self.view.state
        answered = self.view.command.task_id if self.view.command else ""
        marks = {Mark.PAYS: self._drafts, Mark.SERVED: self._notices, Mark.LATE: self._late}
        found = {mark for mark, entries in marks.items() if entries}
        if self.fired in self._closed:
            found.add(Mark.EXPIRES)
        kinds = {task.id: task.kind for task in (*state.open(), *self._opened)}
        return Done(
            stage=state.stage,
            trigger=self.trigger,
            path=tuple(self._path),
            opened=tuple(sorted(task.kind for task in self._opened)),
            ended=frozenset(kinds[i] for i in self._closed if i not in {answered, self.fired}) - self._entered(),
            longer=frozenset(task.kind for task in self._rescheduled),
            runs=frozenset(name for name, at in self.timers.items() if at not in {None, state.timers.get(name)}),
            marks=frozenset(found),
            due=frozenset((kinds[i], _due_rule(paper.rule)) for i, paper in self._papers.items()),
        )

    def _entered(self) -> frozenset[TaskKind]:
        """The task that an entry of the bank or the budget is about: that it ends by it goes without saying."""
        kind, _, word = self.trigger.partition(".")
        return frozenset({TaskKind(kind)}) if word in get_args(Entry) else frozenset()

    def unforeseen(self, detail: str) -> Decision:
        """What happened is recorded and changes nothing; an officer clarifies. ``detail`` is for the alarm.

        A date of the case comes once more later: without it nobody might owe anything any more.
        """
        view = self.view
        plan = Plan(view, self._kind, Event.UNFORESEEN, Event.UNFORESEEN)
        plan.fired = self.fired
        told = view.command.content if view.command else {}
        shown = {name: told[name] for name in ("reference", "amount_cents", "value_date") if name in told}
        if self.trigger not in {task.subject for task in view.state.open(TaskKind.CLARIFY)}:
            plan.office(TaskKind.CLARIFY, subject=self.trigger, happened=self._action, **shown)
        if self.fired.startswith("@"):
            plan.timers[self.fired.removeprefix("@")] = self._target(TaskKind.CLARIFY).ends_at
        return replace(plan.finish(), unforeseen=detail)

    def finish(self) -> Decision:
        """Freezes the plan into a decision for the record. Raises ``NotOnThePageError``."""
        done = GRANT.obeyed(self._done())
        view = self.view
        step = Step(
            no=view.state.step_no + 1,
            kind=self._kind,
            action=self._action,
            at=view.at,
            stage=self._path[-1] if self._path else None,
            opened=tuple(self._opened),
            closed=tuple(self._closed.values()),
            late=tuple(self._late),
            rescheduled=tuple(self._rescheduled),
            fired=self.fired,
            timers=self.timers,
            orders=tuple(self._orders.values()),
            money={k: v for k, v in self.money.items() if v},
            facts=self.facts,
            moved=self.moved,
            notices=tuple(n.id for n in self._notices),
            mails=len(self._mails),
            identity=self.identity,
        )
        return Decision(
            step=step,
            done=done,
            papers=self._papers,
            mails=tuple(self._mails),
            notices=tuple(self._notices),
            orders=tuple(self._drafts),
            reservations={y: c for y, c in self._reservations.items() if c},
            entries=tuple(e for e in self._entries if e[1]),
            bank=self.bank,
            waiting=self.waiting,
            notified=self.notified,
            reopened_notice=self.reopened_notice,
            file_number=self.file_number,
            handed_over=self.handed_over,
        )


def _due_rule(due: Deadline | None) -> str:
    """The rule as the page calls it: each office target is named after its task."""
    rule = due.rule if due else ""
    return "target" if rule.endswith("_target") else rule


def content(view: View, model: type[T]) -> T:
    """The command's content as the model of its form. Raises ``ValueError`` without a command."""
    if view.command is None:
        raise ValueError("a timer has no content")
    return read_back(model, view.command.content)
