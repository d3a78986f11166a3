"""Who is logged in: the one question every page of the desk asks, and beginning, proving anew and ending."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from portal.login.cookies import of_the_desk
from portal.login.oidc.provider import Provider
from record.database.engine import Database
from record.logins import running, tokens
from record.logins.events import NOWHERE, Origin
from record.logins.running import Ended, Limits, Way

LIMITS: Final = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=10))
PROOF: Final = timedelta(minutes=10)
_NOTED_EVERY: Final = timedelta(seconds=30)
"""A use is noted that often: an idle limit that is half a minute shorter spares a write at each page."""
_NETWORK: Final = 64
"""Bits of an IPv6 address that belong to one line; the others its owner chooses freely."""


@dataclass(frozen=True)
class LoggedIn:
    """A person in a log-in. ``csrf``: what each form of theirs carries."""

    login_id: str
    officer_id: str
    csrf: str
    proved_at: datetime
    way: Way = Way.PASSWORD


def system_now() -> datetime:
    """The system clock: a log-in is no legal act."""
    return datetime.now(UTC)


class Logins:
    """The log-ins of one desk. ``https``: how browsers reach it; ``provider``: of OpenID Connect, if there is one.

    ``proof``: how old the last proof may be for signing, and for ordering money.
    """

    def __init__(
        self,
        db: Database,
        mode: str,
        *,
        https: bool,
        limits: Limits = LIMITS,
        proof: timedelta = PROOF,
        provider: Provider | None = None,
        clock: Callable[[], datetime] = system_now,
    ) -> None:
        self.db, self.https, self.provider, self.now = db, https, provider, clock
        self.simulated = mode == "embedded"
        self.limits, self.proof = limits, proof
        self._cookie = of_the_desk(https=https)

    def current(self, request: Request) -> LoggedIn | None:
        """Who is logged in. Notes that the log-in was used; one that is over is ended and counts no more.

        It reads the database, so it belongs into a thread. Noting a use changes nothing of the legal record.
        """
        return self._current(self._cookie.read(request), cookie=True)

    def current_by_token(self, token: str) -> LoggedIn | None:
        """Whose token of the command line this is. A cookie's value is none, and the other way round."""
        return self._current(token, cookie=False)

    def _current(self, token: str, *, cookie: bool) -> LoggedIn | None:
        if not token:
            return None
        now = self.now()
        with self.db.read() as session:
            found = running.find(session, token)
            if found is None or (found.way != Way.DEVICE) is not cookie:
                return None
            over = running.over(session, found, self.limits, now)
        if over is not None:
            with self.db.write() as session:
                running.end(session, found.id, over, now)
            return None
        if now - found.last_used_at >= _NOTED_EVERY:
            with self.db.hurried() as connection:  # if this is lost with the machine, the log-in ends a little earlier
                connection.execute(running.used(found.id, now))
        csrf = tokens.csrf(found.csrf_key, found.id)
        return LoggedIn(found.id, found.officer_id, csrf, found.proved_at, Way(found.way))

    def keep_filter(self, logged_in: LoggedIn, chosen: str) -> None:
        """Notes by what the lists of this log-in are filtered, as the address says it."""
        with self.db.hurried() as connection:  # whoever loses it with the machine filters again
            connection.execute(running.keep_filter(logged_in.login_id, chosen))

    def begin(
        self, response: Response, officer_id: str, *, request: Request, way: Way, origin: Origin = NOWHERE
    ) -> str:
        """Begins a log-in with a new cookie and gives its id; whatever the browser brought along ends.

        Raises ``WrongWayError``, and ``RefusedError`` for nobody who may act now.
        """
        now = self.now()
        with self.db.write() as session:
            self._end_brought(request, session, Ended.REPLACED, now)
            begun = running.begin(session, officer_id, way, now, origin=origin)
        self._cookie.set(response, begun.token)
        return begun.login_id

    def proved(self, response: Response, logged_in: LoggedIn, *, origin: Origin = NOWHERE) -> bool:
        """After a fresh proof the log-in goes on with a new cookie. False when it has ended meanwhile."""
        return self.proved_by_id(response, logged_in.login_id, origin=origin)

    def proved_by_id(self, response: Response, login_id: str, *, origin: Origin = NOWHERE) -> bool:
        """The same, for a proof that comes back without the log-in's cookie."""
        with self.db.write() as session:
            token = running.renew(session, login_id, self.now(), origin=origin)
        if token is not None:
            self._cookie.set(response, token)
        return token is not None

    def proved_within(self, logged_in: LoggedIn, seconds: float) -> bool:
        """Whether the last proof is no older than this."""
        return timedelta(0) <= self.now() - logged_in.proved_at <= timedelta(seconds=seconds)

    def is_fresh(self, logged_in: LoggedIn) -> bool:
        """Whether the last proof is fresh enough to sign and to order money."""
        return self.proved_within(logged_in, self.proof.total_seconds())

    def end_token(self, logged_in: LoggedIn) -> None:
        """Ends the log-in of a command line."""
        with self.db.write() as session:
            running.end(session, logged_in.login_id, Ended.LOGGED_OUT, self.now())

    def end(self, request: Request, response: Response) -> None:
        """Ends this log-in and takes its cookie away."""
        with self.db.write() as session:
            self._end_brought(request, session, Ended.LOGGED_OUT, self.now())
        self._cookie.clear(response)

    def end_everywhere(self, response: Response, logged_in: LoggedIn) -> int:
        """Ends all log-ins of this person, tokens of the command line included; gives their number."""
        with self.db.write() as session:
            ended = running.end_everywhere(session, logged_in.officer_id, Ended.EVERYWHERE, self.now())
        self._cookie.clear(response)
        return ended

    def csrf_ok(self, logged_in: LoggedIn, form_value: object) -> bool:
        """Whether a form was made for this log-in."""
        return isinstance(form_value, str) and tokens.same(logged_in.csrf, form_value)

    def _end_brought(self, request: Request, session: Session, why: Ended, now: datetime) -> None:
        brought = self._cookie.read(request)
        found = running.find(session, brought) if brought else None
        if found is not None:
            running.end(session, found.id, why, now)


def address_of(request: Request) -> str:
    """The network address a request comes from, for counting: of IPv6 the part that belongs to one line."""
    host = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> _NETWORK << _NETWORK, _NETWORK)))
    return str(found)
