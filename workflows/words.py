"""What an operator reads in the Temporal UI: who owes what, until when, and what happens then. English."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.case import CaseState, Money, OpenTask
from models.case_ids import recipient_key
from models.rounds import RoundStep
from models.stages import Stage
from workflows.lifecycle import GRANT

BERLIN = ZoneInfo("Europe/Berlin")

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

ENDINGS = {
    Stage.CLOSED: "the file is complete, nobody owes anything",
    Stage.WITHDRAWN: "the application was taken back, nobody owes anything",
    Stage.WAIVED: "the grant was given up, nobody owes anything",
    Stage.REJECTED: "the refusal is final, nobody owes anything",
}

SHOWN = ("requested", "awarded", "ordered", "booked", "claimed", "repaid")

ROUND_DATES = {
    "remind": "reminder to those who have not applied",
    "deadline": "applications count as late from then on",
    "report": "report, and the end if no case is open",
}


def say(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def rung_words(name: str) -> str:
    """What fires, in words."""
    for beginning, said in NUMBERED.items():
        if name.startswith(beginning):
            return f"{said} {name.removeprefix(beginning)}"
    return RUNGS.get(name, say(name))


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


def timer_words(state: CaseState) -> str:
    """Summary of the timer that runs now."""
    wake = state.next_wake()
    if wake is None:
        return ""
    at, task_id, name = wake
    task = state.tasks.get(task_id)
    if task is None:
        return f"until {last_day(at)}: {rung_words(name)}"
    return f"{say(GRANT.owner(task.kind))}: {say(task.kind)}, until {last_day(task.due)}; then {rung_words(name)}"


def step_words(state: CaseState, action: str) -> str:
    """Summary of a recording activity."""
    return f"step {state.step_no + 1}: {action}"


def details(state: CaseState) -> str:
    """The case in fifteen seconds, as Markdown: a list, for the UI draws no lines between the cells of a table."""
    lines = [_standing(state), ""]
    lines += [_owed(task) for task in sorted(state.tasks.values(), key=lambda t: (t.due, t.id))]
    lines += [f"- **nobody**: until {last_day(at)}; then {rung_words(n)}" for n, at in sorted(state.timers.items())]
    if lines[-1]:
        lines.append("")
    if state.facts.payment_block and not state.ended:
        lines += ["**Payments are blocked** until an officer lifts the block.", ""]
    return "\n".join([*lines, _amounts(state.money)])


def _standing(state: CaseState) -> str:
    """Where the case stands and since when; of one that is over, how it ended."""
    since = day(state.since) if state.since else ""
    recipient = f"recipient {recipient_key(state.case_id)}"
    if state.ended:
        return f"**{say(state.stage)}** on {since} – {ENDINGS[state.stage]} – {recipient}"
    return f"**{say(state.stage)}** since {since} – {say(state.urgency)} – {recipient}"


def _owed(task: OpenTask) -> str:
    late = " (late)" if task.late else ""
    then = rung_words(task.agenda[0].name) if task.agenda else "it stays open"
    subject = f" {task.subject}" if task.subject and "|" not in task.subject else ""
    return (
        f"- **{say(GRANT.owner(task.kind))}**: {say(task.kind)}{subject}, until {last_day(task.due)}{late}; then {then}"
    )


def _amounts(money: Money) -> str:
    return ", ".join(f"{say(name)} {euros(cents)}" for name, cents in money.model_dump().items() if name in SHOWN)


def round_timer(step: RoundStep) -> str:
    """Summary of a round's timer."""
    if step.next_at is None or step.next_action is None:
        return ""
    return f"until {last_day(step.next_at)}: {ROUND_DATES[step.next_action]}"


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
