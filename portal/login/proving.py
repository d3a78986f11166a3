"""Password and one-time code, looked at with all that a guesser must not find out or get around."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.tables import LoginCredential
from portal.login import codes, passwords
from record.database.engine import Database
from record.logins import tries
from record.logins.credentials import credential, take_step
from record.logins.events import Origin
from record.logins.tokens import new_code_secret
from record.logins.tries import Try, Wait

LONGEST_NAME: Final = 200
_NO_SECRET: Final = new_code_secret()
"""Codes of somebody who has none are compared with those of this one, so that it takes as long."""


@dataclass(frozen=True)
class Passed:
    """Right. Names the person, and the try for the record."""

    officer_id: str
    origin: Origin


@dataclass(frozen=True)
class Wrong:
    """Wrong, and a page must not say what: name, password or code."""


Outcome = Passed | Wrong | Wait


class Proofs:
    """Looks at proofs. Each look is counted first; what is wrong with it is said on record alone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def log_in(self, name: str, password: str, code: str, address: str, now: datetime) -> Outcome:
        """Name, password and code together."""
        tried = self._begin(name[:LONGEST_NAME].strip().lower(), address, now)
        if isinstance(tried, Wait):
            return tried
        known = self._credential(tried)
        right = passwords.fits(known.password_hash if known else None, password)
        step = codes.step_of_code(known.totp_secret if known else _NO_SECRET, code, now)
        if known is None:
            return self._wrong(tried, "unknown", now)
        if not right:
            return self._wrong(tried, "password", now)
        return self._by_code(tried, step, now)

    def prove(self, officer_id: str, code: str, address: str, now: datetime) -> Outcome:
        """A code alone, of somebody who is logged in."""
        tried = self._begin(officer_id, address, now)
        if isinstance(tried, Wait):
            return tried
        known = self._credential(tried)
        if known is None:
            return self._wrong(tried, "unknown", now)
        return self._by_code(tried, codes.step_of_code(known.totp_secret, code, now), now)

    def _begin(self, name: str, address: str, now: datetime) -> Try | Wait:
        with self._db.write() as session:
            return tries.begin_try(session, name, address, now)

    def _credential(self, tried: Try) -> LoginCredential | None:
        with self._db.read() as session:
            return credential(session, tried.who)

    def _by_code(self, tried: Try, step: int | None, now: datetime) -> Outcome:
        if step is None:
            return self._wrong(tried, "code", now)
        with self._db.write() as session:
            if take_step(session, tried.who, step):
                return Passed(tried.who, tried.origin)
        return self._wrong(tried, "replayed", now)

    def _wrong(self, tried: Try, why: str, now: datetime) -> Wrong:
        with self._db.write() as session:
            tries.fail(session, tried, why, now)
        return Wrong()
