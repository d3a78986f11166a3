"""Guards: what is recorded stays, a command is decided once, an order only goes forward, cents are integers.

``INSERT OR REPLACE`` on SQLite removes a row without its DELETE trigger unless ``recursive_triggers`` is on. The
engine switches that on; for connections that do not, the tables that only grow also refuse a known key.

Revision: 0002, after 0001.
"""

from alembic import op

from migrations.guards import Guard, changed, never_emptied, on_postgresql, on_sqlite, set_once, trigger

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

ONLY_GROWS = ("step", "ledger")
KEPT = ("command", "notice", "payment_order", "bank_details", "bank_line", "installation")  # never removed

# What a person, a signature or the bank has been told never changes afterwards.
COMMAND = (
    "id", "case_id", "kind", "task_id", "choice", "actor_kind", "actor_id", "simulated", "received_at", "stored_at",
)  # fmt: skip
COMMAND_JSON = ("actor_roles", "content")
NOTICE = ("id", "case_id", "kind", "drafted_by", "signed_by", "sha256", "body", "signed_at")
ORDER = (
    "id", "case_id", "instalment", "attempt", "budget_year", "amount_cents", "certified_by", "approved_by",
    "bank_details_id", "ordered_at",
)  # fmt: skip
EVIDENCE = ("id", "file_sha256", "line_no", "reference", "status", "amount_cents", "value_date", "detail")
DETAILS = ("id", "case_id", "command_id", "holder", "iban", "bic", "bank", "reference")
FORWARD = (
    ("approved", "handed_over"),
    ("approved", "rejected"),
    ("handed_over", "booked"),
    ("handed_over", "rejected"),
    ("handed_over", "unknown"),
    ("unknown", "booked"),
    ("unknown", "rejected"),
    ("booked", "rejected"),  # returned days later; only with the bank's word, see the guard "returned"
)
CENTS = {
    "budget": ("total_cents", "committed_cents"),
    "grant_case": (
        "requested_cents", "awarded_cents", "reserved_cents", "ordered_cents", "booked_cents", "claimed_cents",
        "repaid_cents",
    ),
    "payment_order": ("amount_cents",),
    "ledger": ("cents",),
    "bank_line": ("amount_cents",),
}  # fmt: skip

_FORWARD = " OR ".join(f"(OLD.status = '{a}' AND NEW.status = '{b}')" for a, b in FORWARD)
_LIVE = "SELECT coalesce(sum(amount_cents), 0) FROM payment_order WHERE case_id = NEW.case_id AND status <> 'rejected'"
_AWARDED = "SELECT awarded_cents FROM grant_case WHERE id = NEW.case_id"
_RETURN = "SELECT 1 FROM bank_line WHERE reference = NEW.id AND status = 'returned' AND amount_cents = NEW.amount_cents"

GUARDS = (
    *(Guard(table, "UPDATE", "append_only", "1 = 1", f"{table} is append-only") for table in ONLY_GROWS),
    *(Guard(table, "DELETE", "kept", "1 = 1", f"{table} is never deleted from") for table in (*ONLY_GROWS, *KEPT)),
    Guard(
        "step",
        "INSERT",
        "next",
        "NEW.no <> (SELECT coalesce(max(no), 0) + 1 FROM step WHERE case_id = NEW.case_id)"
        " OR EXISTS (SELECT 1 FROM step WHERE hash = NEW.hash OR command_id = NEW.command_id)",
        "a step is the next one of its case and new",
        asks=True,
    ),
    Guard(
        "step",
        "INSERT",
        "chained",
        "NEW.no > 1 AND NOT EXISTS"
        " (SELECT 1 FROM step WHERE case_id = NEW.case_id AND no = NEW.no - 1 AND hash = NEW.prev_hash)",
        "a step names the hash of the step before",
        asks=True,
    ),
    Guard(
        "ledger",
        "INSERT",
        "new",
        "EXISTS (SELECT 1 FROM ledger WHERE id = NEW.id)",
        "ledger is append-only",
        asks=True,
    ),
    Guard("command", "INSERT", "received", "NEW.state <> 'received'", "a command begins as received"),
    Guard("command", "UPDATE", "same", changed(*COMMAND), "what a command asks for never changes"),
    Guard(
        "command",
        "UPDATE",
        "once",
        "OLD.state <> 'received'",
        "a command is decided once: received, then applied or refused",
    ),
    Guard("notice", "UPDATE", "same", changed(*NOTICE), "a signed notice never changes"),
    Guard("payment_order", "INSERT", "approved", "NEW.status <> 'approved'", "an order begins as approved"),
    Guard("payment_order", "UPDATE", "same", changed(*ORDER), "amount and people of an order never change"),
    Guard(
        "payment_order",
        "UPDATE",
        "forward",
        f"NEW.status <> OLD.status AND NOT ({_FORWARD})",
        "an order only goes forward",
    ),
    Guard(
        "payment_order",
        "UPDATE",
        "told_once",
        f"{set_once('file_sha256', unset=chr(39) * 2)} OR {set_once('handed_over_at', 'booked_on', unset='NULL')}",
        "what was handed over or booked never changes",
    ),
    Guard(
        "payment_order",
        "INSERT",
        "within_award",
        f"NEW.amount_cents + ({_LIVE}) > ({_AWARDED})",
        "live orders exceed the award",
        asks=True,
    ),
    Guard(
        "payment_order",
        "UPDATE",
        "returned",
        f"OLD.status = 'booked' AND NEW.status = 'rejected' AND NOT EXISTS ({_RETURN})",
        "a booked order goes back only with evidence of the bank",
        asks=True,
    ),
    Guard("bank_line", "UPDATE", "same", changed(*EVIDENCE), "evidence of the bank never changes"),
    Guard("bank_details", "UPDATE", "same", changed(*DETAILS), "declared bank details never change"),
    Guard(
        "bank_details",
        "UPDATE",
        "checked_once",
        set_once("called_back_by", "confirmed_by", unset="NULL"),
        "call-back and confirmation are set once",
    ),
    Guard("installation", "UPDATE", "mode", changed("id", "mode"), "the mode is set once"),
    Guard("installation", "UPDATE", "clock", "NEW.offset_seconds < OLD.offset_seconds", "legal time runs forward"),
)


def _sqlite() -> list[str]:
    """JSON is text there and compares; a number with a fraction, or text, would fit into any column."""
    content = Guard("command", "UPDATE", "content", changed(*COMMAND_JSON), "what a command asks for never changes")
    cents = (
        Guard(table, event, "cents", " OR ".join(f"typeof(NEW.{c}) <> 'integer'" for c in columns), "whole cents")
        for table, columns in CENTS.items()
        for event in ("INSERT", "UPDATE")
    )
    return on_sqlite((*GUARDS, content, *cents))


def _postgresql() -> list[str]:
    """Violations are raised as ``integrity_constraint_violation``, as those of constraints are."""
    json = " OR ".join(f"OLD.{c}::text IS DISTINCT FROM NEW.{c}::text" for c in COMMAND_JSON)
    content = Guard("command", "UPDATE", "content", json, "what a command asks for never changes")
    refuse = (
        "CREATE FUNCTION wir_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    return [refuse, *on_postgresql((*GUARDS, content)), *never_emptied((*ONLY_GROWS, *KEPT))]


def upgrade() -> None:
    """To this version."""
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the version before: every trigger of this one goes, and on PostgreSQL its functions with it."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        for (name,) in bind.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            bind.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    functions = {"wir_refuse", *(trigger(g) for g in GUARDS if g.asks)}
    for name in sorted(functions):
        bind.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
