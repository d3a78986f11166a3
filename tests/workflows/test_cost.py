"""The cost of a straight case with two drawdowns: bounded, and never more than the committed baseline.

``python -m tests.workflows.recorded`` writes the baseline anew; growth needs an entry in ``docs/decisions/``.
"""

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Worker

from benchmarks.script import play_twin, script_of
from benchmarks.twin import Twin, nothing
from tests.workflows.cost import WORKFLOW_TASK, Cost, cost
from tests.workflows.paths import straight
from tests.workflows.player import Player
from tests.workflows.recorded import BASELINE

pytestmark = pytest.mark.server

MORE_TASKS = 2
"""Workflow tasks may vary by so many: two messages that meet share a task, or come a moment apart."""

MORE_BYTES = 1.02
"""Instants and sizes are numbers of varying length."""

MAX_EVENTS, MAX_ACTIONS, MAX_BYTES, MAX_PAYLOAD = 400, 100, 64 * 1024, 8 * 1024
TWIN = 1.1


_PLAYED: list[WorkflowHistory] = []


async def straight_history(player: Player) -> WorkflowHistory:
    """The history of a straight case in which no two acts meet; played once a test process."""
    if not _PLAYED:
        player.exact = True
        async with player.working():
            await straight(player)
            await player.end()
        _PLAYED.append(await player.history())
    return _PLAYED[0]


@pytest.mark.slow
async def test_a_straight_case_costs_no_more_than_the_baseline(player: Player) -> None:
    baseline = Cost.model_validate_json(BASELINE.read_text())
    history = await straight_history(player)
    found = cost(history)
    assert _without_tasks(found) == _without_tasks(baseline)
    assert found.actions - found.repeats == baseline.actions
    assert found.workflow_tasks <= baseline.workflow_tasks + MORE_TASKS
    assert found.bytes <= baseline.bytes * MORE_BYTES
    assert found.largest_payload <= baseline.largest_payload * MORE_BYTES


def test_the_baseline_is_within_the_limits() -> None:
    baseline = Cost.model_validate_json(BASELINE.read_text())
    assert baseline.total <= MAX_EVENTS
    assert baseline.actions <= MAX_ACTIONS
    assert baseline.bytes <= MAX_BYTES
    assert baseline.largest_payload <= MAX_PAYLOAD


async def test_a_case_costs_hardly_more_than_its_twin(player: Player) -> None:
    history = await straight_history(player)
    found, script = cost(history), script_of(history)
    async with Worker(player.client, task_queue="twin", workflows=[Twin], activities=[nothing]):
        twin = cost(await play_twin(player.skipper, "twin", script))
    assert _without_tasks(twin) == _without_tasks(found), "the twin issues the same commands"
    assert found.total <= TWIN * twin.total
    assert found.workflow_tasks <= TWIN * twin.workflow_tasks
    assert found.actions - found.repeats <= TWIN * (twin.actions - twin.repeats)


def _without_tasks(found: Cost) -> dict[str, int]:
    return {name: number for name, number in found.events.items() if not name.startswith(WORKFLOW_TASK)}
