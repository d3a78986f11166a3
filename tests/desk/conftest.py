"""The browser is the one of the clerks' pages: one Chromium for all."""

import pytest

from tests.browser.conftest import chromium
from tests.fixtures.databases import OWNER

__all__ = ["chromium"]


@pytest.fixture
def db_role() -> str:
    """Here desk and worker share one database, as in the embedded mode; ``test_role.py`` keeps them apart."""
    return OWNER
