"""Rounds that could be opened today: without one nobody is invited and no day's list would ever say so."""

from datetime import date
from typing import Any, Protocol

from sqlmodel import Session

from models.programme import Rules
from models.rounds import OPEN_ROUND, application_deadline, round_id
from models.tables import Round
from models.tasks import Role
from record.people import with_role


class Lines(Protocol):
    """Programme data: every funding line there is."""

    def lines(self) -> tuple[Rules, ...]:
        """The rules of every funding line and year."""
        ...


def rounds_to_open(session: Session, directory: Lines, today: date, officer_id: str) -> list[dict[str, Any]]:
    """What an officer may start: rounds not yet opened whose applications are not yet due."""
    workers = [officer.id for officer in with_role(session, Role.CASE_WORKER, today)]
    by = officer_id if officer_id in workers else next(iter(workers), "")
    if officer_id and officer_id not in workers:
        return []
    ids = [round_id(rules.code, rules.year) for rules in directory.lines() if application_deadline(rules).end >= today]
    start = {"kind": OPEN_ROUND, "as": by, "read_first": False}
    return [{**start, "case": found} for found in ids if session.get(Round, found) is None]
