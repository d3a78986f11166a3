"""Somebody who reaches Temporal forges messages with its command line: the record does not change, doctor sees it."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from gateway.doctor import Report, examine
from gateway.start.devserver import find_temporal
from record.database.alarms import AlarmKind
from tests.fixtures.temporal import TemporalServer
from tests.patience import PATIENCE
from tests.workflows.paths import withdrawal
from tests.workflows.player import QUEUE, START, Player
from tests.workflows.story import dump, story
from workflows.grant import Grant

pytestmark = pytest.mark.server

UNKNOWN = "wir-fm-2018-06411"


class Forger:
    """Somebody with the ``temporal`` program and the server's address."""

    def __init__(self, address: str, player: Player) -> None:
        self._where = ("--address", address, "--namespace", player.client.namespace)

    async def __call__(self, *arguments: str, **message: Any) -> subprocess.CompletedProcess[str]:
        """Runs one command; ``message`` is its input."""
        given = ("--input", json.dumps(message)) if message else ()
        command = [find_temporal(), "workflow", *arguments, *given, *self._where]
        return await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    async def start(self, workflow_id: str, *more: str, **message: Any) -> subprocess.CompletedProcess[str]:
        """Starts a grant."""
        named = ("--type", "Grant", "--task-queue", QUEUE, "--workflow-id", workflow_id)
        return await self("start", *named, *more, **({"case_id": workflow_id} | message))

    async def update(self, case_id: str, **message: Any) -> subprocess.CompletedProcess[str]:
        """Sends an update and waits for its result."""
        return await self("update", "execute", "--workflow-id", case_id, "--name", "apply_command", **message)


@pytest.fixture
async def forge(temporal_server: TemporalServer, player: Player) -> AsyncIterator[Forger]:
    """A forger at a case that is being examined."""
    async with player.working():
        await player.apply()
        await player.answer("check_completeness")
        yield Forger(temporal_server.address, player)


async def doctor(player: Player, runs: int) -> Report:
    """What doctor reports, once the server shows so many runs (its list of runs lags a little)."""
    async with asyncio.timeout(PATIENCE):
        while (await player.client.count_workflows()).count < runs:  # noqa: ASYNC110 - the server gives no sign
            await asyncio.sleep(0.05)
    return await examine(player.db, player.client, [Grant])


def seen(report: Report) -> set[str]:
    return {alarm.kind for alarm in report.alarms}


async def ended(player: Player, case_id: str) -> str:
    """The type of the error a forged run ends with."""
    with pytest.raises(WorkflowFailureError) as failure:
        await asyncio.wait_for(player.client.get_workflow_handle(case_id).result(), PATIENCE)
    cause: BaseException | None = failure.value.cause
    while not isinstance(cause, ApplicationError):
        assert cause is not None
        cause = cause.__cause__
    return str(cause.type)


async def test_an_update_with_an_unknown_command_is_refused_and_seen(player: Player, forge: Forger) -> None:
    before = dump(player.db)
    answer = await forge.update(player.case_id, command_id="forged")
    assert answer.returncode == 0
    assert "unknown_command" in answer.stdout
    assert dump(player.db) == before
    assert player.alarms == [AlarmKind.UNKNOWN_COMMAND]
    report = await doctor(player, 1)
    assert seen(report) == {"unknown_command", "foreign_update"}
    assert report.held


async def test_a_forged_update_does_not_stop_the_case(player: Player, forge: Forger) -> None:
    await forge.update(player.case_id, command_id="forged")
    receipt = await player.answer("examine")
    assert receipt.outcome is not None
    assert receipt.outcome.applied


async def test_an_update_that_is_no_command_does_not_reach_the_history(player: Player, forge: Forger) -> None:
    before, events = dump(player.db), len((await player.history()).events)
    answer = await forge.update(player.case_id, command_id="x" * 65)
    assert answer.returncode != 0
    assert dump(player.db) == before
    kinds = [event.event_type for event in (await player.history()).events[events:]]
    assert not [kind for kind in kinds if "UPDATE" in str(kind)]


async def test_a_signal_changes_nothing_and_is_seen(player: Player, forge: Forger) -> None:
    before = dump(player.db)
    answer = await forge("signal", "--workflow-id", player.case_id, "--name", "pay", amount_cents=5_000_000)
    assert answer.returncode == 0
    assert await player.folded() == player.state
    assert dump(player.db) == before
    report = await doctor(player, 1)
    assert seen(report) == {"foreign_signal"}
    assert report.held


