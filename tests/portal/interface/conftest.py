"""An office whose interface is called without a socket."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from record.database.engine import Database
from tests.cli.office import Office


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    """An embedded installation; its desk is called without a socket."""
    shutil.copy(sqlite_template, tmp_path / "wir.db")
    database = Database(f"sqlite:///{tmp_path / 'wir.db'}")
    yield Office(database, tmp_path)
    database.close()
