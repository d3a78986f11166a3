"""A recipient is found by key and day, never by name."""

from datetime import date
from pathlib import Path

import pytest

from models.programme import ExpiredKey, RecipientKind, RecipientList, UnknownRecipient
from programmes.load import load_all

IN_2018, IN_2026 = date(2018, 1, 1), date(2026, 1, 1)


@pytest.fixture(scope="module")
def recipients() -> RecipientList:
    return load_all().recipients


@pytest.mark.parametrize("day", [IN_2018, date(2025, 12, 31), IN_2026])
def test_there_are_33_at_any_time(recipients: RecipientList, day: date) -> None:
    three = (RecipientKind.RURAL_DISTRICT, RecipientKind.INDEPENDENT_CITY, RecipientKind.SPECIAL_STATUS_TOWN)
    assert len(recipients.eligible(three, day)) == 33


@pytest.mark.parametrize(
    ("kind", "in_2018", "in_2026"),
    [
        (RecipientKind.RURAL_DISTRICT, 21, 21),
        (RecipientKind.INDEPENDENT_CITY, 5, 6),
        (RecipientKind.SPECIAL_STATUS_TOWN, 7, 6),
    ],
)
def test_hanau_moves_from_one_kind_to_another(
    recipients: RecipientList, kind: RecipientKind, in_2018: int, in_2026: int
) -> None:
    assert len(recipients.eligible((kind,), IN_2018)) == in_2018
    assert len(recipients.eligible((kind,), IN_2026)) == in_2026


def test_hanau_stays_the_same_body_under_a_new_key(recipients: RecipientList) -> None:
    old, new = recipients.find("06435014", date(2025, 12, 31)), recipients.find("06415000", IN_2026)
    assert old.identity == new.identity
    assert (old.kind, new.kind) == (RecipientKind.SPECIAL_STATUS_TOWN, RecipientKind.INDEPENDENT_CITY)
    assert recipients.known_as(old.identity, IN_2026) == new
    assert new.aliases == ("06435014",)


@pytest.mark.parametrize(
    ("key", "day", "successor"),
    [("06435014", IN_2026, "06415000"), ("06415000", date(2025, 12, 31), "06435014")],
)
def test_a_key_out_of_its_time_names_the_right_one(
    recipients: RecipientList, key: str, day: date, successor: str
) -> None:
    with pytest.raises(ExpiredKey, match=f"use {successor}") as refused:
        recipients.find(key, day)
    assert refused.value.successor == recipients.find(successor, day)


def test_a_body_that_is_gone_has_no_successor() -> None:
    made_up = load_all(Path(__file__).parents[1] / "data" / "lines").recipients
    with pytest.raises(ExpiredKey) as refused:
        made_up.find("99902", date(2028, 7, 1))
    assert refused.value.successor is None
    assert made_up.find("99902", date(2028, 6, 30)).name == "Südkreis"


@pytest.mark.parametrize("key", ["", "6631", "06999", "Fulda", "06631 ", "fulda-town"])
def test_an_unknown_key_is_no_recipient(recipients: RecipientList, key: str) -> None:
    with pytest.raises(UnknownRecipient):
        recipients.find(key, IN_2018)


def test_a_name_helps_but_never_decides(recipients: RecipientList) -> None:
    with pytest.raises(UnknownRecipient) as refused:
        recipients.find("fulda", IN_2018)
    assert [one.key for one in refused.value.similar] == ["06631009", "06631"]
    with pytest.raises(UnknownRecipient, match="06631009") as mistyped:
        recipients.find("6631", IN_2018)
    assert len(mistyped.value.similar) == 2
    with pytest.raises(UnknownRecipient) as oversized:
        recipients.find("x" * 100_000, IN_2018)
    assert len(str(oversized.value)) < 100


def test_a_town_and_its_district_are_two_recipients(recipients: RecipientList) -> None:
    town, district = recipients.find("06631009", IN_2018), recipients.find("06631", IN_2018)
    assert town.in_district == district.key
    assert town.identity != district.identity
