"""Who opened which case: a log beside the record, for those who ask who has seen a file. No figures are made of it.

That a GET changes nothing (promise 8) speaks of the case and of everything that has effect: whoever looks decides,
sends and moves nothing, and looking twice is looking once. This log says only that somebody looked; it is no part of
the case, of its chain or of its history, no rule reads it, and a case is the same with it and without it.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from models.tables import CaseOpened
from record.database.clock import legal_now
from record.database.engine import Database


class Opened(StrEnum):
    """What was looked at."""

    CASE = "case"
    TASK = "task"


def note(db: Database, officer_id: str, case_id: str, view: Opened) -> None:
    """Puts on record that an officer opened a case, in a transaction of its own; once an hour of server time."""
    now = datetime.now(UTC)
    hour = f"{now:%Y-%m-%dT%H}"
    with db.read() as session:
        if session.get(CaseOpened, (officer_id, case_id, hour)) is not None:
            return
    insert = sqlite.insert if db.dialect == "sqlite" else postgresql.insert
    with db.write() as session:
        row: dict[str, Any] = {"officer_id": officer_id, "case_id": case_id, "hour": hour}
        row |= {"at": now, "legal_at": legal_now(session), "view": str(view)}
        session.connection().execute(insert(CaseOpened).values(row).on_conflict_do_nothing())


def opened_by(session: Session, case_id: str) -> list[dict[str, Any]]:
    """Who opened a case when, oldest first: ``{officer, at, legal_at, view}``."""
    rows = session.exec(
        select(CaseOpened).where(CaseOpened.case_id == case_id).order_by(col(CaseOpened.at), col(CaseOpened.officer_id))
    )
    return [
        {"officer": row.officer_id, "at": row.at.isoformat(), "legal_at": row.legal_at.isoformat(), "view": row.view}
        for row in rows
    ]
