"""Legal time in Hesse: the worked examples, and what holds for every day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deadlines import (
    BERLIN,
    FIXED,
    Deadline,
    Units,
    before,
    calendar_version,
    deemed_notified,
    fixed_day,
    is_working_day,
    legal_day,
    next_office_instant,
    next_working_day,
    period,
    previous_working_day,
    start_of_day,
    units,
    working_days_after,
    working_period,
)

D = date
days = st.dates(D(1992, 1, 1), D(2090, 12, 31))


def remedy(notified: date) -> Deadline:
    return period(notified, months=1, rule="remedy_months", start_event="award_notified")


# posted, days to notification, deemed notified, end of the month's remedy period
REMEDY_VECTORS = {
    "T1 ends on a Sunday": (D(2018, 2, 22), 3, D(2018, 2, 25), D(2018, 3, 26)),
    "T2 no 31 February, then a Saturday": (D(2026, 1, 28), 3, D(2026, 1, 31), D(2026, 3, 2)),
    "T3 ends on New Year": (D(2026, 11, 27), 4, D(2026, 12, 1), D(2027, 1, 4)),
    "T4 the same with three days": (D(2026, 11, 27), 3, D(2026, 11, 30), D(2026, 12, 30)),
    "T5 deemed day on a holiday is not moved": (D(2026, 12, 23), 3, D(2026, 12, 26), D(2027, 1, 26)),
}

FIXED_VECTORS = {
    "T6 proof due on a Sunday": (D(2019, 3, 31), D(2019, 4, 1)),
    "T7 proof due on Easter weekend": (D(2029, 3, 31), D(2029, 4, 3)),
    "T8 application on a Saturday": (D(2022, 12, 31), D(2023, 1, 2)),
    "T9 application on a Sunday before New Year": (D(2028, 12, 31), D(2029, 1, 2)),
    "T10 Corpus Christi": (D(2026, 6, 4), D(2026, 6, 5)),
    "T11 Saturday, 3 October": (D(2026, 10, 3), D(2026, 10, 5)),
    "the 2018 line's application day": (D(2017, 12, 31), D(2018, 1, 2)),
    "an ordinary day": (D(2018, 2, 22), D(2018, 2, 22)),
    "Christmas Eve is a working day": (D(2018, 12, 24), D(2018, 12, 24)),
    "Reformation Day 2017, once only": (D(2017, 10, 31), D(2017, 11, 1)),
    "Reformation Day 2018 is none in Hesse": (D(2018, 10, 31), D(2018, 10, 31)),
}


@pytest.mark.parametrize(("posted", "n", "notified", "end"), REMEDY_VECTORS.values(), ids=REMEDY_VECTORS)
def test_remedy_period(posted: date, n: int, notified: date, end: date) -> None:
    assert deemed_notified(posted, n) == notified
    assert remedy(notified).end == end


@pytest.mark.parametrize(("day", "end"), FIXED_VECTORS.values(), ids=FIXED_VECTORS)
def test_fixed_day(day: date, end: date) -> None:
    assert fixed_day(day, rule="proof_due", start_event="award").end == end
    exact = fixed_day(day, rule="proof_due", start_event="award", roll=False)
    assert (exact.end, exact.rolled, exact.rolls) == (day, False, False)


def test_a_deadline_has_all_parts_of_its_sentence() -> None:
    assert remedy(D(2018, 2, 25)) == Deadline(
        rule="remedy_months",
        start_event="award_notified",
        start=D(2018, 2, 25),
        arithmetic="P1M",
        nominal=D(2018, 3, 25),
        end=D(2018, 3, 26),
        rolls=True,
        rolled=True,
        calendar=calendar_version(),
        ends_at=datetime(2018, 3, 26, 22, tzinfo=UTC),  # summer time began the day before
    )
    assert calendar_version().startswith("holidays 0.")
    assert fixed_day(D(2018, 1, 5), rule="r", start_event="e").arithmetic == FIXED


def test_a_deadline_survives_the_record() -> None:
    deadline = remedy(D(2018, 2, 25))
    assert Deadline.model_validate_json(deadline.model_dump_json()) == deadline


@pytest.mark.parametrize(
    ("start", "length", "nominal"),
    [
        (D(2020, 1, 31), {"months": 1}, D(2020, 2, 29)),  # leap year
        (D(2020, 2, 29), {"months": 12}, D(2021, 2, 28)),
        (D(2020, 2, 29), {"months": 48}, D(2024, 2, 29)),
        (D(2019, 8, 31), {"months": 6}, D(2020, 2, 29)),
        (D(2018, 12, 31), {"months": 2}, D(2019, 2, 28)),
        (D(2018, 11, 30), {"months": 1}, D(2018, 12, 30)),  # not the month's last day
        (D(2018, 2, 22), {"weeks": 2}, D(2018, 3, 8)),
        (D(2018, 2, 22), {"days": 10}, D(2018, 3, 4)),
    ],
)
def test_periods_without_moving(start: date, length: Units, nominal: date) -> None:
    deadline = period(start, rule="r", start_event="e", roll=False, **length)
    assert deadline.nominal == deadline.end == nominal


@pytest.mark.parametrize("length", [{}, {"days": 0}, {"days": -1}, {"months": -2}, {"weeks": 1, "days": 1}])
def test_a_period_has_one_length(length: Units) -> None:
    with pytest.raises(ValueError, match="exactly one length"):
        period(D(2018, 1, 1), rule="r", start_event="e", **length)
    with pytest.raises(ValueError, match="exactly one length"):
        before(D(2018, 1, 1), **length)


@pytest.mark.parametrize(
    ("end", "length", "day"),
    [
        (D(2019, 4, 1), "P3M", D(2019, 1, 1)),
        (D(2019, 4, 1), "P4W", D(2019, 3, 4)),
        (D(2019, 5, 31), "P3M", D(2019, 2, 28)),
        (D(2020, 5, 31), "P3M", D(2020, 2, 29)),
        (D(2019, 1, 5), "P10D", D(2018, 12, 26)),
    ],
)
def test_reminders_go_a_length_before(end: date, length: str, day: date) -> None:
    assert before(end, **units(length)) == day


@pytest.mark.parametrize("text", ["", "3M", "P3", "P0M", "P-1M", "P3Y", "P1M2W", "p3m", "P3M ", "P99999D"])
def test_a_length_is_written_in_one_way(text: str) -> None:
    with pytest.raises(ValueError, match="not a length of time"):
        units(text)


@pytest.mark.parametrize(
    ("start", "n", "day"),
    [
        (D(2018, 3, 28), 1, D(2018, 3, 29)),
        (D(2018, 3, 28), 2, D(2018, 4, 3)),  # Good Friday, weekend, Easter Monday
        (D(2018, 3, 31), 1, D(2018, 4, 3)),  # counted from a Saturday
        (D(2018, 12, 21), 5, D(2019, 1, 2)),  # 24, 27, 28, 31 December and 2 January
    ],
)
def test_working_days(start: date, n: int, day: date) -> None:
    assert working_days_after(start, n) == day
    deadline = working_period(start, n, rule="signature_working_days", start_event="drafted")
    assert (deadline.end, deadline.arithmetic, deadline.rolled) == (day, f"P{n}WD", False)


@pytest.mark.parametrize("n", [0, -1])
def test_no_working_days_is_no_period(n: int) -> None:
    with pytest.raises(ValueError, match="no later day"):
        working_days_after(D(2018, 1, 1), n)


def test_the_working_days_around_easter() -> None:
    assert previous_working_day(D(2018, 4, 2)) == D(2018, 3, 29)
    assert next_working_day(D(2018, 3, 30)) == D(2018, 4, 3)
    assert previous_working_day(D(2018, 3, 29)) == next_working_day(D(2018, 3, 29)) == D(2018, 3, 29)


@pytest.mark.parametrize("year", [2018, 2026])
def test_hesse_has_ten_holidays(year: int) -> None:
    easter = {2018: D(2018, 4, 1), 2026: D(2026, 4, 5)}[year]
    moving = {easter + timedelta(days=n) for n in (-2, 1, 39, 50, 60)}
    fixed = {D(year, 1, 1), D(year, 5, 1), D(year, 10, 3), D(year, 12, 25), D(year, 12, 26)}
    every = (D(year, 1, 1) + timedelta(days=n) for n in range(365))
    free = {day for day in every if day.weekday() < 5 and not is_working_day(day)}
    assert free == {day for day in moving | fixed if day.weekday() < 5}


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (D(2018, 1, 1), datetime(2017, 12, 31, 23, tzinfo=UTC)),
        (D(2018, 7, 1), datetime(2018, 6, 30, 22, tzinfo=UTC)),
        (D(2018, 3, 25), datetime(2018, 3, 24, 23, tzinfo=UTC)),  # summer time begins during this day
        (D(2018, 3, 26), datetime(2018, 3, 25, 22, tzinfo=UTC)),
        (D(2018, 10, 28), datetime(2018, 10, 27, 22, tzinfo=UTC)),  # and ends during this one
        (D(2018, 10, 29), datetime(2018, 10, 28, 23, tzinfo=UTC)),
    ],
)
def test_a_legal_day_begins_at_midnight_in_berlin(day: date, begins: datetime) -> None:
    assert start_of_day(day) == begins
    assert legal_day(begins) == day
    assert legal_day(begins - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_the_last_minute_is_in_time_and_the_next_is_not() -> None:
    deadline = fixed_day(D(2017, 12, 31), rule="application_deadline", start_event="round")
    assert deadline.end == D(2018, 1, 2)
    assert not deadline.is_late(datetime(2018, 1, 2, 23, 59, 59, 999_999, tzinfo=BERLIN))
    assert deadline.is_late(datetime(2018, 1, 3, 0, 0, tzinfo=BERLIN))
    assert deadline.is_late(datetime(2018, 1, 3, 4, 0, tzinfo=timezone(timedelta(hours=5))))


def test_an_instant_without_zone_is_refused() -> None:
    naive = datetime(2018, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="without time zone"):
        legal_day(naive)
    with pytest.raises(ValueError, match="without time zone"):
        fixed_day(D(2018, 1, 1), rule="r", start_event="e").is_late(naive)


def test_mail_goes_out_at_eight_on_a_working_day() -> None:
    assert next_office_instant(D(2018, 3, 30)) == datetime(2018, 4, 3, 6, tzinfo=UTC)
    assert next_office_instant(D(2018, 1, 5), hour=9) == datetime(2018, 1, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "call",
    [
        lambda: period(D(2099, 12, 15), months=1, rule="r", start_event="e"),
        lambda: period(D(9999, 12, 15), days=30, rule="r", start_event="e"),
        lambda: fixed_day(D(1989, 5, 5), rule="r", start_event="e"),
        lambda: before(D(1991, 1, 15), months=1),
        lambda: is_working_day(D(2100, 1, 4)),
        lambda: deemed_notified(D(9999, 12, 31), 3),
        lambda: deemed_notified(D(2018, 1, 1), -3),
    ],
)
def test_days_without_a_calendar_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"no holiday calendar|no legal day|not notified"):
        call()


@given(days, st.integers(1, 60))
def test_a_month_period_ends_on_its_day_number_or_the_months_last(start: date, months: int) -> None:
    nominal = period(start, months=months, rule="r", start_event="e", roll=False).nominal
    assert (nominal.year * 12 + nominal.month) - (start.year * 12 + start.month) == months
    assert nominal.day == start.day or (nominal.day < start.day and (nominal + timedelta(days=1)).day == 1)


@given(days, st.sampled_from(["P1D", "P10D", "P2W", "P6W", "P1M", "P12M"]))
def test_an_end_is_a_working_day_and_moves_over_free_days_only(start: date, length: str) -> None:
    deadline = period(start, rule="r", start_event="e", **units(length))
    assert is_working_day(deadline.end)
    assert start < deadline.nominal <= deadline.end
    skipped = range((deadline.end - deadline.nominal).days)
    assert not any(is_working_day(deadline.nominal + timedelta(days=n)) for n in skipped)
    assert deadline.rolled == (deadline.end != deadline.nominal)
    assert deadline.arithmetic == length


@given(days, days, st.integers(1, 24))
def test_a_later_start_never_ends_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    ends = [period(day, months=months, rule="r", start_event="e").end for day in (first, second)]
    assert ends[0] <= ends[1]


@given(days, st.integers(1, 30))
def test_n_working_days_hold_n_working_days(start: date, n: int) -> None:
    end = working_days_after(start, n)
    between = (start + timedelta(days=k) for k in range(1, (end - start).days + 1))
    assert sum(is_working_day(day) for day in between) == n
    assert is_working_day(end)


@given(st.datetimes(datetime(1992, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_instant_lies_in_its_legal_day(instant: datetime) -> None:
    day = legal_day(instant)
    assert start_of_day(day) <= instant < start_of_day(day + timedelta(days=1))


@given(days)
def test_a_deadline_ends_when_the_next_day_begins(day: date) -> None:
    deadline = fixed_day(day, rule="r", start_event="e")
    assert legal_day(deadline.ends_at) == deadline.end + timedelta(days=1)
    assert legal_day(deadline.ends_at - timedelta(microseconds=1)) == deadline.end
