"""A case that goes on in a new run, or is rebuilt from the record, is the same case."""

from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from models.errors import Code, RefusedError
from tests.fixtures.temporal import TemporalServer
from tests.workflows.paths import PATHS, recovery, straight
from tests.workflows.player import START, Player
from tests.workflows.story import Story, differences, story

pytestmark = pytest.mark.server

EXACT = timedelta(minutes=1)
"""Two clocks are read one after the other, on a machine that may be busy; a wrong clock is days or years off."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def undisturbed(temporal_server: TemporalServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Story]:
    """The stories of cases that nothing happens to, by path."""
    return {
        name: await _play(name, temporal_server, tmp_path_factory.mktemp(name)) for name in ("straight", "recovery")
    }


async def _play(name: str, server: TemporalServer, folder: Path) -> Story:
    player = Player(folder, await server.skipper())
    async with player.working():
        await PATHS[name][0](player)
        await player.end()
    told = story(player.db)
    player.db.close()
    return told


async def _agrees(player: Player) -> None:
    """The run has the record's state and the installation's time."""
    assert await player.folded() == player.state
    assert abs(await player.gap()) < EXACT


@pytest.mark.slow
async def test_moved_at_every_open_task_the_case_is_the_same(player: Player, undisturbed: dict[str, Story]) -> None:
    moved: list[set[str]] = []

    async def move(act: str) -> None:
        await player.move()
        await _agrees(player)
        moved.append(set(player.state.tasks))

    player.before = move
    async with player.working():
        await straight(player)
        assert await player.end() == "closed"
    assert set.union(*moved) == {row["id"] for row in undisturbed["straight"]["TaskRow"]}
    assert player.state.facts.moves == len(moved)
    assert differences(story(player.db), undisturbed["straight"]) == []
    assert player.alarms == []


LOST_BEFORE = {"examine", "sign_decision", "until", "call_back", "approve_drawdown", "book_payment", "check_proof"}


@pytest.mark.slow  # its sample: the one before
async def test_rebuilt_from_the_record_the_case_is_the_same(player: Player, undisturbed: dict[str, Story]) -> None:
    adopted: list[str] = []

    async def lose(act: str) -> None:
        if act not in LOST_BEFORE:
            return
        await player.lose()
        await _agrees(player)
        adopted.append(act)

    player.before = lose
    async with player.working():
        await straight(player)
        assert await player.end() == "closed"
    assert set(adopted) == LOST_BEFORE
    assert differences(story(player.db), undisturbed["straight"]) == []
    assert player.alarms == []


@pytest.mark.slow
async def test_moved_and_rebuilt_in_turn_a_recovery_keeps_its_dates(
    player: Player, undisturbed: dict[str, Story]
) -> None:
    acts: list[str] = []

    async def disturb(act: str) -> None:
        await (player.move() if len(acts) % 2 else player.lose())
        await _agrees(player)
        acts.append(act)

    player.before = disturb
    async with player.working():
        await recovery(player)
        assert await player.end() == "closed"
    assert differences(story(player.db), undisturbed["recovery"]) == []
    assert player.alarms == []


async def test_a_case_that_runs_is_not_adopted_and_keeps_its_clock(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.until(START + timedelta(days=3))
        with pytest.raises(RefusedError) as refused:
            await player.gateway.adopt(player.case_id)
        assert refused.value.code is Code.NOT_NOW
        await _agrees(player)


async def test_an_adopted_case_goes_by_the_installations_clock(player: Player) -> None:
    """Server time is skipped for each workflow alone; what was skipped is lost with it, legal time is not."""
    async with player.working():
        await player.apply()
        await player.until(START + timedelta(days=40))
        await player.lose()
        await _agrees(player)
        await player.until(START + timedelta(days=50))
        await _agrees(player)
