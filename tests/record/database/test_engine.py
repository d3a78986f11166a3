"""Transactions are whole, snapshots refuse changes, writers queue, settings are durable."""

import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from models.tables import Budget, Case
from models.tables.base import Instant
from record.database.engine import BUSY_MS, Database, InstallationError
from tests.patience import PATIENCE
from tests.record import rows

pytestmark = pytest.mark.sql

ROOT = Path(__file__).parents[3]


def committed(db: Database) -> int:
    with db.read() as session:
        found = session.get(Budget, ("fm", 2018))
        assert found is not None
        return found.committed_cents


def test_a_transaction_is_committed_at_its_end_and_its_objects_stay_readable(db: Database) -> None:
    with db.write() as session:
        row = rows.budget(committed_cents=1)
        session.add(row)
    assert row.committed_cents == 1
    assert committed(db) == 1


def test_a_transaction_that_raises_leaves_nothing(db: Database) -> None:
    def broken() -> None:
        with db.write() as session:
            session.add(rows.budget())
            session.flush()
            raise KeyError("broken on purpose")

    with pytest.raises(KeyError):
        broken()
    with db.read() as session:
        assert session.get(Budget, ("fm", 2018)) is None
    with db.write() as session:  # and the turn to write was given back
        session.add(rows.budget())


