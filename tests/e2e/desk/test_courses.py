"""The other courses of a grant with all officers at the desk: a real browser, a real Temporal server.

Each is gone with the mouse, and an onlooker finds no barrier on any page that is met; one by keyboard, one without
script. (The straight life is gone in these ways in ``test_desk.py``.)
"""

from pathlib import Path

import pytest

from tests.e2e.desk import courses
from tests.e2e.desk.onlooker import Onlooker
from tests.e2e.desk.ways import walking

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


@pytest.mark.parametrize(
    ("course", "way"), [(courses.refused, "keyboard"), (courses.blocked, "no script")], ids=["refused", "blocked"]
)
def test_by_keyboard_and_without_script(tmp_path: Path, course: courses.Course, way: str) -> None:
    with walking(tmp_path / "data", way) as walk:
        course(walk)
