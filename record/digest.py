"""The one mail a day to an officer: what is open that this person may answer."""

import logging
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlmodel import Session, col, select

from models.deadlines import is_working_day, legal_day
from models.mail.orders import DigestTask, MailOrder, Template
from models.tables import Officer, TaskRow
from models.tasks import Role
from record.cases.hands import barred, hands
from record.database.background import in_short
from record.database.engine import Database
from record.people import officer_roles, officers

log = logging.getLogger(__name__)


class Correspondence(Protocol):
    """Turns an order for a letter into a finished mail in the outbox."""

    def to_officer(self, session: Session, officer: Officer, order: MailOrder, key: str, at: datetime) -> None:
        """One finished mail to a person of the authority."""
        ...


def write_digests(db: Database, correspondence: Correspondence, now: datetime) -> int:
    """Writes to each officer who has open tasks, at most once a legal working day; returns how many were written.

    Called once a day by a Temporal Schedule, and by the time-lapse at each stop; ``now`` is the legal instant. A task
    counts for who has its role that day, also as a deputy, and is not barred by the four-eyes principle. One
    transaction an officer: two workers at once write one mail. What goes wrong for one officer is logged, the others
    get theirs, and the next call tries again.
    """
    today = legal_day(now)
    if not is_working_day(today):
        return 0
    with db.read() as session:
        people = [officer.id for officer in officers(session, today) if officer.last_digest_on != today]
    return sum(_survived(db, correspondence, officer, now) for officer in people)


def _survived(db: Database, correspondence: Correspondence, officer_id: str, now: datetime) -> bool:
    try:
        return _written(db, correspondence, officer_id, now)
    except Exception as error:  # noqa: BLE001 - one officer's mail, whatever is wrong with it, keeps no other from theirs
        said = "the digest for %s could not be written: %s"
        log.error(said, officer_id, in_short(error))  # noqa: TRY400 - one line; a traceback may hold contents
        return False


def _written(db: Database, correspondence: Correspondence, officer_id: str, now: datetime) -> bool:
    today = legal_day(now)
    with db.write() as session:
        officer = session.get_one(Officer, officer_id, with_for_update=True)
        tasks = answerable(session, officer_id, today)
        if officer.last_digest_on == today or not tasks:
            return False
        facts = {"tasks": [_entry(task).model_dump(mode="json") for task in tasks]}
        order = MailOrder(template=Template.OFFICER_DIGEST, to="officer", officer_id=officer_id, facts=facts)
        correspondence.to_officer(session, officer, order, f"digest:{officer_id}:{today}", now)
        officer.last_digest_on = today
        session.add(officer)
    return True


def answerable(session: Session, officer_id: str, today: date) -> list[TaskRow]:
    """Open tasks of cases that an officer may answer on a day, by due date."""
    roles = officer_roles(session, officer_id, today)
    query = (
        select(TaskRow)
        .where(TaskRow.state == "open", TaskRow.case_id != "", TaskRow.owner != Role.APPLICANT)
        .where(col(TaskRow.owner).in_([str(role) for role in roles]))
        .order_by(col(TaskRow.due_at), col(TaskRow.id))
    )
    rows = list(session.exec(query))
    known = hands(session, {row.case_id for row in rows})
    return [row for row in rows if officer_id not in barred(row, known)]


def _entry(task: TaskRow) -> DigestTask:
    """The last day in time is the one before the instant at which it is too late."""
    due = legal_day(task.due_at - timedelta(microseconds=1))
    return DigestTask(id=task.id, kind=task.kind, case=task.case_id, due=due, late=task.late)
