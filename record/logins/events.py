"""What was tried and what came of it. Nothing is ever changed or removed, and nothing says more than it must.

No password, no code, and no name that is nobody's in clear: people type passwords into the field for the name. An
address is kept as a keyed hash, enough to see that two tries came from the same place.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlmodel import Session

from models.content.texts import is_key
from models.tables import LoginEvent, LoginKey, Officer
from record.logins.tokens import keyed

STRANGER: Final = "?"
"""Begins what stands for a name that is nobody's; no officer's id begins so."""


class EventKind(StrEnum):
    """What happened."""

    TRIED = "tried"  # a proof was given and is about to be looked at; only what is not delayed gets so far
    FAILED = "failed"
    STARTED = "started"
    PROVED = "proved"  # a fresh proof in a running log-in
    ENDED = "ended"
    LINK_MADE = "link_made"
    LINK_USED = "link_used"
    CONFIRMED = "confirmed"  # a code of a command line
    CONNECTED = "connected"  # a subject of a provider was mapped to an officer


@dataclass(frozen=True)
class Origin:
    """Where a try came from (:func:`source_of`), and what holds it together with its outcome."""

    source: str = ""
    attempt: str = ""


NOWHERE: Final = Origin()


def note(
    session: Session,
    kind: EventKind,
    who: str,
    now: datetime,
    *,
    origin: Origin = NOWHERE,
    login_id: str = "",
    why: str = "",
) -> None:
    """Adds an event. ``who``: an officer's id, or what :func:`who_is` has for a name."""
    session.add(
        LoginEvent(at=now, kind=kind, who=who, source=origin.source, attempt=origin.attempt, login_id=login_id, why=why)
    )


def who_is(session: Session, name: str) -> str:
    """The officer's id when the name is one, otherwise what stands for it."""
    if is_key(name) and session.get(Officer, name) is not None:
        return name
    return STRANGER + keyed(key(session), f"name {name}")


def source_of(session: Session, address: str) -> str:
    """What stands for a network address."""
    return keyed(key(session), f"source {address}")


def key(session: Session, *, alone: bool = False) -> str:
    """The installation's key. ``alone``: nobody else goes on with it until the transaction ends."""
    return session.get_one(LoginKey, 1, with_for_update=alone, populate_existing=alone).key
