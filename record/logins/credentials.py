"""Passwords and one-time codes on record, and the links with which a new person sets them up.

What is stored of a password is made by the caller, slowly (argon2). The secret of the codes has to be readable.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select, update

from models.tables import LoginCredential, LoginIdentity, LoginLink, Officer
from record.database.clock import legal_today
from record.logins.events import EventKind, note
from record.logins.running import Ended, end_everywhere
from record.logins.tokens import hashed, new_code_secret, new_token
from record.people import is_valid, officer

LINK: Final = "/zugang"
"""The desk's page of a link."""
LINK_LASTS: Final = timedelta(days=3)


@dataclass(frozen=True)
class OpenLink:
    """A link that still counts, and the person it is for."""

    token_hash: str
    officer_id: str
    name: str
    totp_secret: str
    expires_at: datetime


def credential(session: Session, officer_id: str) -> LoginCredential | None:
    """What a person proves with who they are, once set up."""
    return session.get(LoginCredential, officer_id)


def take_step(session: Session, officer_id: str, step: int) -> bool:
    """Takes the code of a time step. False when it, or a later one, was taken: no code counts twice."""
    done = session.connection().execute(
        update(LoginCredential)
        .where(col(LoginCredential.officer_id) == officer_id, col(LoginCredential.last_step) < step)
        .values(last_step=step)
    )
    return bool(done.rowcount == 1)


def make_link(session: Session, officer_id: str, made_by: str, now: datetime, *, lasts: timedelta = LINK_LASTS) -> str:
    """A link for a person, as a path: the only copy of it. Links made for the same person before are withdrawn.

    ``made_by``: an officer's id, or what else made it. Raises ``RefusedError`` for nobody who may act now.
    """
    found = officer(session, officer_id, legal_today(session))
    _withdraw(session, found.id, now)
    token = new_token()
    session.add(
        LoginLink(
            token_hash=hashed(token),
            officer_id=found.id,
            made_by=made_by,
            made_at=now,
            expires_at=now + lasts,
            totp_secret=new_code_secret(),
        )
    )
    note(session, EventKind.LINK_MADE, found.id, now, why=made_by)
    session.flush()
    return f"{LINK}/{token}"


def open_link(session: Session, token: str, now: datetime) -> OpenLink | None:
    """The link of this token, unless it is unknown, used, withdrawn or too old, or its person may not act."""
    row = session.get(LoginLink, hashed(token))
    if row is None or row.ended_at is not None or row.expires_at <= now:
        return None
    person = session.get_one(Officer, row.officer_id)
    if person.revoked_at is not None or not is_valid(person, legal_today(session)):
        return None
    return OpenLink(row.token_hash, person.id, person.name, row.totp_secret, row.expires_at)


def set_credential(session: Session, link: OpenLink, password_hash: str, step: int, now: datetime) -> bool:
    """Sets password and codes of the link's person, and ends the log-ins there were. False when the link was used.

    ``step``: of the code that proved that the person has the secret; it is taken.
    """
    if not _use(session, link, now):
        return False
    row = session.get(LoginCredential, link.officer_id) or LoginCredential(
        officer_id=link.officer_id, password_hash="", totp_secret="", set_at=now
    )
    row.password_hash, row.totp_secret, row.last_step, row.set_at = password_hash, link.totp_secret, step, now
    session.add(row)
    end_everywhere(session, link.officer_id, Ended.NEW_PROOF, now)
    return True


def connect_by_link(session: Session, link: OpenLink, issuer: str, subject: str, now: datetime) -> bool:
    """Maps a provider's subject to the link's person. False when the link was used or the subject is somebody's."""
    if session.get(LoginIdentity, (issuer, subject)) is not None or not _use(session, link, now):
        return False
    connect(session, issuer, subject, link.officer_id, now)
    end_everywhere(session, link.officer_id, Ended.NEW_PROOF, now)
    return True


def connect(session: Session, issuer: str, subject: str, officer_id: str, now: datetime) -> None:
    """Maps a provider's subject to an officer. One subject is one person; a second mapping fails."""
    session.add(LoginIdentity(issuer=issuer, subject=subject, officer_id=officer_id, connected_at=now))
    note(session, EventKind.CONNECTED, officer_id, now, why=issuer)
    session.flush()


def officer_of(session: Session, issuer: str, subject: str) -> str | None:
    """The officer whom a provider means."""
    row = session.get(LoginIdentity, (issuer, subject))
    return row.officer_id if row is not None else None


def _use(session: Session, link: OpenLink, now: datetime) -> bool:
    row = session.get(LoginLink, link.token_hash, with_for_update=True, populate_existing=True)
    if row is None or row.ended_at is not None or row.expires_at <= now:
        return False
    row.ended_at, row.totp_secret = now, ""
    session.add(row)
    note(session, EventKind.LINK_USED, row.officer_id, now)
    session.flush()
    return True


def _withdraw(session: Session, officer_id: str, now: datetime) -> None:
    query = select(LoginLink).where(LoginLink.officer_id == officer_id, col(LoginLink.ended_at).is_(None))
    for row in session.exec(query.with_for_update()):
        row.ended_at, row.totp_secret = now, ""
        session.add(row)
