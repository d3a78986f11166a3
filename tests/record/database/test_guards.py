"""What is recorded stays, a command is decided once, an order only goes forward: on both databases."""
# ruff: noqa: S608 - the statements are the tests' own

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from models.tables import CommandRow, Order
from record.database.engine import Database
from tests.fixtures.databases import as_owner
from tests.record import rows
from tests.record.database.sql import change, put, refused, unchangeable, value

pytestmark = pytest.mark.sql


@pytest.mark.parametrize(
    ("table", "assignment"),
    [
        ("step", "body = body"),
        ("step", "actor = 'officer:sim-see'"),
        ("ledger", "cents = 0"),
    ],
)
def test_append_only(full: Database, table: str, assignment: str) -> None:
    unchangeable(full, "append-only", f"UPDATE {table} SET {assignment}")


KEPT = (
    "step",
    "ledger",
    "command",
    "notice",
    "payment_order",
    "bank_details",
    "bank_line",
    "installation",
    "telephone",
    "officer",
    "contact",
)


def test_nothing_recorded_is_deleted_not_even_by_its_owner(full: Database) -> None:
    with closing(as_owner(full)) as owner:
        for table in KEPT:
            unchangeable(owner, "never deleted", f"DELETE FROM {table}")


@pytest.mark.postgres
@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_nothing_recorded_is_truncated_not_even_by_its_owner(full: Database) -> None:
    with closing(as_owner(full)) as owner:
        for table in KEPT:
            unchangeable(owner, "never emptied", f"TRUNCATE {table} CASCADE")


