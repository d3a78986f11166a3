"""Who sits at the desk of an embedded installation: a simulated officer, chosen by one click.

Nothing outlives the process, because choosing again costs a click. The cookie holds a random number and nothing else.
"""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "wir-desk"
IDLE_SECONDS: Final = 8 * 3600.0
MOST: Final = 1_000
"""Log-ins that are kept; the one that was used longest ago goes first."""


@dataclass(frozen=True)
class LoggedIn:
    """A log-in: whose it is, and what a form must carry to be taken as this person's."""

    officer_id: str
    csrf: str


@dataclass
class _Kept:
    login: LoggedIn
    used: float


class Logins:
    """The log-ins of this process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def current(self, request: Request) -> LoggedIn | None:
        """The log-in that a request belongs to; none when it has ended or was idle for too long."""
        key = _key(request)
        kept = self._kept.get(key)
        if kept is None:
            return None
        now = time.monotonic()
        if now - kept.used > IDLE_SECONDS:
            del self._kept[key]
            return None
        kept.used = now
        self._kept.move_to_end(key)
        return kept.login

    def begin(self, request: Request, response: Response, officer_id: str) -> None:
        """Logs an officer in, in place of whoever sat there; the number is a new one each time."""
        self._kept.pop(_key(request), None)
        number = secrets.token_urlsafe(32)
        self._kept[_hash(number)] = _Kept(LoggedIn(officer_id, secrets.token_urlsafe(32)), time.monotonic())
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        response.set_cookie(COOKIE, number, httponly=True, samesite="strict", secure=request.url.scheme == "https")

    def end(self, request: Request, response: Response) -> None:
        """Logs out."""
        self._kept.pop(_key(request), None)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def belongs(login: LoggedIn, sent: str) -> bool:
    """Whether a form was made for this log-in."""
    return hmac.compare_digest(login.csrf.encode(), sent.encode("utf-8", "surrogatepass"))


def _key(request: Request) -> str:
    return _hash(request.cookies.get(COOKIE, ""))


def _hash(number: str) -> str:
    return hashlib.sha256(number.encode("utf-8", "surrogatepass")).hexdigest()
