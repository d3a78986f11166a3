"""Mail that goes out and mail that comes in."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field

from models.tables.base import Table, instant, json_column


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
