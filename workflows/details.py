"""A case on the first screen of the Temporal UI, as Markdown: who owes what until when, the money, what happened.

Lists, for the UI draws no lines between the cells of a table. Current details are asked for by a query: they stand in
no history and cost no event.
"""

from datetime import datetime

from models.case import CaseState, Money, OpenTask, Order
from models.case_ids import recipient_key
from models.stages import Stage
from models.told import Happened, Sent, Told
from workflows.lifecycle import GRANT
from workflows.verbs import EVENTS, UNSAID, VERBS, reason, say, sentence
from workflows.words import day, euros, fallen_words, last_day, named, rung_words, subject_words

ENDINGS = {
    Stage.CLOSED: "the file is complete, nobody owes anything",
    Stage.WITHDRAWN: "the application was taken back, nobody owes anything",
    Stage.WAIVED: "the grant was given up, nobody owes anything",
    Stage.REJECTED: "the refusal is final, nobody owes anything",
}

ORDERS = {
    "approved": "approved, not handed over yet",
    "handed_over": "handed over, no word of the bank yet",
    "booked": "booked: the money has left",
    "rejected": "rejected by the bank: no money has left",
    "returned": "returned by the bank: the money is back",
    "unknown": "unknown: the bank has said nothing in time",
}
"""What has become of a payment order."""

SHOWN = ("requested", "awarded", "ordered", "booked", "claimed", "repaid")

NOT_THE_CASE = (
    "**This run is not the case's** – the record says that the case is over, or knows none of this name. "
    "Nothing was decided or paid here; `doctor` lists the alarm."
)


def of_case(state: CaseState, told: Told, now: datetime) -> str:
    """The whole screen. ``now``: legal time at which it is written."""
    parts = [
        [_standing(state, now)],
        [_owed(task) for task in sorted(state.tasks.values(), key=lambda t: (t.due, t.id))]
        + [f"- **nobody**: until {last_day(at)}; then {rung_words(n)}" for n, at in sorted(state.timers.items())],
        ["**Payments are blocked** until an officer lifts the block."]
        if state.facts.payment_block and not state.ended
        else [],
        [_amounts(state.money)],
        [_order(order, told.orders.get(order.id)) for order in state.orders.values()],
        ["**What happened**, the last first:"] if told.steps else [],
        [_happened(step) for step in reversed(told.steps)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def not_begun(case_id: str, code: str) -> str:
    """An application that started no case."""
    return f"**refused** – {reason(code)} – no case began, nobody owes anything – recipient {recipient_key(case_id)}"


def _standing(state: CaseState, now: datetime) -> str:
    """Where the case stands and since when; of one that is over, how it ended."""
    since = day(state.since) if state.since else ""
    recipient = f"recipient {recipient_key(state.case_id)}"
    if state.ended:
        return f"**{say(state.stage)}** on {since} – {ENDINGS[state.stage]} – {recipient}"
    today = f"legal today is {day(now)}"
    return f"**{say(state.stage)}** since {since} – {say(state.urgency)} – {recipient} – {today}"


def _owed(task: OpenTask) -> str:
    until = f"until {last_day(task.due)}{' (late)' if task.late else ''}"
    return f"- **{say(GRANT.owner(task.kind))}**: {named(task)}, {until}; {_next(task)}"


def _next(task: OpenTask) -> str:
    """What happens by itself next, with its day where that is another than the one after the due date."""
    if not task.agenda:
        return "then it stays open"
    rung = task.agenda[0]
    return f"then {rung_words(rung.name)}{'' if rung.at == task.due else f' on {day(rung.at)}'}"


def _amounts(money: Money) -> str:
    return ", ".join(f"{say(name)} {euros(cents)}" for name, cents in money.model_dump().items() if name in SHOWN)


def _order(order: Order, sent: Sent | None) -> str:
    """Whether money left: an order, and since when it is what it is."""
    status = sent.status if sent else order.status
    return f"- order {order.id}, {euros(order.cents)}: {ORDERS[status]}{f', since {day(sent.at)}' if sent else ''}"


def _happened(step: Happened) -> str:
    return f"- {step.no}, {day(step.at)}: {_what(step)}{_result(step)}"


def _what(step: Happened) -> str:
    """In words. What was refused was not done, so nobody is said to have done it."""
    kind, _, name = step.about.partition(".")
    subject = subject_words(step.subject)
    if step.refused:
        wanted = " ".join(part for part in (say(kind), subject, f"({say(name)})" if name else "") if part)
        return f"refused – {reason(step.refused)}: {wanted}"
    if step.about in VERBS or step.about in EVENTS:
        return sentence(step.about, subject)
    if kind == "timer":
        return rung_words(name)
    return fallen_words(kind, name, step.subject) if name else UNSAID


def _result(step: Happened) -> str:
    """What it led to: another stage, and who owes what next."""
    owed = [f"{say(GRANT.owner(kind))}: {say(kind)}" for kind in step.owed]
    found = [say(step.stage)] * bool(step.stage) + owed
    return f" → {'; '.join(found)}" if found else ""
