"""The loop guard: how often mail that comes in may bring about a mail of ours.

Counted are the mails themselves, by address and by matter, whatever brought them about. Time is legal time: in
production that is the server's; in the embedded mode, where it can be moved forward, no mail leaves the machine.
A clock that was set back opens nothing, because what lies in the future counts too.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.mail.orders import AUTOMATIC_REPLIES
from models.tables import Outbox

PER_ADDRESS: Final = (1, timedelta(hours=24))
PER_MATTER: Final = (2, timedelta(days=7))
"""A matter is a task; where there is none the case; where there is none everything from that address."""


def may_write(session: Session, address: str, case_id: str, task_id: str, now: datetime) -> bool:
    """Whether one more automatic mail may go to this address in this matter."""
    ours = col(Outbox.template).in_([str(template) for template in AUTOMATIC_REPLIES])
    to = func.lower(Outbox.to) == address.lower()
    count = (
        select(func.count()).select_from(Outbox).where(ours, col(Outbox.dedupe_key).startswith(KEY, autoescape=True))
    )
    most, within = PER_ADDRESS
    if session.exec(count.where(to, col(Outbox.queued_at) > now - within)).one() >= most:
        return False
    matter = to
    if case_id or task_id:
        matter = col(Outbox.dedupe_key).startswith(key_of(case_id, task_id), autoescape=True)
    most, within = PER_MATTER
    return session.exec(count.where(matter, col(Outbox.queued_at) > now - within)).one() < most


KEY: Final = "inbound:"


def key_of(case_id: str, task_id: str, inbound_id: str = "") -> str:
    """The key of an automatic mail, so that one mail brings about one, and those of a matter are counted."""
    return f"{KEY}{task_id or case_id}|{inbound_id}"
