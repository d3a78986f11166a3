"""A long list at the terminal: its first page, the line that shows the next one, and filters of the same names."""

import pytest

from tests.cli.office import CASE, Office
from tests.cli.test_contract import FULDA
from tests.record.lists.many import multiply

MANY = 60


@pytest.fixture
def long(office: Office) -> Office:
    """A desk with many cases in formal examination."""
    office.done(FULDA)
    multiply(office.db, [CASE], MANY)
    return office


def test_a_long_list_comes_in_pages_and_each_prints_the_line_to_the_next(long: Office) -> None:
    first = long.done("today --as sim-berg --order recipient")
    assert first.count("show wir-fm-") == 50
    assert f"({MANY})" in first
    assert f"Seite 1 von 2, zusammen {MANY} Aufgaben" in first
    assert "today --order recipient --page 2 --as sim-berg" in first
    second = long.follow(first, "today")
    assert second.count("show wir-fm-") == MANY - 50
    assert "Seite 2 von 2" in second
    assert "--page 3" not in second
    shown = [long.document(f"today --as sim-berg --page {page}")["tasks"] for page in (1, 2, 3)]
    assert [len(tasks) for tasks in shown] == [50, 10, 0]
    assert len({task["id"] for tasks in shown for task in tasks}) == MANY


def test_a_short_list_says_nothing_of_pages(office: Office) -> None:
    office.done(FULDA)
    printed = office.done("today --as sim-berg")
    assert "Seite" not in printed
    assert "--page" not in printed


FILTERS = {
    "--round wir-fm-2018": 1,
    "--recipient fulda --round wir-fm-2019": 1,
    "--recipient 06631": MANY,
    "--recipient Darmstadt": 0,
    "--kind check_completeness --stage formal_check --list take": MANY,
    "--kind sign_decision": 0,
    "--late": 0,
    "--list others": 0,
}


@pytest.mark.slow
def test_filters_have_the_names_of_the_desk(long: Office) -> None:
    for typed, count in FILTERS.items():
        found = long.document(f"today --as sim-berg {typed}")
        assert len(found["tasks"]) == min(count, 50), typed
        assert found["counts"]["all"] == (MANY if typed == "--list others" else count), typed
        assert len(found["chosen"]) == typed.count("--"), typed


@pytest.mark.parametrize(
    "typed", ["--kind nothing", "--stage nowhere", "--order up", "--list all", "--page 0", "--page x", "--page 100000"]
)
def test_what_there_is_not_is_a_mistake_of_typing(office: Office, typed: str) -> None:
    result = office.type(f"today {typed}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
