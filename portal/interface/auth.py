"""Who calls the officers' interface, and in which roles.

On the Unix socket of the embedded mode the header ``X-Wir-As`` names one of the simulated officers; the socket is open
to its owner only. At the desk's address, in every mode, the token of a log-in says who it is (``starter.py login``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

from sqlmodel import Session

from models.commands import Actor, ActorKind
from models.content.texts import is_key, printable
from models.errors import Code, RefusedError
from models.tables import Officer
from models.tasks import Role
from portal.login.service import LoggedIn, Logins
from record.database.clock import legal_today
from record.people import officer, officer_roles

AS_HEADER = "x-wir-as"
_BEARER = "bearer "


class ForbiddenError(Exception):
    """Nobody known calls. Nothing is said about why."""


@dataclass(frozen=True)
class Caller:
    """An officer on a legal day. In the embedded mode somebody may look without saying who they are.

    ``login``: the id of the log-in that they act in; "" on the command line of the embedded mode.
    ``fresh``: proved lately who they are; simulated people need no proof.
    """

    today: date
    officer_id: str = ""
    roles: frozenset[Role] = frozenset()
    simulated: bool = False
    login: str = ""
    fresh: bool = True

    @property
    def known(self) -> bool:
        """Whether an officer was named."""
        return bool(self.officer_id)

    def actor(self, *roles: Role) -> Actor:
        """The caller as giver of a command, who must have one of ``roles`` if any are named.

        Raises ``RefusedError``: ``unknown_officer`` for nobody, ``wrong_role``.
        """
        if not self.known:
            raise RefusedError(Code.UNKNOWN_OFFICER, officer="")
        if roles and self.roles.isdisjoint(roles):
            raise RefusedError(Code.WRONG_ROLE, role=roles[0])
        mine = tuple(sorted(self.roles))
        return Actor(kind=ActorKind.OFFICER, id=self.officer_id, roles=mine, simulated=self.simulated, login=self.login)


def by_name(session: Session, headers: Mapping[str, str]) -> Caller:
    """The simulated officer whom a request names; nobody where it names none. Raises ``RefusedError``."""
    today = legal_today(session)
    wanted = _named(headers)
    return _caller(session, officer(session, wanted, today), today) if wanted else Caller(today)


def by_login(session: Session, login: LoggedIn, *, fresh: bool) -> Caller:
    """The officer of a log-in. Raises ``RefusedError`` for one who may act no more."""
    today = legal_today(session)
    return _caller(session, officer(session, login.officer_id, today), today, login=login.login_id, fresh=fresh)


def logged_in(logins: Logins, headers: Mapping[str, str]) -> LoggedIn:
    """The log-in whose token a request carries. Raises ``ForbiddenError`` for none that counts.

    It may note in the database that the log-in was used, so it is asked before a transaction begins.
    """
    header = headers.get("authorization", "")
    token = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
    found = logins.current_by_token(token)
    if found is None:
        raise ForbiddenError
    return found


def _named(headers: Mapping[str, str]) -> str:
    """The simulated officer that is named. Raises ``RefusedError`` for what can be nobody's name."""
    wanted = unquote(headers.get(AS_HEADER, "")).strip().lower()
    if not is_key(wanted):
        raise RefusedError(Code.UNKNOWN_OFFICER, officer=printable(wanted) or "?")
    return wanted


def _caller(session: Session, found: Officer, today: date, *, login: str = "", fresh: bool = True) -> Caller:
    roles = officer_roles(session, found.id, today)
    return Caller(today, found.id, roles, found.simulated, login, fresh or found.simulated)
