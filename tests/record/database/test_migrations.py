"""The migrated schema is the schema of the models, on both databases; up, down and up again; from any folder."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Inspector, inspect, text
from sqlalchemy.exc import IntegrityError

from migrations import HERE, alembic_config
from models.tables.base import METADATA
from record.database.engine import Database
from record.database.install import downgrade, schema_version, upgrade
from tests.fixtures.databases import as_owner
from tests.patience import PATIENCE
from tests.record import rows
from tests.record.database.unguarded import drop_guards

pytestmark = pytest.mark.sql

ROOT = HERE.parent


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """A database in which there is nothing."""
    database = Database(empty_url)
    yield database
    database.close()


PART_OF_STATEMENT = r",?\s*\n|,\s+(?![^()]*\))"
"""The end of a line, or a comma outside of brackets: a column that was added later stands in the line of another."""


def sql_of_sqlite(db: Database) -> dict[str, str]:
    """Every object of a SQLite database with the statement that makes it, columns and constraints in one order.

    A table that was copied has its name in quotes.
    """
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    with db.read() as session:
        found = {str(name): str(sql) for name, sql in session.connection().execute(text(query))}
    return {
        name: "\n".join(sorted(part.strip().replace(f'"{name}"', name) for part in re.split(PART_OF_STATEMENT, sql)))
        for name, sql in found.items()
    }


def catalogue_of_postgresql(db: Database) -> set[tuple[Any, ...]]:
    """Columns, constraints, indexes of a PostgreSQL database as its own catalogue defines them."""
    queries = (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    )
    with db.read() as session:
        found = [tuple(row) for query in queries for row in session.connection().execute(text(query))]
    return {row for row in found if row[0] != "alembic_version"}


def schema_of(db: Database) -> Any:
    return sql_of_sqlite(db) if db.dialect == "sqlite" else catalogue_of_postgresql(db)


def test_the_migrated_schema_is_the_schema_of_the_models(empty: Database) -> None:
    upgrade(empty)
    drop_guards(empty)  # the models know nothing of triggers
    migrated = schema_of(empty)
    downgrade(empty, "base")
    with empty.schema() as connection:
        METADATA.create_all(connection)
    made = schema_of(empty)
    if isinstance(made, dict):
        assert set(migrated) == set(made)
        assert {name: sql for name, sql in migrated.items() if made[name] != sql} == {}
    assert migrated == made
    assert len(made) > 30


def test_alembic_finds_nothing_to_generate(empty: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    upgrade(empty)
    with empty.schema() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_up_down_and_up_again(empty: Database) -> None:
    upgrade(empty)
    first, guards = schema_of(empty), triggers(empty)
    assert len(guards) > 25
    downgrade(empty, "base")
    assert tables(empty) == {"alembic_version"}
    assert (triggers(empty), functions(empty), schema_version(empty)) == (set(), set(), None)
    upgrade(empty)
    assert (schema_of(empty), triggers(empty)) == (first, guards)


def test_each_version_can_be_left_and_entered(empty: Database) -> None:
    from alembic.script import ScriptDirectory

    versions = [script.revision for script in ScriptDirectory.from_config(alembic_config("")).walk_revisions()][::-1]
    for version in versions:
        upgrade(empty, version)
        assert schema_version(empty) == version
    for version in [*versions[-2::-1], "base"]:
        downgrade(empty, version)
        assert schema_version(empty) == (None if version == "base" else version)


def test_the_versions_are_one_line_and_named_by_their_number() -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config(""))
    heads, files = scripts.get_heads(), sorted(path.name for path in (HERE / "versions").glob("[0-9]*.py"))
    assert len(heads) == 1
    assert files[-1].startswith(f"{heads[0]}_")


def test_rows_survive_losing_and_regaining_the_guards(full: Database) -> None:
    with closing(as_owner(full)) as owner:
        downgrade(owner, "0001")
        with full.write() as session:
            session.connection().execute(text("UPDATE step SET actor = 'officer:sim-see'"))
        upgrade(owner)
    with pytest.raises(IntegrityError, match="append-only"), full.write() as session:
        session.connection().execute(text("UPDATE step SET actor = 'system'"))
    with full.read() as session:
        assert session.connection().execute(text("SELECT actor FROM step")).scalar() == "officer:sim-see"


def test_a_migration_that_fails_leaves_the_schema_as_it_was(empty: Database) -> None:
    def failing() -> None:
        with empty.schema() as connection:
            METADATA.create_all(connection)
            connection.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(Exception, match="nowhere"):
        failing()
    assert tables(empty) == set()


def test_starting_twice_at_once_migrates_once(empty: Database) -> None:
    barrier = threading.Barrier(2)

    def start(_: int) -> str | None:
        database = Database(empty.url.render_as_string(hide_password=False))
        barrier.wait(timeout=PATIENCE)
        upgrade(database)
        found = schema_version(database)
        database.close()
        return found

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(start, range(2)))) == 1
    with empty.write() as session:
        rows.add_all(session)


def test_it_works_from_another_folder_and_a_path_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "100 % Daten"
    program = (
        f"from record.database.engine import Database; from record.database.install import upgrade, schema_version\n\
db = Database('sqlite:///{folder}/wir.db'); upgrade(db); print(schema_version(db)); db.close()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "0013\n"
    assert (folder / "wir.db").exists()


def test_the_command_line_of_alembic_agrees(tmp_path: Path) -> None:
    def alembic(*verb: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "alembic", *verb],
            cwd=ROOT,
            env={"WIR_DATABASE_URL": f"sqlite:///{tmp_path}/wir.db"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    alembic("upgrade", "head")
    assert "No new upgrade operations detected" in alembic("check")


def test_starting_on_a_current_database_does_not_import_alembic(tmp_path: Path) -> None:
    program = f"import sys; from record.database.engine import Database; from record.database.install import install\n\
db = Database('sqlite:///{tmp_path}/wir.db'); install(db, 'embedded'); db.close(); print('alembic' in sys.modules)"
    said = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={}, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert said == ["True\n", "False\n"]


def inspector(db: Database) -> Inspector:
    return inspect(db._writer)


def tables(db: Database) -> set[str]:
    return set(inspector(db).get_table_names())


def triggers(db: Database) -> set[str]:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with db.read() as session:
        return set(session.connection().execute(text(query[db.dialect])).scalars())


def functions(db: Database) -> set[str]:
    if db.dialect == "sqlite":
        return set()
    with db.read() as session:
        query = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        return set(session.connection().execute(text(query)).scalars())
