"""Each kind of clerk task, from its mail to its receipt, in a real Chromium: no barrier on any page, the answer counts.

What it costs the clerk is counted on the way and stands in ``counts.json``; it may shrink, and grows only by a
decision (``WIR_WRITE_COUNTS=1`` writes it anew).
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page

from models.tasks import TaskKind as K
from tests.browser.answers import WHO
from tests.browser.chromium import Chromium, barriers
from tests.browser.clerk import Clerk
from tests.browser.scene import KINDS, Scenes, served

pytestmark = pytest.mark.browser
ANSWERED = [kind for kind in KINDS if kind is not K.REPAY]
"""Kinds with a form; a repayment is answered by the bank."""

LONG = (K.APPLY, K.DECLARE_ACCEPTANCE, K.PROVE_USE)
"""Three that have every sort of control between them."""


def sampled(*quick: K, of: Sequence[K] = ANSWERED) -> list[Any]:
    """All of them as parameters, of which ``make test`` takes some."""
    return [pytest.param(kind, marks=() if kind in quick else pytest.mark.slow) for kind in of]


COUNTS = Path(__file__).with_name("counts.json")
WORDS_A_MINUTE, SECONDS_A_FIELD, MINUTES = 200, 10, 3.0


class Reader:
    """Looks at each page that opens: barriers, and words that are there to be read."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.words = 0

    def __call__(self, page: Page, when: str) -> None:
        if when == "open":
            self.found += [f"{page.locator('h1').inner_text()}: {line}" for line in barriers(page)]
            self.words += len(page.locator("main").inner_text().split())


@pytest.mark.parametrize("kind", sampled(K.APPLY), ids=str)
def test_from_the_mail_to_the_receipt_without_barriers(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    scene, read = scenes.copy(kind), Reader()

    def work(page: Page) -> dict[str, int]:
        clerk = Clerk(page, seen=read)
        assert "eingegangen" in clerk.answer(site.address + scene.links[-1])
        return {"pages": clerk.pages, "fields": clerk.fields, "clicks": clerk.clicks, "words": read.words}

    with served(scene) as site:
        before = len(scene.commands())
        counted = chromium.visit(work)
        assert read.found == []
        (command,) = scene.commands()[before:]
        assert command.content.get("application", command.content)["acting_name"] == WHO
        assert command.task_id == scene.task_id
        if kind is not K.APPLY:
            outcome = scene.play.take(command.id)
            assert outcome is not None
            assert outcome.applied, outcome
    assert counted == committed(kind, counted)


def committed(kind: K, counted: dict[str, int]) -> dict[str, int]:
    """What the table allows; less is written down as less."""
    table = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
    if os.environ.get("WIR_WRITE_COUNTS"):
        table[str(kind)] = counted
        COUNTS.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n", encoding="utf-8")
    allowed: dict[str, int] = table[str(kind)]
    return allowed


def minutes(counted: dict[str, int]) -> float:
    """Time to read every word of every page and to work every field, choice and button, in minutes."""
    return counted["words"] / WORDS_A_MINUTE + (counted["fields"] + counted["clicks"]) * SECONDS_A_FIELD / 60


def test_the_median_task_takes_three_minutes_at_most() -> None:
    table = json.loads(COUNTS.read_text(encoding="utf-8"))
    assert set(table) == {str(kind) for kind in ANSWERED}
    assert median(minutes(counted) for counted in table.values()) <= MINUTES, {k: minutes(c) for k, c in table.items()}
