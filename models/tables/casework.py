"""How officers share their work: who takes care of a task, notes on a case, paper in and out."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from models.tables.base import Table, instant


class TaskHolding(Table, table=True):
    """One change of who takes care of a task. The newest (``no``) counts; rows only grow."""

    __tablename__ = "task_holding"
    __table_args__ = (
        UniqueConstraint("task_id", "no"),
        CheckConstraint("act IN ('take', 'hand', 'later', 'back')", name="act"),
        CheckConstraint("(act = 'back') = (holder = '')", name="back_to_nobody"),
        CheckConstraint("(act = 'later') = (until IS NOT NULL)", name="until_a_day"),
    )
    command_id: str = Field(primary_key=True)
    task_id: str = Field(foreign_key="task.id")
    case_id: str = Field(foreign_key="grant_case.id", index=True)
    no: int
    act: str
    holder: str = Field(index=True)  # officer id; nobody: it was given back
    before: str = Field(default="", index=True)  # who took care of it until then
    until: date | None = None  # put on this day: until then it is out of the way
    reason: str = ""
    since: datetime = instant()  # legal time since when the holder takes care of it
    by: str  # officer id
    at: datetime = instant()  # legal time
    stored_at: datetime = instant()


class CaseNote(Table, table=True):
    """What an officer wants to be known about a case. Never changed; a later one corrects."""

    __tablename__ = "case_note"
    __table_args__ = (
        UniqueConstraint("case_id", "no"),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("corrects < no", name="corrects_an_earlier_one"),
    )
    command_id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="grant_case.id")
    no: int  # within the case
    text: str
    corrects: int | None = None  # ``no`` of an earlier note of the case
    by: str  # officer id
    at: datetime = instant()  # legal time
    stored_at: datetime = instant()


class Intake(Table, table=True):
    """How an answer of a municipality came that an officer recorded: by post, fax, telephone or in person."""

    __tablename__ = "intake"
    __table_args__ = (
        CheckConstraint("channel IN ('post', 'fax', 'telephone', 'in_person')", name="channel"),
        CheckConstraint("channel <> 'post' OR scan_sha256 IS NOT NULL", name="post_has_a_scan"),
        CheckConstraint("NOT signed OR scan_sha256 IS NOT NULL", name="signature_has_a_scan"),
        CheckConstraint("taken_by <> ''", name="taken_by_somebody"),
    )
    command_id: str = Field(primary_key=True, foreign_key="command.id")
    case_id: str = Field(index=True)
    channel: str
    received_on: date
    scan_sha256: str | None = Field(default=None, foreign_key="stored_file.sha256")
    scan_name: str = ""
    signed: bool = False  # the scan shows a signature
    taken_by: str  # who took the letter or the call, by name
    by: str  # officer id: who recorded it
    at: datetime = instant()  # legal time
    stored_at: datetime = instant()


class PostalAddress(Table, table=True):
    """Where a recipient is written to by post. Never changed; the newest counts."""

    __tablename__ = "postal_address"
    __table_args__ = (
        CheckConstraint("lines <> ''", name="says_something"),
        CheckConstraint("source <> ''", name="known_from_somewhere"),
    )
    id: int | None = Field(default=None, primary_key=True)
    recipient: str = Field(index=True)  # identity
    lines: str  # below the name, one a line
    source: str  # where it is known from
    entered_at: datetime = instant()  # legal time
    entered_by: str  # officer id
