"""What lists of many cases need: indexes, and the filter that a log-in keeps.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None

OF_THE_DESK = sa.text("state = 'open' AND owner <> 'applicant' AND case_id <> ''")
ANSWERED = sa.text("state = 'answered'")
INDEXES = (
    ("ix_task_desk", "task", ["due_at", "id"], OF_THE_DESK),
    ("ix_task_answered", "task", ["case_id", "kind", "closed_at", "id"], ANSWERED),
    ("ix_grant_case_round", "grant_case", ["line", "year", "id"], None),
    ("ix_bank_details_iban", "bank_details", ["iban"], None),
)


def upgrade() -> None:
    """To this version."""
    op.add_column("login", sa.Column("lists_filter", sa.String(), nullable=True))
    for name, table, columns, only in INDEXES:
        op.create_index(name, table, columns, unique=False, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    """Back to the version before."""
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_column("login", "lists_filter")
