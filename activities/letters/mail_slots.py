"""When a mail leaves that was written just now: at once, or held until its reader's next free slot."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from activities.letters.mime import envelope_address
from models.deadlines import is_working_day, legal_day
from models.mail.hours import NOT_URGENT, MailHours, next_slot
from models.mail.orders import Template
from models.tables import Contact, Outbox

LOOK_BACK: Final = timedelta(days=60)
"""Mail written longer ago has left, or nobody waits for it any more."""


def slot_for(
    session: Session, hours: MailHours | None, template: Template, to: str, at: datetime, last_day: date | None = None
) -> datetime:
    """The instant (legal time) from which a mail may leave; ``at`` for one that is urgent or would miss its last day.

    Two mails to one contact that are written at the same time wait for each other at the contact's row.
    """
    if hours is None or template not in NOT_URGENT:
        return at
    session.exec(select(Contact.id).where(Contact.email == to).order_by(col(Contact.id)).with_for_update()).all()
    slot = next_slot(at, hours, is_working_day, _taken(session, envelope_address(to), at))
    return at if last_day is not None and legal_day(slot) > last_day else slot


def _taken(session: Session, to: str, at: datetime) -> set[date]:
    """Days on which a letter that could wait went to this address, or will."""
    rows = session.exec(
        select(Outbox).where(
            Outbox.to == to,
            col(Outbox.template).in_(NOT_URGENT),
            col(Outbox.state).not_in(("failed", "dropped")),
            col(Outbox.queued_at) > at - LOOK_BACK,
        )
    )
    return {legal_day(row.accepted_at or row.begun_at or row.next_try_at) for row in rows}
