"""The browser is the one of the clerks' pages: one Chromium for all."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from record.database.engine import Database
from tests.browser.conftest import chromium
from tests.desk.site import Visitor, visitor
from tests.fixtures.databases import OWNER
from tests.play import Play

__all__ = ["chromium"]


@pytest.fixture
def db_role() -> str:
    """Here desk and worker share one database, as in the embedded mode; ``test_role.py`` keeps them apart."""
    return OWNER


@pytest.fixture
def play(db: Database) -> Play:
    """An installation."""
    return Play(db)


@pytest.fixture
def browser_of(tmp_path: Path) -> Iterator[Callable[[Play], Visitor]]:
    """A browser without script in front of the desk of an installation."""
    found: list[Visitor] = []

    def make(play: Play) -> Visitor:
        found.append(visitor(play, tmp_path))
        return found[-1]

    yield make
    for one in found:
        one.http.close()


@pytest.fixture
def browser(play: Play, tmp_path: Path) -> Iterator[Visitor]:
    """A browser without script in front of its desk."""
    found = visitor(play, tmp_path)
    yield found
    found.http.close()
