"""Valid rows of the record, to be made invalid in one place by a test."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from models.tables import BankDetails, BankLine, Budget, Case, CommandRow, LedgerRow, Notice, Order, StepRow

AT = datetime(2018, 4, 3, 8, 30, tzinfo=UTC)
CASE = "wir-fm-2018-06631"
ORDER = "FM18-06631-D01-A1"

Given = dict[str, Any]


def case(**values: Any) -> Case:
    """A grant of 50,000 EUR with its award."""
    given: Given = {"id": CASE, "line": "fm", "year": 2018, "recipient": "fulda-district", "recipient_key": "06631"}
    return Case(**given | {"stage": "disbursing", "opened_at": AT, "awarded_cents": 5_000_000} | values)


def budget(**values: Any) -> Budget:
    """A budget of 100,000 EUR of which nothing is committed."""
    given: Given = {"line": "fm", "budget_year": 2018, "total_cents": 10_000_000}
    return Budget(**given | values)


def details(**values: Any) -> BankDetails:
    """Declared bank details that nobody has checked yet. The IBAN is the usual example."""
    given: Given = {
        "id": 1,
        "case_id": CASE,
        "command_id": "c-bank",
        "holder": "Kreiskasse",
        "iban": "DE89370400440532013000",
    }
    return BankDetails(**given | values)


def order(**values: Any) -> Order:
    """An approved order of 20,000 EUR."""
    given: Given = {"id": ORDER, "case_id": CASE, "instalment": "D01", "budget_year": 2018}
    people: Given = {"certified_by": "sim-wald", "approved_by": "sim-tal", "bank_details_id": 1, "ordered_at": AT}
    return Order(**given | people | {"amount_cents": 2_000_000} | values)


def command(**values: Any) -> CommandRow:
    """A received command."""
    given: Given = {"id": "c1", "case_id": CASE, "kind": "answer", "actor_kind": "clerk", "actor_id": "06631"}
    return CommandRow(**given | {"content": {"cents": 1}, "received_at": AT, "stored_at": AT} | values)


def step(no: int = 1, **values: Any) -> StepRow:
    """The step with this number; its hash is ``h<no>``."""
    given: Given = {
        "case_id": CASE,
        "no": no,
        "key_hash": "k",
        "action": "apply",
        "actor": "system",
        "stage": "examine",
    }
    chain: Given = {"prev_hash": f"h{no - 1}" if no > 1 else "", "hash": f"h{no}", "at": AT}
    return StepRow(**given | chain | values)


def notice(**values: Any) -> Notice:
    """A signed award."""
    given: Given = {
        "id": f"{CASE}/N1",
        "case_id": CASE,
        "kind": "award",
        "drafted_by": "sim-berg",
        "signed_by": "sim-tal",
    }
    return Notice(**given | {"sha256": "0" * 64, "body": "…", "signed_at": AT} | values)


def ledger(**values: Any) -> LedgerRow:
    """One entry."""
    given: Given = {"case_id": CASE, "step_no": 1, "account": "award", "cents": 5_000_000}
    return LedgerRow(**given | values)


def bank_line(**values: Any) -> BankLine:
    """The bank says that the order is booked."""
    given: Given = {"file_sha256": "f", "line_no": 1, "reference": ORDER, "status": "booked", "amount_cents": 2_000_000}
    return BankLine(**given | {"value_date": AT.date()} | values)


def add_all(session: Session) -> None:
    """One of each, in the order in which they refer to each other."""
    for row in (
        case(),
        budget(),
        details(),
        order(),
        command(),
        step(command_id="c0"),
        notice(),
        ledger(),
        bank_line(),
    ):
        session.add(row)
        session.flush()
