"""Recorded histories replay with today's code, and workflow modules touch nothing but contracts."""

import re
import warnings
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Replayer, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from gateway.temporal import PASSED_THROUGH, plugin
from tests.fixtures.temporal import TemporalServer
from tests.workflows.careless import Careless
from tests.workflows.cost import name_of
from tests.workflows.paths import PATHS
from tests.workflows.player import Player
from tests.workflows.recorded import disturbed, read, recorded
from workflows.grant import Grant
from workflows.round import Round


def replayer() -> Replayer:
    """As CI and ``doctor`` replay."""
    return Replayer(workflows=[Grant, Round], plugins=[plugin()])


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.stem)
async def test_a_recorded_history_gives_the_same_commands(path: Path) -> None:
    await replayer().replay_workflow(read(path))


def test_every_path_and_every_way_to_start_is_recorded() -> None:
    names = {path.stem for path in recorded()}
    assert names == {*PATHS, "disturbed-1", "disturbed-2", "disturbed-3"}


@pytest.mark.parametrize("kind", ["ACTIVITY_TASK_SCHEDULED", "TIMER_STARTED"])
async def test_replay_notices_another_command(kind: str) -> None:
    """The check of the check: one command of the history is of another kind, and replay fails."""
    history = read(recorded()[-1])
    event = next(event for event in history.events if name_of(event) == kind)
    event.event_type = EventType.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED
    with pytest.raises(workflow.NondeterminismError):
        await replayer().replay_workflow(history)


@pytest.mark.server
async def test_what_runs_now_replays_now(player: Player) -> None:
    async with player.working():
        await disturbed(player)
        await player.end()
    for history in await player.histories():
        await replayer().replay_workflow(history)


def watchful() -> SandboxedWorkflowRunner:
    """The sandbox of the engine, but one that tells of each module it loads anew for every workflow."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    policy = SandboxImportNotificationPolicy.WARN_ON_UNINTENTIONAL_PASSTHROUGH
    return SandboxedWorkflowRunner(restrictions=restrictions.with_import_notification_policy(policy))


async def loaded_anew(server: TemporalServer, kind: type) -> set[str]:
    """Modules that the sandbox loads anew for a workflow of this kind."""
    client = await Client.connect(server.address)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        Worker(client, task_queue=f"imports-{kind.__name__}", workflows=[kind], workflow_runner=watchful())
    found = [re.match(r"Module (\S+) was not intentionally passed through", str(w.message)) for w in told]
    return {match.group(1) for match in found if match}


@pytest.mark.server
@pytest.mark.parametrize("kind", [Grant, Round])
async def test_the_sandbox_loads_nothing_anew_but_the_workflows_own_room(
    temporal_server: TemporalServer, kind: type
) -> None:
    """Anything else would be loaded for each case, at ten times the memory and time."""
    found = await loaded_anew(temporal_server, kind)
    assert found
    assert {name for name in found if not name.startswith("workflows.")} <= {"workflows"}


@pytest.mark.server
async def test_a_careless_import_is_found(temporal_server: TemporalServer) -> None:
    assert "jinja2" in await loaded_anew(temporal_server, Careless)
