"""Log-ins of officers. What was tried is only added to; an ended log-in stays ended; a link is used once.

Revision: 0006, after 0005.
"""

import secrets

import sqlalchemy as sa
from alembic import op

from migrations.guards import Guard, changed, never_emptied, on_postgresql, on_sqlite, set_once

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

TABLES = ("login_device", "login_identity", "login_link", "login_credential", "login_event", "login", "login_key")
KEPT = ("login", "login_device", "login_event", "login_key", "login_link")
CONFIRMED = ("code_hash", "officer_id", "confirmed_in", "confirmed_at", "proved_at")
GUARDS = (
    *(Guard(table, "DELETE", "kept", "1 = 1", f"{table} is never deleted from") for table in KEPT),
    *(
        Guard(table, "UPDATE", "append_only", "1 = 1", f"{table} is append-only")
        for table in ("login_event", "login_key")
    ),
    Guard(
        "login",
        "UPDATE",
        "same",
        changed("id", "officer_id", "way", "csrf_key", "started_at"),
        "whose log-in it is never changes",
    ),
    Guard("login", "UPDATE", "ended_once", "OLD.ended_at IS NOT NULL", "a log-in that has ended stays as it is"),
    Guard(
        "login_link",
        "UPDATE",
        "same",
        changed("token_hash", "officer_id", "made_by", "made_at", "expires_at"),
        "whose link it is never changes",
    ),
    Guard("login_link", "UPDATE", "ended_once", set_once("ended_at", unset="NULL"), "a link is used once"),
    Guard(
        "login_device",
        "UPDATE",
        "claimed_once",
        f"OLD.claimed_at IS NOT NULL OR {changed(*CONFIRMED)}",
        "a confirmed code is exchanged once",
    ),
    Guard(
        "login_credential",
        "UPDATE",
        "code_once",
        "OLD.totp_secret = NEW.totp_secret AND NEW.last_step < OLD.last_step",
        "a code that was taken is never taken again",
    ),
)


def upgrade() -> None:
    """To this version."""
    key = op.create_table(
        "login_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_login_key_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_key")),
    )
    op.bulk_insert(key, [{"id": 1, "key": secrets.token_hex(32)}])
    _running()
    _events()
    _proofs()
    _devices()
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    for statement in on_sqlite(GUARDS) if sqlite else [*on_postgresql(GUARDS), *never_emptied(KEPT)]:
        bind.exec_driver_sql(statement)


def _running() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("csrf_key", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("last_used_at", sa.String(length=32), nullable=False),
        sa.Column("proved_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.CheckConstraint("way IN ('simulated', 'password', 'oidc', 'device')", name=op.f("ck_login_way")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name=op.f("ck_login_ended_for_a_reason")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_login_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_token_hash")),
    )
    op.create_index(op.f("ix_login_officer_id"), "login", ["officer_id"], unique=False)


def _events() -> None:
    op.create_table(
        "login_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=False),
        sa.Column("login_id", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_event")),
    )
    op.create_index(op.f("ix_login_event_attempt"), "login_event", ["attempt"], unique=False)
    op.create_index("ix_login_event_source", "login_event", ["source", "at"], unique=False)
    op.create_index("ix_login_event_who", "login_event", ["who", "at"], unique=False)


def _proofs() -> None:
    op.create_table(
        "login_credential",
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_login_credential_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_login_credential")),
    )
    op.create_table(
        "login_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("totp_secret", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_login_link_officer_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_link")),
    )
    op.create_index(op.f("ix_login_link_officer_id"), "login_link", ["officer_id"], unique=False)
    op.create_table(
        "login_identity",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("connected_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_login_identity_officer_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_login_identity")),
    )
    op.create_index(op.f("ix_login_identity_officer_id"), "login_identity", ["officer_id"], unique=False)


def _devices() -> None:
    op.create_table(
        "login_device",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("confirmed_in", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.String(length=32), nullable=False),
        sa.Column("proved_at", sa.String(length=32), nullable=False),
        sa.Column("claimed_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_login_device_officer_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_login_device")),
    )
    op.create_index(op.f("ix_login_device_officer_id"), "login_device", ["officer_id"], unique=False)


def downgrade() -> None:
    """Back to the version before; a table takes its triggers with it."""
    for table in TABLES:
        op.drop_table(table)
