"""Tables of the legal record (SQLModel), the same on SQLite and PostgreSQL.

What must never happen is refused by constraints here, not by code alone: money beyond the budget, a
second live order, a second person who is the first, a second live grant. Instants are UTC; amounts are
integer cents. Triggers that make the record append-only stand in ``migrations/``.
"""

from models.tables.casework import CaseNote, Intake, PostalAddress, TaskHolding
from models.tables.grants import (
    Case,
    CaseOpened,
    CommandRow,
    Draft,
    Notice,
    Round,
    ShownText,
    StepRow,
    StoredFile,
    TaskRow,
    TaskToken,
)
from models.tables.login import (
    Login,
    LoginCredential,
    LoginDevice,
    LoginEvent,
    LoginIdentity,
    LoginKey,
    LoginLink,
)
from models.tables.mail import Absence, InboundMail, MailThread, Outbox
from models.tables.money import BankDetails, BankLine, Budget, LedgerRow, Order
from models.tables.office import Alarm, Contact, Installation, Officer, OfficerAbsence, OfficerRoles, Telephone
from models.tables.search import SearchWords

__all__ = [
    "Absence",
    "Alarm",
    "BankDetails",
    "BankLine",
    "Budget",
    "Case",
    "CaseNote",
    "CaseOpened",
    "CommandRow",
    "Contact",
    "Draft",
    "InboundMail",
    "Installation",
    "Intake",
    "LedgerRow",
    "Login",
    "LoginCredential",
    "LoginDevice",
    "LoginEvent",
    "LoginIdentity",
    "LoginKey",
    "LoginLink",
    "MailThread",
    "Notice",
    "Officer",
    "OfficerAbsence",
    "OfficerRoles",
    "Order",
    "Outbox",
    "PostalAddress",
    "Round",
    "SearchWords",
    "ShownText",
    "StepRow",
    "StoredFile",
    "TaskHolding",
    "TaskRow",
    "TaskToken",
    "Telephone",
]
