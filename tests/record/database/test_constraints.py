"""Money, two people, one of each: the database itself refuses, on SQLite and on PostgreSQL, whatever code does."""
# ruff: noqa: S608 - the statements are the tests' own

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.tables import Budget
from record.database.engine import Database
from tests.record import rows
from tests.record.database.sql import change, put, refused, unchangeable, value

pytestmark = pytest.mark.sql


def test_a_budget_commits_its_last_cent_and_not_one_more(db: Database) -> None:
    put(db, rows.budget(total_cents=5_000_000))
    change(db, "UPDATE budget SET committed_cents = committed_cents + 5000000")
    unchangeable(db, "within_total", "UPDATE budget SET committed_cents = committed_cents + 1")
    unchangeable(db, "within_total", "UPDATE budget SET total_cents = total_cents - 1")
    unchangeable(db, "within_total", "UPDATE budget SET committed_cents = -1")
    refused(db, "within_total", rows.budget(line="x", committed_cents=10_000_001))


def test_concurrent_reservations_exhaust_the_budget_exactly(db: Database) -> None:
    put(db, rows.budget(total_cents=66 * 50_000 + 49_999))
    reserve = "UPDATE budget SET committed_cents = committed_cents + 50000 WHERE line = 'fm' AND budget_year = 2018"

    def attempt(_: int) -> str:
        try:
            change(db, reserve)
        except IntegrityError:
            return "refused"
        return "reserved"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(attempt, range(200)))
    assert outcomes == {"reserved": 66, "refused": 134}
    with db.read() as session:
        found = session.get(Budget, ("fm", 2018))
        assert found is not None
        assert (found.committed_cents, found.total_cents) == (66 * 50_000, 66 * 50_000 + 49_999)


def test_concurrent_orders_of_one_instalment_leave_one(full: Database) -> None:
    def attempt(number: int) -> str:
        try:
            put(full, rows.order(id=f"O{number}", instalment="D02", amount_cents=1))
        except IntegrityError:
            return "refused"
        return "ordered"

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(attempt, range(16))) == {"ordered": 1, "refused": 15}


def test_concurrent_orders_never_exceed_the_award(full: Database) -> None:
    def attempt(number: int) -> str:
        try:
            put(full, rows.order(id=f"O{number}", instalment=f"D{number}", amount_cents=400_000))
        except IntegrityError:
            return "refused"
        return "ordered"

    with ThreadPoolExecutor(8) as pool:  # 50,000 EUR awarded, 20,000 ordered already: seven times 4,000 fit
        assert Counter(pool.map(attempt, range(20, 40))) == {"ordered": 7, "refused": 13}
    assert value(full, "SELECT sum(amount_cents) FROM payment_order") == 4_800_000


def test_the_case_orders_within_its_award_and_books_within_its_orders(full: Database) -> None:
    change(full, "UPDATE grant_case SET ordered_cents = 5000000, booked_cents = 5000000")
    unchangeable(full, "ordered_within_award", "UPDATE grant_case SET ordered_cents = 5000001")
    unchangeable(full, "ordered_within_award", "UPDATE grant_case SET awarded_cents = 4999999")
    unchangeable(full, "booked_within_ordered", "UPDATE grant_case SET booked_cents = 5000001")


@pytest.mark.parametrize(
    ("says", "values"),
    [
        ("uq_one_live_order|UNIQUE", {"id": "A2", "attempt": 2}),
        ("positive", {"instalment": "D02", "amount_cents": 0}),
        ("positive", {"instalment": "D02", "amount_cents": -1}),
        ("four_eyes", {"instalment": "D02", "approved_by": "sim-wald"}),
        ("approved", {"instalment": "D02", "status": "booked"}),
        ("approved", {"instalment": "D02", "status": "paid"}),
        ("live orders exceed the award", {"instalment": "D02", "amount_cents": 3_000_001}),
        ("(?i)foreign key", {"instalment": "D02", "bank_details_id": 2}),
        ("(?i)foreign key", {"instalment": "D02", "case_id": "wir-fm-2018-06411"}),
        ("(?i)unique", {"instalment": "D02", "id": rows.ORDER}),
    ],
)
def test_an_order_is_refused(full: Database, says: str, values: dict[str, Any]) -> None:
    refused(full, says, rows.order(**{"id": "NEW"} | values))
    assert value(full, "SELECT count(*) FROM payment_order") == 1


