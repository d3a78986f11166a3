"""A desk that listens and takes files in, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.office import listening_office
from tests.desk.conftest import browser, play
from tests.fixtures.databases import OWNER
from tests.inbound.test_triage import Desk

__all__ = ["browser", "play"]


@pytest.fixture
def db_role() -> str:
    """Here desk and worker share one database, as at the desk; ``tests/desk/test_role.py`` keeps them apart."""
    return OWNER


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """An embedded installation on 2 January 2018 whose desk listens on a Unix socket."""
    with listening_office(Desk, sqlite_template, tmp_path) as found:
        yield found
