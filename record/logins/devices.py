"""Codes of a command line: confirmed by somebody who is logged in, exchanged once for a token of its own.

Nothing is stored before somebody confirms, so strangers who ask for codes leave nothing behind.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from models.errors import RefusedError
from models.tables import LoginDevice
from record.logins.events import EventKind, note
from record.logins.running import Begun, begin_by_device
from record.logins.tokens import hashed

LASTS: Final = timedelta(minutes=10)
"""So long a code can be confirmed, and so long after that it can be exchanged."""


def confirm(session: Session, code: str, officer_id: str, login_id: str, proved_at: datetime, now: datetime) -> bool:
    """Confirms a code for the person of a log-in. False when it was confirmed before."""
    if session.get(LoginDevice, hashed(code), with_for_update=True) is not None:
        return False
    session.add(
        LoginDevice(
            code_hash=hashed(code),
            officer_id=officer_id,
            confirmed_in=login_id,
            confirmed_at=now,
            proved_at=proved_at,
        )
    )
    note(session, EventKind.CONFIRMED, officer_id, now, login_id=login_id)
    session.flush()
    return True


def is_confirmed(session: Session, code: str) -> bool:
    """Whether somebody has confirmed a code."""
    return session.get(LoginDevice, hashed(code)) is not None


def claim(session: Session, code: str, now: datetime) -> Begun | None:
    """The token for a confirmed code, once. None when it was claimed, is too old, or its person may not act now."""
    row = session.get(LoginDevice, hashed(code), with_for_update=True, populate_existing=True)
    if row is None or row.claimed_at is not None or now - row.confirmed_at >= LASTS:
        return None
    row.claimed_at = now
    session.add(row)
    try:
        return begin_by_device(session, row.officer_id, row.proved_at, now)
    except RefusedError:
        return None
