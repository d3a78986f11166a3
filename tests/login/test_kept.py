"""What the database itself refuses about log-ins, on SQLite and on PostgreSQL, whatever code does."""
# ruff: noqa: S608 - the statements are the tests' own

from contextlib import closing
from typing import Any

import pytest

from models.tables import Login, LoginDevice, LoginEvent, LoginLink
from record.database.engine import Database
from tests.fixtures.databases import as_owner
from tests.login.desk import Clock
from tests.record.database.sql import change, put, refused, unchangeable, value

pytestmark = pytest.mark.sql

AT = Clock().now


def login(**values: Any) -> Login:
    given: dict[str, Any] = {
        "id": "l1",
        "officer_id": "sim-berg",
        "way": "simulated",
        "token_hash": "h",
        "csrf_key": "k",
    }
    instants = dict.fromkeys(("started_at", "last_used_at", "proved_at"), AT)
    return Login(**given | instants | values)


@pytest.fixture
def rows(db: Database) -> Database:
    link: dict[str, Any] = {"token_hash": "t", "officer_id": "sim-berg", "made_by": "x", "totp_secret": "s"}
    put(
        db,
        login(),
        LoginEvent(at=AT, kind="started", who="sim-berg"),
        LoginLink(**link, made_at=AT, expires_at=AT),
    )
    return db


@pytest.mark.parametrize("table", ["login_event", "login_key"])
def test_nothing_of_it_changes_not_even_by_its_owner(rows: Database, table: str) -> None:
    with closing(as_owner(rows)) as owner:
        unchangeable(owner, "append-only", f"UPDATE {table} SET id = id")


def test_nothing_is_deleted_not_even_by_its_owner(rows: Database) -> None:
    with closing(as_owner(rows)) as owner:
        for table in ("login", "login_event", "login_key", "login_link"):
            unchangeable(owner, "never deleted", f"DELETE FROM {table}")


@pytest.mark.parametrize("column", ["officer_id = 'sim-tal'", "way = 'oidc'", "csrf_key = 'x'", "started_at = 'x'"])
def test_whose_log_in_it_is_never_changes(rows: Database, column: str) -> None:
    unchangeable(rows, "never changes", f"UPDATE login SET {column}")


def test_an_ended_log_in_stays_ended(rows: Database) -> None:
    unchangeable(rows, "ended_for_a_reason", "UPDATE login SET ended_at = started_at")
    change(rows, "UPDATE login SET ended_at = started_at, ended_why = 'idle'")
    unchangeable(rows, "stays as it is", "UPDATE login SET ended_at = NULL, ended_why = ''")
    unchangeable(rows, "stays as it is", "UPDATE login SET last_used_at = '9'")


def test_a_used_link_is_never_opened_again(rows: Database) -> None:
    unchangeable(rows, "never changes", "UPDATE login_link SET officer_id = 'sim-tal'")
    unchangeable(rows, "never changes", "UPDATE login_link SET expires_at = '9'")
    change(rows, "UPDATE login_link SET ended_at = made_at")
    unchangeable(rows, "used once", "UPDATE login_link SET ended_at = NULL")


def test_a_confirmed_code_is_exchanged_once(rows: Database) -> None:
    device: dict[str, Any] = {
        "code_hash": "d",
        "officer_id": "sim-berg",
        "confirmed_in": "l1",
        "confirmed_at": AT,
        "proved_at": AT,
    }
    put(rows, LoginDevice(**device))
    unchangeable(rows, "exchanged once", "UPDATE login_device SET officer_id = 'sim-tal'")
    change(rows, "UPDATE login_device SET claimed_at = confirmed_at")
    unchangeable(rows, "exchanged once", "UPDATE login_device SET claimed_at = NULL")
    with closing(as_owner(rows)) as owner:
        unchangeable(owner, "never deleted", "DELETE FROM login_device")


def test_no_log_in_without_an_officer_or_in_an_unknown_way(db: Database) -> None:
    refused(db, "(?i)foreign key", login(officer_id="nobody"))
    refused(db, "way", login(way="magic"))


def test_the_migration_makes_one_random_key(db: Database) -> None:
    assert value(db, "SELECT count(*) FROM login_key") == 1
    assert len(value(db, "SELECT key FROM login_key")) == 64
