"""Tables of the legal record (SQLModel), the same on SQLite and PostgreSQL.

What must never happen is refused by constraints here, not by code alone: money beyond the budget, a
second live order, a second person who is the first, a second live grant. Instants are UTC; amounts are
integer cents. Triggers that make the record append-only stand in ``migrations/``.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from models.table_base import Table, cents_column, instant, json_column


class Installation(Table, table=True):
    """One row: which mode this installation runs in, set once, and its legal clock."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("mode IN ('embedded', 'production')", name="mode"),
        CheckConstraint("mode = 'embedded' OR offset_seconds = 0", name="no_offset_in_production"),
    )
    id: int = Field(default=1, primary_key=True)
    mode: str
    offset_seconds: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))
    created_at: datetime = instant()


class Officer(Table, table=True):
    """A person of the authority, with roles and validity. ``credential_hash``: SHA-256, production only."""

    __tablename__ = "officer"
    id: str = Field(primary_key=True)
    name: str
    email: str
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    deputy_of: str | None = None
    simulated: bool = False
    valid_from: date
    valid_to: date | None = None
    credential_hash: str | None = Field(default=None, unique=True)
    last_digest_on: date | None = None


class Contact(Table, table=True):
    """A person or mailbox of a recipient. ``rank`` 1 is written to first."""

    __tablename__ = "contact"
    id: int | None = Field(default=None, primary_key=True)
    recipient: str = Field(index=True)  # identity of the recipient, survives a change of its key
    name: str
    function: str = ""
    email: str
    rank: int = 1
    simulated: bool = False
    valid_from: date
    valid_to: date | None = None
    bounced_at: datetime | None = instant(nullable=True)


class Budget(Table, table=True):
    """Money of one line in one budget year. The database refuses to commit more than there is."""

    __tablename__ = "budget"
    __table_args__ = (CheckConstraint("committed_cents BETWEEN 0 AND total_cents", name="within_total"),)
    line: str = Field(primary_key=True)
    budget_year: int = Field(primary_key=True)
    total_cents: int = cents_column()
    committed_cents: int = cents_column()


class Round(Table, table=True):
    """A funding round, e.g. ``wir-fm-2018``: the line of one year."""

    __tablename__ = "funding_round"
    id: str = Field(primary_key=True)
    line: str
    year: int
    opened_at: datetime = instant()
    deadline_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    step_no: int = 0
    offset_seconds: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))


class Case(Table, table=True):
    """A grant. ``state`` is the fold of its steps; the plain columns are for constraints and queries."""

    __tablename__ = "grant_case"
    __table_args__ = (
        CheckConstraint("ordered_cents <= awarded_cents", name="ordered_within_award"),
        CheckConstraint("booked_cents <= ordered_cents", name="booked_within_ordered"),
        Index(
            "uq_one_live_grant",
            "line",
            "year",
            "recipient",
            unique=True,
            sqlite_where=text("live = 1"),
            postgresql_where=text("live"),
        ),
    )
    id: str = Field(primary_key=True)
    line: str
    year: int
    recipient: str  # identity
    recipient_key: str  # key valid on the day of the application
    live: bool = True
    stage: str = Field(index=True)
    step_no: int = 0
    head: str = ""  # hash of the last step
    offset_seconds: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))
    requested_cents: int = cents_column()
    awarded_cents: int = cents_column()
    reserved_cents: int = cents_column()
    ordered_cents: int = cents_column()
    booked_cents: int = cents_column()
    claimed_cents: int = cents_column()
    repaid_cents: int = cents_column()
    waiting_since: datetime | None = instant(nullable=True)  # place on the waiting list
    rules: dict[str, Any] = json_column()
    state: dict[str, Any] = json_column()
    opened_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)


class CommandRow(Table, table=True):
    """What somebody wants. Its commit is the receipt; ``stored_at`` is server time, for the sweeper only."""

    __tablename__ = "command"
    __table_args__ = (
        CheckConstraint("state IN ('received', 'applied', 'refused')", name="state"),
        Index("ix_command_unapplied", "state", "stored_at"),
    )
    id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    kind: str
    task_id: str = Field(default="", index=True)
    choice: str = ""
    actor_kind: str
    actor_id: str
    actor_roles: list[str] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    simulated: bool = False
    content: dict[str, Any] = json_column()
    received_at: datetime = instant()
    stored_at: datetime = instant()
    state: str = "received"
    reason: str = ""
    details: dict[str, Any] = json_column()
    step_no: int | None = None


