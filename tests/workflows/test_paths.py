"""Whole lives on the real server end where they should, and leave no alarm."""

import pytest

from tests.workflows.paths import PATHS
from tests.workflows.player import Player

pytestmark = pytest.mark.server


@pytest.mark.parametrize("name", PATHS)
async def test_each_path_reaches_its_end(player: Player, name: str) -> None:
    path, end = PATHS[name]
    async with player.working():
        await path(player)
        assert await player.end() == end
    assert player.alarms == []
