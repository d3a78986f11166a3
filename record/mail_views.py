"""What officers read about mail that went out: when, which letter, to which function, and what became of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

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


def late_mails(session: Session, now: datetime, most: int | None = None) -> list[dict[str, Any]]:
    """Mails that should have left hours ago, and invitations that were refused for good: nobody else says so.

    ``most``: of each the oldest ones only.
    """
    both = (_should_have_left(now), _refused_invitation())
    rows = [row for condition in both for row in _oldest(session, condition, most)]
    return [_mail(row, now) | {"case": row.case_id, "recipient": row.recipient} for row in rows[:most]]


def number_late(session: Session, now: datetime) -> int:
    """How many mails :func:`late_mails` gives when nothing is left out."""
    either = or_(_should_have_left(now), _refused_invitation())
    return int(session.exec(select(func.count()).select_from(Outbox).where(either)).one())


def _oldest(session: Session, condition: ColumnElement[bool], most: int | None) -> Iterable[Outbox]:
    """Their bytes are not read."""
    query = select(Outbox).options(defer(col(Outbox.mime))).where(condition)  # type: ignore[arg-type]
    return session.exec(query.order_by(col(Outbox.queued_at), col(Outbox.id)).limit(most))


def _should_have_left(now: datetime) -> ColumnElement[bool]:
    """A mail that was not tried yet has its hour (:func:`_slot`); where no mail leaves at all, each says so at once."""
    late = now - LATE
    past_its_hour = and_(col(Outbox.next_try_at) < late, col(Outbox.queued_at) < late)
    return and_(
        col(Outbox.state).in_(UNDER_WAY),
        or_(col(Outbox.queued_at) < late, _no_mail_leaves()),
        or_(col(Outbox.state) != "queued", past_its_hour, col(Outbox.smtp_reply) != ""),
    )


def _refused_invitation() -> ColumnElement[bool]:
    still_open = exists().where(col(TaskRow.id) == col(Outbox.task_id), col(TaskRow.state) == TaskState.OPEN)
    return and_(col(Outbox.state) == "failed", col(Outbox.case_id) == "", still_open)


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
