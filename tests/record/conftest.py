"""Fixtures of the record's tests."""

import pytest

from record.database.engine import Database
from tests.record import rows


@pytest.fixture
def full(db: Database) -> Database:
    """An installed database with one valid row of everything."""
    with db.write() as session:
        rows.add_all(session)
    return db
