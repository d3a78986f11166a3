"""Officers can be revoked at an instant. It is set once: nobody who was sent away comes back under the old entry.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import Guard, on_postgresql, on_sqlite, set_once, trigger

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None

REVOKED = Guard(
    "officer", "UPDATE", "revoked_once", set_once("revoked_at", unset="NULL"), "a revocation is never taken back"
)


def upgrade() -> None:
    """To this version."""
    bind = op.get_bind()
    op.add_column("officer", sa.Column("revoked_at", sa.String(length=32), nullable=True))
    for statement in on_sqlite((REVOKED,)) if bind.dialect.name == "sqlite" else on_postgresql((REVOKED,)):
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the version before."""
    bind = op.get_bind()
    on = "" if bind.dialect.name == "sqlite" else " ON officer"
    bind.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger(REVOKED)}{on}")
    op.drop_column("officer", "revoked_at")
