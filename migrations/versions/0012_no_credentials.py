"""Officers' credentials go: a person is who logged in at the desk.

SQLite drops no column that is unique, so the table is copied there; its guards go with the old one and are made again
as they stood.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

UNIQUE = "uq_officer_credential_hash"


def upgrade() -> None:
    """To this version."""
    guards = _guards()
    with op.batch_alter_table("officer") as table:
        table.drop_constraint(UNIQUE, type_="unique")
        table.drop_column("credential_hash")
    _made_again(guards)


def downgrade() -> None:
    """Back to the version before. Nobody has a credential there."""
    guards = _guards()
    with op.batch_alter_table("officer") as table:
        table.add_column(sa.Column("credential_hash", sa.String(), nullable=True))
        table.create_unique_constraint(UNIQUE, ["credential_hash"])
    _made_again(guards)


def _guards() -> list[str]:
    """The statements that made the table's triggers, where a copy of the table loses them."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        return []
    query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'officer' ORDER BY name"
    return [str(statement) for (statement,) in bind.exec_driver_sql(query)]


def _made_again(guards: list[str]) -> None:
    for statement in guards:
        op.get_bind().exec_driver_sql(statement)
