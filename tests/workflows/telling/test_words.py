"""The current details as the Temporal UI shows them: Markdown whose lists survive, also when nothing is open."""

from datetime import UTC, datetime
from typing import Any

import pytest
from markdown_it import MarkdownIt

from models.case import CaseState, Facts, Money, OpenTask, Rung
from models.rounds import RoundAction, RoundStage, RoundStep
from models.stages import ENDED, Stage
from models.tasks import TaskKind
from models.told import Told
from tests.workflows.player import Player
from workflows import details as screen
from workflows import words

CASE = "wir-fm-2018-06631"
SINCE = datetime(2019, 10, 13, 22, tzinfo=UTC)  # midnight in Berlin: Monday begins
DUE = datetime(2019, 10, 31, 23, tzinfo=UTC)


def state(stage: Stage, **more: Any) -> CaseState:
    """A case at a stage since Monday, 14 October 2019."""
    money = Money(requested=5_000_000, awarded=162_500_000)
    return CaseState(case_id=CASE, recipient="fulda-district", stage=stage, since=SINCE, money=money, **more)


def task(number: int, subject: str = "") -> OpenTask:
    """A task that is due at the end of October."""
    return OpenTask(
        id=f"{CASE}.{number}",
        kind=TaskKind.PROVE_USE,
        due=DUE,
        subject=subject,
        agenda=(Rung(at=DUE, name="pre_1"),),
    )


def html(text: str) -> str:
    """As a reader of plain Markdown shows it: without the tables of GitHub."""
    return str(MarkdownIt("commonmark").render(text))


def test_each_task_is_an_item_of_a_list() -> None:
    open_tasks = {one.id: one for one in (task(1), task(2, "D02"))}
    shown = screen.of_case(state(Stage.PROOF_DUE, tasks=open_tasks, timers={"period_end": DUE}), Told(), SINCE)
    assert "|" not in shown
    assert html(shown).count("<li>") == 3
    assert "<li><strong>applicant</strong>: prove use D02, until Thu 31 Oct 2019; then pre-reminder 1</li>" in html(
        shown
    )
    assert "<li><strong>nobody</strong>: until Thu 31 Oct 2019; then the grant period ends</li>" in html(shown)
    assert shown.startswith(
        "**proof due** since Mon 14 Oct 2019 – on time – recipient 06631 – legal today is Mon 14 Oct 2019\n"
    )
    assert html(shown).rstrip().endswith("claimed 0.00 EUR, repaid 0.00 EUR</p>")
    assert "requested 50,000.00 EUR, awarded 1,625,000.00 EUR" in shown


@pytest.mark.parametrize("stage", sorted(ENDED))
def test_a_case_that_is_over_says_how_and_when(stage: Stage) -> None:
    shown = screen.of_case(state(stage, facts=Facts(payment_block=True)), Told(), SINCE)
    assert shown.startswith(f"**{stage.value}** on Mon 14 Oct 2019 – {screen.ENDINGS[stage]} – recipient 06631\n")
    assert "|" not in shown
    assert "on time" not in shown
    assert "blocked" not in shown
    assert html(shown).count("<p>") == 2


def test_no_identity_or_person_is_shown() -> None:
    for stage in Stage:
        assert "fulda" not in screen.of_case(state(stage), Told(), SINCE)


def test_a_round_that_is_over_says_when() -> None:
    step = RoundStep(no=4, action=RoundAction.REPORT, at=SINCE, stage=RoundStage.ENDED, line="fm", year=2018)
    assert words.round_details(step).startswith("**ended** on Mon 14 Oct 2019 – line fm 2018\n")


@pytest.mark.server
async def test_operators_read_the_end_of_a_case_on_a_real_server(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.settle()
        assert "- **case worker**: check completeness" in await details(player)
        await player.open("withdraw")
        await player.answer("withdraw", "withdraw")
        assert await player.end() == "withdrawn"
        shown = await details(player)
    assert shown.startswith("**withdrawn** on Mon 6 Nov 2017 – ")
    assert "|" not in shown


async def details(player: Player) -> str:
    """What the UI asks for."""
    return str((await player.handle.query("__temporal_workflow_metadata")).current_details)
