"""Promise 4, mail that came in: each is sorted, each answer has its effect, each that waits is on a list."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, select

from models.mail.inbound import MailKind
from models.tables import CommandRow, Draft, InboundMail, TaskRow
from models.tasks import TaskState
from record.promises.book import Violation
from record.promises.finding import Finding
from record.views.inbound import waiting

READS = ("id", "kind", "reason", "stored_at", "case_id", "task_id", "command_id", "settled_at")


def kept(session: Session, stored_before: datetime, only: str = "") -> Iterator[Violation]:
    """Asked of the record directly, without the raw bytes; ``stored_before`` in server time."""
    query = select(*(getattr(InboundMail, name) for name in READS))
    rows = session.exec(query.where(InboundMail.case_id == only) if only else query).all()
    listed = {one["id"] for one in waiting(session)}
    for row in rows:
        if not row.kind and row.stored_at < stored_before:
            yield _broken(row, Finding.MAIL_UNSORTED, f"since {row.stored_at:%Y-%m-%d %H:%M}Z")
        elif row.kind == MailKind.ANSWER and not _has_effect(session, row):
            yield _broken(row, Finding.MAIL_WITHOUT_EFFECT, row.reason)
        elif row.kind == MailKind.TRIAGE and row.settled_at is None and row.id not in listed:
            yield _broken(row, Finding.MAIL_NOT_SHOWN, row.reason)


def _has_effect(session: Session, row: InboundMail) -> bool:
    """A command, or a draft as long as its task is open; once the task has ended the draft has gone with it."""
    if row.command_id is not None:
        return session.get(CommandRow, row.command_id) is not None
    task = session.exec(select(TaskRow.state).where(TaskRow.id == row.task_id)).first()
    if task != TaskState.OPEN:
        return task is not None
    coming = select(CommandRow.id).where(CommandRow.task_id == row.task_id, col(CommandRow.state) == "received")
    return session.get(Draft, row.task_id) is not None or session.exec(coming).first() is not None


def _broken(row: InboundMail, code: Finding, detail: str) -> Violation:
    return Violation(promise=4, code=code, case_id=row.case_id, detail=f"{row.id} {detail}")
