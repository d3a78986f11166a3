"""What officers read about mail that went out: when, which letter, to which function, and what became of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from models.tables import Contact, Outbox, TaskRow
from models.tasks import TaskState

LATE: Final = timedelta(hours=2)
"""Longer than greylisting and a restart of a mail server; then somebody should look."""

SHORTEST_ID: Final = 8
"""Characters of a mail's id that lists show, and the fewest by which one may be named."""

UNDER_WAY: Final = ("queued", "sending", "retry")


class Fate(StrEnum):
    """What became of a mail, as people are told."""

    ACCEPTED = "accepted"
    MAYBE_TWICE = "maybe_twice"  # accepted, and perhaps taken once before without a word
    UNDER_WAY = "under_way"
    HELD = "held"  # leaves at its hour
    UNDELIVERABLE = "undeliverable"
    DROPPED = "dropped"  # its task had ended


def fate(row: Outbox, now: datetime) -> Fate:
    """What became of a mail, as of a legal instant."""
    match row.state:
        case "accepted":
            return Fate.MAYBE_TWICE if row.ambiguous else Fate.ACCEPTED
        case "failed":
            return Fate.UNDELIVERABLE
        case "dropped":
            return Fate.DROPPED
    return Fate.HELD if _held(row, now) else Fate.UNDER_WAY


def mails_of(session: Session, case_id: str, now: datetime) -> list[dict[str, Any]]:
    """The mails of a case in their order. ``answered``: state of the task a mail asks for, or ""."""
    rows = session.exec(
        select(Outbox, Contact.function, TaskRow.state)
        .join(Contact, col(Contact.id) == col(Outbox.contact_id), isouter=True)
        .join(TaskRow, col(TaskRow.id) == col(Outbox.task_id), isouter=True)
        .where(Outbox.case_id == case_id)
        .order_by(col(Outbox.queued_at), col(Outbox.id))
    )
    return [_mail(row, now) | {"to_function": function or "", "answered": task or ""} for row, function, task in rows]


def late_mails(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Mails that should have left hours ago, and invitations that were refused for good: nobody else says so."""
    waiting = session.exec(
        select(Outbox)
        .where(col(Outbox.state).in_(UNDER_WAY), or_(col(Outbox.queued_at) < now - LATE, _no_mail_leaves()))
        .order_by(col(Outbox.queued_at), col(Outbox.id))
    )
    found = [row for row in waiting if row.state != "queued" or _slot(row) < now - LATE or row.smtp_reply]
    refused = session.exec(
        select(Outbox)
        .join(TaskRow, col(TaskRow.id) == col(Outbox.task_id))
        .where(Outbox.state == "failed", Outbox.case_id == "", TaskRow.state == TaskState.OPEN)
        .order_by(col(Outbox.queued_at), col(Outbox.id))
    )
    return [_mail(row, now) | {"case": row.case_id, "recipient": row.recipient} for row in (*found, *refused)]


def _mail(row: Outbox, now: datetime) -> dict[str, Any]:
    local, _, domain = row.to.partition("@")
    return {
        "id": row.id,
        "template": row.template,
        "to_masked": f"{local[:1]}…@{domain}",
        "state": row.state,
        "fate": str(fate(row, now)),
        "queued_at": row.queued_at.isoformat(),
        "leaves_at": row.next_try_at.isoformat() if _held(row, now) else "",
        "accepted_at": row.accepted_at.isoformat() if row.accepted_at else "",
        "reply": row.smtp_reply,
        "attempts": row.attempts,
        "ambiguous": row.ambiguous,
    }


def _no_mail_leaves() -> ColumnElement[bool]:
    """The mailroom noted at a mail it has not tried yet why it tries none."""
    return and_(col(Outbox.state) == "queued", col(Outbox.smtp_reply) != "")


def _held(row: Outbox, now: datetime) -> bool:
    return row.state == "queued" and _slot(row) > max(now, row.queued_at)


def _slot(row: Outbox) -> datetime:
    """The hour of legal time from which a mail that was not tried yet may leave."""
    return max(row.next_try_at, row.queued_at)
