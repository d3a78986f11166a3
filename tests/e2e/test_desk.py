"""One grant from invitation to closed file with all officers at the desk: a real browser, a real Temporal server.

What it costs them is counted and stands in ``desk_counts.json``.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.site import COOKIE
from tests.e2e.clerk import Clerk, in_browser, in_plain
from tests.e2e.counts import Tally, committed
from tests.e2e.desk import AtDesk, DeskWalk
from tests.e2e.installation import installed
from tests.e2e.terminal import Terminal
from tests.e2e.test_walk import the_end
from tests.e2e.walk import whole_life

COUNTS = Path(__file__).with_name("desk_counts.json")


@pytest.fixture
def walk(empty_url: str, tmp_path: Path) -> Iterator[DeskWalk]:
    """On both databases; the clerk's pages are plain ones, the desk is open in Chromium."""
    data, tally, looked = tmp_path / "data", Tally(), Tally()
    with installed(data, database_url=empty_url) as here, in_plain() as clerk, in_browser(cookie=COOKIE) as officer:
        desk = AtDesk(officer.tab, here.stack.desk_url, tally)
        yield DeskWalk(here, Terminal(data, looked), Clerk(clerk, looked), desk)


@pytest.mark.server
@pytest.mark.browser
@pytest.mark.slow
def test_a_grant_from_invitation_to_closed_file_at_the_desk(walk: DeskWalk) -> None:
    whole_life(walk)
    the_end(walk)
    found = walk.desk.tally.counts
    assert found == committed(found, COUNTS)
