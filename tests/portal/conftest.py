"""Fixtures: a stage with a fresh database, and cases brought to the point where a clerk owes something."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from record.database.engine import Database
from tests.portal.play import Play


@pytest.fixture
def play(tmp_path: Path, sqlite_template: Path) -> Iterator[Play]:
    """A stage on SQLite at the start of 2018."""
    path = tmp_path / "wir.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield Play(database, tmp_path)
    database.close()
