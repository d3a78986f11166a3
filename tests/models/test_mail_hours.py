"""When mail that is not urgent may leave: working hours of Hesse, one a day, and the changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deadlines import BERLIN, is_working_day
from models.mail.hours import MailHours, next_slot, parse_hours
from models.mail.orders import Template

HOURS = MailHours(time(7), time(19))
INSTANTS = st.integers(9_131, 43_800).flatmap(
    lambda day: st.integers(0, 86_399_999_999).map(
        lambda tick: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day, microseconds=tick)
    )
)
OFFICE = st.tuples(st.integers(4 * 60, 21 * 60), st.integers(1, 120)).map(
    lambda pair: MailHours(time(*divmod(pair[0], 60)), time(*divmod(pair[0] + pair[1], 60)))
)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@given(INSTANTS, OFFICE, st.sets(st.integers(0, 12)))
def test_a_slot_is_the_first_instant_that_is_allowed(now: datetime, hours: MailHours, days: set[int]) -> None:
    today = now.astimezone(BERLIN).date()
    taken = {today + timedelta(days=number) for number in days}
    slot = next_slot(now, hours, is_working_day, taken)
    local = slot.astimezone(BERLIN)
    assert slot >= now
    assert slot.utcoffset() == timedelta()
    assert hours.begin <= local.time() < hours.end
    assert is_working_day(local.date())
    assert local.date() not in taken
    assert next_slot(slot, hours, is_working_day, taken) == slot
    earlier = slot - timedelta(microseconds=1)  # not one microsecond sooner
    if earlier >= now:
        spoken = earlier.astimezone(BERLIN)
        assert not (hours.begin <= spoken.time() < hours.end)
    days_between = (today + timedelta(days=number) for number in range(1, (local.date() - today).days))
    assert all(day in taken or not is_working_day(day) for day in days_between)


@given(INSTANTS, st.integers(1, 12))
def test_never_two_to_one_person_on_a_day(now: datetime, mails: int) -> None:
    taken: list[date] = []
    for _ in range(mails):
        taken.append(next_slot(now, HOURS, is_working_day, taken).astimezone(BERLIN).date())
    assert len(set(taken)) == mails
    assert taken == sorted(taken)


@given(INSTANTS, INSTANTS, st.sets(st.dates(date(2018, 1, 1), date(2018, 2, 1))))
def test_who_comes_later_does_not_leave_earlier(one: datetime, other: datetime, taken: set[date]) -> None:
    first, second = sorted((one, other))
    assert next_slot(first, HOURS, is_working_day, taken) <= next_slot(second, HOURS, is_working_day, taken)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2018-03-15T12:00", "2018-03-15T12:00"),  # a Thursday at noon
        ("2018-03-15T06:59", "2018-03-15T07:00"),
        ("2018-03-15T18:59", "2018-03-15T18:59"),
        ("2018-03-15T19:00", "2018-03-16T07:00"),
        ("2018-03-16T19:00", "2018-03-19T07:00"),  # Friday evening: Monday
        ("2018-03-17T12:00", "2018-03-19T07:00"),  # Saturday
        ("2018-03-23T20:00", "2018-03-26T07:00"),  # the clock goes forward on Sunday
        ("2018-10-26T20:00", "2018-10-29T07:00"),  # and back
        ("2018-03-29T20:00", "2018-04-03T07:00"),  # Easter
        ("2018-05-30T20:00", "2018-06-01T07:00"),  # Corpus Christi is a holiday in Hesse
        ("2018-12-24T20:00", "2018-12-27T07:00"),
    ],
)
def test_days_of_hesse(now: str, slot: str) -> None:
    assert next_slot(berlin(now), HOURS, is_working_day) == berlin(slot)


def test_seven_is_seven_on_both_sides_of_the_change() -> None:
    before, after = (next_slot(berlin(f"2018-03-{day}T20:00"), HOURS, is_working_day) for day in (22, 23))
    assert (before.hour, after.hour) == (6, 5)


@pytest.mark.parametrize("text", ["07:00-19:00", "00:00-23:59", "always"])
def test_hours_that_can_be_set(text: str) -> None:
    hours = parse_hours(text)
    assert (hours is None) == (text == "always")


@pytest.mark.parametrize("text", ["", "7-19", "19:00-07:00", "07:00-07:00", "07:00-24:00", "7:00-19:00", "Always"])
def test_hours_that_cannot(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        parse_hours(text)


def test_when_each_letter_leaves_is_argued_for() -> None:
    text = Path("docs/decisions/0004-mail-hours.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(Template)
    assert [name for _, name, _, why, _ in rows if len(why.strip()) <= 8] == []
