"""Telephone numbers of contacts and officers, and the words by which letters are found.

What was entered of a number is never changed or removed; it is ended once. Words are no record: they may be made anew.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from migrations.guards import Guard, changed, never_emptied, on_postgresql, on_sqlite, set_once

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

ENTERED = ("contact_id", "officer_id", "number", "written", "source", "valid_from", "entered_at", "entered_by")
GUARDS = (
    Guard("telephone", "DELETE", "kept", "1 = 1", "telephone is never deleted from"),
    Guard("telephone", "UPDATE", "same", changed(*ENTERED), "a number that was entered never changes"),
    Guard("telephone", "UPDATE", "ended_once", set_once("valid_to", unset="NULL"), "a number is ended once"),
)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "telephone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("entered_at", sa.String(length=32), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.CheckConstraint("(contact_id IS NULL) <> (officer_id IS NULL)", name=op.f("ck_telephone_one_person")),
        sa.CheckConstraint("source <> ''", name=op.f("ck_telephone_known_from_somewhere")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_telephone_contact_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_telephone_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephone")),
    )
    for column in ("contact_id", "number", "officer_id"):
        op.create_index(op.f(f"ix_telephone_{column}"), "telephone", [column], unique=False)
    _words()
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        statements = on_sqlite(GUARDS)
    else:
        statements = [*on_postgresql(GUARDS), *never_emptied(("telephone",))]
    for statement in statements:
        bind.exec_driver_sql(statement)


def _words() -> None:
    """Looked up in an index on PostgreSQL; SQLite reads them all, so its index holds nothing."""
    op.create_table(
        "search_words",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_search_words")),
    )
    op.create_index(op.f("ix_search_words_at"), "search_words", ["at"], unique=False)
    op.create_index(
        "ix_search_words_words",
        "search_words",
        ["words"],
        unique=False,
        postgresql_using="gin",
        sqlite_where=sa.text("words IS NULL"),
    )


def downgrade() -> None:
    """Back to the version before; a table takes its triggers with it."""
    op.drop_table("search_words")
    op.drop_table("telephone")
