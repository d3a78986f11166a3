"""Fixtures: scenes that are played once, one Chromium for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.browser.scene import Scenes


@pytest.fixture(scope="session")
def scenes(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    """Every kind of clerk task, played when it is first asked for."""
    return Scenes(sqlite_template, tmp_path_factory.mktemp("scenes"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One real Chromium; each visit has a context of its own."""
    with Chromium() as browser:
        yield browser
