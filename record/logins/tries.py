"""How often somebody may try: each failure makes the next try wait longer, and nobody else waits for it.

Three counts, each with free tries and a delay that doubles. A name at an address counts for itself. An address counts
over all names, so that one attacker cannot go through a list; a name counts over all addresses, so that many machines
cannot share the work. The two wider counts do not hold for a person at an address from which they have logged in
before: whoever attacks a name from elsewhere, or other names from the same house, does not keep that person out.

All is counted from the record, so a restart forgets nothing. A try that has to wait is not looked at, not counted and
leaves no row: an attacker can neither extend the delay by knocking nor fill the disk.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.tables import LoginEvent
from record.logins import events
from record.logins.events import EventKind, Origin, note
from record.logins.tokens import new_token

_PASSED: Final = (EventKind.STARTED, EventKind.PROVED)
_DAY: Final = timedelta(days=1)
_KNOWN: Final = timedelta(days=90)


@dataclass(frozen=True)
class Pace:
    """``free`` failures cost nothing, the next costs ``first``, each further one twice as much, at most ``most``."""

    free: int
    first: timedelta
    most: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long after its last failure the next try has to wait."""
        if failures < self.free:
            return timedelta(0)
        doublings = min(failures - self.free, 20)  # enough to reach any most
        return min(self.first * (1 << doublings), self.most)


NAME_HERE: Final = Pace(3, timedelta(seconds=2), timedelta(minutes=15))
ADDRESS: Final = Pace(20, timedelta(seconds=2), timedelta(minutes=5))
NAME_ANYWHERE: Final = Pace(10, timedelta(seconds=5), timedelta(minutes=15))


@dataclass(frozen=True)
class Try:
    """A try that may be looked at. ``who`` as it is on record."""

    who: str
    origin: Origin


@dataclass(frozen=True)
class Wait:
    """A try that comes too early; the next one may come at ``until``."""

    until: datetime


def begin_try(session: Session, name: str, address: str, now: datetime) -> Try | Wait:
    """Counts a try before its proof is looked at, so that many at once count as many."""
    events.key(session, alone=True)  # one after the other, or each would see the count before the others
    who, source = events.who_is(session, name), events.source_of(session, address)
    until = _allowed_at(session, who, source, now)
    if until > now:
        return Wait(until)
    found = Try(who, Origin(source, new_token()))
    note(session, EventKind.TRIED, who, now, origin=found.origin)
    session.flush()
    return found


def fail(session: Session, tried: Try, why: str, now: datetime) -> None:
    """Says on record what was wrong with a try."""
    note(session, EventKind.FAILED, tried.who, now, origin=tried.origin, why=why)


def _allowed_at(session: Session, who: str, source: str, now: datetime) -> datetime:
    """When this name may be tried from this address."""
    here = (LoginEvent.who == who, LoginEvent.source == source)
    last = _last_passed(session, here, now - _KNOWN)
    counts: list[tuple[Pace, tuple[Any, ...]]] = [
        (NAME_HERE, (*here, col(LoginEvent.at) > max(now - _DAY, last or now - _DAY)))
    ]
    if last is None:
        counts += [
            (ADDRESS, (LoginEvent.source == source, col(LoginEvent.at) > now - _DAY)),
            (NAME_ANYWHERE, (LoginEvent.who == who, col(LoginEvent.at) > now - _DAY)),
        ]
    return max(_after(pace, *_failures(session, where), now) for pace, where in counts)


def _after(pace: Pace, failures: int, last: datetime | None, now: datetime) -> datetime:
    return last + pace.wait(failures) if last is not None else now


def _last_passed(session: Session, here: tuple[Any, ...], since: datetime) -> datetime | None:
    """When this person last came in from here: by a proof, not by a click, and not by a token."""
    query = select(func.max(LoginEvent.at)).where(
        *here, col(LoginEvent.kind).in_(_PASSED), LoginEvent.attempt != "", col(LoginEvent.at) > since
    )
    return session.exec(query).one()


def _failures(session: Session, where: tuple[Any, ...]) -> tuple[int, datetime | None]:
    """Tries that came to nothing, and the last of them. One whose outcome is missing failed, or is on its way."""
    outcome = aliased(LoginEvent)
    passed = select(outcome.id).where(outcome.attempt == LoginEvent.attempt, col(outcome.kind).in_(_PASSED))
    query = select(func.count(), func.max(LoginEvent.at)).where(
        *where, LoginEvent.kind == EventKind.TRIED, ~passed.exists()
    )
    number, last = session.exec(query).one()
    return number, last