KILLED = """
import os, signal, sys
from sqlalchemy import text
from record.database.engine import Database
with Database(sys.argv[1]).hurried() as connection:
    connection.execute(text("UPDATE installation SET offset_seconds = 77"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_is_committed_in_a_hurry_outlives_its_process(db: Database) -> None:
    url = db.url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, url], cwd=ROOT, check=False, timeout=PATIENCE)
    assert killed.returncode == -signal.SIGKILL
    with db.read() as session:
        assert session.connection().execute(text("SELECT offset_seconds FROM installation")).scalar_one() == 77


def test_only_a_hurried_transaction_does_not_wait_for_the_disk(db: Database) -> None:
    asked, waits, hurries = ("SHOW synchronous_commit", "on", "off")
    if db.dialect == "sqlite":
        asked, waits, hurries = ("PRAGMA synchronous", 2, 1)  # type: ignore[assignment]
    for _ in range(2):  # the setting stays with its connection
        with db.hurried() as connection:
            assert connection.execute(text(asked)).scalar_one() == hurries
        with db.write() as session:
            assert session.connection().execute(text(asked)).scalar_one() == waits


def test_a_hurried_transaction_that_raises_leaves_nothing_and_waits_its_turn(db: Database) -> None:
    def broken() -> None:
        with db.hurried() as connection:
            connection.execute(text("UPDATE installation SET offset_seconds = 77"))
            with pytest.raises(RuntimeError, match="writing already"), db.write():
                pass
            raise KeyError("broken on purpose")

    with pytest.raises(KeyError):
        broken()
    with db.read() as session:
        assert session.connection().execute(text("SELECT offset_seconds FROM installation")).scalar_one() != 77


def test_reading_refuses_changes(db: Database) -> None:
    with db.read() as session, pytest.raises(DBAPIError, match=r"readonly|read-only"):
        session.connection().execute(text("UPDATE installation SET offset_seconds = offset_seconds + 1"))


def test_reading_never_commits(db: Database) -> None:
    with db.read() as session:
        session.add(rows.budget())
    with db.read() as session:
        assert session.get(Budget, ("fm", 2018)) is None


def test_reading_is_one_snapshot(db: Database) -> None:
    with db.write() as session:
        session.add(rows.budget(committed_cents=1))
    with db.read() as snapshot:
        before = snapshot.connection().execute(text("SELECT committed_cents FROM budget")).scalar()
        with db.write() as session:
            session.connection().execute(text("UPDATE budget SET committed_cents = 2"))
        after = snapshot.connection().execute(text("SELECT committed_cents FROM budget")).scalar()
    assert (before, after, committed(db)) == (1, 1, 2)


def test_writing_inside_writing_says_so_instead_of_waiting_for_itself(db: Database) -> None:
    def nested() -> None:
        with db.write(), db.write():
            pass

    with pytest.raises(RuntimeError, match="writing already"):
        nested()
    with db.write() as session:
        session.add(rows.budget())


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_two_objects_of_one_process_share_the_turn(db: Database) -> None:
    other = Database(str(db.url))
    entered = threading.Event()

    def write() -> None:
        with other.write() as session:
            entered.set()
            session.add(rows.budget(line="other"))

    with db.write() as session:
        session.add(rows.budget())
        thread = threading.Thread(target=write)
        thread.start()
        assert not entered.wait(0.05)  # the turn is not given away; a moment is enough to see it wrongly given
    thread.join()
    other.close()
    with db.read() as session:
        assert len(session.connection().execute(text("SELECT 1 FROM budget")).all()) == 2


def test_many_threads_read_then_write_without_lost_updates_or_locks(db: Database) -> None:
    with db.write() as session:
        session.add(rows.budget())

    def add(_: int) -> None:
        with db.write() as session:
            found = session.get(Budget, ("fm", 2018), with_for_update=True)
            assert found is not None
            found.committed_cents += 1

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(add, range(200)))) == 200
    assert committed(db) == 200


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_readers_go_on_while_somebody_writes(db: Database) -> None:
    with db.write() as session:
        session.add(rows.budget())
        session.flush()
        with ThreadPoolExecutor(1) as pool:
            seen = pool.submit(lambda: read_budget(db)).result(timeout=PATIENCE)
    assert seen is None


def read_budget(db: Database) -> Budget | None:
    with db.read() as session:
        return session.get(Budget, ("fm", 2018))


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_the_settings_of_sqlite(db: Database) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL: a commit is on disk when it returns
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "busy_timeout": BUSY_MS,
        "trusted_schema": 0,
        "query_only": 0,
    }
    with db.write() as session:
        found = {name: session.connection().execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
    assert found == wanted
    reading = {"query_only": 1, "wal_autocheckpoint": 0, "busy_timeout": BUSY_MS, "journal_mode": "wal"}
    with db.read() as session:
        found = {name: session.connection().execute(text(f"PRAGMA {name}")).scalar() for name in reading}
    assert found == reading


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_every_connection_of_sqlite_carries_the_settings(db: Database) -> None:
    db.close()
    test_the_settings_of_sqlite(db)


def test_the_file_is_its_owners(tmp_path: Path) -> None:
    fresh = Database(f"sqlite:///{tmp_path}/new folder/ü.db")
    with fresh.schema() as connection:
        connection.exec_driver_sql("CREATE TABLE x (y)")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new folder").iterdir()}
    fresh.close()
    assert modes == {"ü.db": 0o600, "ü.db-wal": 0o600, "ü.db-shm": 0o600}


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_weaknesses_name_an_old_sqlite_and_nothing_else(db: Database) -> None:
    old = sqlite3.sqlite_version_info < (3, 51, 3)
    assert db.weaknesses() == ([f"sqlite_version={sqlite3.sqlite_version}"] if old else [])


@pytest.mark.postgres
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_weaknesses_name_a_server_that_may_lose_commits(db: Database) -> None:
    assert db.weaknesses() == ["fsync=off", "full_page_writes=off"]  # as the cluster of the tests runs
    with db.write() as session:
        name = session.connection().execute(text("SELECT current_database()")).scalar()
        session.connection().execute(text(f"ALTER ROLE wir_app IN DATABASE {name} SET synchronous_commit = off"))
    db.close()
    assert "synchronous_commit=off" in db.weaknesses()


def test_broken_references_undo_a_migration(db: Database) -> None:
    def breaking() -> None:
        with db.schema() as connection:
            connection.exec_driver_sql(
                "INSERT INTO notice (id, case_id, kind, drafted_by, signed_by, sha256, body, signed_at, channel)"
                " VALUES ('n', 'nobody', 'award', 'a', 'b', '', '', '', 'mail')"
            )

    with pytest.raises((InstallationError, DBAPIError)):
        breaking()
    with db.write() as session:
        assert session.connection().execute(text("SELECT count(*) FROM notice")).scalar() == 0
        if db.dialect == "sqlite":
            assert session.connection().execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_an_error_shows_no_bank_details(db: Database) -> None:
    iban = rows.details().iban

    def wrong() -> None:
        with db.write() as session:
            session.add(rows.details(called_back_by="a", confirmed_by="a"))

    with pytest.raises(DBAPIError, match="four_eyes") as refused:
        wrong()
    shown = "".join(traceback.format_exception(refused.value))
    assert ("INSERT INTO bank_details" in shown, iban in shown) == (True, False)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not a URL"),
        ("wir.db", "not a URL"),
        ("sqlite://", "plain file"),
        ("sqlite:///:memory:", "plain file"),
        ("sqlite:///wir.db?mode=ro", "plain file"),
        ("mysql://clerk:hunter2@host/wir", "mysql"),
    ],
)
def test_other_addresses_are_refused_in_one_line_without_the_password(url: str, says: str) -> None:
    with pytest.raises(InstallationError, match=says) as refused:
        Database(url)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg2://u@h/d"])
def test_postgresql_always_speaks_through_the_one_driver(url: str) -> None:
    database = Database(url)  # opens nothing
    assert (database.dialect, database.url.drivername) == ("postgresql", "postgresql+psycopg")
    database.close()


INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-9, minutes=-30))]),
)


@given(INSTANTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_an_instant_comes_back_as_the_same_instant_in_utc(db: Database, instant: datetime) -> None:
    with db.read() as session:
        found = session.connection().execute(select(literal(instant, Instant()))).scalar_one()
    assert found == instant.astimezone(UTC)  # an hour that summer time leaves out equals nothing but itself
    assert found.tzinfo == UTC


@given(INSTANTS, INSTANTS)
def test_instants_sort_as_text_as_they_do_in_time(first: datetime, second: datetime) -> None:
    dialect = Database("postgresql://u@h/d")._writer.dialect
    one, two = (Instant().process_bind_param(instant, dialect) or "" for instant in (first, second))
    assert (one < two) == (first.astimezone(UTC) < second.astimezone(UTC))
    assert len(one) == 32


def test_a_naive_instant_is_refused(db: Database) -> None:
    def naive() -> None:
        with db.write() as session:
            session.add(rows.case(opened_at=datetime(2018, 1, 1)))  # noqa: DTZ001 - the point of this test

    with pytest.raises(StatementError, match="time zone"):
        naive()


def test_an_instant_is_stored_as_text_that_people_can_read(db: Database) -> None:
    with db.write() as session:
        session.add(rows.case(opened_at=datetime(2018, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))))
    with db.read() as session:
        stored = session.connection().execute(text("SELECT opened_at FROM grant_case")).scalar()
        row = session.get(Case, rows.CASE)
    assert stored == "2018-07-01T10:00:00.000000+00:00"
    assert row is not None
    assert row.opened_at == datetime(2018, 7, 1, 10, tzinfo=UTC)
    assert row.ended_at is None


@pytest.mark.postgres
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_the_tests_of_the_record_have_no_more_rights_than_production(db: Database) -> None:
    with db.read() as session:
        who = session.connection().execute(text("SELECT usename, usesuper FROM pg_user WHERE usename = current_user"))
        assert who.all() == [("wir_app", False)]
        rights = session.connection().execute(text("SELECT has_table_privilege('step', 'DELETE')"))
        assert rights.scalar() is False
