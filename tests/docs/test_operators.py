"""What the operators' page says of promises and views is what their tables say."""

from pathlib import Path

from record.promises import Finding
from scripts.operator_views import PAGE as HANDBOOK
from scripts.operator_views import VIEWS, link, renewed

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")


def rows() -> list[str]:
    """The first cells of the table of broken promises."""
    table = PAGE.partition("| promise broken |")[2].partition("\n\n")[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[2:]]


def test_a_check_that_failed_has_its_row() -> None:
    assert any(f"`{Finding.CHECK_FAILED}`" in row for row in rows())


def test_the_views_are_those_of_the_table() -> None:
    assert renewed(PAGE) == PAGE, "stale: run python -m scripts.operator_views"
    assert HANDBOOK.name == "operators.md"
    assert all(link(view) in PAGE for view in VIEWS)
    assert len({view.key for view in VIEWS}) == len(VIEWS)


def test_seven_questions_are_answered() -> None:
    table = PAGE.partition("| question | answer |")[2].partition("\n\n")[0]
    assert len(table.splitlines()[2:]) == 7
