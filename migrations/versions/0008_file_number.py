"""The authority's own file number, the budget item of an order, and who opened which case.

What was opened stays: the table only grows. What an order says for the cash office never changes after it was made.

Revision: 0008, after 0006.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import Guard, changed, never_emptied, on_postgresql, on_sqlite, trigger

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

ITEM = ("file_number", "budget_chapter", "budget_title")
GUARDS = (
    Guard("case_opened", "UPDATE", "append_only", "1 = 1", "case_opened is append-only"),
    Guard("case_opened", "DELETE", "kept", "1 = 1", "case_opened is never deleted from"),
    Guard(
        "payment_order", "UPDATE", "item_same", changed(*ITEM), "file number and budget item of an order never change"
    ),
)


def upgrade() -> None:
    """To this version."""
    bind = op.get_bind()
    op.add_column("grant_case", sa.Column("file_number", sa.String(), nullable=True))
    for name in ITEM:
        op.add_column("payment_order", sa.Column(name, sa.String(), nullable=True))
    op.create_table(
        "case_opened",
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("hour", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("legal_at", sa.String(length=32), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("officer_id", "case_id", "hour", name=op.f("pk_case_opened")),
    )
    op.create_index(op.f("ix_case_opened_case_id"), "case_opened", ["case_id"], unique=False)
    sqlite = bind.dialect.name == "sqlite"
    for statement in on_sqlite(GUARDS) if sqlite else [*on_postgresql(GUARDS), *never_emptied(["case_opened"])]:
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the version before."""
    bind = op.get_bind()
    op.drop_index(op.f("ix_case_opened_case_id"), table_name="case_opened")
    op.drop_table("case_opened")
    item = GUARDS[-1]
    bind.exec_driver_sql(
        f"DROP TRIGGER IF EXISTS {trigger(item)}" + ("" if bind.dialect.name == "sqlite" else f" ON {item.table}")
    )
    for name in ITEM:
        op.drop_column("payment_order", name)
    op.drop_column("grant_case", "file_number")
