"""Who calls the officers' interface, and in which roles.

Embedded: the header ``X-Wir-As`` names one of the simulated officers; the socket is open to its owner only.
Production: a credential, stored as a hash, or the caller's user id on the Unix socket, as the kernel tells it.
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
from models.tasks import Role, reads_only
from record.database.clock import legal_today
from record.people import officer, officer_by_credential, officer_roles

AS_HEADER = "x-wir-as"
_BEARER = "bearer "


class ForbiddenError(Exception):
    """Nobody known calls. Nothing is said about why."""


@dataclass(frozen=True)
class Caller:
    """An officer on a legal day. In the embedded mode somebody may look without saying who they are.

    ``login``: the id of the log-in that they act in; "" on the command line of the embedded mode.
    """

    today: date
    officer_id: str = ""
    roles: frozenset[Role] = frozenset()
    simulated: bool = False
    login: str = ""

    @property
    def known(self) -> bool:
        """Whether an officer was named."""
        return bool(self.officer_id)

    @property
    def reads_only(self) -> bool:
        """Whether the officer sees all and changes nothing."""
        return reads_only(self.roles)

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


def identify(
    session: Session, mode: str, headers: Mapping[str, str], uid: int | None, peers: Mapping[int, str]
) -> Caller:
    """The caller of a request. ``peers`` maps user ids of this machine to officers.

    Raises ``ForbiddenError`` in production for nobody known, ``RefusedError`` for an unknown simulated officer.
    """
    today = legal_today(session)
    if mode == "embedded":
        wanted = _named(headers)
        return _caller(session, officer(session, wanted, today), today) if wanted else Caller(today)
    found = _by_credential(session, headers.get("authorization", ""), today)
    if found is None and uid is not None and uid in peers:
        found = officer(session, peers[uid], today)
    if found is None:
        raise ForbiddenError
    return _caller(session, found, today)


def _named(headers: Mapping[str, str]) -> str:
    """The simulated officer that is named. Raises ``RefusedError`` for what can be nobody's name."""
    wanted = unquote(headers.get(AS_HEADER, "")).strip().lower()
    if not is_key(wanted):
        raise RefusedError(Code.UNKNOWN_OFFICER, officer=printable(wanted) or "?")
    return wanted


def _by_credential(session: Session, header: str, today: date) -> Officer | None:
    if not header.lower().startswith(_BEARER):
        return None
    return officer_by_credential(session, header[len(_BEARER) :].strip(), today)


def _caller(session: Session, found: Officer, today: date) -> Caller:
    return Caller(today, found.id, officer_roles(session, found.id, today), found.simulated)
