"""The people of one case with the officers at their desk, in each of three ways to use a browser."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from tests.e2e.clerk import Clerk, in_plain
from tests.e2e.counts import Tally
from tests.e2e.desk.hands import Hand, at_keyboard, at_mouse
from tests.e2e.desk.onlooker import Onlooker
from tests.e2e.desk.people import AtDesk, DeskWalk
from tests.e2e.installation import installed
from tests.e2e.terminal import Terminal

Way = Callable[[], AbstractContextManager[Hand]]
WAYS: Final[dict[str, Way]] = {
    "mouse": at_mouse,
    "keyboard": at_keyboard,
    "no script": partial(at_mouse, script=False),
}


@contextmanager
def walking(data: Path, way: str, *, url: str = "", onlooker: Onlooker | None = None) -> Iterator[DeskWalk]:
    """The people of one case; the clerk's pages are plain ones, the desk is open in Chromium."""
    looked = Tally()
    with installed(data, database_url=url) as here, in_plain() as clerk, WAYS[way]() as officer:
        desk = AtDesk(officer, here.stack.desk_url, Tally(), onlooker)
        yield DeskWalk(here, Terminal(data, looked), Clerk(clerk, looked), desk)
