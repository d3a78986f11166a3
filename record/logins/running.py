"""Log-ins that run: begun, found by their cookie, proved again, ended.

A log-in ends by itself when it was not used for long (idle), and after some hours in any case (absolute). Whether its
officer may still act is asked at each use, so a revocation ends it at once.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select, update

from models.errors import RefusedError
from models.tables import Login
from record.database.clock import installation, legal_today
from record.logins.events import NOWHERE, EventKind, Origin, note
from record.logins.tokens import hashed, new_token
from record.people import officer


class Way(StrEnum):
    """How a person proved who they are."""

    SIMULATED = "simulated"  # embedded mode only: chosen by a click
    PASSWORD = "password"  # noqa: S105 - with a one-time code
    OIDC = "oidc"
    DEVICE = "device"  # confirmed by the same person in a browser; a token of the command line, no cookie


class Ended(StrEnum):
    """Why a log-in ended."""

    LOGGED_OUT = "logged_out"
    EVERYWHERE = "everywhere"  # from another log-in of the same person
    REPLACED = "replaced"  # somebody logged in anew in the same browser
    IDLE = "idle"
    TOO_LONG = "too_long"
    NO_OFFICER = "no_officer"  # revoked, or the last day is over
    NEW_PROOF = "new_proof"  # the person set up another password or connected another account


class WrongWayError(Exception):
    """A simulated log-in outside of the embedded mode, or another one in it."""


@dataclass(frozen=True)
class Limits:
    """How long a log-in lasts: without being used, and at most."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True)
class Begun:
    """A new log-in and the only copy of what its cookie holds."""

    login_id: str
    token: str


def begin(session: Session, officer_id: str, way: Way, now: datetime, *, origin: Origin = NOWHERE) -> Begun:
    """Begins a log-in with a proof of just now.

    Raises ``WrongWayError``, and ``RefusedError`` for nobody who may act now.
    """
    if (way is Way.SIMULATED) != (installation(session).mode == "embedded"):
        raise WrongWayError
    return _begin(session, officer_id, way, now, now, origin)


def begin_by_device(session: Session, officer_id: str, proved_at: datetime, now: datetime) -> Begun:
    """Begins a log-in of the command line; it has the last proof of the browser's. Raises ``RefusedError``."""
    return _begin(session, officer_id, Way.DEVICE, proved_at, now, NOWHERE)


def _begin(session: Session, officer_id: str, way: Way, proved_at: datetime, now: datetime, origin: Origin) -> Begun:
    found = officer(session, officer_id, legal_today(session))
    token = new_token()
    row = Login(
        id=uuid.uuid4().hex,
        officer_id=found.id,
        way=way,
        token_hash=hashed(token),
        csrf_key=new_token(),
        started_at=now,
        last_used_at=now,
        proved_at=proved_at,
    )
    session.add(row)
    note(session, EventKind.STARTED, found.id, now, origin=origin, login_id=row.id, why=way)
    session.flush()
    return Begun(row.id, token)


def find(session: Session, token: str) -> Login | None:
    """The log-in whose cookie or token this is and that nobody has ended. It may be over all the same: :func:`over`."""
    return session.exec(select(Login).where(Login.token_hash == hashed(token), col(Login.ended_at).is_(None))).first()


def over(session: Session, found: Login, limits: Limits, now: datetime) -> Ended | None:
    """Why a log-in counts no more, if it does not."""
    if now - found.started_at >= limits.absolute:
        return Ended.TOO_LONG
    if now - found.last_used_at >= limits.idle:
        return Ended.IDLE
    try:
        officer(session, found.officer_id, legal_today(session))
    except RefusedError:
        return Ended.NO_OFFICER
    return None


def used(login_id: str, now: datetime) -> Any:
    """The statement that notes a use. It never wakes a log-in that has ended meanwhile."""
    return (
        update(Login)
        .where(col(Login.id) == login_id, col(Login.ended_at).is_(None), col(Login.last_used_at) < now)
        .values(last_used_at=now)
    )


def kept_filter(session: Session, login_id: str) -> str:
    """By what the lists of a log-in are filtered, as an address says it; empty by nothing."""
    return session.exec(select(Login.lists_filter).where(Login.id == login_id)).first() or ""


def keep_filter(login_id: str, chosen: str) -> Any:
    """The statement that notes it."""
    return update(Login).where(col(Login.id) == login_id, col(Login.ended_at).is_(None)).values(lists_filter=chosen)


def renew(session: Session, login_id: str, now: datetime, *, origin: Origin = NOWHERE) -> str | None:
    """A fresh proof: the log-in goes on under a new cookie, the old one is worth nothing. None when it has ended."""
    row = session.get(Login, login_id, with_for_update=True, populate_existing=True)
    if row is None or row.ended_at is not None:
        return None
    token = new_token()
    row.token_hash, row.proved_at, row.last_used_at = hashed(token), now, now
    session.add(row)
    note(session, EventKind.PROVED, row.officer_id, now, origin=origin, login_id=row.id)
    session.flush()
    return token


def end(session: Session, login_id: str, why: Ended, now: datetime) -> None:
    """Ends a log-in; one that has ended stays as it is."""
    row = session.get(Login, login_id, with_for_update=True, populate_existing=True)
    if row is not None:
        _end((row,), session, why, now)


def end_everywhere(session: Session, officer_id: str, why: Ended, now: datetime) -> int:
    """Ends all log-ins of a person, tokens of the command line included; gives their number."""
    query = select(Login).where(Login.officer_id == officer_id, col(Login.ended_at).is_(None)).with_for_update()
    return _end(session.exec(query.execution_options(populate_existing=True)).all(), session, why, now)


def _end(rows: Iterable[Login], session: Session, why: Ended, now: datetime) -> int:
    ending = [row for row in rows if row.ended_at is None]
    for row in ending:
        row.ended_at, row.ended_why = now, why
        session.add(row)
        note(session, EventKind.ENDED, row.officer_id, now, login_id=row.id, why=why)
    session.flush()
    return len(ending)
