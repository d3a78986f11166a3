"""Takes a database's triggers away, so that a test can do what the database would refuse."""

from contextlib import closing

from sqlalchemy import text

from record.database.engine import Database
from tests.fixtures.databases import as_owner

_TRIGGERS = {
    "sqlite": "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT format('DROP TRIGGER %I ON %I', tgname, tgrelid::regclass::text)"
    " FROM pg_trigger WHERE NOT tgisinternal",
}


def drop_guards(db: Database) -> None:
    """Every trigger of the schema goes, as only its owner may let it go; the tables stay as they are."""
    with closing(as_owner(db)) as owner, owner.schema() as connection:
        for (statement,) in connection.execute(text(_TRIGGERS[db.dialect])).all():
            connection.execute(text(statement))
