"""Every pair of tables agrees, and whatever is taken out of one side is missed by its name."""

from collections import Counter
from dataclasses import replace
from typing import Final, Literal

import pytest

from tests.agreement import mail, operators, starts, tasks, texts, usual
from tests.agreement.table import Agreement

AGREEMENTS: Final = (
    *mail.AGREEMENTS,
    *operators.AGREEMENTS,
    *starts.AGREEMENTS,
    *tasks.AGREEMENTS,
    *texts.AGREEMENTS,
    *usual.AGREEMENTS,
)
Side = Literal["left", "right"]
SIDES: Final[list[tuple[Agreement, Side]]] = [
    (one, side) for one in AGREEMENTS for side in ("left", "right") if side == "right" or not one.more
]


@pytest.mark.parametrize("one", AGREEMENTS, ids=lambda one: one.name)
def test_both_tables_hold_the_same(one: Agreement) -> None:
    assert not one.missing, "\n".join(one.missing)
    assert one.left.entries


@pytest.mark.parametrize(("one", "side"), SIDES, ids=lambda given: given if isinstance(given, str) else given.name)
def test_what_is_taken_out_of_one_table_is_missed_by_name(one: Agreement, side: Side) -> None:
    """The named check fails, no other does, and it says which entry is missing where."""
    table = one.left if side == "left" else one.right
    counted = one.left.entries & one.right.entries
    before, missed = faults(one), set[str]()
    for less in table.reduced():
        lost = (table.entries - less.entries) & counted
        changed = replace(one, left=less) if side == "left" else replace(one, right=less)
        assert faults(changed) - before == {f"{one.name}: {table.name} lacks {entry}" for entry in lost}
        missed |= lost
    assert missed == counted, "each entry was taken out once"


def test_each_check_has_a_name_of_its_own() -> None:
    assert [name for name, times in Counter(one.name for one in AGREEMENTS).items() if times > 1] == []


def faults(changed: Agreement) -> set[str]:
    """What all checks say when one of them sees a changed table."""
    asked = [changed if one.name == changed.name else one for one in AGREEMENTS]
    return {f"{one.name}: {line}" for one in asked for line in one.missing}
