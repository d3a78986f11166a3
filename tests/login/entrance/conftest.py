"""Fixtures: a production installation with its desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.login.entrance.house import House, made, template


@pytest.fixture(scope="session")
def house_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A production installation that is only copied."""
    return template(tmp_path_factory.mktemp("house") / "real.db")


@pytest.fixture
def house(tmp_path: Path, house_template: Path, stored_password: str) -> Iterator[House]:
    """A production installation with two officers."""
    with made(tmp_path, house_template, stored_password) as found:
        yield found
