"""The people of one case with the officers at their desk, in each of three ways to use a browser."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from tests.e2e.clerk import Clerk, in_plain
from tests.e2e.counts import Tally, committed
from tests.e2e.desk.hands import Hand, Keys, at_keyboard, at_mouse
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
KEYS: Final = Path(__file__).with_name("key_counts.json")


@contextmanager
def walking(data: Path, way: str, *, url: str = "", onlooker: Onlooker | None = None) -> Iterator[DeskWalk]:
    """The people of one case; the clerk's pages are plain ones, the desk is open in Chromium."""
    looked = Tally()
    with installed(data, database_url=url) as here, in_plain() as clerk, WAYS[way]() as officer:
        desk = AtDesk(officer, here.stack.desk_url, Tally(), onlooker)
        yield DeskWalk(here, Terminal(data, looked), Clerk(clerk, looked), desk)


def keys_are_those_committed(walk: DeskWalk, name: str) -> None:
    """Which keys a walk took, but for what was typed, and the longest way to one control: as the table says."""
    assert isinstance(walk.desk.hand, Keys)
    keyboard = walk.desk.hand.keyboard
    found = {**keyboard.pressed, "longest_way": keyboard.longest}
    before = json.loads(KEYS.read_text(encoding="utf-8"))
    assert found == committed({**before, name: found}, KEYS).get(name)
