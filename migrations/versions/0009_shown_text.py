"""What an officer was shown before they decided, and with which log-in they decided.

Commands that were stored before have no hash (NULL): nobody asked for one. What was shown stays; the table only grows.
A command's hash and log-in never change.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import Guard, changed, never_emptied, on_postgresql, on_sqlite, trigger

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

NAMES = ("login_id", "shown")
GIVEN = Guard("command", "UPDATE", "shown_same", changed(*NAMES), "hash and log-in of a command never change")
GUARDS = (
    GIVEN,
    Guard("shown_text", "UPDATE", "append_only", "1 = 1", "shown_text is append-only"),
    Guard("shown_text", "DELETE", "kept", "1 = 1", "shown_text is never deleted from"),
)


def upgrade() -> None:
    """To this version."""
    bind = op.get_bind()
    op.add_column("command", sa.Column("login_id", sa.String(), nullable=True))
    op.add_column("command", sa.Column("shown", sa.String(), nullable=True))
    op.create_table(
        "shown_text",
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("login_id", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("legal_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("officer_id", "login_id", "about", "choice", "sha256", name=op.f("pk_shown_text")),
    )
    sqlite = bind.dialect.name == "sqlite"
    for statement in on_sqlite(GUARDS) if sqlite else [*on_postgresql(GUARDS), *never_emptied(["shown_text"])]:
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the version before."""
    bind = op.get_bind()
    op.drop_table("shown_text")
    on = "" if bind.dialect.name == "sqlite" else f" ON {GIVEN.table}"
    bind.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger(GIVEN)}{on}")
    for name in NAMES:
        op.drop_column("command", name)
