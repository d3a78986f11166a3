"""Who takes care of a task, notes on a case, how a recorded answer came, and postal addresses. All only grow.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import Guard, never_emptied, on_postgresql, on_sqlite

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

TABLES = ("task_holding", "case_note", "intake", "postal_address")
GUARDS = tuple(
    guard
    for table in TABLES
    for guard in (
        Guard(table, "UPDATE", "append_only", "1 = 1", f"{table} is append-only"),
        Guard(table, "DELETE", "kept", "1 = 1", f"{table} is never deleted from"),
    )
)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "task_holding",
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("stored_at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("act IN ('take', 'hand', 'later', 'back')", name=op.f("ck_task_holding_act")),
        sa.CheckConstraint("(act = 'back') = (holder = '')", name=op.f("ck_task_holding_back_to_nobody")),
        sa.CheckConstraint("(act = 'later') = (until IS NOT NULL)", name=op.f("ck_task_holding_until_a_day")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_holding_task_id")),
        sa.ForeignKeyConstraint(["case_id"], ["grant_case.id"], name=op.f("fk_task_holding_case_id")),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_task_holding")),
        sa.UniqueConstraint("task_id", "no", name=op.f("uq_task_holding_task_id_no")),
    )
    for column in ("before", "case_id", "holder"):
        op.create_index(op.f(f"ix_task_holding_{column}"), "task_holding", [column], unique=False)
    op.create_table(
        "case_note",
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("stored_at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_case_note_says_something")),
        sa.CheckConstraint("corrects < no", name=op.f("ck_case_note_corrects_an_earlier_one")),
        sa.ForeignKeyConstraint(["case_id"], ["grant_case.id"], name=op.f("fk_case_note_case_id")),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_case_note")),
        sa.UniqueConstraint("case_id", "no", name=op.f("uq_case_note_case_id_no")),
    )
    _intake()
    _postal_address()
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    for statement in on_sqlite(GUARDS) if sqlite else [*on_postgresql(GUARDS), *never_emptied(TABLES)]:
        bind.exec_driver_sql(statement)


def _intake() -> None:
    """What came by post, fax, telephone or in person."""
    op.create_table(
        "intake",
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("scan_sha256", sa.String(), nullable=True),
        sa.Column("scan_name", sa.String(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("stored_at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("channel IN ('post', 'fax', 'telephone', 'in_person')", name=op.f("ck_intake_channel")),
        sa.CheckConstraint("channel <> 'post' OR scan_sha256 IS NOT NULL", name=op.f("ck_intake_post_has_a_scan")),
        sa.CheckConstraint("NOT signed OR scan_sha256 IS NOT NULL", name=op.f("ck_intake_signature_has_a_scan")),
        sa.CheckConstraint("taken_by <> ''", name=op.f("ck_intake_taken_by_somebody")),
        sa.ForeignKeyConstraint(["command_id"], ["command.id"], name=op.f("fk_intake_command_id")),
        sa.ForeignKeyConstraint(["scan_sha256"], ["stored_file.sha256"], name=op.f("fk_intake_scan_sha256")),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_intake")),
    )
    op.create_index(op.f("ix_intake_case_id"), "intake", ["case_id"], unique=False)


def _postal_address() -> None:
    """Where recipients are written to by post."""
    op.create_table(
        "postal_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("lines", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_at", sa.String(length=32), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.CheckConstraint("lines <> ''", name=op.f("ck_postal_address_says_something")),
        sa.CheckConstraint("source <> ''", name=op.f("ck_postal_address_known_from_somewhere")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postal_address")),
    )
    op.create_index(op.f("ix_postal_address_recipient"), "postal_address", ["recipient"], unique=False)


def downgrade() -> None:
    """Back to the version before; a table takes its triggers with it."""
    for table in TABLES:
        op.drop_table(table)
