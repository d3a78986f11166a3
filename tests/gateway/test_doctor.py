"""The doctor on a real server: silent when all is well; lost, changed and unreplayable workflows are found.

Forged messages are shown in ``tests/workflows/attacks/test_forged.py``.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from gateway.doctor import Report, examine
from gateway.start.devserver import free_port
from gateway.temporal.connection import plugin
from models.tables import Case, Round
from record.promises import PROMISES, Shown
from tests.fixtures.temporal import TemporalServer
from tests.gateway.other_release import OtherGrant
from tests.workflows.attacks.squatter import Squatter
from tests.workflows.player import START, Player
from workflows.grant import Grant

pytestmark = pytest.mark.server


@pytest.fixture
async def played(temporal_server: TemporalServer, tmp_path: Path) -> AsyncIterator[Player]:
    """A case that has been examined, with its worker."""
    player = Player(tmp_path, await temporal_server.skipper())
    async with player.working():
        await player.apply()
        await player.answer("check_completeness")
        await player.answer("examine")
        yield player
    player.db.close()


def codes(report: Report) -> set[tuple[int, str]]:
    """What is broken: promise and code."""
    return {(found.promise, found.code) for promise in report.promises for found in promise.findings}


async def test_all_is_well_with_a_running_case(played: Player) -> None:
    report = await examine(played.db, played.client, [Grant])
    assert codes(report) == set()
    assert report.held
    assert report.alarms == ()
    shown = {promise.number: promise.shown_by for promise in report.promises}
    assert shown == {promise.number: promise.shown_by for promise in PROMISES}


async def test_a_case_that_has_moved_and_ended_is_well_too(played: Player) -> None:
    await played.move()
    await played.open("withdraw")
    await played.answer("withdraw", "withdraw")
    await played.end()
    report = await examine(played.db, played.client, [Grant])
    assert codes(report) == set()
    assert report.alarms == ()


async def test_a_lost_workflow_is_found_and_adopting_heals_it(played: Player) -> None:
    await played.handle.terminate("lost, for a test")
    report = await examine(played.db, played.client, [Grant])
    assert codes(report) == {(7, "no_running_workflow")}
    await played.gateway.adopt(played.case_id)
    await played.loaded()
    assert (await examine(played.db, played.client, [Grant])).held


async def test_a_state_that_differs_is_found(played: Player) -> None:
    with played.db.write() as session:
        case = session.exec(select(Case)).one()
        case.state = {**case.state, "money": {"requested": 1}}
        session.add(case)
    report = await examine(played.db, played.client, deep=False)
    assert (7, "workflow_differs_from_record") in codes(report)
    assert (7, "state_differs_from_fold") in codes(report)


async def test_a_workflow_that_nobody_works_on_does_not_answer(temporal_server: TemporalServer, tmp_path: Path) -> None:
    player = Player(tmp_path, await temporal_server.skipper())
    async with player.working():
        await player.apply()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.doctor.ASKING", timedelta(seconds=1))
        patch.setattr("gateway.doctor.TRIES", 1)
        report = await examine(player.db, player.client, deep=False)
    player.db.close()
    assert codes(report) == {(7, "state_not_answered")}


async def test_a_release_that_does_not_fit_running_cases_is_found(played: Player) -> None:
    report = await examine(played.db, played.client, [OtherGrant])
    assert codes(report) == {(9, "does_not_replay")}


async def test_an_open_round_without_its_workflow_is_found(played: Player) -> None:
    with played.db.write() as session:
        session.add(Round(id="wir-fm-2018", line="fm", year=2018, opened_at=START))
    assert (7, "no_running_workflow") in codes(await examine(played.db, played.client, deep=False))


async def test_without_replay_and_without_temporal_the_report_says_so(played: Player) -> None:
    shallow = await examine(played.db, played.client, [Grant], deep=False)
    assert shallow.promises[8].shown_by is Shown.NOT_NOW
    gone = await Client.connect(f"127.0.0.1:{free_port()}", lazy=True, plugins=[plugin()])
    report = await examine(played.db, gone, [Grant])
    assert codes(report) == {(7, "engine_not_reached")}
    assert report.promises[6].shown_by is Shown.RECORD
    alone = await examine(played.db, None)
    assert alone.held
    assert alone.promises[6].shown_by is Shown.RECORD


async def test_the_report_is_plain_json(played: Player) -> None:
    view = (await examine(played.db, played.client, deep=False)).as_json()
    assert view["held"] is True
    assert [promise["number"] for promise in view["promises"]] == [promise.number for promise in PROMISES]
    assert view["promises"][7] == {"number": 8, "held": True, "shown_by": "tests", "findings": []}


async def test_a_foreign_workflow_that_answers_garbage_is_found(played: Player) -> None:
    await played.handle.terminate("lost, for a test")
    foreign = Worker(
        played.client, task_queue="elsewhere", workflows=[Squatter], workflow_runner=UnsandboxedWorkflowRunner()
    )
    async with foreign:
        await played.client.start_workflow("Squatter", id=played.case_id, task_queue="elsewhere")
        report = await examine(played.db, played.client, [Grant])
    assert (7, "state_not_answered") in codes(report)


async def test_a_check_that_fails_is_a_finding_and_the_others_are_made(
    played: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> list[object]:
        raise KeyError("content")

    monkeypatch.setattr("gateway.doctor.sightings", failing)
    report = await examine(played.db, played.client, [Grant])
    (finding,) = report.promises[6].findings
    assert (finding.code, finding.case_id, finding.detail) == ("check_failed", played.case_id, "KeyError")
    assert report.promises[8].shown_by is Shown.REPLAY
    assert report.promises[8].held
    with played.db.write() as session:
        case = session.exec(select(Case)).one()
        case.state = {"money": "not a state"}
        session.add(case)
    report = await examine(played.db, played.client, [Grant])
    assert {(7, "check_failed"), (7, "state_differs_from_fold")} <= codes(report)
