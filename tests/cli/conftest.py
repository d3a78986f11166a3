"""A desk that listens, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.office import Office, listening_office


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    """An embedded installation on 2 January 2018 whose desk listens on a Unix socket."""
    with listening_office(Office, sqlite_template, tmp_path) as found:
        yield found
