"""What the operators' page says of promises is what the list of promises says."""

from pathlib import Path

from record.promises import Finding

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")


def rows() -> list[str]:
    """The first cells of the table of broken promises."""
    table = PAGE.partition("| promise broken |")[2].partition("\n\n")[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[2:]]


def test_a_check_that_failed_has_its_row() -> None:
    assert any(f"`{Finding.CHECK_FAILED}`" in row for row in rows())
