"""``python -m gateway.first_officers FILE``: the first officers of a production installation, from a TOML file.

Officers add officers, so somebody has to be first. This works once, while there is nobody, and prints a link for each
person, which opens the desk once and not for long. Only its hash is stored. The file holds one table for each person::

    [[officer]]
    id = "lang"                 # stays on record for ever
    name = "…"
    email = "…"
    roles = ["case_worker", "payment_certifier"]

``python -m gateway.first_officers --again ID`` prints a new link for somebody whose link was used up or is too old.
"""

import sys
import tomllib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from gateway.start.environment import load_settings
from gateway.start.settings import Settings, SettingsError
from models.content.texts import printable
from models.errors import RefusedError
from models.tables import Officer
from models.tasks import Role, TaskKind
from record.database.clock import legal_today
from record.database.engine import Database, InstallationError
from record.database.install import mode
from record.logins.credentials import make_link
from record.people import add_officer, officers
from workflows.lifecycle import GRANT

OPERATOR: Final = "operator"
"""Who made a link, on record, when it was the keeper of the installation."""

_AGAIN: Final = "--again"
_WHY: Final = {
    "string_too_short": " is empty, or nothing of it can be seen; write the name as letters show it",
    "control_characters": " holds a character that cannot be printed; type it anew",
    "name_signs": ' holds one of < > @ " \\ ; leave these signs out',
}


class _Person(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    email: str
    roles: tuple[Role, ...] = Field(min_length=1)


class _People(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    officer: tuple[_Person, ...] = Field(min_length=1)


def run(settings: Settings, file: Path) -> dict[str, str]:
    """Adds the people of the file and gives the links by which they first log in, by id. All of them or nobody.

    Raises ``InstallationError`` with one line that says what is wrong and what to do.
    """
    people = _read(file)
    if lacking := _lacking(people):
        raise InstallationError(f"{file}: {lacking}")
    database = Database(settings.database)
    try:
        if mode(database) != "production":
            raise InstallationError("an embedded installation has its simulated officers already")
        with database.write() as session:
            database.alone(session.connection())
            return _add(session, people, file, settings.desk_url)
    finally:
        database.close()


def again(settings: Settings, officer_id: str) -> dict[str, str]:
    """A new link for an officer; earlier ones count no more. Raises ``InstallationError`` for nobody who may act."""
    database = Database(settings.database)
    try:
        if mode(database) != "production":
            raise InstallationError("an embedded installation has its simulated officers already")
        with database.write() as session:
            return {officer_id: settings.desk_url + make_link(session, officer_id, OPERATOR, datetime.now(UTC))}
    except RefusedError:
        raise InstallationError(f"{printable(officer_id)}: no officer of that id may act today") from None
    finally:
        database.close()


def _read(file: Path) -> tuple[_Person, ...]:
    try:
        return _People.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).officer
    except OSError as error:
        raise InstallationError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstallationError(f"{file}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise InstallationError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _lacking(people: Sequence[_Person]) -> str:
    """What these people could not do; or nothing. A case must never wait for a hand that nobody has."""
    holders = {role: {one.id for one in people if role in one.roles} for role in Role}
    for role in Role:
        if role is not Role.APPLICANT and not holders[role]:
            return f"nobody has the role {role}"
    for kind in TaskKind:
        for first in GRANT.not_by(kind):
            if len(holders[GRANT.owner(kind)] | holders[GRANT.owner(first)]) < 2:
                return f"{first} and {kind} need two people (four-eyes principle), and only one has these roles"
    return ""


def _add(session: Session, people: Sequence[_Person], file: Path, desk: str) -> dict[str, str]:
    if officers(session):
        raise InstallationError("there are officers already; they add others: ./starter.py officers --help")
    today, links = legal_today(session), dict[str, str]()
    for one in people:
        row = Officer(
            id=one.id,
            name=one.name,
            email=one.email,
            roles=[str(role) for role in one.roles],
            valid_from=today,
        )
        try:
            add_officer(session, row)
        except RefusedError as refused:
            field, why = refused.details.get("field", refused.code), _WHY.get(refused.details.get("why", ""), "")
            raise InstallationError(f"{file}: {printable(one.id)}: {field}{why}") from None
        links[one.id] = desk + make_link(session, one.id, OPERATOR, datetime.now(UTC))
    return links


def main(arguments: Sequence[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Exit code 0 and a line ``id link`` for each person; 1 with one line, 2 for a wrong call."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 1 + (given[:1] == [_AGAIN]):
        print(f"usage: python -m gateway.first_officers FILE.toml, or {_AGAIN} ID", file=sys.stderr)
        return 2
    try:
        settings = load_settings()
        links = again(settings, given[1]) if given[0] == _AGAIN else run(settings, Path(given[0]))
        for officer_id, link in links.items():
            say(f"{officer_id} {link}")
    except (SettingsError, InstallationError) as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:  # its first line names host and user, never the password
        print(f"WIR_DATABASE_URL: {str(error.orig).splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
