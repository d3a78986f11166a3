"""A funding round: its stages, its dates, and the step that the record keeps of each.

A round invites, reminds, notes who is late, and reports until its last case is closed. What comes next and when
is a pure function of the line's rules; the record decides with it, the workflow waits for it. No names in here.
"""

import re
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.deadlines import Deadline, before, fixed_day, legal_day, period, start_of_day
from models.programme import Rules

OPEN_ROUND = "open_round"
"""What an officer starts: ``act wir-fm-2018 open_round``."""

REPORT_MONTHS = 12
"""A round that waits for its cases never sleeps longer than this."""

_ROUND_ID = re.compile(r"wir-([a-z]{2,8})-(\d{4})")


class RoundStage(StrEnum):
    """Where a round stands."""

    INVITING = "inviting"  # Antragsfrist läuft
    DECIDING = "deciding"  # Frist vorbei, Mittel werden noch vergeben
    SETTLING = "settling"  # Warteliste zu Ende, letzte Fälle laufen
    ENDED = "ended"  # Förderrunde beendet


class RoundAction(StrEnum):
    """A step of a round."""

    OPEN = "open"  # by an officer's command; all others fall due
    REMIND = "remind"
    DEADLINE = "deadline"
    REPORT = "report"


class RoundStep(BaseModel):
    """One recorded step of a round, and all that is known after it. Amounts in cents."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    no: int
    action: RoundAction
    at: datetime
    stage: RoundStage
    line: str
    year: int
    invited: int = 0  # invitations mailed with this step
    unreached: tuple[str, ...] = ()  # keys of recipients without a contact: their invitation waits for an address
    reminded: int = 0
    late: int = 0  # invitations without an application when the deadline passed
    expired: int = 0
    open_invitations: int = 0
    cases: int = 0
    open_cases: int = 0
    waiting: int = 0  # cases on the waiting list
    budget_cents: int = 0
    committed_cents: int = 0
    next_action: RoundAction | None = None
    next_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """True when nothing can happen any more."""
        return self.stage is RoundStage.ENDED


def round_id(line: str, year: int) -> str:
    """``wir-fm-2018``."""
    return f"wir-{line}-{year}"


def line_and_year(wanted: str) -> tuple[str, int] | None:
    """Line and year of a round's id; none for anything else."""
    found = _ROUND_ID.fullmatch(wanted)
    return (found[1], int(found[2])) if found else None


def application_deadline(rules: Rules) -> Deadline:
    """The last day for applications; a later one is taken and marked late."""
    return fixed_day(
        rules.application_deadline,
        rule="application_deadline",
        start_event="round",
        roll=rules.application_deadline_rolls,
    )


def waiting_list_end(rules: Rules) -> Deadline:
    """The last day on which freed money still finds a case."""
    return fixed_day(rules.waitlist_until, rule="waitlist_until", start_event="budget_exhausted")


def stage_at(rules: Rules, at: datetime) -> RoundStage:
    """The stage of a round that has not ended."""
    if at < application_deadline(rules).ends_at:
        return RoundStage.INVITING
    return RoundStage.DECIDING if at < waiting_list_end(rules).ends_at else RoundStage.SETTLING


def next_date(rules: Rules, done: RoundAction, at: datetime) -> tuple[RoundAction, datetime]:
    """What follows a step that was taken at an instant, and when."""
    deadline = application_deadline(rules)
    remind = start_of_day(before(deadline.end, weeks=rules.application_reminder_weeks))
    if done is RoundAction.OPEN and at < remind:
        return RoundAction.REMIND, remind
    if done in {RoundAction.OPEN, RoundAction.REMIND}:
        return RoundAction.DEADLINE, max(at, deadline.ends_at)
    year_on = period(legal_day(at), months=REPORT_MONTHS, rule="round_report", start_event="report", roll=False)
    dates = [start_of_day(year_on.end), waiting_list_end(rules).ends_at]
    return RoundAction.REPORT, min(date for date in dates if date > at)
