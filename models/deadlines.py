"""Legal time: periods, fixed days and working days in Hesse, counted in Europe/Berlin.

VwVfG § 31 sends to BGB §§ 187-193: the day of the event is not counted, a period of months ends on the day
with the same number or the month's last, and an end on a Saturday, Sunday or public holiday moves to the
next working day. A computed deadline keeps how it was made, holiday calendar included, because a later
correction of that calendar must not move an old deadline silently.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.metadata import version
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

BERLIN: Final = ZoneInfo("Europe/Berlin")
FIXED: Final = "fixed"
"""`Deadline.arithmetic` of a day that was named, not counted."""

_FIRST_YEAR, _LAST_YEAR = 1991, 2099  # the Hessian holidays after unification; the calendar ends in 2100
_LENGTH = re.compile(r"P([1-9][0-9]{0,3})([DWM])")


class Units(TypedDict, total=False):
    """One length of time, as keyword for `period` and `before`; exactly one key is set."""

    days: int
    weeks: int
    months: int


class Deadline(BaseModel):
    """A computed due date with everything needed to explain it in one sentence.

    `rule`: code of the rule that made it (`declaration_months`); `start_event`: code of the event it counts
    from (`award_notified`) and `start` its legal day; `arithmetic`: `P1M`, `P2W`, `P14D`, `P5WD` (working days)
    or `fixed`; `nominal`: the counted day; `end`: the last day on which acting is in time; `rolls`: whether the
    rule lets the end move to a working day, `rolled`: whether it did; `calendar`: holiday calendar and version;
    `ends_at`: first instant (UTC) at which it is too late.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    start_event: str
    start: date
    arithmetic: str
    nominal: date
    end: date
    rolls: bool
    rolled: bool
    calendar: str
    ends_at: AwareDatetime

    def is_late(self, instant: datetime) -> bool:
        """Whether something received at `instant` (aware) came after the last day."""
        return _aware(instant) >= self.ends_at


def units(length: str) -> Units:
    """`P3M`, `P4W`, `P10D` as keywords for `period` and `before`. Raises `ValueError` for anything else."""
    match = _LENGTH.fullmatch(length)
    if match is None:
        raise ValueError(f"not a length of time (P3M, P4W, P10D): {length}")
    number = int(match[1])
    match match[2]:
        case "D":
            return Units(days=number)
        case "W":
            return Units(weeks=number)
        case _:
            return Units(months=number)


def period(
    start: date,
    *,
    days: int = 0,
    weeks: int = 0,
    months: int = 0,
    rule: str,
    start_event: str,
    roll: bool = True,
) -> Deadline:
    """The end of a period that starts with an event on `start` (BGB §§ 187(1), 188, 193).

    Exactly one of days, weeks, months is given and positive. With `roll` an end on a day without work moves to
    the next working day. Raises `ValueError` for another length or a year without a holiday calendar.
    """
    arithmetic, nominal = _counted(start, days=days, weeks=weeks, months=months, sign=1)
    return _deadline(rule, (start_event, start), arithmetic, nominal, roll)


def fixed_day(day: date, *, rule: str, start_event: str, roll: bool = True) -> Deadline:
    """A deadline named as a date. `roll=False` for a day named with reference to VwVfG § 31(3) or (5)."""
    return _deadline(rule, (start_event, day), FIXED, day, roll)


def working_period(start: date, n: int, *, rule: str, start_event: str) -> Deadline:
    """The office's own period of `n` working days (n >= 1) after `start`; no period of the BGB."""
    return _deadline(rule, (start_event, start), f"P{n}WD", working_days_after(start, n), False)


def before(end: date, *, days: int = 0, weeks: int = 0, months: int = 0) -> date:
    """The day a length of time before `end`, for reminders: 3 months before 31 May is the last of February.

    Exactly one length, positive; not moved to a working day. Raises `ValueError`.
    """
    return _counted(end, days=days, weeks=weeks, months=months, sign=-1)[1]


def deemed_notified(posted: date, days: int) -> date:
    """The day an act posted on `posted` counts as notified (VwVfG § 41(2)).

    It is a date, not a period: it is never moved, also on a Sunday or holiday. Raises `ValueError` for days < 0.
    """
    if days < 0:
        raise ValueError(f"an act is not notified {-days} days before it is posted")
    return _shifted(posted, days)


