"""Money: budgets, orders, bank details, evidence of the bank, the ledger."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.tables.base import Table, cents_column, instant


class Budget(Table, table=True):
    """Money of one line in one budget year. The database refuses to commit more than there is."""

    __tablename__ = "budget"
    __table_args__ = (CheckConstraint("committed_cents BETWEEN 0 AND total_cents", name="within_total"),)
    line: str = Field(primary_key=True)
    budget_year: int = Field(primary_key=True)
    total_cents: int = cents_column()
    committed_cents: int = cents_column()


class Order(Table, table=True):
    """A payment order. Two people, one live order an instalment, one end-to-end id for ever."""

    __tablename__ = "payment_order"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="positive"),
        CheckConstraint("certified_by <> approved_by", name="four_eyes"),
        CheckConstraint("status IN ('approved', 'handed_over', 'unknown', 'booked', 'rejected')", name="status"),
        Index(
            "uq_one_live_order",
            "case_id",
            "instalment",
            unique=True,
            sqlite_where=text("status <> 'rejected'"),
            postgresql_where=text("status <> 'rejected'"),
        ),
    )
    id: str = Field(primary_key=True)  # EndToEndId, at most 35 characters
    case_id: str = Field(foreign_key="grant_case.id", index=True)
    instalment: str
    attempt: int = 1
    budget_year: int
    amount_cents: int = cents_column()
    certified_by: str
    approved_by: str
    bank_details_id: int = Field(foreign_key="bank_details.id")
    status: str = "approved"
    ordered_at: datetime = instant()
    handed_over_at: datetime | None = instant(nullable=True)
    file_sha256: str = ""
    booked_on: date | None = None
    file_number: str | None = None  # these three as they were when the order was made; none: not known then
    budget_chapter: str | None = None
    budget_title: str | None = None


class BankDetails(Table, table=True):
    """Bank details as declared; they count only after a call-back by one officer and a confirmation by another."""

    __tablename__ = "bank_details"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR called_back_by IS NOT NULL", name="call_back_first"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> called_back_by", name="four_eyes"),
    )
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(index=True)
    command_id: str = Field(unique=True)
    holder: str
    iban: str = Field(index=True)
    bic: str = ""
    bank: str = ""
    reference: str = ""
    called_back_by: str | None = None
    confirmed_by: str | None = None
    rejected: bool = False


class BankLine(Table, table=True):
    """One line of bank evidence. The same line of the same file counts once."""

    __tablename__ = "bank_line"
    __table_args__ = (UniqueConstraint("file_sha256", "line_no"),)
    id: int | None = Field(default=None, primary_key=True)
    file_sha256: str
    line_no: int
    reference: str
    status: str
    amount_cents: int = cents_column()
    value_date: date
    detail: str = ""
    command_id: str | None = Field(default=None, unique=True)  # none: no case matched, somebody must look
    note: str = ""  # how an unmatched line was settled


class LedgerRow(Table, table=True):
    """Double-entry ledger of a case: the entries of a step sum to zero."""

    __tablename__ = "ledger"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(index=True)
    step_no: int
    account: str
    cents: int = cents_column()
