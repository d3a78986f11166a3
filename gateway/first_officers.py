"""``python -m gateway.first_officers FILE``: the first officers of a production installation, from a TOML file.

Officers add officers, so somebody has to be first. This works once, while there is nobody, and prints each new
credential once; only its hash is stored. The file holds one table for each person::

    [[officer]]
    id = "lang"                 # stays on record for ever
    name = "…"
    email = "…"
    roles = ["case_worker", "payment_certifier"]
"""

import secrets
import sys
import tomllib
from collections.abc import Callable, Sequence
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
from record.people import add_officer, credential_hash, officers
from workflows.lifecycle import GRANT

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
    """Adds the people of the file and returns their credentials by id. All of them or nobody.

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
            return _add(session, people, file)
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
        if role not in {Role.APPLICANT, Role.READER} and not holders[role]:
            return f"nobody has the role {role}"
    for kind in TaskKind:
        for first in GRANT.not_by(kind):
            if len(holders[GRANT.owner(kind)] | holders[GRANT.owner(first)]) < 2:
                return f"{first} and {kind} need two people (four-eyes principle), and only one has these roles"
    return ""


def _add(session: Session, people: Sequence[_Person], file: Path) -> dict[str, str]:
    if officers(session):
        raise InstallationError("there are officers already; they add others: ./starter.py officers --help")
    today, credentials = legal_today(session), {one.id: secrets.token_urlsafe(32) for one in people}
    for one in people:
        row = Officer(
            id=one.id,
            name=one.name,
            email=one.email,
            roles=[str(role) for role in one.roles],
            valid_from=today,
            credential_hash=credential_hash(credentials[one.id]),
        )
        try:
            add_officer(session, row)
        except RefusedError as refused:
            field, why = refused.details.get("field", refused.code), _WHY.get(refused.details.get("why", ""), "")
            raise InstallationError(f"{file}: {printable(one.id)}: {field}{why}") from None
    return credentials


def main(arguments: Sequence[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Exit code 0 and a line ``id credential`` for each person; 1 with one line, 2 for a wrong call."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 1:
        print("usage: python -m gateway.first_officers FILE.toml", file=sys.stderr)
        return 2
    try:
        for officer_id, credential in run(load_settings(), Path(given[0])).items():
            say(f"{officer_id} {credential}")
    except (SettingsError, InstallationError) as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:  # its first line names host and user, never the password
        print(f"WIR_DATABASE_URL: {str(error.orig).splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
