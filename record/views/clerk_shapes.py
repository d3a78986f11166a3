"""What the clerk's pages show, as plain frozen values: a task, a case, a stored answer. Amounts in cents."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.content.answers import FileRef
from models.deadlines import Deadline, months_in
from models.stages import Stage
from models.tasks import TaskKind, TaskState

_FROZEN = ConfigDict(frozen=True)
Owner = Literal["recipient", "authority", ""]


def is_account_only(kind: str, brief: Mapping[str, Any]) -> bool:
    """Whether a task asks for another account and nothing else: the bank sent a payment back."""
    return kind == TaskKind.DECLARE_ACCEPTANCE and bool(brief.get("returned_cents"))


class Payment(BaseModel):
    """A payment to the recipient. ``booked_on`` is set once the bank has booked it."""

    model_config = _FROZEN

    reference: str
    cents: int
    booked_on: date | None = None


class Due(BaseModel):
    """Until when, and how that day came about. ``day`` is the last day on which an answer is in time."""

    model_config = _FROZEN

    day: date
    instant: datetime
    late: bool
    deadline: Deadline | None = None


class OpenClerkTask(BaseModel):
    """A task the recipient owes now."""

    model_config = _FROZEN

    id: str
    kind: TaskKind
    due: Due
    account_only: bool = False  # money came back: only another account is asked for


class Grant(BaseModel):
    """The case behind a link; amounts in cents. Without a case (invitation) only names and the ceiling are set."""

    model_config = _FROZEN

    id: str = ""
    round_id: str = ""
    line: str
    line_title: str
    authority: str = ""
    year: int
    recipient: str  # identity
    recipient_key: str
    recipient_name: str
    stage: Stage | None = None
    ceiling_cents: int = 0
    requested_cents: int = 0
    awarded_cents: int = 0
    ordered_cents: int = 0
    booked_cents: int = 0
    claimed_cents: int = 0
    repaid_cents: int = 0
    payment_block: bool = False
    period_from: date | None = None
    period_to: date | None = None
    need_window_months: int = 0
    proof_due: date | None = None
    proof_latest: date | None = None  # an extension of the proof can go this far
    payments: tuple[Payment, ...] = ()

    @property
    def open_claim_cents(self) -> int:
        """What is still to be repaid."""
        return max(0, self.claimed_cents - self.repaid_cents)

    @property
    def period_months(self) -> int:
        """Months of the grant period, both ends counted; 12 when it is not known."""
        if self.period_from is None or self.period_to is None:
            return 12
        return months_in(self.period_from, self.period_to)


class Drafted(BaseModel):
    """What stands in a task's form so far. ``raw``: text as typed, by field; ``source``: ``portal`` or ``mail``."""

    model_config = _FROZEN

    raw: dict[str, str]
    files: tuple[FileRef, ...] = ()
    source: str = "portal"
    updated_at: datetime


class ClerkTask(BaseModel):
    """One task as its link shows it. ``link_live`` is false once the token was revoked."""

    model_config = _FROZEN

    id: str
    kind: TaskKind
    state: TaskState
    link_live: bool
    now: datetime
    due: Due
    subject: str = ""
    brief: dict[str, Any] = Field(default_factory=dict)
    grant: Grant
    contact_name: str = ""
    simulated: bool = False
    closed_at: datetime | None = None
    closed_by_recipient: bool = False
    pending_since: datetime | None = None  # an answer was received, and the case does not know it yet
    earlier: dict[str, Any] = Field(default_factory=dict)  # the first proof, when it has to be completed
    draft: Drafted | None = None
    others: tuple[OpenClerkTask, ...] = ()  # what else the recipient owes in this case
    waiting_for: Owner = ""

    @property
    def account_only(self) -> bool:
        """Whether only another account is asked for, because a payment came back."""
        return is_account_only(self.kind, self.brief)

    @property
    def open(self) -> bool:
        """Whether an answer through this link can still be taken."""
        return self.state is TaskState.OPEN and self.link_live

    @property
    def limit_cents(self) -> int | None:
        """Largest amount the task takes, none where it has no such limit."""
        if self.kind is TaskKind.APPLY:
            return int(self.brief.get("ceiling_cents") or self.grant.ceiling_cents) or None
        if self.kind is TaskKind.REQUEST_DRAWDOWN:
            left = self.grant.awarded_cents - self.grant.ordered_cents
            return max(0, min(int(self.brief.get("left_cents", left)), left))
        return None


class Event(BaseModel):
    """Something in the life of a case. ``code`` is an action of a step, or ``mail`` with the mail's subject."""

    model_config = _FROZEN

    at: datetime
    code: str
    subject: str = ""


class ClerkCase(BaseModel):
    """The standing page of a case."""

    model_config = _FROZEN

    grant: Grant
    link_live: bool
    now: datetime
    simulated: bool
    tasks: tuple[OpenClerkTask, ...]
    history: tuple[Event, ...]
    startable: tuple[TaskKind, ...]
    waiting_for: Owner


class StoredAnswer(BaseModel):
    """A stored command as its receipt page shows it. ``state``: received, applied or refused."""

    model_config = _FROZEN

    command_id: str
    received_at: datetime
    state: str
    reason: str = ""
    details: dict[str, Any] = Field(default_factory=dict)
    content: dict[str, Any] = Field(default_factory=dict)
