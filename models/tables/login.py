"""Log-ins of officers: who is logged in, how a person proves who they are, and what was tried.

A log-in is no legal act. Its instants are those of the system clock, in every mode: who moves the installation's clock
by a year does not end the log-ins of that day. Of everything that opens a door only the SHA-256 is stored.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index
from sqlmodel import Field

from models.tables.base import Table, instant


class LoginKey(Table, table=True):
    """One random key of this installation, made by the migration: names and addresses are stored hashed with it."""

    __tablename__ = "login_key"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: int = Field(default=1, primary_key=True)
    key: str


class Login(Table, table=True):
    """One log-in of one person, until it ends. ``token_hash``: of the cookie that holds now; a new proof renews it."""

    __tablename__ = "login"
    __table_args__ = (
        CheckConstraint("way IN ('simulated', 'password', 'oidc', 'device')", name="way"),
        CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name="ended_for_a_reason"),
    )
    id: str = Field(primary_key=True)
    officer_id: str = Field(foreign_key="officer.id", index=True)
    way: str
    token_hash: str = Field(unique=True)
    csrf_key: str
    started_at: datetime = instant()
    last_used_at: datetime = instant()
    proved_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
    ended_why: str = ""
    lists_filter: str | None = None  # what is filtered by on *my day*, as the address says it


class LoginEvent(Table, table=True):
    """What was tried and what came of it; only ever added to.

    ``who``: an officer's id, or ``?`` and a keyed hash of a name that is nobody's. ``source``: a keyed hash of the
    address. ``attempt`` holds a try and its outcome together.
    """

    __tablename__ = "login_event"
    __table_args__ = (
        Index("ix_login_event_who", "who", "at"),
        Index("ix_login_event_source", "source", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = instant()
    kind: str
    who: str
    source: str = ""
    attempt: str = Field(default="", index=True)
    login_id: str = ""
    why: str = ""


class LoginCredential(Table, table=True):
    """Password (argon2) and the secret of the one-time codes. ``last_step``: time step of the last code taken."""

    __tablename__ = "login_credential"
    officer_id: str = Field(primary_key=True, foreign_key="officer.id")
    password_hash: str
    totp_secret: str
    last_step: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))
    set_at: datetime = instant()


class LoginLink(Table, table=True):
    """A link with which a new person sets up their way to log in: once, and not for long.

    ``totp_secret`` is what its page offers; emptied when the link is used or withdrawn.
    """

    __tablename__ = "login_link"
    token_hash: str = Field(primary_key=True)
    officer_id: str = Field(foreign_key="officer.id", index=True)
    made_by: str
    made_at: datetime = instant()
    expires_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)  # used, or withdrawn by a newer one
    totp_secret: str


class LoginIdentity(Table, table=True):
    """Who is meant when a provider of OpenID Connect names a subject."""

    __tablename__ = "login_identity"
    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    officer_id: str = Field(foreign_key="officer.id", index=True)
    connected_at: datetime = instant()


class LoginDevice(Table, table=True):
    """A code of a command line that somebody confirmed in the browser; it is exchanged for a token, once.

    ``code_hash``: of the short code that people type. ``confirmed_in``: the log-in, whose last proof counts on.
    """

    __tablename__ = "login_device"
    code_hash: str = Field(primary_key=True)
    officer_id: str = Field(foreign_key="officer.id", index=True)
    confirmed_in: str
    confirmed_at: datetime = instant()
    proved_at: datetime = instant()
    claimed_at: datetime | None = instant(nullable=True)
