"""A desk that listens, for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from record.database.engine import Database
from tests.cli.office import Office


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    """An embedded installation on 2 January 2018 whose desk listens on a Unix socket."""
    path = tmp_path / "wir.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    found = Office(database, tmp_path)
    found.open()
    yield found
    found.close()
    database.close()
