"""The application's role may delete drafts, and nothing else: a draft ends with its task.

``deploy/roles.sh`` runs before there is a table and grants reading, adding and changing. What may be deleted is a
property of the schema, so it stands here. Where the role does not exist (SQLite, a database without restricted roles)
there is nothing to grant.

Revision: 0004, after 0003.
"""

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

APPLICATION_ROLE = "wir_app"
DELETES = ("draft",)
"""Tables from which worker and portal delete rows. All other rows of the record stay."""


def _for_role(statement: str) -> str:
    """The statement, where the application's role exists."""
    return (
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}') THEN {statement};"
        " END IF; END $$"
    )


def upgrade() -> None:
    """To this version."""
    if op.get_bind().dialect.name == "postgresql":
        for table in DELETES:
            op.get_bind().exec_driver_sql(_for_role(f"GRANT DELETE ON {table} TO {APPLICATION_ROLE}"))


def downgrade() -> None:
    """Back to the version before."""
    if op.get_bind().dialect.name == "postgresql":
        for table in DELETES:
            op.get_bind().exec_driver_sql(_for_role(f"REVOKE DELETE ON {table} FROM {APPLICATION_ROLE}"))
