"""A production installation in one process: two officers, a case that waits for its signature, the desk's entrance."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlmodel import select
from starlette.types import ASGIApp

from activities.mail_in.inbox_desk import InboxDesk
from assembly.officers import officers_entrance
from gateway.start.settings import Mode, Settings
from models.tables import Contact, Login, Officer
from models.tasks import TaskKind as K
from portal.login import codes
from record.database.engine import Database
from record.database.install import install
from record.logins.credentials import make_link, open_link, set_credential
from record.logins.running import begin_by_device
from tests.cli.office import CASE, Office
from tests.desk.scene import served_at
from tests.inbound.house import reading
from tests.login.desk import BASE, PASSWORD, Browser
from tests.play import programmes

ROLES = {"berg": ["case_worker"], "tal": ["co_signer"]}
FULDA = {"recipient": "06631", "year": 2018, "content": {"requested_cents": 5_000_000}}


@dataclass
class House:
    """The installation and its desk at an address."""

    office: Office
    folder: Path
    address: str = BASE
    password: str = ""
    """The stored hash of everybody's password."""

    @property
    def db(self) -> Database:
        """The record."""
        return self.office.db

    def entrance(self, address: str = "") -> ASGIApp:
        """What the desk process serves."""
        self.address = address or self.address
        settings = Settings.model_construct(mode=Mode.PRODUCTION, desk_url=self.address, data=self.folder)
        _, consequences, reader = reading(self.db, self.folder)
        house: Any = SimpleNamespace(
            db=self.db,
            gateway=self.office.gateway,
            directory=programmes(),
            settings=settings,
            inbox_desk=InboxDesk(reader, consequences),
            client=None,
        )
        return officers_entrance(house)

    def secret(self, officer_id: str) -> str:
        """Sets an officer up with password and codes; gives the secret of the codes."""
        now = datetime.now(UTC)
        with self.db.write() as session:
            link = open_link(session, make_link(session, officer_id, "test", now).rpartition("/")[2], now)
            assert link is not None
            assert set_credential(session, link, self.password, codes.step_of(now) - 5, now)
        return link.totp_secret

    def token(self, officer_id: str) -> str:
        """The token of a log-in of just now."""
        now = datetime.now(UTC)
        with self.db.write() as session:
            return begin_by_device(session, officer_id, now, now).token

    def later(self, **proved: float) -> None:
        """All log-ins as if so much more time had passed since their last proof and use."""
        with self.db.write() as session:
            for row in session.exec(select(Login)):
                row.proved_at -= timedelta(**proved)
                row.last_used_at -= timedelta(**proved)
                session.add(row)

    def until_signature(self, ask: Any) -> str:
        """Brings a case to its signature; ``ask`` posts as the case worker. Gives the task."""
        assert ask("/apply", FULDA)["case"] == CASE
        for kind, choice in ((K.CHECK_COMPLETENESS, "complete"), (K.EXAMINE, "award"), (K.DRAFT_DECISION, "award")):
            ask("/do", {"task": self.office.task(kind).id, "choice": choice})
        return self.office.task(K.SIGN_DECISION).id


@contextmanager
def made(folder: Path, template: Path, password: str) -> Iterator[House]:
    """The installation, until the block ends."""
    path = folder / "real.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    yield House(Office(database, folder, mode="production"), folder, password=password)
    database.close()


def template(path: Path) -> Path:
    """The installed file, which is only copied."""
    database = Database(f"sqlite:///{path}")
    people = [
        Officer(id=key, name=key.title(), email=f"{key}@rp.example", roles=roles, valid_from=date(2018, 1, 1))
        for key, roles in ROLES.items()
    ]
    contact = Contact(
        recipient="fulda-district", name="A. Beh", email="a@r06631.example", rank=1, valid_from=date(2018, 1, 1)
    )
    install(database, "production", officers=people, contacts=[contact])
    database.close()
    return path


@contextmanager
def served(house: House) -> Iterator[str]:
    """The desk over plain HTTP on a free port of this machine; gives its address."""
    with served_at(house.entrance) as address:
        yield address


def enter(browser: Browser, name: str, secret: str) -> None:
    """Logs in with password and the app's code."""
    code = codes.code_at(secret, codes.step_of(datetime.now(UTC)) - 1)
    answer = browser.post("/anmelden", name=name, password=PASSWORD, code=code, weiter="/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text
