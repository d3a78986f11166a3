"""Grants and rounds: wishes, steps, tasks, links, files, notices."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field

from models.tables.base import Table, cents_column, instant, json_column

OF_THE_DESK: Final = "state = 'open' AND owner <> 'applicant' AND case_id <> ''"
"""The open tasks of the authority, in the lists of its desk."""


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
        Index("ix_grant_case_round", "line", "year", "id"),
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
    file_number: str | None = None  # the authority's own; none: not given yet


class CaseOpened(Table, table=True):
    """Who opened which case. Only grows; at most one row an officer, case and hour of server time."""

    __tablename__ = "case_opened"
    officer_id: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True, index=True)
    hour: str = Field(primary_key=True)  # "2026-11-27T18", UTC
    at: datetime = instant()  # server time
    legal_at: datetime = instant()
    view: str  # "case" | "task"


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
    on_behalf_of: str | None = None  # the absent officer in whose place the actor, their deputy, did it
    simulated: bool = False
    content: dict[str, Any] = json_column()
    login_id: str | None = None  # the officer's log-in
    shown: str | None = ""  # SHA-256 of what the officer was shown; none: stored before it was asked for
    received_at: datetime = instant()
    stored_at: datetime = instant()
    state: str = "received"
    reason: str = ""
    details: dict[str, Any] = json_column()
    step_no: int | None = None


class ShownText(Table, table=True):
    """Which letter, order or end of a case was shown to whom before they decided. Only grows.

    ``about``: the task, or the case that something is started in; ``sha256``: see :mod:`record.cases.shown`.
    """

    __tablename__ = "shown_text"
    officer_id: str = Field(primary_key=True)
    login_id: str = Field(primary_key=True)  # "" in the embedded mode's command line
    about: str = Field(primary_key=True)
    choice: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    at: datetime = instant()  # server time
    legal_at: datetime = instant()


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
    __table_args__ = (
        CheckConstraint("state IN ('open', 'answered', 'withdrawn', 'expired')", name="state"),
        Index("ix_task_desk", "due_at", "id", sqlite_where=text(OF_THE_DESK), postgresql_where=text(OF_THE_DESK)),
        Index(
            "ix_task_answered",
            "case_id",
            "kind",
            "closed_at",
            "id",
            sqlite_where=text("state = 'answered'"),
            postgresql_where=text("state = 'answered'"),
        ),
    )
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


class StoredFile(Table, table=True):
    """An uploaded file of the content-addressed store; the bytes lie on disk under their hash."""

    __tablename__ = "stored_file"
    sha256: str = Field(primary_key=True)
    size: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))
    media_type: str
    name: str
    stored_at: datetime = instant()


class Draft(Table, table=True):
    """What a clerk typed into a task's form so far, or what a reply by mail prepared. Goes when the task is answered.

    ``raw``: text as typed, by field; ``files``: :class:`models.content.answers.FileRef` each. It decides nothing.
    """

    __tablename__ = "draft"
    task_id: str = Field(primary_key=True)
    raw: dict[str, Any] = json_column()
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    source: str = "portal"  # "portal" | "mail"
    inbound_id: str = ""
    updated_at: datetime = instant()


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
