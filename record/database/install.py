"""Initialising a database and keeping its schema current.

The mode is set once: an embedded installation never becomes a production one, because its people, clock
and payments are simulated; the other way round simulated officers would decide real grants.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy import inspect, text
from sqlmodel import Session, select

from models.recipients import Recipient
from models.tables import Contact, Installation, Officer
from record.database.engine import Database, InstallationError
from record.database.rights import give_rights
from record.database.simulated import number_simulated, simulated_contacts, simulated_officers
from record.database.words import enter_all

if TYPE_CHECKING:
    from alembic.config import Config

Mode = Literal["embedded", "production"]
MODES: tuple[Mode, ...] = ("embedded", "production")


def install(
    db: Database,
    mode: Mode,
    *,
    recipients: Iterable[Recipient] = (),
    officers: Sequence[Officer] = (),
    contacts: Sequence[Contact] = (),
    now: datetime | None = None,
) -> None:
    """Creates or upgrades the schema, sets the mode, adds the people. Doing it twice is doing it once.

    Embedded: the simulated officers, and two simulated contacts for each of ``recipients`` that has none yet, all with
    telephone numbers that reach nobody.
    ``officers`` and ``contacts``: further people, by id and by (recipient, email) only once. ``now`` (aware): the
    legal instant at which an embedded installation starts; later calls leave the clock alone.
    Raises ``InstallationError`` for another mode than before, or simulated people or a moved clock in production.
    """
    _refuse_play(mode, (*officers, *contacts), now)
    _same_mode(installed_mode(db), mode)  # before another installation's schema is touched
    upgrade(db)
    recipients = list(recipients)
    with db.write() as session:
        db.alone(session.connection())
        give_rights(session)
        enter_all(session)
        _same_mode(_set_mode(session, mode, now), mode)
        if mode == "embedded":
            officers = (*simulated_officers(), *officers)
            contacts = (*_missing_contacts(session, recipients), *contacts)
        _add_people(session, officers, contacts)
        if mode == "embedded":
            session.flush()
            number_simulated(session, recipients)


def mode(db: Database) -> Mode:
    """The mode of this installation. Raises ``InstallationError`` when nothing has been installed."""
    found = installed_mode(db)
    if found is None:
        raise InstallationError("this database has not been initialised")
    return found


def installed_mode(db: Database) -> Mode | None:
    """The mode, or none before the first installation."""
    with db.read() as session:
        if not inspect(session.connection()).has_table("installation"):
            return None
        row = session.get(Installation, 1)
        return cast(Mode, row.mode) if row else None


def upgrade(db: Database, revision: str = "head") -> None:
    """Brings the schema to a version, the newest by default. Returns at once when it is there.

    Raises ``InstallationError`` for a schema that a newer program made.
    """
    found = schema_version(db)
    if revision == "head" and found == _head():
        return
    if found is not None and found > _head():
        raise InstallationError(f"the database has schema {found}, this program knows {_head()}: take a newer program")
    from alembic import command

    with db.schema() as connection:
        config = _config(db)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(db: Database, revision: str) -> None:
    """Brings the schema back to a version; ``base`` removes everything. For tests and repairs, never a routine."""
    from alembic import command

    with db.schema() as connection:
        config = _config(db)
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def schema_version(db: Database) -> str | None:
    """The version the database is at, or none for an empty one."""
    with db.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found = session.connection().execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found) if found else None


def _head() -> str:
    """The newest version, from the file names: asking Alembic would cost its import at every start."""
    from migrations import HERE

    return max(path.name.split("_")[0] for path in (HERE / "versions").glob("[0-9]*_*.py"))


def _config(db: Database) -> "Config":
    from migrations import alembic_config

    return alembic_config(db.url.render_as_string(hide_password=False))


def _refuse_play(mode: str, people: Iterable[Officer | Contact], now: datetime | None) -> None:
    if mode not in MODES:
        raise InstallationError(f"unknown mode: {mode} (known: {', '.join(MODES)})")
    if now is not None and now.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    if mode == "embedded":
        return
    if now is not None:
        raise InstallationError("the clock of a production installation is not set")
    if any(person.simulated for person in people):
        raise InstallationError("simulated people have no place in a production installation")


def _same_mode(found: str | None, wanted: str) -> None:
    if found not in {None, wanted}:
        raise InstallationError(f"this installation is {found}, once and for all; it cannot be used as {wanted}")


def _set_mode(session: Session, mode: Mode, now: datetime | None) -> str:
    """The mode that holds: of the row that is there, or of the new one."""
    row = session.get(Installation, 1)
    if row is not None:
        return row.mode
    server = datetime.now(UTC)
    seconds = 0 if now is None else math.ceil((now - server).total_seconds())
    session.add(Installation(mode=mode, offset_seconds=seconds, created_at=now or server))
    session.flush()
    return mode


def _missing_contacts(session: Session, recipients: Iterable[Recipient]) -> list[Contact]:
    known = set(session.exec(select(Contact.recipient).distinct()))
    return [contact for contact in simulated_contacts(recipients) if contact.recipient not in known]


def _add_people(session: Session, officers: Iterable[Officer], contacts: Iterable[Contact]) -> None:
    """Copies, because the caller's objects would belong to this session afterwards."""
    for officer in officers:
        if session.get(Officer, officer.id) is None:
            session.add(Officer(**officer.model_dump()))
    known = set(session.exec(select(Contact.recipient, Contact.email)))
    for contact in contacts:
        if (contact.recipient, contact.email) not in known:
            session.add(Contact(**contact.model_dump()))
