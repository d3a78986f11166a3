"""Messages that come twice, workers that go away, nothing kept in memory: a case takes each step once."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlmodel import col, select
from temporalio.client import WorkflowUpdateFailedError

from models.contracts import APPLY_COMMAND, CommandRef, Outcome
from models.tables import CommandRow, StepRow
from tests.patience import PATIENCE
from tests.workflows.paths import PATHS, awarded, drawn, straight
from tests.workflows.player import Player
from tests.workflows.story import dump, story

pytestmark = pytest.mark.server


def commands(player: Player) -> list[str]:
    """Ids of all commands, oldest first."""
    with player.db.read() as session:
        return list(session.exec(select(CommandRow.id).order_by(col(CommandRow.stored_at))))


def steps(player: Player) -> list[str]:
    """Actions of all steps."""
    with player.db.read() as session:
        return list(session.exec(select(StepRow.action).order_by(col(StepRow.no))))


async def tell(player: Player, command_id: str, update_id: str) -> Outcome:
    """Tells the case of a command, as the sweeper does."""
    outcome: Outcome = await player.handle.execute_update(
        APPLY_COMMAND, CommandRef(command_id=command_id), id=update_id, result_type=Outcome
    )
    return outcome


@pytest.mark.parametrize("moved", [False, True], ids=["same run", "next run"])
async def test_a_command_told_again_is_one_step_with_one_outcome(player: Player, moved: bool) -> None:
    async with player.working():
        await player.apply()
        await player.answer("check_completeness")
        command_id = commands(player)[-1]
        if moved:
            await player.move()
        before = dump(player.db)
        expected = Outcome(applied=True, step_no=2)
        assert await tell(player, command_id, command_id) == expected
        assert await tell(player, command_id, "another-update") == expected
        assert dump(player.db) == before
        await player.answer("examine")
    assert player.alarms == []


async def test_a_command_told_five_times_at_once_is_one_step(player: Player) -> None:
    """Stored while no worker runs; the sweeper and four others tell the case, and then a worker comes."""
    async with player.working():
        await player.apply()
    task = player.task("check_completeness")
    receipt = await player.gateway.answer(
        task_id=task.id, choice="complete", content={}, actor=player.officer("sim-berg"), command_id="once", patience=0
    )
    assert receipt.outcome is None
    told = [asyncio.create_task(tell(player, "once", f"update-{number}")) for number in range(5)]
    async with player.working():
        assert await asyncio.gather(*told) == [Outcome(applied=True, step_no=2)] * 5
        await player.gateway.messenger.settled()
    assert steps(player) == ["apply", "check_completeness.complete"]


async def test_an_id_that_is_no_id_is_refused_at_the_door(player: Player) -> None:
    async with player.working():
        await player.apply()
        for wrong in ("", "x" * 65):
            with pytest.raises(WorkflowUpdateFailedError):
                await tell(player, wrong, f"update-{len(wrong)}")
    assert player.alarms == []


async def test_the_same_answer_twice_is_one_answer(player: Player) -> None:
    async with player.working():
        await player.apply()
        first = await player.answer("check_completeness", command_id="form-1")
        before = dump(player.db)
        task_id = f"{player.case_id}.1"
        again = await player.gateway.answer(
            task_id=task_id, choice="complete", content={}, actor=player.officer("sim-berg"), command_id="form-1"
        )
    assert again.outcome == first.outcome
    assert dump(player.db) == before


@pytest.mark.slow  # its sample: the next one, in which an answer is given while no worker runs
async def test_workers_come_and_go_between_any_two_acts(player: Player) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(player.working())

        async def restart(act: str) -> None:
            await stack.aclose()
            await stack.enter_async_context(player.working())

        player.before = restart
        await awarded(player)
        await drawn(player, 1)
    assert player.state.money.booked == 2_500_000
    assert player.alarms == []


async def test_an_answer_given_while_no_worker_runs_is_kept_and_applied(player: Player) -> None:
    """Nobody but the sweeper tells the case: whoever gave the answer has gone with the receipt."""
    async with player.working():
        await player.apply()
    task = player.task("check_completeness")
    receipt = await player.gateway.answer(
        task_id=task.id, choice="complete", content={}, actor=player.officer("sim-berg"), patience=0.2
    )
    assert receipt.outcome is None
    async with player.working():
        await player.settle()
    assert steps(player) == ["apply", "check_completeness.complete"]


async def test_a_sweeper_can_be_stopped_while_it_tells_a_case_that_does_not_answer(
    impatient: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK turns a cancellation into an error of its own, which must not pass for "not reachable"."""
    player = impatient
    async with player.working():
        await player.apply()
    task = player.task("check_completeness")
    await player.gateway.answer(
        task_id=task.id, choice="complete", content={}, actor=player.officer("sim-berg"), patience=0.2
    )
    telling = asyncio.Event()
    tell_case = player.gateway.messenger.tell

    async def told(row: CommandRow, patience: float) -> Outcome | None:
        telling.set()
        return await tell_case(row, patience)

    monkeypatch.setattr(player.gateway.messenger, "tell", told)
    sweeper = asyncio.create_task(player.gateway.messenger.run())
    await telling.wait()
    await asyncio.sleep(0)
    sweeper.cancel()
    done, _ = await asyncio.wait({sweeper}, timeout=PATIENCE)
    assert done
    assert sweeper.cancelled()


@pytest.mark.slow  # replay of whole histories has its own tests
async def test_with_nothing_cached_each_task_replays_and_the_end_is_the_same(player: Player) -> None:
    async with player.working(cached_workflows=0):
        await straight(player)
        assert await player.end() == PATHS["straight"][1]
    assert story(player.db)["state"][0]["money"]["booked"] == 5_000_000
    assert player.alarms == []
