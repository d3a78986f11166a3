"""The other courses of a grant with all officers at the desk: a real browser, a real Temporal server.

Each is gone with the mouse, and an onlooker finds no barrier on any page that is met; and each by keyboard alone and
without script: which keys it takes, and the longest way to a control, stands in ``key_counts.json``. (The straight
life is gone in these ways in ``test_desk.py``.) Write the table anew after a wanted change:
``WIR_WRITE_COUNTS=1 pytest tests/e2e/desk -k keyboard``.
"""

from pathlib import Path

import pytest

from tests.e2e.desk import courses
from tests.e2e.desk.onlooker import Onlooker
from tests.e2e.desk.ways import keys_are_those_committed, walking

pytestmark = [pytest.mark.server, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def onlooker() -> Onlooker:
    """Who looks at each page that any course meets, once."""
    return Onlooker()


@pytest.mark.parametrize("course", courses.COURSES, ids=lambda one: one.__name__)
def test_with_the_mouse(tmp_path: Path, course: courses.Course, onlooker: Onlooker) -> None:
    with walking(tmp_path / "data", "mouse", onlooker=onlooker) as walk:
        course(walk)
    found, onlooker.found = onlooker.found, []
    assert onlooker.met
    assert found == []


@pytest.mark.parametrize("course", courses.COURSES, ids=lambda one: one.__name__)
def test_by_keyboard_alone_and_without_script(tmp_path: Path, course: courses.Course) -> None:
    with walking(tmp_path / "data", "keyboard") as walk:
        course(walk)
        keys_are_those_committed(walk, course.__name__)
