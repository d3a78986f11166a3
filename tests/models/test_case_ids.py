"""The id of a case says who applied, and nothing else is taken for one."""

from datetime import date

import pytest

from models.case_ids import case_id_of, recipient_key
from programmes.directory import Directory


@pytest.mark.parametrize("number", [1, 2, 13])
def test_each_recipients_key_is_read_back_from_its_cases(number: int) -> None:
    recipients = Directory().programmes.recipients.recipients
    assert len(recipients) >= 33
    for recipient in recipients:
        assert recipient_key(case_id_of("fm", 2018, recipient.key, number)) == recipient.key


def test_the_second_application_of_a_year_has_a_number() -> None:
    assert case_id_of("fm", 2018, "06631") == "wir-fm-2018-06631"
    assert case_id_of("fm", 2018, "06631", 2) == "wir-fm-2018-06631-2"
    assert recipient_key("wir-fm-2018-06631-2") == "06631"
    assert recipient_key("wir-mo-2026-caritas") == "caritas"


@pytest.mark.parametrize(
    "text", ["", "wir-fm-2018", "wir-fm-2018-0663", "wir-fm-2018-06631-0", "wir-fm-2018-06631/N1", "06631", "x" * 200]
)
def test_anything_else_has_no_key(text: str) -> None:
    assert recipient_key(text) == ""


def test_a_key_is_the_one_valid_on_the_day_of_the_application() -> None:
    hanau = Directory().find("06435014", date(2018, 1, 2))
    assert recipient_key(case_id_of("fm", 2018, hanau.key)) == hanau.key != hanau.identity
