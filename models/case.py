"""The state of a case and the pure fold that makes it from recorded steps.

A step says what changed, in plain deltas; the fold adds it to the state. The record stores steps and
the folded state, the workflow folds the same steps, so the two can be compared at any time.
No rule is applied here: rules decide in :mod:`workflows.procedure`, once, before a step is recorded.

Nothing in here names a person, an address, an IBAN or a token: state and steps travel through Temporal.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from models.stages import ENDED, Stage, Urgency
from models.tasks import TaskKind, TaskState

SCHEMA_VERSION = 1


class StepKind(StrEnum):
    """What made a step."""

    COMMAND = "command"  # a person or the bank, by a stored command
    TIMER = "timer"  # a due date or reminder fired
    HANDED_OVER = "handed_over"  # a payment order left the house


class Rung(BaseModel):
    """One entry of a task's agenda: what fires and when (instant, UTC)."""

    model_config = ConfigDict(frozen=True)

    name: str  # "remind" | "due" | "dun_1" … the key of the rule that handles it
    at: datetime


class OpenTask(BaseModel):
    """A task somebody owes now. ``agenda`` holds what still fires, earliest first."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: TaskKind
    due: datetime
    agenda: tuple[Rung, ...] = ()
    late: bool = False
    subject: str = ""  # what it is about: an instalment "D01", a notice "N2", a claim "C1"


class ClosedTask(BaseModel):
    """A task that ended with this step."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: TaskState


class Order(BaseModel):
    """A payment order in flight or done. ``status`` walks approved → handed_over → booked | rejected."""

    model_config = ConfigDict(frozen=True)

    id: str  # end-to-end id, e.g. "FM18-06631-D01-A1"
    instalment: str  # "D01"
    cents: int
    status: str
    year: int = 0  # budget year that bears it


class Money(BaseModel):
    """Amounts of a case in cents. Each is a sum over the case's life so far."""

    model_config = ConfigDict(frozen=True)

    requested: int = 0
    proposed: int = 0
    awarded: int = 0
    reserved: int = 0
    ordered: int = 0  # orders that are alive: approved, handed over or booked
    booked: int = 0
    accepted: int = 0  # expenses accepted at the check of the proof
    claimed: int = 0
    repaid: int = 0


class Facts(BaseModel):
    """Dates and switches of a case; all of them plain values."""

    model_config = ConfigDict(frozen=True)

    late_application: bool = False
    electronic: bool = True  # the recipient has opened the way for notices by mail (VwVfG § 3a)
    missing_requests: int = 0
    proof_requests: int = 0
    refusal: bool = False  # the draft on the table is a refusal
    posted_on: date | None = None
    notified_on: date | None = None
    final_on: date | None = None
    declared: bool = False
    waiver: bool = False
    bank_confirmed: bool = False
    instalments: int = 0
    draws: dict[str, int] = Field(default_factory=dict)  # cents called or certified, by instalment
    payment_block: bool = False
    proof_due: date | None = None
    extensions: int = 0
    extension_until: date | None = None
    proof_received: bool = False
    hearing_from: Stage | None = None
    intended_cents: int = 0
    claim_ref: str = ""
    moves: int = 0
    notices: int = 0
    claims: int = 0
    spent_cents: int = 0  # as declared in the proof
    unspent_cents: int = 0
    delivery_notice: str = ""  # notice whose mail failed


class CaseState(BaseModel):
    """All the engine knows of a running case; the fold of its recorded steps."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = SCHEMA_VERSION
    case_id: str
    line: str = ""
    year: int = 0
    recipient: str = ""
    step_no: int = 0
    stage: Stage = Stage.FORMAL_CHECK
    since: datetime | None = None
    tasks: dict[str, OpenTask] = Field(default_factory=dict)
    timers: dict[str, datetime] = Field(default_factory=dict)
    orders: dict[str, Order] = Field(default_factory=dict)
    money: Money = Money()
    facts: Facts = Facts()
    tasks_made: int = 0

    @model_serializer(mode="wrap")
    def _with_version(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The version is always written, also where defaults are left out: it says how to read the rest."""
        return {**dump(self), "schema_version": self.schema_version}

    @property
    def ended(self) -> bool:
        """True when nothing can happen any more."""
        return self.stage in ENDED

    @property
    def live_orders(self) -> list[Order]:
        """Orders that are approved, at the bank, or of unknown fate: not yet booked or failed."""
        return [o for o in self.orders.values() if o.status in {"approved", "handed_over", "unknown"}]

    def open(self, *kinds: TaskKind) -> list[OpenTask]:
        """Open tasks, of these kinds if any are named, in the order they were opened."""
        return [t for t in self.tasks.values() if not kinds or t.kind in kinds]

    @property
    def earliest(self) -> OpenTask | None:
        """The open task that is due first."""
        return min(self.tasks.values(), key=lambda t: (t.due, t.id), default=None)

    @property
    def urgency(self) -> Urgency:
        """Blocked before late before on time."""
        if self.facts.payment_block:
            return Urgency.BLOCKED
        return Urgency.LATE if any(t.late for t in self.tasks.values()) else Urgency.ON_TIME

    def next_wake(self) -> tuple[datetime, str, str] | None:
        """The next instant at which something fires: (instant, task id or "", rung or timer name)."""
        wakes = [(t.agenda[0].at, t.id, t.agenda[0].name) for t in self.tasks.values() if t.agenda]
        wakes += [(at, "", name) for name, at in self.timers.items()]
        return min(wakes, default=None)


