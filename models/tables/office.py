"""The installation and its people: officers, contacts of recipients; and alarms."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column
from sqlmodel import Field

from models.tables.base import Table, instant


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
    """A person of the authority, with roles and validity."""

    __tablename__ = "officer"
    id: str = Field(primary_key=True)
    name: str
    email: str
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    deputy_of: str | None = None
    simulated: bool = False
    valid_from: date
    valid_to: date | None = None
    revoked_at: datetime | None = instant(nullable=True)  # legal time; from then on this person acts no more
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


class Telephone(Table, table=True):
    """A number under which a person is reached. Entered once and ended, never changed: a call-back relies on it."""

    __tablename__ = "telephone"
    __table_args__ = (
        CheckConstraint("(contact_id IS NULL) <> (officer_id IS NULL)", name="one_person"),
        CheckConstraint("source <> ''", name="known_from_somewhere"),
    )
    id: int | None = Field(default=None, primary_key=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    officer_id: str | None = Field(default=None, foreign_key="officer.id", index=True)
    number: str = Field(index=True)  # models.content.phone.canonical
    written: str  # as people read it
    source: str  # where it is known from
    valid_from: date  # reached under it since; what whoever entered it says …
    valid_to: date | None = None
    entered_at: datetime = instant()  # … and legal time at which it was entered
    entered_by: str = ""  # officer id; nobody: it came with the installation


class Alarm(Table, table=True):
    """Something that must not happen was tried: a forged update, start, step or hand-over."""

    __tablename__ = "alarm"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = instant()
    kind: str
    case_id: str = Field(default="", index=True)
    detail: str = ""
    dedupe_key: str = Field(unique=True)
