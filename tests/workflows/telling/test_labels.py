"""An update says what it is about. A false word misleads a reader of the timeline, decides nothing, and is an alarm."""

from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.client import WorkflowHistory, WorkflowUpdateFailedError

from models.commands import Actor, CommandKind
from models.contracts import APPLY_COMMAND, CommandRef, Outcome, StepRequest
from models.tables import CommandRow, TaskRow
from record.cases.commands import NewCommand, store
from record.cases.labels import label, told_of
from record.database.alarms import AlarmKind
from tests.workflows.player import Player

pytestmark = pytest.mark.server


def stored(player: Player, kind: str, choice: str, *, by: str = "sim-berg", **content: Any) -> str:
    """The id of an answer that is in the record and that nobody has told the case of yet."""
    with player.db.write() as session:
        task = session.exec(select(TaskRow).where(TaskRow.kind == kind).order_by(col(TaskRow.opened_at))).one()
        wish = NewCommand(
            case_id=player.case_id,
            kind=CommandKind.ANSWER,
            actor=_officer(player, by),
            content=content,
            task_id=task.id,
            choice=choice,
        )
        return store(session, wish).id


def _officer(player: Player, name: str) -> Actor:
    return player.officer(name)


async def tell(player: Player, name: str, command_id: str) -> Outcome:
    """Tells the case of a command under a name."""
    outcome: Outcome = await player.handle.execute_update(
        name, CommandRef(command_id=command_id), id=f"{name}-{command_id}", result_type=Outcome
    )
    return outcome


def updates(history: WorkflowHistory) -> list[str]:
    """The names of all updates, as the UI shows them."""
    asked = [event.workflow_execution_update_accepted_event_attributes for event in history.events]
    return [one.accepted_request.input.name for one in asked if one.accepted_request.input.name]


def summaries(history: WorkflowHistory) -> list[str]:
    """The summaries of all steps."""
    steps = [event for event in history.events if event.HasField("activity_task_scheduled_event_attributes")]
    return [event.user_metadata.summary.data.decode().strip('"') for event in steps]


async def current_details(player: Player) -> str:
    """What the UI asks for."""
    return str((await player.handle.query("__temporal_workflow_metadata")).current_details)


async def test_the_timeline_says_what_happened(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.answer("check_completeness", "incomplete")
        await player.answer("complete_application")
        history = await player.history()
    assert updates(history) == ["apply.submit", "check_completeness.incomplete", "complete_application.submit"]
    assert summaries(history) == [
        "step 1: applicant applied",
        "step 2: case worker asked for what is missing",
        "step 3: applicant completed the application",
    ]
    assert player.alarms == []


async def test_a_false_label_decides_nothing_and_is_an_alarm(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.settle()
        command_id = stored(player, "check_completeness", "complete")
        assert await tell(player, "close_case.close", command_id) == Outcome(applied=True, step_no=2)
        shown = await current_details(player)
        assert summaries(await player.history())[-1] == "step 2: co signer closed the file"
        assert await tell(player, "close_case.close", command_id) == Outcome(applied=True, step_no=2)
    assert player.state.stage == "substantive_review"
    assert player.alarms == [AlarmKind.FALSE_LABEL]
    assert "case worker found the application complete → substantive review" in shown
    assert "closed the file" not in shown


async def test_a_false_label_of_what_is_long_decided_is_an_alarm_too(player: Player) -> None:
    async with player.working():
        await player.apply()
        receipt = await player.answer("check_completeness")
        await player.move()
        assert await tell(player, "close_case.close", receipt.command_id) == Outcome(applied=True, step_no=2)
    assert player.alarms == [AlarmKind.FALSE_LABEL]


async def test_an_update_of_before_has_no_label_and_is_no_alarm(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.settle()
        command_id = stored(player, "check_completeness", "complete")
        assert (await tell(player, APPLY_COMMAND, command_id)).applied
        shown = await current_details(player)
    assert player.alarms == []
    assert "case worker found the application complete" in shown


@pytest.mark.parametrize("name", ["Nobody", "a b", "a.b.c", "x" * 41, "<b>.x", "é"])
async def test_what_is_no_label_does_not_reach_the_history(player: Player, name: str) -> None:
    async with player.working():
        await player.apply()
        await player.settle()
        with pytest.raises(WorkflowUpdateFailedError):
            await tell(player, name, "whatever")
        assert updates(await player.history()) == ["apply.submit"]
    assert player.alarms == []


async def test_two_answers_to_one_task_keep_their_label(player: Player) -> None:
    """The second one meets an ended task; it was told under its true name all the same."""
    async with player.working():
        await player.apply()
        await player.settle()
        first, second = (stored(player, "check_completeness", choice) for choice in ("complete", "incomplete"))
        assert (await tell(player, "check_completeness.complete", first)).applied
        with player.db.read() as session:
            assert label(session, session.get_one(CommandRow, second)) == "check_completeness.incomplete"
        assert (await tell(player, "check_completeness.incomplete", second)).reason == "task_closed"
        shown = await current_details(player)
    assert player.alarms == []
    assert "refused – the task had ended: check completeness (incomplete)" in shown


async def test_a_moved_and_an_adopted_case_tell_the_same(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.answer("check_completeness")
        await player.answer("examine")
        before = await current_details(player)
        await player.move()
        await player.loaded()
        moved = await current_details(player)
        await player.lose()
        adopted = await current_details(player)
    assert "case worker proposed an award → drafting" in before
    for shown in (moved, adopted):
        steps = shown.partition("**What happened**")[2].splitlines()
        assert steps[2].endswith("the case went on in a new run")
        assert steps[3:] == before.partition("**What happened**")[2].splitlines()[2:]
    with player.db.read() as session:
        assert len(told_of(session, player.case_id).steps) == 4


def test_an_old_request_has_no_label() -> None:
    assert StepRequest.model_fields["about"].default == ""
