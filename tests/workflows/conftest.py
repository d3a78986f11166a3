"""Fixtures of played cases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures.temporal import TemporalServer
from tests.workflows.player import Player


@pytest.fixture
async def player(temporal_server: TemporalServer, tmp_path: Path) -> AsyncIterator[Player]:
    """An installation whose one case can be played. No worker runs yet: ``async with player.working():``."""
    played = Player(tmp_path, await temporal_server.skipper())
    yield played
    played.db.close()


@pytest.fixture
async def impatient(temporal_server: TemporalServer, tmp_path: Path) -> AsyncIterator[Player]:
    """The same, with a sweeper that tells also what was stored just now, and waits a second for a case."""
    played = Player(tmp_path, await temporal_server.skipper(), grace=timedelta(), sweeping_patience=1.0)
    yield played
    played.db.close()
