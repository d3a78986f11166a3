"""Changes of roles and absences of officers; and in a real installation people change by a stored command alone.

A change of people is a command of kind ``office``. Between its storing and its decision it is ``received``, and both
happen in one transaction; so a row that is written while no such command is received was written past that path.
An installation that is made up has nobody to protect, and one in which nothing was done yet is being set up.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import Guard, changed, never_emptied, on_postgresql, on_sqlite, trigger

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

_CHANGE = "EXISTS (SELECT 1 FROM command WHERE case_id = '' AND kind = 'office' AND state = 'received')"
_IN_USE = (
    "EXISTS (SELECT 1 FROM installation WHERE mode = 'production')"
    " AND EXISTS (SELECT 1 FROM command)"
)  # fmt: skip
_HANDED_OVER = "EXISTS (SELECT 1 FROM command WHERE kind = 'start' AND choice = 'hand_over' AND state = 'received')"
_SAYS = "people change by a command alone"

OFFICER = ("id", "name", "email", "deputy_of", "simulated", "valid_from")
CONTACT = ("id", "recipient", "name", "function", "email", "rank", "simulated", "valid_from")
ABSENCE = ("id", "officer_id", "deputy_id", "first_day", "entered_at", "entered_by", "command_id")
NEW = ("officer_roles", "officer_absence")
KEPT = ("officer", "contact", *NEW)

NEW_TABLES = (
    *(Guard(table, "INSERT", "by_command", f"NOT {_CHANGE}", _SAYS, asks=True) for table in NEW),
    Guard("officer_roles", "UPDATE", "append_only", "1 = 1", "officer_roles is append-only"),
    Guard("officer_absence", "UPDATE", "same", changed(*ABSENCE), "only the last day of an absence changes"),
    Guard("officer_absence", "UPDATE", "by_command", f"NOT {_CHANGE}", _SAYS, asks=True),
    *(Guard(table, "DELETE", "kept", "1 = 1", f"{table} is never deleted from") for table in NEW),
)
PEOPLE = (
    *(Guard(table, "DELETE", "kept", "1 = 1", f"{table} is never deleted from") for table in ("officer", "contact")),
    Guard("command", "UPDATE", "same_behalf", changed("on_behalf_of"), "what a command asks for never changes"),
    *(
        Guard(table, event, "by_command", f"{when}{_IN_USE} AND NOT {_CHANGE}", _SAYS, asks=True)
        for table, event, when in (
            ("officer", "INSERT", ""),
            ("officer", "UPDATE", f"({changed('valid_to', 'revoked_at')}) AND "),
            ("contact", "INSERT", f"NOT {_HANDED_OVER} AND "),
            ("contact", "UPDATE", f"({changed('valid_to')}) AND "),
            ("telephone", "INSERT", ""),
            ("telephone", "UPDATE", ""),
        )
    ),
    *(
        Guard(table, "UPDATE", "same", f"({changed(*columns)}) AND {_IN_USE}", f"an entry of {table} stays", asks=True)
        for table, columns in (("officer", OFFICER), ("contact", CONTACT))
    ),
)  # fmt: skip


def _roles(before: str, after: str) -> Guard:
    """The roles of an entry; JSON is compared as text."""
    when = f"{before} IS DISTINCT FROM {after} AND {_IN_USE}"
    return Guard("officer", "UPDATE", "roles", when, "an entry of officer stays", asks=True)


def _people(dialect: str) -> tuple[Guard, ...]:
    return (
        *PEOPLE,
        _roles("OLD.roles", "NEW.roles") if dialect == "sqlite" else _roles("OLD.roles::text", "NEW.roles::text"),
    )


def upgrade() -> None:
    """To this version."""
    op.add_column("command", sa.Column("on_behalf_of", sa.String(), nullable=True))
    op.create_table(
        "officer_roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("command_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["command_id"], ["command.id"], name=op.f("fk_officer_roles_command_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_officer_roles_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_roles")),
        sa.UniqueConstraint("command_id", name=op.f("uq_officer_roles_command_id")),
    )
    op.create_index(op.f("ix_officer_roles_officer_id"), "officer_roles", ["officer_id"], unique=False)
    op.create_table(
        "officer_absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("deputy_id", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("entered_at", sa.String(length=32), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("ended_by_command", sa.String(), nullable=True),
        sa.CheckConstraint("officer_id <> deputy_id", name=op.f("ck_officer_absence_another_person")),
        sa.ForeignKeyConstraint(["command_id"], ["command.id"], name=op.f("fk_officer_absence_command_id")),
        sa.ForeignKeyConstraint(["deputy_id"], ["officer.id"], name=op.f("fk_officer_absence_deputy_id")),
        sa.ForeignKeyConstraint(["ended_by_command"], ["command.id"], name=op.f("fk_officer_absence_ended_by_command")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_officer_absence_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_absence")),
        sa.UniqueConstraint("command_id", name=op.f("uq_officer_absence_command_id")),
    )
    for column in ("deputy_id", "officer_id"):
        op.create_index(op.f(f"ix_officer_absence_{column}"), "officer_absence", [column], unique=False)
    bind = op.get_bind()
    guards = (*NEW_TABLES, *_people(bind.dialect.name))
    sqlite = bind.dialect.name == "sqlite"
    for statement in on_sqlite(guards) if sqlite else [*on_postgresql(guards), *never_emptied(KEPT)]:
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the version before."""
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    for table in reversed(NEW):
        op.drop_table(table)
    for g in _people(bind.dialect.name):
        bind.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger(g)}" + (f" ON {g.table}" if postgresql else ""))
    if postgresql:
        for table in ("officer", "contact"):
            bind.exec_driver_sql(f"DROP TRIGGER IF EXISTS wir_{table}_truncate ON {table}")
        for g in (*NEW_TABLES, *_people("postgresql")):
            if g.asks:
                bind.exec_driver_sql(f"DROP FUNCTION IF EXISTS {trigger(g)}")
    op.drop_column("command", "on_behalf_of")
