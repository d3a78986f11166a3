"""What tests of mails share."""

import pytest

from record.database.engine import Database
from tests.play import Play


@pytest.fixture
def play(db: Database) -> Play:
    """An installation without Temporal, on each database."""
    return Play(db)
