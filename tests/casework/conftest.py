"""A desk that listens and takes files in, for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from record.database.engine import Database
from tests.fixtures.databases import OWNER
from tests.inbound.test_triage import Desk


@pytest.fixture
def db_role() -> str:
    """Here desk and worker share one database, as at the desk; ``tests/desk/test_role.py`` keeps them apart."""
    return OWNER


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """An embedded installation on 2 January 2018 whose desk listens on a Unix socket."""
    path = tmp_path / "wir.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    found = Desk(database, tmp_path)
    found.open()
    yield found
    found.close()
    database.close()