class Step(BaseModel):
    """One recorded step: who did what, and the plain deltas it made. Frozen, and small on purpose."""

    model_config = ConfigDict(frozen=True)

    no: int
    kind: StepKind
    action: str  # "apply", "examine.award", "timer.due", "bank.booked", "move", …
    at: datetime  # legal time of the step
    refused: str = ""  # reason code; a refused step changes nothing but the number
    stage: Stage | None = None
    opened: tuple[OpenTask, ...] = ()
    closed: tuple[ClosedTask, ...] = ()
    late: tuple[str, ...] = ()  # tasks whose due date has passed with this step
    rescheduled: tuple[OpenTask, ...] = ()  # open tasks with a new due date and agenda
    fired: str = ""  # task id whose first rung fired, or "@name" of a case timer
    timers: dict[str, datetime | None] = Field(default_factory=dict)
    orders: tuple[Order, ...] = ()
    money: dict[str, int] = Field(default_factory=dict)  # deltas, cents
    facts: dict[str, Any] = Field(default_factory=dict)  # new values, by name
    moved: bool = False
    notices: tuple[str, ...] = ()  # ids of notices this step signed; they are served next
    mails: int = 0
    identity: dict[str, Any] = Field(default_factory=dict)  # line, year, recipient: first step only


def fold(state: CaseState, step: Step) -> CaseState:
    """Adds one step to the state. Pure; the same on the record's side and in the workflow.

    Raises ``ValueError`` when the step is not the next one.
    """
    if step.no != state.step_no + 1:
        raise ValueError(f"step {step.no} does not follow step {state.step_no} of {state.case_id}")
    if step.refused:
        return state.model_copy(update={"step_no": step.no})
    stage = step.stage or state.stage
    return state.model_copy(
        update={
            **step.identity,
            "step_no": step.no,
            "stage": stage,
            "since": step.at if stage != state.stage or state.since is None else state.since,
            "tasks": _fold_tasks(state.tasks, step),
            "timers": _fold_timers(state.timers, step),
            "orders": state.orders | {o.id: o for o in step.orders},
            "money": Money(**{n: v + step.money.get(n, 0) for n, v in state.money.model_dump().items()}),
            "facts": Facts.model_validate(state.facts.model_dump() | step.facts),
            "tasks_made": state.tasks_made + len(step.opened),
        }
    )


def _fold_tasks(tasks: dict[str, OpenTask], step: Step) -> dict[str, OpenTask]:
    closed = {c.id for c in step.closed}
    kept = {i: t for i, t in tasks.items() if i not in closed}
    if step.fired in kept:
        task = kept[step.fired]
        kept[step.fired] = task.model_copy(update={"agenda": task.agenda[1:]})
    for task_id in step.late:
        if task_id in kept:
            kept[task_id] = kept[task_id].model_copy(update={"late": True})
    kept |= {t.id: t for t in step.rescheduled if t.id in kept}
    return kept | {t.id: t for t in step.opened}


def _fold_timers(timers: dict[str, datetime], step: Step) -> dict[str, datetime]:
    kept = {n: at for n, at in timers.items() if step.fired != f"@{n}"}
    for name, at in step.timers.items():
        if at is None:
            kept.pop(name, None)
        else:
            kept[name] = at
    return kept


def fold_all(case_id: str, steps: Iterable[Step]) -> CaseState:
    """The state of a case from all its steps, first to last."""
    state = CaseState(case_id=case_id)
    for step in steps:
        state = fold(state, step)
    return state
