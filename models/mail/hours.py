"""When a mail may leave: what is urgent at once, everything else in working hours and at most one a person and day.

Nothing legal depends on it: deadlines are counted by the record, and reminders name their dates. Reasons for each
letter stand in ``docs/decisions/0004-mail-hours.md``.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from models.deadlines import BERLIN
from models.mail.orders import Template

NOT_URGENT: Final = frozenset(
    {
        Template.INVITATION,
        Template.DECLARATION_REMINDER,
        Template.DRAWDOWN_INVITATION,
        Template.PROOF_REMINDER,
        Template.PROOF_REQUEST,
        Template.PROOF_DUNNING_1,
        Template.PROOF_DUNNING_2,
        Template.CLAIM_REMINDER,
        Template.OFFICER_DIGEST,
    }
)
"""Nobody waits for these at that minute. A letter that is not named here is urgent."""

ALWAYS: Final = "always"
FORM: Final = '"07:00-19:00", or "always"'
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class MailHours:
    """From ``begin`` until just before ``end``, on working days, in Europe/Berlin."""

    begin: time
    end: time


def parse_hours(text: str) -> MailHours | None:
    """Reads :data:`FORM`; none for "always". Raises ``ValueError``."""
    if text == ALWAYS:
        return None
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f"hours look like {FORM}")
    hours = MailHours(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
    if hours.begin >= hours.end:
        raise ValueError("the hours begin before they end")
    return hours


def next_slot(
    now: datetime, hours: MailHours, working: Callable[[date], bool], taken: Collection[date] = ()
) -> datetime:
    """The first instant from ``now`` (aware) on at which a mail that is not urgent may leave; UTC.

    ``taken``: days on which its reader gets such a mail already. ``working`` says of a day whether people work on it.
    """
    local = now.astimezone(BERLIN)
    day = local.date()
    if local.time() < hours.end and working(day) and day not in taken:
        return max(now, _at(day, hours.begin)).astimezone(UTC)
    day += timedelta(days=1)
    while day in taken or not working(day):
        day += timedelta(days=1)
    return _at(day, hours.begin)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, BERLIN).astimezone(UTC)
