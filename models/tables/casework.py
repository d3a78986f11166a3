"""How officers share their work: who takes care of a task, and notes on a case. Nothing here decides anything."""

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