REPLACED: list[tuple[str, dict[str, str]]] = [
    ("step", {}),  # the same step again
    ("step", {"no": "2", "prev_hash": "'h1'"}),  # the next one, with the hash and command of the first
    ("step", {"no": "2", "prev_hash": "'h1'", "command_id": "NULL"}),  # … with the hash only
    ("step", {"no": "2", "prev_hash": "'h1'", "hash": "'h2'"}),  # … with the command only
    ("ledger", {"cents": "0"}),
]


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("recursive", [0, 1])
@pytest.mark.parametrize(("table", "values"), REPLACED)
def test_replacing_a_row_is_no_way_around(full: Database, table: str, values: dict[str, str], recursive: int) -> None:
    """Also on a connection that does not switch ``recursive_triggers`` on, where no DELETE trigger fires."""
    connection = sqlite3.connect(full.url.database or "", isolation_level=None)
    connection.execute(f"PRAGMA recursive_triggers={recursive}")
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    before = connection.execute(f"SELECT * FROM {table}").fetchall()
    taken = ", ".join(values.get(column, column) for column in columns)
    with pytest.raises(sqlite3.IntegrityError, match=r"the next one|append-only"):
        connection.execute(f"INSERT OR REPLACE INTO {table} SELECT {taken} FROM {table}")
    assert connection.execute(f"SELECT * FROM {table}").fetchall() == before
    connection.close()


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_replacing_what_changes_by_rule_fails_as_deleting_does(full: Database) -> None:
    for table in ("command", "notice", "payment_order", "bank_details", "bank_line", "installation"):
        unchangeable(full, "never deleted|begins as", f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize(
    ("says", "step"),
    [
        ("the next one", {"no": 0}),
        ("the next one", {"no": 1, "hash": "x"}),
        ("the next one", {"no": 2, "hash": "h1", "prev_hash": "h1"}),
        ("hash of the step before", {"no": 2, "prev_hash": "x"}),
        ("hash of the step before", {"no": 2, "prev_hash": ""}),
        ("the next one|the step before", {"no": 3}),  # both are wrong; the databases differ in what they say first
        ("the next one|the step before", {"no": 2, "case_id": "other"}),
    ],
)
def test_a_step_is_the_next_one_and_names_the_one_before(full: Database, says: str, step: dict[str, Any]) -> None:
    refused(full, says, rows.step(**step))
    put(full, rows.step(2), rows.step(3), rows.step(1, case_id="other", hash="o1"))


def test_a_command_makes_one_step(full: Database) -> None:
    put(full, rows.step(2, command_id="c1"))
    refused(full, "the next one|UNIQUE", rows.step(3, command_id="c1"))


@pytest.mark.parametrize("state", ["applied", "refused"])
def test_a_command_is_decided_once(full: Database, state: str) -> None:
    change(full, f"UPDATE command SET state = '{state}', reason = 'r', step_no = 2, details = '{{}}'")
    for later in ("received", "applied", "refused"):
        unchangeable(full, "decided once", f"UPDATE command SET state = '{later}'")
    unchangeable(full, "decided once", "UPDATE command SET reason = 'other'")


def test_a_command_begins_as_received(full: Database) -> None:
    for state in ("applied", "refused", "lost"):
        refused(full, "begins as received", rows.command(id="c2", state=state))
    unchangeable(full, "ck_command_state", "UPDATE command SET state = 'lost'")
    refused(full, "(?i)unique", rows.command())


ASKED = [
    "id = 'X'",
    "case_id = 'X'",
    "kind = 'apply'",
    "task_id = 'X'",
    "choice = 'X'",
    "actor_kind = 'officer'",
    "actor_id = 'X'",
    "actor_roles = '[\"x\"]'",
    "simulated = NOT simulated",
    "content = '{\"cents\": 2}'",
    "received_at = '2018-01-01T00:00:00.000000+00:00'",
    "stored_at = '2018-01-01T00:00:00.000000+00:00'",
]


def test_what_a_command_asks_for_never_changes(full: Database) -> None:
    for assignment in ASKED:
        unchangeable(full, "never changes", f"UPDATE command SET state = 'applied', {assignment}")


def test_a_command_is_decided_through_the_models_as_well(full: Database) -> None:
    with full.write() as session:
        found = session.get(CommandRow, "c1")
        assert found is not None
        found.state, found.step_no, found.details = "applied", 2, {"cents": 3}
        session.add(found)
    with full.write() as session:
        order = session.get(Order, rows.ORDER)
        assert order is not None
        order.status, order.handed_over_at, order.file_sha256 = "handed_over", rows.AT, "f" * 64
        session.add(order)
    assert value(full, "SELECT state FROM command") == "applied"
    assert value(full, "SELECT status FROM payment_order") == "handed_over"


def test_a_signed_notice_never_changes(full: Database) -> None:
    for column in ("id", "case_id", "kind", "drafted_by", "signed_by", "sha256", "body", "signed_at"):
        unchangeable(full, "never changes", f"UPDATE notice SET {column} = 'other'")


def test_a_notice_learns_when_and_how_it_was_notified(full: Database) -> None:
    change(full, "UPDATE notice SET notified_on = '2018-05-07', channel = 'post'")
    assert value(full, "SELECT channel FROM notice") == "post"


STATES = ("approved", "handed_over", "unknown", "booked", "rejected")
FORWARD: dict[str, set[str]] = {
    "approved": {"handed_over", "rejected"},
    "handed_over": {"booked", "rejected", "unknown"},
    "unknown": {"booked", "rejected"},
    "booked": set(),
    "rejected": set(),
}
WAY: dict[str, Sequence[str]] = {
    "approved": (),
    "handed_over": ("handed_over",),
    "unknown": ("handed_over", "unknown"),
    "booked": ("handed_over", "booked"),
    "rejected": ("rejected",),
}


@pytest.mark.parametrize("end", STATES)
@pytest.mark.parametrize("begin", STATES)
def test_an_order_only_goes_forward(full: Database, begin: str, end: str) -> None:
    change(full, *(f"UPDATE payment_order SET status = '{status}'" for status in WAY[begin]))
    statement = f"UPDATE payment_order SET status = '{end}'"
    if end == begin or end in FORWARD[begin]:
        change(full, statement)
        assert value(full, "SELECT status FROM payment_order") == end
    else:
        unchangeable(full, "an order only goes forward|only with evidence", statement)


def test_a_booked_order_comes_back_only_with_evidence_of_the_bank(full: Database) -> None:
    back = "UPDATE payment_order SET status = 'rejected'"
    change(full, *(f"UPDATE payment_order SET status = '{status}'" for status in WAY["booked"]))
    unchangeable(full, "only with evidence", back)
    put(full, rows.bank_line(line_no=2, status="returned", amount_cents=1_999_999))
    put(full, rows.bank_line(line_no=3, status="returned", reference="another"), rows.bank_line(line_no=4))
    unchangeable(full, "only with evidence", back)
    put(full, rows.bank_line(line_no=5, status="returned"))
    change(full, back)
    unchangeable(full, "only goes forward", "UPDATE payment_order SET status = 'booked'")


def test_evidence_of_the_bank_never_changes(full: Database) -> None:
    for assignment in ("reference = 'x'", "status = 'returned'", "amount_cents = 1", "value_date = '2018-01-01'"):
        unchangeable(full, "never changes", f"UPDATE bank_line SET {assignment}")
    change(full, "UPDATE bank_line SET note = 'settled by hand', command_id = 'c7'")


def test_an_order_has_no_other_status(full: Database) -> None:
    unchangeable(full, "only goes forward|order_status", "UPDATE payment_order SET status = 'paid'")


ORDERED = [
    "id = 'X'",
    "case_id = 'X'",
    "instalment = 'D09'",
    "attempt = 2",
    "budget_year = 2019",
    "amount_cents = amount_cents + 1",
    "certified_by = 'sim-see'",
    "approved_by = 'sim-see'",
    "bank_details_id = 2",
    "ordered_at = '2018-01-01T00:00:00.000000+00:00'",
]


def test_amount_and_people_of_an_order_never_change(full: Database) -> None:
    for assignment in ORDERED:
        unchangeable(full, "never change", f"UPDATE payment_order SET {assignment}")


def test_what_was_handed_over_or_booked_is_said_once(full: Database) -> None:
    first = "file_sha256 = 'a', handed_over_at = '2018-05-02T00:00:00.000000+00:00', booked_on = '2018-05-04'"
    change(full, f"UPDATE payment_order SET {first}", f"UPDATE payment_order SET {first}")
    for later in ("file_sha256 = 'b'", "handed_over_at = NULL", "booked_on = '2018-05-05'"):
        unchangeable(full, "never changes", f"UPDATE payment_order SET {later}")


def test_the_mode_is_set_once_and_legal_time_runs_forward(db: Database) -> None:
    unchangeable(db, "set once|no_offset", "UPDATE installation SET mode = 'production', offset_seconds = 0")
    unchangeable(db, "runs forward", "UPDATE installation SET offset_seconds = offset_seconds - 1")
    unchangeable(db, "(?i)one_row|unique", "INSERT INTO installation SELECT 2, mode, 0, created_at FROM installation")


@pytest.mark.parametrize(
    "assignment",
    ["number = '+49691'", "written = 'x'", "source = 'x'", "entered_by = 'x'", "valid_from = '2018-01-01'"],
)
def test_a_number_on_file_is_never_another(full: Database, assignment: str) -> None:
    unchangeable(full, "never changes", f"UPDATE telephone SET {assignment}")


def test_a_number_is_ended_once(full: Database) -> None:
    change(full, "UPDATE telephone SET valid_to = '2018-06-30'")
    unchangeable(full, "ended once", "UPDATE telephone SET valid_to = '2018-07-31'")
    unchangeable(full, "ended once", "UPDATE telephone SET valid_to = NULL")