class StepRow(Table, table=True):
    """The record of a case: append-only, one row a step, chained by hash. ``key_hash`` says what made it."""

    __tablename__ = "step"
    case_id: str = Field(primary_key=True)
    no: int = Field(primary_key=True)
    key_hash: str
    action: str
    actor: str  # "officer:sim-berg", "clerk:06631", "system", "bank"
    command_id: str | None = Field(default=None, unique=True)
    at: datetime = instant()
    stage: str
    body: dict[str, Any] = json_column()  # models.case.Step
    prev_hash: str
    hash: str = Field(unique=True)


class TaskRow(Table, table=True):
    """A task of a case, or (``case_id`` empty) an invitation of a round."""

    __tablename__ = "task"
    __table_args__ = (CheckConstraint("state IN ('open', 'answered', 'withdrawn', 'expired')", name="state"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(default="", index=True)
    round_id: str = Field(default="", index=True)
    recipient: str = Field(index=True)
    kind: str
    owner: str
    subject: str = ""
    state: str = Field(default="open", index=True)
    late: bool = False
    opened_at: datetime = instant()
    due_at: datetime = instant()
    due_rule: dict[str, Any] = json_column()  # models.deadlines.Deadline, or {} for an internal target
    brief: dict[str, Any] = json_column()  # what the owner needs to read: items, reasons, amounts
    closed_at: datetime | None = instant(nullable=True)
    closed_by: str = ""  # officer id, recipient key, "system"
    choice: str = ""
    command_id: str | None = None


class TaskToken(Table, table=True):
    """A link. Only the SHA-256 of the token is stored; it dies with its task."""

    __tablename__ = "task_token"
    token_hash: str = Field(primary_key=True)
    task_id: str = Field(default="", index=True)  # empty: the standing case page
    case_id: str = Field(default="", index=True)
    recipient: str
    contact_id: int | None = None
    purpose: str  # "task" | "case"
    issued_at: datetime = instant()
    revoked_at: datetime | None = instant(nullable=True)


class Order(Table, table=True):
    """A payment order. Two people, one live order an instalment, one end-to-end id for ever."""

    __tablename__ = "payment_order"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="positive"),
        CheckConstraint("certified_by <> approved_by", name="four_eyes"),
        CheckConstraint("status IN ('approved', 'handed_over', 'unknown', 'booked', 'rejected')", name="status"),
        Index(
            "uq_one_live_order",
            "case_id",
            "instalment",
            unique=True,
            sqlite_where=text("status <> 'rejected'"),
            postgresql_where=text("status <> 'rejected'"),
        ),
    )
    id: str = Field(primary_key=True)  # EndToEndId, at most 35 characters
    case_id: str = Field(foreign_key="grant_case.id", index=True)
    instalment: str
    attempt: int = 1
    budget_year: int
    amount_cents: int = cents_column()
    certified_by: str
    approved_by: str
    bank_details_id: int = Field(foreign_key="bank_details.id")
    status: str = "approved"
    ordered_at: datetime = instant()
    handed_over_at: datetime | None = instant(nullable=True)
    file_sha256: str = ""
    booked_on: date | None = None


class BankDetails(Table, table=True):
    """Bank details as declared; they count only after a call-back by one officer and a confirmation by another."""

    __tablename__ = "bank_details"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR called_back_by IS NOT NULL", name="call_back_first"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> called_back_by", name="four_eyes"),
    )
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(index=True)
    command_id: str = Field(unique=True)
    holder: str
    iban: str
    bic: str = ""
    bank: str = ""
    reference: str = ""
    called_back_by: str | None = None
    confirmed_by: str | None = None
    rejected: bool = False


class BankLine(Table, table=True):
    """One line of bank evidence. The same line of the same file counts once."""

    __tablename__ = "bank_line"
    __table_args__ = (UniqueConstraint("file_sha256", "line_no"),)
    id: int | None = Field(default=None, primary_key=True)
    file_sha256: str
    line_no: int
    reference: str
    status: str
    amount_cents: int = cents_column()
    value_date: date
    detail: str = ""
    command_id: str | None = Field(default=None, unique=True)  # none: no case matched, somebody must look
    note: str = ""  # how an unmatched line was settled


class LedgerRow(Table, table=True):
    """Double-entry ledger of a case: the entries of a step sum to zero."""

    __tablename__ = "ledger"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(index=True)
    step_no: int
    account: str
    cents: int = cents_column()


class Notice(Table, table=True):
    """A signed letter with legal effect. One hash, one signer pair, one notification date."""

    __tablename__ = "notice"
    __table_args__ = (CheckConstraint("drafted_by <> signed_by", name="four_eyes"),)
    id: str = Field(primary_key=True)  # "wir-fm-2018-06631/N1"
    case_id: str = Field(foreign_key="grant_case.id", index=True)
    kind: str
    drafted_by: str
    signed_by: str
    sha256: str
    body: str
    signed_at: datetime = instant()
    channel: str = "mail"  # "mail" | "post"
    notified_on: date | None = None


