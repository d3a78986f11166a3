"""Summaries of timers, steps and rounds: what an operator reads in the timeline of the Temporal UI. English."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.case import CaseState, OpenTask
from models.rounds import RoundStep
from models.told import HANDED_OVER, Told, subject_of
from workflows.lifecycle import GRANT
from workflows.verbs import EVENTS, UNSAID, VERBS, reason, say, sentence

BERLIN = ZoneInfo("Europe/Berlin")

APPLICATION = "apply.submit"
"""What the command is about that starts a case."""

RUNGS = {
    "remind": "reminder to the municipality",
    "due": "it counts as late",
    "grace": "an officer decides what comes next",
    "notified": "the notice counts as notified",
    "final": "the notice becomes final",
    "period_end": "the grant period ends",
    "decision_limit": "three months without a decision",
}

NUMBERED = {"dun_": "dunning letter", "pre_": "pre-reminder"}
"""Rungs of a ladder, by how their names begin: the number follows."""

FALLEN = RUNGS | {"due": "due date reached"}
"""The same once it has happened: not all that was due is late then."""

ROUND_DATES = {
    "remind": "reminder to those who have not applied",
    "deadline": "applications count as late from then on",
    "report": "report, and the end if no case is open",
}


def rung_words(name: str, rungs: dict[str, str] = RUNGS) -> str:
    """What fires, in words."""
    for beginning, said in NUMBERED.items():
        if name.startswith(beginning):
            return f"{said} {name.removeprefix(beginning)}"
    return rungs.get(name, say(name))


def day(at: datetime) -> str:
    """The legal day of an instant, as people say it."""
    local = at.astimezone(BERLIN)
    return f"{local:%a} {local.day} {local:%b %Y}"


def last_day(end: datetime) -> str:
    """An end as people say it: the last day in time (an end at midnight belongs to the day before)."""
    return day(end - timedelta(seconds=1))


def euros(cents: int) -> str:
    """``50,000.00 EUR``."""
    return f"{cents // 100:,}.{cents % 100:02} EUR"


def timer_words(state: CaseState, told: Told) -> str:
    """Summary of the timer that runs now. It begins with the refusal of the last step, whose own summary says nothing
    of it: what a step was about is known before it is decided."""
    wake = state.next_wake()
    if wake is None:
        return ""
    last = told.steps[-1] if told.steps else None
    refused = f"step {last.no} was refused: {reason(last.refused)} – " if last and last.refused else ""
    return refused + _waits(state, *wake)


def _waits(state: CaseState, at: datetime, task_id: str, name: str) -> str:
    task = state.tasks.get(task_id)
    if task is None:
        return f"until {last_day(at)}: {rung_words(name)}"
    owed = f"{say(GRANT.owner(task.kind))}: {named(task)}"
    return f"{owed}, until {last_day(task.due)}; then {rung_words(name)}"


def named(task: OpenTask) -> str:
    """A task and what it is about."""
    return f"{say(task.kind)} {subject_words(task.subject)}" if task.subject else say(task.kind)


def step_words(state: CaseState, action: str) -> str:
    """Summary of a recording activity."""
    return f"step {state.step_no + 1}: {action}"


def command_words(state: CaseState, about: str) -> str:
    """What a command is about: ``payment certifier certified drawdown D01``."""
    if about not in VERBS and about not in EVENTS:
        return UNSAID
    return sentence(about, subject_words(subject_of(state, about)))


def date_words(state: CaseState, task_id: str, name: str) -> str:
    """What falls due: ``reminder to the municipality: declare acceptance``."""
    task = state.tasks.get(task_id)
    return fallen_words(str(task.kind), name, task.subject) if task else rung_words(name)


def fallen_words(kind: str, name: str, subject: str) -> str:
    """What fell due of a task."""
    words = f"{rung_words(name, FALLEN)}: {say(kind)}"
    return f"{words} {subject_words(subject)}" if subject else words


def left_words(order_id: str) -> str:
    """An order that leaves the house."""
    return sentence(HANDED_OVER, order_id)


def subject_words(subject: str) -> str:
    """What a step or task is about. A mail by its template, its task's number and its notice, never by its address."""
    if "|" not in subject:
        return say(subject)
    template, task, notice, *copy = subject.split("|")
    parts = [
        f"of task {task.rpartition('.')[2]}" if task else "",
        f"notice {notice.rpartition('/')[2]}" if notice else "",
    ]
    told = ", ".join(part for part in (*parts, "a copy" if copy else "") if part)
    return f"“{say(template)}”{f' ({told})' if told else ''}"


def round_timer(step: RoundStep) -> str:
    """Summary of a round's timer."""
    if step.next_at is None or step.next_action is None:
        return ""
    return f"until {last_day(step.next_at)}: {ROUND_DATES[step.next_action]}"


def round_step_words(number: int, action: str) -> str:
    """Summary of a round's recording activity; the one command of a round opens it."""
    return f"step {number}: {ROUND_DATES.get(action, EVENTS['open_round'])}"


def round_details(step: RoundStep) -> str:
    """The round in fifteen seconds, as Markdown."""
    lines = [
        f"**{say(step.stage)}**{f' on {day(step.at)}' if step.ended else ''} – line {step.line} {step.year}",
        "",
        f"{step.open_invitations} invitations open, {step.cases} cases, {step.open_cases} of them open, "
        f"{step.waiting} on the waiting list",
        "",
        f"budget {euros(step.budget_cents)}, committed {euros(step.committed_cents)}",
    ]
    if step.unreached:
        lines += ["", f"**No contact to write to:** {', '.join(step.unreached)}"]
    return "\n".join([*lines, "", f"next: {round_timer(step)}" if step.next_at else "nothing is left to do"])
