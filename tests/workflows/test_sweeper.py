"""The sweeper outlives whatever one command does to it, and one bad command delays no other."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from gateway.temporal.sweeper import FIRST_PAUSE, LONGEST_PAUSE, Pauses, Sweeper
from models.commands import CommandKind
from models.contracts import Outcome
from models.tables import CommandRow
from portal.interface.app import officers_interface
from record.cases.commands import SYSTEM, NewCommand, store
from tests.crash.processes import until
from tests.patience import PATIENCE
from tests.workflows.attacks.squatter import Squatter
from tests.workflows.player import START, Player, directory

pytestmark = pytest.mark.server

SQUATTED = "wir-fm-2018-06411000"
ELSEWHERE = "somebody-elses-queue"


@asynccontextmanager
async def squatted(player: Player) -> AsyncIterator[None]:
    """Somebody who reaches Temporal has taken the id of a coming case, with a worker of their own."""
    async with Worker(
        player.client, task_queue=ELSEWHERE, workflows=[Squatter], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        await player.client.start_workflow("Squatter", id=SQUATTED, task_queue=ELSEWHERE)
        yield
        await player.client.get_workflow_handle(SQUATTED).terminate()


def left_behind(player: Player, kind: str, command_id: str) -> None:
    """An answer whose portal died right after its commit: nobody but the sweeper tells the case."""
    officer = player.officer("sim-berg")
    new = NewCommand(
        id=command_id,
        case_id=player.case_id,
        kind=CommandKind.ANSWER,
        actor=officer,
        content={},
        task_id=player.task(kind).id,
        choice="complete",
    )
    with player.db.write() as session:
        store(session, new)


def state(player: Player, command_id: str) -> str:
    with player.db.read() as session:
        return str(session.get_one(CommandRow, command_id).state)


async def applied(player: Player, command_id: str) -> None:
    """Waits until the command is applied."""
    await until(lambda: state(player, command_id) == "applied", f"{command_id} is told")


async def test_a_case_that_answers_garbage_stops_no_other_command(
    impatient: Player, caplog: pytest.LogCaptureFixture
) -> None:
    player = impatient
    async with player.working(), squatted(player):
        await player.apply()
        await player.settle()
        answer = await applied_for(player)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["outcome"] is None, "stored, not answered yet"
        command_id = told["receipt"]["command_id"]
        caplog.clear()
        await until(lambda: command_id in caplog.text, "the sweeper has met the garbage")
        left_behind(player, "check_completeness", "left-behind")
        await applied(player, "left-behind")
        assert state(player, command_id) == "received"
    (line, *_) = [record for record in caplog.records if command_id in record.message and record.levelno > logging.INFO]
    assert SQUATTED in line.message
    assert "ValidationError" in line.message
    assert "[1, 2]" not in caplog.text


async def applied_for(player: Player) -> httpx.Response:
    """An officer files an application by hand, over the officers' interface."""
    house: Any = SimpleNamespace(
        db=player.db, gateway=player.gateway, directory=directory(), settings=SimpleNamespace(mode="embedded")
    )
    body = {"line": "fm", "year": 2018, "recipient": "06411000", "content": {"requested_cents": 5_000_000}}
    transport = httpx.ASGITransport(app=officers_interface(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", timeout=PATIENCE) as desk:
        return await desk.post("/apply", json=body, headers={"X-Wir-As": "sim-berg"})


async def test_commands_that_hang_delay_a_fresh_one_by_one_round_of_them(
    impatient: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty cases that do not answer, each waited for a second: one after the other they would take half a minute."""
    player = impatient
    tell_case, first_told = player.gateway.messenger.tell, dict[str, float]()

    async def told(row: CommandRow, patience: float) -> Outcome | None:
        first_told.setdefault(row.id, asyncio.get_running_loop().time())
        return await tell_case(row, patience)

    async with player.working():
        await player.apply()
    for number in range(30):
        await player.client.start_workflow("Squatter", id=f"stuck-{number}", task_queue="nobody-polls-here")
        with player.db.write() as session:
            store(session, NewCommand(f"stuck-{number}", CommandKind.MAIL_FAILED, SYSTEM, {}, id=f"stuck-{number}"))
    left_behind(player, "check_completeness", "fresh")
    monkeypatch.setattr(player.gateway.messenger, "tell", told)
    async with player.working():
        await applied(player, "fresh")
        assert state(player, "stuck-0") == "received"
    assert first_told["fresh"] - first_told["stuck-0"] < 30 / 2


def test_a_pause_grows_from_seconds_to_minutes_and_is_forgotten_with_its_command() -> None:
    now = [100.0]
    pauses = Pauses(lambda: now[0])
    assert pauses.is_due("a")
    grown = [pauses.failed("a") for _ in range(40)]
    assert grown[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert grown[-1] == LONGEST_PAUSE
    assert pauses.is_due("b"), "another command is not concerned"
    now[0] += LONGEST_PAUSE - 1
    assert not pauses.is_due("a")
    now[0] += 1
    assert pauses.is_due("a")
    pauses.keep(["b"])
    assert pauses.tries("a") == 0


class Cases:
    """Commands that wait, as ``case/number``, and how the cases take them."""

    def __init__(self, *waiting: str, tell: Callable[[str], bool] = lambda _: True, reachable: bool = True) -> None:
        about: dict[str, Any] = {"kind": "answer", "actor_kind": "system", "actor_id": "system", "received_at": START}
        self.rows = [CommandRow(id=one, case_id=one.partition("/")[0], stored_at=START, **about) for one in waiting]
        self.told: list[str] = []
        self._tell, self.reachable = tell, reachable
        self.turns = 0

    async def tell(self, row: CommandRow, _patience: float) -> Outcome | None:
        self.told.append(row.id)
        await asyncio.sleep(0)
        if not self._tell(row.id):
            return None
        self.rows.remove(row)
        return Outcome(applied=True)

    async def answers(self) -> bool:
        return self.reachable

    async def sweep(self, turns: int) -> list[str]:
        """So many turns; gives what was told, in order."""
        left = iter(range(turns))
        await Sweeper(self.tell, lambda: list(self.rows), self.answers).run(0, lambda: next(left, None) is None)
        return self.told


async def test_commands_of_one_case_are_told_in_their_order_and_a_bad_one_only_once_a_pause() -> None:
    cases = Cases("a/1", "b/1", "a/2", "a/3", "b/2", tell=lambda one: one != "a/1")
    told = await cases.sweep(50)
    assert [one for one in told if one.startswith("a")] == ["a/1", "a/2", "a/3"]
    assert [one for one in told if one.startswith("b")] == ["b/1", "b/2"]
    assert [row.id for row in cases.rows] == ["a/1"]


async def test_what_is_answered_while_the_list_is_read_is_not_told_again() -> None:
    """The list is read in a thread, so a case may answer between the reading and its use."""
    cases, loop = Cases("a/1", "a/2"), asyncio.get_running_loop()
    reading, answered, left = asyncio.Event(), threading.Event(), iter(range(4))
    reads = iter(range(1, 100))

    def waiting() -> list[CommandRow]:
        """The second reading sees what the case answers before it is done."""
        rows = list(cases.rows)
        if next(reads) == 2:
            loop.call_soon_threadsafe(reading.set)
            assert answered.wait(PATIENCE)
        return rows

    async def tell(row: CommandRow, patience: float) -> Outcome | None:
        await reading.wait()
        outcome = await cases.tell(row, patience)
        if not cases.rows:
            answered.set()
        return outcome

    await Sweeper(tell, waiting, cases.answers).run(0, lambda: next(left, None) is None)
    assert cases.told == ["a/1", "a/2"]


async def test_what_is_told_while_temporal_is_asked_is_not_told_again() -> None:
    """Between the reading of the list and its use a case may answer, or a command may be told in vain."""
    cases = Cases("a/1", "a/2", tell=lambda one: one != "a/1")
    asked, told, questions, left = asyncio.Event(), asyncio.Event(), iter(range(1, 100)), iter(range(6))

    async def reachable() -> bool:
        """The second question is answered when both commands have been told."""
        if next(questions) == 2:
            asked.set()
            await asyncio.wait_for(told.wait(), PATIENCE)
        return True

    async def tell(row: CommandRow, patience: float) -> Outcome | None:
        await asyncio.wait_for(asked.wait(), PATIENCE)
        outcome = await cases.tell(row, patience)
        if row.id == "a/2":
            told.set()
        return outcome

    await Sweeper(tell, lambda: list(cases.rows), reachable).run(0, lambda: next(left, None) is None)
    assert cases.told == ["a/1", "a/2"]


async def test_while_temporal_is_away_nothing_is_tried_and_nothing_is_set_aside() -> None:
    cases = Cases("a/1", reachable=False)
    assert await cases.sweep(5) == []
    cases.reachable = True
    assert await cases.sweep(1) == ["a/1"]