def deemed(posted: date, notified: date) -> Deadline:
    """The deemed day as a deadline, so that it can say how it came about; counted from the day of posting."""
    found = fixed_day(notified, rule="notification_days", start_event="posted", roll=False)
    days = (notified - posted).days
    return found.model_copy(update={"start": posted, "arithmetic": f"P{days}D"}) if days > 0 else found


def is_working_day(day: date) -> bool:
    """Monday to Friday and no public holiday in Hesse (BGB § 193). Raises `ValueError` outside 1991-2099."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def next_working_day(day: date) -> date:
    """`day` itself if it is a working day, otherwise the next one."""
    while not is_working_day(day):
        day = _shifted(day, 1)
    return day


def previous_working_day(day: date) -> date:
    """`day` itself if it is a working day, otherwise the last one before it."""
    while not is_working_day(day):
        day = _shifted(day, -1)
    return day


def working_days_after(start: date, n: int) -> date:
    """The `n`-th working day after `start`, which is not counted. Raises `ValueError` for n < 1."""
    if n < 1:
        raise ValueError(f"{n} working days after a day is no later day")
    day = start
    for _ in range(n):
        day = next_working_day(_shifted(day, 1))
    return day


def start_of_day(day: date) -> datetime:
    """The instant (UTC) at which a legal day begins."""
    return _instant(day, 0)


def legal_day(instant: datetime) -> date:
    """The day in Europe/Berlin to which an aware instant belongs. Raises `ValueError` for a naive one."""
    return _aware(instant).astimezone(BERLIN).date()


def months_in(first: date, last: date) -> int:
    """Calendar months of a period, the first and the last one counted."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def next_office_instant(day: date, hour: int = 8) -> datetime:
    """`hour` o'clock in Berlin, as UTC, on `day` or the next working day after it: when mail may go out."""
    return _instant(next_working_day(day), hour)


@cache
def calendar_version() -> str:
    """Holiday calendar in use, with its version: `holidays 0.109 DE-HE`."""
    return f"holidays {version('holidays')} DE-HE"


def _deadline(rule: str, event: tuple[str, date], arithmetic: str, nominal: date, roll: bool) -> Deadline:
    """Put the parts together; the last day ends when the next one begins."""
    end = next_working_day(nominal) if roll else nominal
    return Deadline(
        rule=rule,
        start_event=event[0],
        start=event[1],
        arithmetic=arithmetic,
        nominal=nominal,
        end=end,
        rolls=roll,
        rolled=end != nominal,
        calendar=calendar_version(),
        ends_at=start_of_day(_shifted(end, 1)),
    )


def _counted(start: date, *, days: int, weeks: int, months: int, sign: int) -> tuple[str, date]:
    """Arithmetic code and resulting day of exactly one length, forwards or backwards."""
    given = [(n, unit) for n, unit in ((days, "D"), (weeks, "W"), (months, "M")) if n != 0]
    if len(given) != 1 or given[0][0] < 0:
        raise ValueError("a period has exactly one length: days, weeks or months, and more than none of them")
    number, unit = given[0]
    if unit == "M":
        return f"P{number}M", _months_away(start, sign * number)
    return f"P{number}{unit}", _shifted(start, sign * number * (7 if unit == "W" else 1))


def _months_away(start: date, months: int) -> date:
    """Same day number, or the month's last day where that number is missing (BGB § 188(3))."""
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    _checked_year(year)
    next_year, next_month0 = divmod(year * 12 + month0 + 1, 12)
    last = date(next_year, next_month0 + 1, 1) - timedelta(days=1)
    return last.replace(day=min(start.day, last.day))


def _shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError as err:
        raise ValueError(f"no legal day {days} days after {day}") from err


def _instant(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=BERLIN).astimezone(UTC)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without time zone belongs to no legal day")
    return instant


def _checked_year(year: int) -> int:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"no holiday calendar for {year}")
    return year


@cache
def _holidays(year: int) -> frozenset[date]:
    """Public holidays of one year under the HFeiertagsG; loaded on use, the library is heavy to import."""
    import holidays

    return frozenset(holidays.country_holidays("DE", subdiv="HE", years=_checked_year(year)))
