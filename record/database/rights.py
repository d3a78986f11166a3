"""What each process may do with each table: rights of PostgreSQL's roles, given by the schema's owner at each install.

``deploy/roles.sh`` runs before there is a table; it lets worker and portal (``wir_app``) read, add and change whatever
the owner makes, and the desk (``wir_desk``) nothing. Here the desk gets what it needs table by table, and worker and
portal lose what is between an officer and the desk alone. Where a role does not exist there is nothing to give.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

APPLICATION: Final = "wir_app"
DESK: Final = "wir_desk"

READ: Final = "SELECT"
ADD: Final = "SELECT, INSERT"
CHANGE: Final = "SELECT, INSERT, UPDATE"
LOCK: Final = "SELECT, UPDATE (id)"
"""Reads, and holds a row while something else is written. PostgreSQL asks for a column that might change."""

LOGINS: Final = frozenset(
    {"login", "login_credential", "login_device", "login_event", "login_identity", "login_key", "login_link"}
)
"""Who is logged in, and what of passwords and codes is stored: the desk's alone."""

RIGHTS: Final[Mapping[str, str]] = {
    "absence": READ,
    "alarm": ADD,
    "alembic_version": READ,
    "bank_details": READ,
    "bank_line": ADD,
    "budget": READ,
    "case_note": ADD,
    "case_opened": ADD,
    "command": CHANGE,  # one for a case that has ended is refused where it is told
    "contact": CHANGE,
    "draft": CHANGE,  # a mail becomes the prepared answer
    "funding_round": "SELECT, UPDATE",  # the clock of one that is adopted
    "grant_case": "SELECT, UPDATE",
    "inbound_mail": "SELECT, UPDATE",
    "installation": READ,
    "intake": ADD,
    "ledger": READ,
    "login": CHANGE,
    "login_credential": CHANGE,
    "login_device": CHANGE,
    "login_event": ADD,
    "login_identity": ADD,
    "login_key": LOCK,
    "login_link": CHANGE,
    "mail_thread": ADD,
    "notice": READ,
    "officer": CHANGE,
    "officer_absence": CHANGE,
    "officer_roles": ADD,
    "outbox": ADD,
    "payment_order": READ,
    "postal_address": ADD,
    "search_words": CHANGE,
    "shown_text": ADD,
    "step": READ,
    "stored_file": ADD,  # the scan of a letter
    "task": LOCK,
    "task_holding": ADD,
    "task_token": ADD,
    "telephone": CHANGE,
}
"""The desk's rights. It decides nothing itself: steps, tasks, orders, notices and the ledger are the worker's."""


def give_rights(session: Session) -> None:
    """Gives and takes, as the owner of the schema; anybody else, and SQLite, changes nothing. Twice is once."""
    if session.get_bind().dialect.name != "postgresql" or not _is_owner(session):
        return
    for statement in _statements(session):
        session.connection().exec_driver_sql(statement)


def _statements(session: Session) -> Iterator[str]:
    if _exists(session, DESK):
        for table, rights in RIGHTS.items():
            yield f"REVOKE ALL ON {table} FROM {DESK}"
            yield f"GRANT {rights} ON {table} TO {DESK}"
    if _exists(session, APPLICATION):
        for table in sorted(LOGINS):
            yield f"REVOKE ALL ON {table} FROM {APPLICATION}"


def _is_owner(session: Session) -> bool:
    query = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables WHERE tablename = 'installation'"
    return bool(session.connection().execute(text(query)).scalar())


def _exists(session: Session, role: str) -> bool:
    query = text("SELECT count(*) FROM pg_roles WHERE rolname = :role")
    return bool(session.connection().execute(query, {"role": role}).scalar())
