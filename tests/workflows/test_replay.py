"""Recorded histories replay with today's code, and workflow modules touch nothing but contracts."""

import importlib
import sys
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxRestrictions
from temporalio.worker.workflow_sandbox._importer import Importer
from temporalio.worker.workflow_sandbox._restrictions import RestrictionContext

from gateway.temporal.connection import PASSED_THROUGH, plugin
from tests.workflows.attacks.careless import Careless
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


def loaded_anew(kind: type) -> set[str]:
    """Modules that the sandbox of the engine loads anew for each workflow of this kind, as it has them then.

    The SDK's own notification is silent about ``from workflows import words`` when ``workflows.words`` is loaded
    already, so this looks at the modules themselves.
    """
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    importer = Importer(restrictions, RestrictionContext(), kind.__module__)
    with importer.applied():
        importlib.import_module(kind.__module__)
    anew = {name for name, module in importer.new_modules.items() if sys.modules.get(name) is not module}
    return {name for name in anew if name.partition(".")[0] not in sys.stdlib_module_names and name != "__main__"}


@pytest.mark.parametrize("kind", [Grant, Round])
def test_the_sandbox_loads_nothing_anew_but_the_workflows_own_room(kind: type) -> None:
    """Anything else would be loaded for each case, at ten times the memory and time."""
    found = loaded_anew(kind)
    assert {kind.__module__, "workflows.asking"} <= found
    assert {name for name in found if name.partition(".")[0] != "workflows"} == set()
    assert {name for name in found if name.startswith(PASSED_THROUGH)} == set()


def test_a_careless_import_is_found() -> None:
    assert "jinja2" in loaded_anew(Careless)
