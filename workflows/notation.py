"""The words in which the page of the lifecycle is written. Nothing here knows the life of a grant.

A trigger is what makes a step: an answer, a date, an entry of the bank. A way is what the page says of it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from models.stages import Stage
from models.tasks import Role, TaskKind

Answer = Literal[
    "complete", "incomplete", "refuse", "submit", "ask_again", "proceed", "award", "agree", "disagree", "sign",
    "send_back", "resend", "posted", "noted", "declare", "remind", "hear", "confirmed", "differs", "not_reached",
    "confirm", "reject", "request", "certify", "approve", "retry", "cancel", "new_bank_details", "notify",
    "lift", "grant", "accept", "finding", "state", "drop", "partly", "fully", "defer", "close", "withdraw",
]  # fmt: skip

Reminder = Literal["early", "due", "dunned", "grace"]
"""What comes by itself: a letter before the due date, the date, a letter after it, the end of patience."""

Entry = Literal["handed_over", "booked", "rejected", "returned", "freed"]
"""What the cash office, the bank or the budget says about a task that no answer ends."""

DueRule = Literal[
    "target", "application_deadline", "missing_items_weeks", "consent_weeks", "waitlist_until", "declaration_months",
    "latest_drawdown", "proof_due", "proof_extension", "grace_weeks", "query_weeks", "proof_check_months",
    "proof_items_weeks", "hearing_weeks", "claim_months", "deferral", "block_review_weeks",
]  # fmt: skip
"""Which rule makes a due date: codes of :class:`models.deadlines.Deadline`; ``target`` is the office's own."""


class Date(StrEnum):
    """A date of the case itself."""

    DECISION_LIMIT = "decision_limit"  # three months after the application (VwGO § 75)
    NOTIFIED = "notified"  # the notice counts as notified (VwVfG § 41)
    FINAL = "final"  # the period for a suit is over (VwGO § 74)
    PERIOD_END = "period_end"  # the grant period is over


class Event(StrEnum):
    """What happens to a case without anybody of it acting."""

    MAIL_FAILED = "mail_failed"  # a mail is refused for good
    MOVE = "move"  # the workflow goes on in a new run
    UNFORESEEN = "unforeseen"  # a date, or an entry of the bank, that does not stand on the page for this stage


class Start(StrEnum):
    """What somebody starts that is no task."""

    BLOCK = "block"
    RESEND = "resend"
    SET_FILE_NUMBER = "set_file_number"
    LINK = "link"
    HAND_OVER = "hand_over"


class Mark(StrEnum):
    """What a step does beside tasks and stages."""

    PAYS = "pays"  # an order is made; it is handed over before anything else happens
    SERVED = "served"  # a signed notice goes out; without a way by mail somebody owes FIX_DELIVERY
    LATE = "late"  # the task is late and stays owed
    EXPIRES = "expires"  # the task ends unanswered
    STAYS = "stays"  # nothing follows but letters


@dataclass(frozen=True)
class Maybe:
    """A task that is owed in some cases."""

    kind: TaskKind


@dataclass(frozen=True)
class Ends:
    """Tasks that nobody owes any more; without a kind: all."""

    kinds: tuple[TaskKind, ...]


@dataclass(frozen=True)
class Longer:
    """Tasks that get another due date."""

    kinds: tuple[TaskKind, ...]


@dataclass(frozen=True)
class Runs:
    """A date that is set."""

    date: Date


Trigger = Answer | Reminder | Entry | Date | Event | Start
Word = Stage | TaskKind | Mark | Maybe | Ends | Longer | Runs
Stages = Stage | tuple[Stage, ...]