class Outbox(Table, table=True):
    """One mail to one person, with its finished bytes. Redacted after acceptance; the hash stays."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'sending', 'retry', 'accepted', 'failed', 'dropped')",
            name="state",
        ),
        Index("ix_outbox_due", "state", "next_try_at"),
    )
    id: str = Field(primary_key=True)
    dedupe_key: str = Field(unique=True)
    message_id: str = Field(unique=True)
    case_id: str = Field(default="", index=True)
    task_id: str = ""  # when set, the task must still be open when the SMTP transaction begins
    notice_id: str | None = None
    template: str
    contact_id: int | None = None
    recipient: str = ""
    sender: str
    to: str
    subject: str
    mime: bytes = Field(default=b"", sa_column=Column(LargeBinary(), nullable=False))
    sha256: str
    state: str = "queued"
    attempts: int = 0
    ambiguous: int = 0
    queued_at: datetime = instant()
    next_try_at: datetime = instant()
    begun_at: datetime | None = instant(nullable=True)  # legal time at which its last transmission began …
    begun_step: int | None = None  # … and the last step of its case that was committed by then
    accepted_at: datetime | None = instant(nullable=True)
    smtp_reply: str = ""


class MailThread(Table, table=True):
    """The reply address of a mail that went out: ``key`` stands in it, so that a reply or a bounce finds its mail.

    The key is random (at least 80 bits, letters and digits of one case). It proves that somebody saw the mail, not who.
    """

    __tablename__ = "mail_thread"
    key: str = Field(primary_key=True)
    outbox_id: str = Field(unique=True)
    case_id: str = Field(default="", index=True)
    task_id: str = ""
    recipient: str
    contact_id: int | None = None
    issued_at: datetime = instant()


class InboundMail(Table, table=True):
    """A mail that came in: its raw bytes first, then exactly one ``kind``. The same bytes are stored once.

    ``kind`` is empty until it is sorted. What waits for an officer is ``triage`` without ``settled_at``.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        CheckConstraint("kind IN ('', 'answer', 'bounce', 'auto', 'note', 'triage')", name="kind"),
        CheckConstraint("settled_at IS NULL OR settled_by <> ''", name="settled_by_somebody"),
        Index("ix_inbound_mail_open", "kind", "settled_at"),
    )
    id: str = Field(primary_key=True)
    sha256: str = Field(unique=True)
    raw: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    source: str  # "sink" | "imap"
    source_ref: str = ""  # where it lies there: file name, or UIDVALIDITY/UID
    received_at: datetime = instant()  # legal time
    stored_at: datetime = instant()  # server time
    message_id: str = Field(default="", index=True)
    kind: str = ""
    reason: str = ""  # code: why this kind
    sender: str = ""  # the one address of From; empty when it cannot be trusted to be one
    subject: str = ""
    text: str = ""  # what is new in a reply, for people to read; the raw bytes are the record
    facts: dict[str, Any] = json_column()
    case_id: str = Field(default="", index=True)
    task_id: str = ""
    outbox_id: str = ""
    contact_id: int | None = None
    command_id: str | None = None
    settled_at: datetime | None = instant(nullable=True)
    settled_by: str = ""
    settlement: str = ""


class Absence(Table, table=True):
    """Somebody is away, as an automatic reply said. ``until`` where it named a day."""

    __tablename__ = "absence"
    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(index=True)
    inbound_id: str = Field(unique=True)
    noted_at: datetime = instant()
    until: date | None = None


class Draft(Table, table=True):
    """What a clerk typed into a task's form so far, or what a reply by mail prepared. Goes when the task is answered.

    ``raw``: text as typed, by field; ``files``: :class:`models.answers.FileRef` each. It decides nothing.
    """

    __tablename__ = "draft"
    task_id: str = Field(primary_key=True)
    raw: dict[str, Any] = json_column()
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    source: str = "portal"  # "portal" | "mail"
    inbound_id: str = ""
    updated_at: datetime = instant()


class StoredFile(Table, table=True):
    """An uploaded file of the content-addressed store; the bytes lie on disk under their hash."""

    __tablename__ = "stored_file"
    sha256: str = Field(primary_key=True)
    size: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))
    media_type: str
    name: str
    stored_at: datetime = instant()


class Alarm(Table, table=True):
    """Something that must not happen was tried: a forged update, start, step or hand-over."""

    __tablename__ = "alarm"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = instant()
    kind: str
    case_id: str = Field(default="", index=True)
    detail: str = ""
    dedupe_key: str = Field(unique=True)
