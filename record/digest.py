"""One mail a working day to each officer with open tasks: what waits, what is late, no more than that.

Called by the worker's daily job (``worker.send_digests``) and by the time-lapse after each stop.
"""

from datetime import date, datetime
from typing import Any, Protocol

from sqlmodel import Session, col, select

from models.deadlines import legal_day
from models.mail import MailOrder, Template
from models.tables import Officer, TaskRow
from models.tasks import TASKS, Role, TaskKind
from record.engine import Database
from record.people import officer_roles, officers

LONGEST = 30
"""Tasks named in one mail; the rest is counted."""


class OfficerPost(Protocol):
    """Writes one finished mail to an officer into the outbox."""

    def to_officer(self, session: Session, officer: Officer, order: MailOrder, key: str, at: datetime) -> None:
        """The mail, under a key that makes twice once."""
        ...


def write_digests(db: Database, post: OfficerPost, now: datetime) -> int:
    """Writes the mails of ``now``'s legal day that are not written yet; returns how many."""
    today = legal_day(now)
    with db.write() as session:
        due = [o for o in officers(session, today) if o.last_digest_on != today]
        if not due:
            return 0
        tasks = _open_tasks(session)
        hands = _hands(session)
        return sum(_write(session, post, officer, _mine(session, officer, tasks, hands, today), now) for officer in due)


def _write(session: Session, post: OfficerPost, officer: Officer, tasks: list[TaskRow], now: datetime) -> int:
    if not tasks:
        return 0
    today = legal_day(now)
    facts: dict[str, Any] = {
        "tasks": [
            {"id": t.id, "kind": t.kind, "case": t.case_id, "due": legal_day(t.due_at).isoformat(), "late": t.late}
            for t in tasks[:LONGEST]
        ],
        "waiting": len(tasks),
    }
    order = MailOrder(template=Template.OFFICER_DIGEST, to="officer", officer_id=officer.id, facts=facts)
    post.to_officer(session, officer, order, f"digest:{officer.id}:{today}", now)
    officer.last_digest_on = today
    session.add(officer)
    return 1


def _open_tasks(session: Session) -> list[TaskRow]:
    query = select(TaskRow).where(TaskRow.state == "open", TaskRow.owner != Role.APPLICANT)
    return list(session.exec(query.order_by(col(TaskRow.due_at), col(TaskRow.id))))


def _hands(session: Session) -> dict[tuple[str, str], str]:
    """Who answered each kind of task last, by case."""
    rows = session.exec(
        select(TaskRow.case_id, TaskRow.kind, TaskRow.closed_by)
        .where(TaskRow.state == "answered")
        .order_by(col(TaskRow.closed_at), col(TaskRow.id))
    )
    return {(case_id, kind): by for case_id, kind, by in rows}


def _mine(
    session: Session, officer: Officer, tasks: list[TaskRow], hands: dict[tuple[str, str], str], today: date
) -> list[TaskRow]:
    """What this person may answer: a role of hers, and not the second pair of eyes on her own work."""
    roles = officer_roles(session, officer.id, today)
    return [
        task
        for task in tasks
        if task.owner in roles
        and officer.id not in {hands.get((task.case_id, str(first))) for first in TASKS[TaskKind(task.kind)].not_by}
    ]
