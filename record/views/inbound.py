"""What officers read of mail that came in: what waits for them, one mail in full, and what belongs to a case."""

from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from models.commands import CommandState
from models.deadlines import legal_day
from models.errors import MOST_CANDIDATES, Code, RefusedError, ambiguous
from models.mail.inbound import MailKind
from models.tables import Absence, Case, CommandRow, Contact, InboundMail, TaskRow
from models.tasks import Role, TaskState
from record.database.clock import legal_now

View = dict[str, Any]
SHORTEST_ID: Final = 8
"""Characters of a mail's id that lists show, and the fewest by which one may be named."""


def waiting(session: Session, most: int | None = None) -> list[View]:
    """Mails that wait for an officer, oldest first: triage, hand-ins that were refused, and bounces of no case.

    ``most``: the oldest ones only. The mails themselves, which may be large, are not read.
    """
    rows = session.exec(
        select(InboundMail)
        .options(defer(col(InboundMail.raw)))  # type: ignore[arg-type]
        .join(CommandRow, col(CommandRow.id) == col(InboundMail.command_id), isouter=True)
        .where(waits())
        .order_by(col(InboundMail.received_at), col(InboundMail.id))
        .limit(most)
    )
    return [_line(row) for row in rows]


def number_waiting(session: Session) -> int:
    """How many mails :func:`waiting` gives; the mails themselves, which may be large, are not read."""
    query = select(func.count()).select_from(InboundMail)
    joined = query.join(CommandRow, col(CommandRow.id) == col(InboundMail.command_id), isouter=True)
    return int(session.exec(joined.where(waits())).one())


def waits() -> ColumnElement[bool]:
    """What waits, as a condition over mails with their commands joined to them."""
    kind = col(InboundMail.kind)
    refused = and_(kind == MailKind.ANSWER, col(CommandRow.state) == CommandState.REFUSED)
    returned = and_(kind == MailKind.BOUNCE, col(InboundMail.command_id).is_(None))
    return and_(col(InboundMail.settled_at).is_(None), or_(kind == MailKind.TRIAGE, refused, returned))


def found(session: Session, wanted: str) -> InboundMail:
    """A mail by its id or by how it begins. Raises ``RefusedError`` (``unknown_inbound``, ``ambiguous``)."""
    rows, beginning = [], wanted.strip().lower()
    if len(beginning) >= SHORTEST_ID:
        like = col(InboundMail.id).startswith(beginning, autoescape=True)
        rows = list(session.exec(select(InboundMail).where(like).order_by(col(InboundMail.id)).limit(MOST_CANDIDATES)))
    if len(rows) > 1:
        raise ambiguous(wanted, [{"id": row.id, "name": row.subject, "kind": "inbound"} for row in rows])
    if not rows:
        raise RefusedError(Code.UNKNOWN_INBOUND, mail=wanted)
    return rows[0]


def mail_view(session: Session, wanted: str) -> View:
    """One mail in full, as plain text, and the tasks it may be the answer to. Raises ``RefusedError``."""
    row = found(session, wanted)
    waits_still = any(one["id"] == row.id for one in waiting(session))
    return _line(row) | {
        "text": row.text,
        "files": row.facts.get("files", []),
        "left_out": row.facts.get("left_out", []),
        "size": row.facts.get("size", len(row.raw)),
        "whole": not row.facts.get("cut"),
        "sha256": row.sha256,
        "waits": waits_still,
        "tasks": _candidates(session, row) if waits_still else [],
        "settled_at": row.settled_at.isoformat() if row.settled_at else "",
        "settled_by": row.settled_by,
        "settlement": row.settlement,
    }


def of_case(session: Session, case_id: str) -> list[View]:
    """Mails that came in for a case, in their order."""
    query = select(InboundMail).where(InboundMail.case_id == case_id, InboundMail.kind != "")
    return [_line(row) for row in session.exec(query.order_by(col(InboundMail.received_at), col(InboundMail.id)))]


def absences(session: Session, recipient: str, today: date) -> list[View]:
    """Contacts of a recipient who said lately that they are away; each the last word only.

    Without a day an absence is shown for two weeks.
    """
    rows = session.exec(
        select(Absence, Contact)
        .join(Contact, col(Contact.id) == col(Absence.contact_id))
        .where(Contact.recipient == recipient)
        .order_by(col(Absence.noted_at), col(Absence.id))
    )
    last = {contact.id: (absence, contact) for absence, contact in rows}
    return [
        {
            "name": contact.name,
            "function": contact.function,
            "noted": legal_day(absence.noted_at).isoformat(),
            "until": absence.until.isoformat() if absence.until else "",
        }
        for absence, contact in last.values()
        if (absence.until or date.fromordinal(legal_day(absence.noted_at).toordinal() + 14)) >= today
    ]


def settle(session: Session, wanted: str, officer_id: str, what: str) -> InboundMail:
    """An officer has seen to a mail. Raises ``RefusedError``: ``unknown_inbound``, ``mail_settled``."""
    row = session.get_one(InboundMail, found(session, wanted).id, with_for_update=True, populate_existing=True)
    if row.id not in {one["id"] for one in waiting(session)}:
        raise RefusedError(Code.MAIL_SETTLED, mail=row.id[:SHORTEST_ID])
    row.settled_at, row.settled_by, row.settlement = legal_now(session), officer_id, what
    session.add(row)
    session.flush()
    return row


def _line(row: InboundMail) -> View:
    return {
        "id": row.id,
        "at": row.received_at.isoformat(),
        "kind": row.kind,
        "reason": row.reason,
        "sender": row.sender,
        "subject": row.subject,
        "case": row.case_id,
        "task": row.task_id,
        "recipient": row.facts.get("recipient", ""),
        "verified": bool(row.facts.get("verified")),
        "number_of_files": len(row.facts.get("files", [])),
        "settled": row.settled_at is not None,
    }


def _candidates(session: Session, row: InboundMail) -> list[View]:
    """Open tasks of the municipality the mail came from, those of its own case first."""
    if not row.sender and not row.case_id:
        return []
    recipient = row.facts.get("recipient", "")
    if row.case_id:
        case = session.get(Case, row.case_id)
        recipient = case.recipient if case else recipient
    query = select(TaskRow).where(
        TaskRow.recipient == recipient, TaskRow.state == TaskState.OPEN, TaskRow.owner == Role.APPLICANT
    )
    tasks = sorted(session.exec(query), key=lambda task: (task.case_id != row.case_id, task.due_at, task.id))
    return [{"id": task.id, "kind": task.kind, "due": task.due_at.isoformat()} for task in tasks]
