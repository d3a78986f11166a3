"""One grant from invitation to closed file, by nothing but what people are shown: printed lines, mails and pages.

What this costs people is counted and stands in ``walk_counts.json``. On SQLite the clerk has a real browser, on
PostgreSQL plain pages: the counts are the same.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.clerk import Clerk, Hand, in_browser, in_plain
from tests.e2e.counts import Tally, committed
from tests.e2e.installation import installed
from tests.e2e.terminal import Terminal
from tests.e2e.walk import CASE, Walk, whole_life

GUIDE = Path(__file__).parents[2] / "docs" / "walk.md"


@pytest.fixture
def walk(empty_url: str, tmp_path: Path) -> Iterator[Walk]:
    """SQLite with a real browser, PostgreSQL with plain pages."""
    tally = Tally()
    hands = in_browser() if empty_url.startswith("sqlite") else in_plain()
    data = tmp_path / "data"
    with installed(data, database_url=empty_url) as here, hands as hand:
        clerk_hand: Hand = hand
        yield Walk(here, Terminal(data, tally), Clerk(clerk_hand, tally))


@pytest.mark.server
@pytest.mark.browser
@pytest.mark.slow
def test_a_grant_from_invitation_to_closed_file(walk: Walk) -> None:
    whole_life(walk)
    the_end(walk)
    assert described() - set(walk.officer.typed) == {f"./starter.py do {CASE}.4 sign --as sim-berg"}  # who drafted it
    found = walk.officer.tally.counts
    assert found == committed(found)


def described() -> set[str]:
    """The officers' lines that ``docs/walk.md`` tells people to run, without its remarks."""
    told = re.findall(r"^(\./starter\.py (?:do|act) .*?)(?: +#.*)?$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(told) >= 8
    return set(told)


def the_end(walk: Walk) -> None:
    """The file is closed, the sums are right, every promise is held."""
    case = walk.officer.document(f"./starter.py case {CASE}")
    assert (case["stage"], case["waiting_for"], case["due"], case["then"]) == ("closed", "", "", "")
    paid = {name: case[f"{name}_cents"] for name in ("requested", "awarded", "ordered", "booked", "repaid")}
    assert paid == {
        "requested": 5_000_000,
        "awarded": 5_000_000,
        "ordered": 5_000_000,
        "booked": 5_000_000,
        "repaid": 0,
    }
    assert case["recipient"] == {"key": "06631", "name": "Landkreis Fulda", "kind": "rural_district"}
    assert {"case", "line", "year", "since", "tasks", "timeline"} <= set(case)
    assert {task["state"] for task in case["tasks"]} == {"answered"}
    assert all({"id", "kind", "owner", "due", "choices"} <= set(task) for task in case["tasks"])
    assert all({"at", "what", "who"} <= set(event) for event in case["timeline"])
    assert "Der Fall ist beendet" in walk.officer.read(f"./starter.py case {CASE}")
    doctor = walk.officer.document("./starter.py doctor")
    assert (doctor["held"], doctor["alarms"]) == (True, [])
    assert [promise["number"] for promise in doctor["promises"] if promise["shown_by"] == "not_now"] == []