@dataclass(frozen=True)
class Way:
    """One way a case may go on."""

    words: tuple[Word, ...]
    when: str = ""

    @property
    def path(self) -> tuple[Stage, ...]:
        """The stages it goes to, one after the other."""
        return tuple(w for w in self.words if isinstance(w, Stage))

    @property
    def owed(self) -> tuple[TaskKind, ...]:
        """The tasks owed next."""
        return tuple(w for w in self.words if isinstance(w, TaskKind))

    @property
    def perhaps(self) -> frozenset[TaskKind]:
        """The tasks owed next in some cases."""
        return frozenset(w.kind for w in self.words if isinstance(w, Maybe))

    @property
    def marks(self) -> frozenset[Mark]:
        """What else is so."""
        return frozenset(w for w in self.words if isinstance(w, Mark)) - {Mark.STAYS}

    @property
    def ends(self) -> frozenset[TaskKind]:
        """The tasks owed no more."""
        return frozenset(k for w in self.words if isinstance(w, Ends) for k in w.kinds or TaskKind)

    @property
    def ends_all(self) -> bool:
        """Whether nothing is owed any more."""
        return any(isinstance(w, Ends) and not w.kinds for w in self.words)

    @property
    def longer(self) -> frozenset[TaskKind]:
        """The tasks owed until another day."""
        return frozenset(k for w in self.words if isinstance(w, Longer) for k in w.kinds)

    @property
    def runs(self) -> frozenset[Date]:
        """The dates that begin to run."""
        return frozenset(w.date for w in self.words if isinstance(w, Runs))


@dataclass(frozen=True)
class Heading:
    """The stages that the lines below speak of. ``own``: the heading of one stage; else of what runs beside them."""

    stages: tuple[Stage, ...]
    says: str
    own: bool = False


@dataclass(frozen=True)
class Owed:
    """Who owes a task, until when; the lines below say what its answers lead to."""

    by: Role
    kind: TaskKind
    due: tuple[DueRule, ...]  # the rules that may make its due date
    not_by: TaskKind | None = None  # whoever did this one may not do it
    starts: bool = False  # the recipient can start it, and an officer can do it at once on its behalf
    within: tuple[Stage, ...] = ()  # where it can be started; empty: in all stages that the heading names


@dataclass(frozen=True)
class Row:
    """What triggers lead to."""

    triggers: tuple[Trigger, ...]
    within: tuple[Stage, ...]  # empty: all that the heading names
    way: Way
    by: Role | None = None  # who starts it


@dataclass(frozen=True)
class On:
    """The left half of a row."""

    triggers: tuple[Trigger, ...]
    within: tuple[Stage, ...]
    by: Role | None = None

    def then(self, *words: Word, when: str = "") -> Row:
        """The right half: the next stage, the tasks owed next, and what else is so."""
        return Row(self.triggers, self.within, Way(words, when), self.by)


Line = Heading | Owed | Row


def stage(where: Stage, says: str) -> Heading:
    """A stage of the case."""
    return Heading((where,), says, own=True)


def beside(where: tuple[Stage, ...], says: str) -> Heading:
    """What goes on beside these stages."""
    return Heading(where, says)


def owes(by: Role, kind: TaskKind, *due: DueRule, not_by: TaskKind | None = None) -> Owed:
    """Somebody owes a task until a date, but not whoever did another. Without a rule: the office's own target."""
    return Owed(by, kind, due or ("target",), not_by)


def may_start(by: Role, kind: TaskKind, *due: DueRule, within: Stages = ()) -> Owed:
    """Somebody may start this in these stages; begun, it can be ended in all that the heading names."""
    return Owed(by, kind, due, starts=True, within=_stages(within))


def starts(by: Role, *what: Start) -> On:
    """Somebody starts something that is no task."""
    return On(what, (), by)


def on(*triggers: Trigger, within: Stages = ()) -> On:
    """An answer, a date, an entry of the bank; in all stages of the heading, or in these."""
    return On(triggers, _stages(within))


def maybe(kind: TaskKind) -> Maybe:
    """Owed in some cases."""
    return Maybe(kind)


def ends(*kinds: TaskKind) -> Ends:
    """Owed no more; without a kind: nothing is."""
    return Ends(kinds)


def longer(*kinds: TaskKind) -> Longer:
    """Owed until another day."""
    return Longer(kinds)


def runs(date: Date) -> Runs:
    """A date begins to run."""
    return Runs(date)


def _stages(told: Stages) -> tuple[Stage, ...]:
    return (told,) if isinstance(told, Stage) else told