@pytest.mark.parametrize(
    "message",
    [{}, {"command_id": "forged"}, {"state": {"case_id": UNKNOWN, "stage": "disbursing", "step_no": 9}}],
    ids=["bare", "with a command", "with a state"],
)
async def test_a_start_of_an_unknown_case_fails_and_is_seen(
    player: Player, forge: Forger, message: dict[str, Any]
) -> None:
    before = dump(player.db)
    assert (await forge.start(UNKNOWN, **message)).returncode == 0
    assert await ended(player, UNKNOWN) in {"StepConflict", "UnknownApplication"}
    assert dump(player.db) == before
    assert player.alarms
    report = await doctor(player, 2)
    assert "forged_start" in seen(report)
    assert report.held


async def test_a_start_of_a_case_that_runs_starts_nothing(player: Player, forge: Forger) -> None:
    before, run = dump(player.db), (await player.handle.describe()).run_id
    assert (await forge.start(player.case_id, "--fail-existing")).returncode != 0
    assert (await player.handle.describe()).run_id == run
    assert dump(player.db) == before


async def test_a_start_that_ends_a_running_case_gets_the_records_state_and_clock(player: Player, forge: Forger) -> None:
    before = dump(player.db)
    forged = {"offset_seconds": 0, "state": {"case_id": player.case_id, "stage": "closing", "step_no": 77}}
    answer = await forge.start(player.case_id, "--id-conflict-policy", "TerminateExisting", **forged)
    assert answer.returncode == 0
    await player.loaded()
    assert abs(await player.gap()) < timedelta(minutes=1)
    assert dump(player.db) == before
    assert "forged_start" in seen(await doctor(player, 2))
    await player.answer("examine")
    await player.until(START + timedelta(days=20))
    assert await player.folded() == player.state


@pytest.mark.parametrize("message", [{}, {"command_id": "forged"}], ids=["bare", "with a command"])
async def test_a_start_of_a_case_that_is_over_fails_and_is_seen(
    player: Player, temporal_server: TemporalServer, message: dict[str, Any]
) -> None:
    async with player.working():
        await withdrawal(player)
        await player.end()
        before = dump(player.db)
        forge = Forger(temporal_server.address, player)
        assert (await forge.start(player.case_id, **message)).returncode == 0
        assert await ended(player, player.case_id) == "StepConflict"
        assert dump(player.db) == before
        assert AlarmKind.FORGED_START in player.alarms
        assert (await doctor(player, 2)).held


async def test_a_workflow_of_another_name_cannot_act_for_a_case(player: Player, forge: Forger) -> None:
    before = dump(player.db)
    assert (await forge.start("other", case_id=player.case_id)).returncode == 0
    assert await ended(player, "other") == "ForeignWorkflow"
    assert dump(player.db) == before
    assert player.alarms == [AlarmKind.FOREIGN_WORKFLOW]
    assert "forged_start" in seen(await doctor(player, 2))


RESETS: Sequence[tuple[str, ...]] = (
    ("--type", "FirstWorkflowTask"),
    ("--type", "LastWorkflowTask"),
    ("--type", "FirstWorkflowTask", "--reapply-exclude", "All"),
)


@pytest.mark.parametrize(
    "how", [RESETS[0], *(pytest.param(how, marks=pytest.mark.slow) for how in RESETS[1:])], ids=" ".join
)
async def test_a_reset_case_finds_its_way_back_to_the_record(
    player: Player, forge: Forger, how: tuple[str, ...]
) -> None:
    await player.answer("examine")
    before = dump(player.db)
    answer = await forge("reset", "--workflow-id", player.case_id, "--reason", "forged", *how)
    assert answer.returncode == 0, answer.stderr
    assert "foreign_reset" in seen(await doctor(player, 2))
    assert dump(player.db) == before
    await player.answer("draft_decision")
    await player.answer("sign_decision")
    await player.loaded()
    actions = [row["action"] for row in story(player.db)["StepRow"]]
    assert actions[-3:] == ["examine.award", "draft_decision.award", "sign_decision.sign"]
    assert len(actions) == len(set(actions)) == 5


@pytest.mark.slow
async def test_a_case_that_was_set_back_behind_its_dates_goes_on_from_the_record(player: Player, forge: Forger) -> None:
    """Replayed from its start, a run finds old dates that have passed; the record knows that they are over."""
    for kind in ("examine", "draft_decision", "sign_decision"):
        await player.answer(kind)
    await player.until(START + timedelta(days=40))
    before = dump(player.db)
    await forge("reset", "--workflow-id", player.case_id, "--reason", "forged", "--type", "FirstWorkflowTask")
    await player.loaded()
    assert dump(player.db) == before
    assert abs(await player.gap()) < timedelta(minutes=1)
    await player.answer("declare_acceptance")
    await player.loaded()
