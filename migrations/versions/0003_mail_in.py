"""Mail that comes in, reply addresses, absences, and drafts of forms. What came in is never changed or removed.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import Guard, changed, never_emptied, on_postgresql, on_sqlite

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

TABLES = ("mail_thread", "inbound_mail", "absence", "draft")
CAME_IN = ("id", "sha256", "raw", "source", "received_at", "stored_at")
GUARDS = (
    Guard("inbound_mail", "DELETE", "kept", "1 = 1", "inbound_mail is never deleted from"),
    Guard("inbound_mail", "UPDATE", "same", changed(*CAME_IN), "what came in never changes"),
    Guard("inbound_mail", "UPDATE", "once", "OLD.kind <> '' AND NEW.kind <> OLD.kind", "a mail is sorted once"),
    Guard(
        "inbound_mail",
        "UPDATE",
        "settled_once",
        "OLD.settled_at IS NOT NULL AND (NEW.settled_at IS DISTINCT FROM OLD.settled_at"
        " OR NEW.settled_by <> OLD.settled_by OR NEW.settlement <> OLD.settlement)",
        "a mail is settled once",
    ),
)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("inbound_id", sa.String(), nullable=False),
        sa.Column("noted_at", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("inbound_id", name=op.f("uq_absence_inbound_id")),
    )
    op.create_index(op.f("ix_absence_contact_id"), "absence", ["contact_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("inbound_id", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "inbound_mail",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("stored_at", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("command_id", sa.String(), nullable=True),
        sa.Column("settled_at", sa.String(length=32), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.Column("settlement", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('', 'answer', 'bounce', 'auto', 'note', 'triage')", name=op.f("ck_inbound_mail_kind")
        ),
        sa.CheckConstraint("settled_at IS NULL OR settled_by <> ''", name=op.f("ck_inbound_mail_settled_by_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("sha256", name=op.f("uq_inbound_mail_sha256")),
    )
    op.create_index(op.f("ix_inbound_mail_case_id"), "inbound_mail", ["case_id"], unique=False)
    op.create_index(op.f("ix_inbound_mail_message_id"), "inbound_mail", ["message_id"], unique=False)
    op.create_index("ix_inbound_mail_open", "inbound_mail", ["kind", "settled_at"], unique=False)
    op.create_table(
        "mail_thread",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mail_thread")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_mail_thread_outbox_id")),
    )
    op.create_index(op.f("ix_mail_thread_case_id"), "mail_thread", ["case_id"], unique=False)
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        statements = on_sqlite(GUARDS)
    else:
        statements = [*on_postgresql(GUARDS), *never_emptied(("inbound_mail",))]
    for statement in statements:
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the version before; a table takes its triggers with it."""
    for table in TABLES:
        op.drop_table(table)
