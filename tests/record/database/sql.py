"""Writing past all code of ours, to see what the database itself refuses."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from record.database.engine import Database


def put(db: Database, *new: SQLModel) -> None:
    """Add rows in this order, in one transaction."""
    with db.write() as session:
        for row in new:
            session.add(row)
            session.flush()


def change(db: Database, *statements: str) -> None:
    """Run statements in one transaction."""
    with db.write() as session:
        for statement in statements:
            session.connection().execute(text(statement))


def value(db: Database, query: str) -> Any:
    """The first value a query finds."""
    with db.read() as session:
        return session.connection().execute(text(query)).scalar()


def refused(db: Database, says: str, *new: SQLModel) -> None:
    """The rows are refused with these words."""
    with pytest.raises(IntegrityError, match=says):
        put(db, *new)


def unchangeable(db: Database, says: str, statement: str) -> None:
    """The statement is refused with these words."""
    with pytest.raises(IntegrityError, match=says):
        change(db, statement)
