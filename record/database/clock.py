"""Legal time: the one clock of an installation, which gateway, portal, rounds and CLI read.

Legal time is server time plus the installation's offset. The offset is 0 in production, by a constraint; in
the embedded mode it lets 2018 be played. Nothing that has legal effect reads the system clock elsewhere.
"""

from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from models.deadlines import legal_day
from models.tables import Installation
from record.database.engine import InstallationError


def installation(session: Session) -> Installation:
    """The installation's row. Raises ``InstallationError`` when nothing has been installed."""
    row = session.get(Installation, 1)
    if row is None:
        raise InstallationError("this database has not been initialised")
    return row


def offset(session: Session) -> timedelta:
    """Legal time minus server time, in whole seconds."""
    return timedelta(seconds=installation(session).offset_seconds)


def legal_now(session: Session) -> datetime:
    """The legal instant, aware, in UTC."""
    return datetime.now(UTC) + offset(session)


def legal_today(session: Session) -> date:
    """The legal day in Europe/Berlin."""
    return legal_day(legal_now(session))


def forward(session: Session, seconds: int) -> datetime:
    """Moves the installation's clock and gives the new legal instant. The cases are moved by the caller.

    Raises ``InstallationError`` in production and for a step back: legal time never runs backwards.
    """
    row = session.get(Installation, 1, populate_existing=True, with_for_update=True)
    if row is None or row.mode != "embedded":
        raise InstallationError("only the clock of an embedded installation can be moved")
    if seconds < 0:
        raise InstallationError("legal time does not run backwards")
    row.offset_seconds += seconds
    session.add(row)
    session.flush()
    return legal_now(session)
