"""What the operators' page says of promises is what the list of promises says."""

import re
from pathlib import Path

from record.promises import CHECK_FAILED, PROMISES, Shown

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")


def rows() -> list[str]:
    """The first cells of the table of broken promises."""
    table = PAGE.partition("| promise broken |")[2].partition("\n\n")[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[2:]]


def test_each_promise_that_an_installation_can_break_has_its_row_and_no_other() -> None:
    named = {int(number) for row in rows() for number in re.findall(r"(?:^|, )(\d+) ", row)}
    assert named == {promise.number for promise in PROMISES if promise.shown_by is not Shown.TESTS}


def test_a_check_that_failed_has_its_row() -> None:
    assert any(f"`{CHECK_FAILED}`" in row for row in rows())