def test_a_rejected_order_makes_room_for_the_next(full: Database) -> None:
    change(full, "UPDATE payment_order SET status = 'rejected'")
    put(full, rows.order(id="A2", attempt=2, amount_cents=5_000_000))
    change(full, "UPDATE grant_case SET awarded_cents = awarded_cents + 1")
    refused(full, "uq_one_live_order|UNIQUE", rows.order(id="A3", attempt=3, amount_cents=1))


CENTS = [
    ("budget", "total_cents"),
    ("budget", "committed_cents"),
    ("grant_case", "requested_cents"),
    ("grant_case", "claimed_cents"),
    ("grant_case", "repaid_cents"),
]


@pytest.mark.parametrize(("table", "column"), CENTS)
@pytest.mark.parametrize("amount", ["0.5", "'many'"])
def test_amounts_are_whole_cents(full: Database, table: str, column: str, amount: str) -> None:
    if full.dialect == "postgresql" and amount == "0.5":  # rounds as it stores: never a fraction
        change(full, f"UPDATE {table} SET {column} = {amount}")
        assert isinstance(value(full, f"SELECT {column} FROM {table}"), int)
        return
    with pytest.raises(DBAPIError, match=r"whole cents|bigint|within_total"):
        change(full, f"UPDATE {table} SET {column} = {amount}")


def test_the_ledger_takes_whole_cents(full: Database) -> None:
    with pytest.raises(DBAPIError, match=r"whole cents|bigint"):
        change(full, "INSERT INTO ledger (case_id, step_no, account, cents) VALUES ('c', 1, 'award', 'many')")


def test_a_notice_has_two_signers(full: Database) -> None:
    refused(full, "four_eyes", rows.notice(id="N2", drafted_by="sim-tal"))


def test_bank_details_are_called_back_by_one_and_confirmed_by_another(full: Database) -> None:
    unchangeable(full, "call_back_first", "UPDATE bank_details SET confirmed_by = 'sim-tal'")
    change(full, "UPDATE bank_details SET called_back_by = 'sim-wald'")
    unchangeable(full, "four_eyes", "UPDATE bank_details SET confirmed_by = 'sim-wald'")
    change(full, "UPDATE bank_details SET confirmed_by = 'sim-tal'")
    for later in ("confirmed_by = 'sim-see'", "confirmed_by = NULL", "called_back_by = NULL"):
        unchangeable(full, "set once", f"UPDATE bank_details SET {later}")


def test_declared_bank_details_never_change(full: Database) -> None:
    for column in ("case_id", "command_id", "holder", "iban", "bic", "bank", "reference"):
        unchangeable(full, "never change", f"UPDATE bank_details SET {column} = 'other'")


def test_one_live_grant_a_recipient_line_and_year(full: Database) -> None:
    refused(full, "uq_one_live_grant|UNIQUE", rows.case(id="other", recipient_key="06631000"))
    put(full, rows.case(id="next-year", year=2019), rows.case(id="other-line", line="sp"))
    change(full, f"UPDATE grant_case SET live = {'0' if full.dialect == 'sqlite' else 'false'}")
    put(full, rows.case(id=f"{rows.CASE}-2"))


def test_a_line_of_bank_evidence_counts_once(db: Database) -> None:
    put(db, rows.bank_line(command_id="c1"), rows.bank_line(line_no=2))
    refused(db, "(?i)unique", rows.bank_line())
    refused(db, "(?i)unique", rows.bank_line(line_no=3, command_id="c1"))
