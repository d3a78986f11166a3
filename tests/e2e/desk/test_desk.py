"""A grant from invitation to closed file with all officers at the desk: a real browser, a real Temporal server.

What it costs them is counted and stands in ``desk_counts.json``; by keyboard it is the same.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.e2e.counts import committed
from tests.e2e.desk.people import DeskWalk
from tests.e2e.desk.ways import keys_are_those_committed, walking
from tests.e2e.test_walk import the_end
from tests.e2e.walk import whole_life

pytestmark = [pytest.mark.server, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
COUNTS: Final = Path(__file__).with_name("desk_counts.json")


def lived(walk: DeskWalk) -> None:
    """The whole life, and what it cost."""
    whole_life(walk)
    the_end(walk)
    found = walk.desk.tally.counts
    assert found == committed(found, COUNTS)


def test_a_grant_from_invitation_to_closed_file_at_the_desk(empty_url: str, tmp_path: Path) -> None:
    """On both databases, without script."""
    with walking(tmp_path / "data", "no script", url=empty_url) as walk:
        lived(walk)


def test_a_grant_from_invitation_to_closed_file_by_keyboard_alone(tmp_path: Path) -> None:
    """Without script, too; the keys stand in ``key_counts.json``."""
    with walking(tmp_path / "data", "keyboard") as walk:
        lived(walk)
        keys_are_those_committed(walk, "whole_life")
