"""Fixtures: an installation with real people, an embedded one, and their desks."""

from contextlib import closing
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from models.tables import Officer
from portal.login import codes, passwords
from portal.login.links import invite
from portal.login.service import Logins
from record.database.engine import Database
from record.logins.credentials import open_link, set_credential
from record.logins.running import Limits
from tests.fixtures.databases import DESK, as_owner
from tests.login.desk import PASSWORD, Browser, Clock, desk

PEOPLE = {"anna": "Anna Linde", "ben": "Ben Ahorn", "cem": "Cem Birke"}
LIMITS = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=10))


@pytest.fixture
def db_role() -> str:
    """Log-ins are the desk's, and its role may do what they need and no more."""
    return DESK


@pytest.fixture
def clock() -> Clock:
    """The system clock; the legal one says 2018 and does not matter."""
    return Clock()


@pytest.fixture
def production(db: Database) -> Database:
    """The same installation made productive, which no program of ours can do, with real people."""
    with closing(as_owner(db)) as owner, owner.schema() as connection:
        on = "" if db.dialect == "sqlite" else " ON installation"
        for guard in ("mode", "clock"):
            connection.execute(text(f"DROP TRIGGER wir_installation_update_{guard}{on}"))
        connection.execute(text("UPDATE installation SET mode = 'production', offset_seconds = 0"))
    with db.write() as session:
        for key, name in PEOPLE.items():
            session.add(
                Officer(
                    id=key, name=name, email=f"{key}@rp.example", roles=["case_worker"], valid_from=date(2018, 1, 1)
                )
            )
    return db


@pytest.fixture
def logins(production: Database, clock: Clock) -> Logins:
    """Log-ins of real people."""
    return Logins(production, "production", limits=LIMITS, https=True, clock=clock)


@pytest.fixture
def simulated(db: Database, clock: Clock) -> Logins:
    """Log-ins of the embedded mode, over plain HTTP on loopback."""
    return Logins(db, "embedded", limits=LIMITS, https=False, clock=clock)


@pytest.fixture
def browser(logins: Logins) -> Browser:
    """A browser of somebody real."""
    return Browser(desk(logins))


@pytest.fixture
def play(simulated: Logins) -> Browser:
    """A browser in the embedded mode."""
    return Browser(desk(simulated), base="http://127.0.0.1")


@pytest.fixture(scope="session")
def stored_password() -> str:
    """Hashed once: it is slow on purpose."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def secrets_of(logins: Logins, clock: Clock, stored_password: str) -> dict[str, str]:
    """Everybody has set up password and codes; gives the secrets of the codes."""
    found = {}
    for key in PEOPLE:
        token = invite(logins, key, "test").rpartition("/")[2]
        with logins.db.write() as session:
            link = open_link(session, token, clock.now)
            assert link is not None
            assert set_credential(session, link, stored_password, codes.step_of(clock.now) - 5, clock.now)
        found[key] = link.totp_secret
    return found
