"""Random lives of one case, the same for the same seed: officers, clerks, the bank, the mail and time in any order."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from models.commands import CommandKind
from models.content import answers as a
from models.stages import Stage
from models.tasks import TASKS, TaskKind
from tests.forms import USUAL
from tests.procedure.case import CLERK, OFFICERS, SYSTEM, PureCase
from workflows.lifecycle import GRANT
from workflows.page import Done

BEGIN: dict[Stage, dict[str, Any]] = {
    Stage.FORMAL_CHECK: {},
    Stage.INCOMPLETE: {
        "check_completeness": "incomplete",
        "complete_application": "leave",
        "decide_incomplete": "leave",
    },
    Stage.AWARD_NOTIFIED: {"declare_acceptance": "leave"},
    Stage.DISBURSING: {},
    Stage.PROOF_DUE: {},
    Stage.PROOF_OVERDUE: {"prove_use": "leave"},
    Stage.PROOF_CHECK: {},
    Stage.PROOF_INCOMPLETE: {"check_proof": "ask_again"},
    Stage.HEARING: {"check_proof": "finding"},
    Stage.REVOCATION: {"prove_use": "leave", "decide_missing_proof": "hear"},
    Stage.RECOVERY: {"check_proof": "finding"},
}
"""Where a random life may begin, and what is answered otherwise than usual on the way."""

STARTS = ("open", "open", "withdraw", "notify_change", "request_extension", "block", "block", "resend", "link")


def wander(seed: int, steps: int = 90) -> PureCase:
    """A random life, from a stage that a usual one reaches."""
    rng = random.Random(seed)
    case = PureCase(consent=rng.random() < 0.15, budget=rng.random() < 0.8, years=rng.choice([1, 1, 2]))
    begin = rng.choice([*BEGIN])
    case.apply(electronic_service=rng.random() < 0.8)
    if begin not in {Stage.FORMAL_CHECK, Stage.INCOMPLETE}:
        case.budget = True
    case.drive(begin, waiver=rng.random() < 0.5, **BEGIN[begin])
    lazy, usual = rng.choice([0.1, 0.3, 0.6]), rng.choice([0.5, 0.7, 0.9])
    for _ in range(steps):
        if case.state.ended:
            break
        _step(case, rng, lazy, usual)
    return case


def decisions(seeds: range) -> Iterator[Done]:
    """What happened in random lives."""
    for seed in seeds:
        yield from wander(seed).decided


def _step(case: PureCase, rng: random.Random, lazy: float, usual: float) -> None:
    case.budget = case.budget if rng.random() < 0.9 else not case.budget
    dice = rng.random()
    if dice < 0.07:
        _start(case, rng)
    elif dice < 0.11:
        _evidence(case, rng)
    elif dice < 0.13 and case.mails:
        case.bounce(rng.choice(case.mails), copy=rng.random() < 0.2)
    elif dice < 0.15 and not case.state.open(TaskKind.DRAFT_DECISION):
        case.command(CommandKind.BUDGET_FREED)
    elif dice < 0.155:
        case.command(CommandKind.MOVE)
    elif rng.random() < lazy or not case.state.open():
        case.at += timedelta(hours=1)
        case.wake()
    else:
        _answer(case, rng, usual)


def _answer(case: PureCase, rng: random.Random, usual: float) -> None:
    task = rng.choice(case.state.open())
    choices = sorted(TASKS[task.kind].choices) or ["booked", "rejected", "returned"]
    choice = USUAL.get(task.kind, choices[0]) if rng.random() < usual else rng.choice(choices)
    definition = TASKS[task.kind].choices.get(choice)
    changes = _changes(case, rng, definition.content) if definition and rng.random() < 0.5 else {}
    case.answer(task.kind, choice, nth=case.state.open(task.kind).index(task), **changes)


def _changes(case: PureCase, rng: random.Random, form: type[a.Content]) -> dict[str, Any]:
    """Other amounts, days and words than usual, where the form asks for them."""
    money = case.state.money
    some = rng.choice([1, 100, 1_000_000, 2_500_000, 5_000_000, money.booked, money.awarded])
    day = case.view(SYSTEM).today + timedelta(days=rng.choice([-1, 0, 1, 40, 90]))
    told: dict[str, Any] = {
        "amount_cents": max(1, some),
        "intended_cents": some,
        "accepted_cents": some,
        "staff_cents": some,
        "until": day.isoformat(),
        "posted_on": day.isoformat(),
        "waiver": False,
        "change": rng.choice(sorted(a.ChangeKind)),
    }
    return {name: value for name, value in told.items() if name in form.model_fields}


def _start(case: PureCase, rng: random.Random) -> None:
    match rng.choice([*STARTS, "hand_over"]):
        case "open":
            case.start("open", CLERK, kind=rng.choice(GRANT.openable()))
        case "resend":
            if case.mails:
                case.command(CommandKind.START, OFFICERS[0], choice="resend", mail=rng.choice(case.mails))
        case "link" | "hand_over" as kind:
            case.start(kind, CLERK)
        case kind:
            case.start(kind)


def _evidence(case: PureCase, rng: random.Random) -> None:
    claim = case.state.facts.claim_ref
    references = [*case.state.orders, *([claim] if claim else [])]
    if references:
        reference = rng.choice(references)
        cents = 0 if rng.random() < 0.7 or reference in case.state.orders else 1
        case.bank(reference, rng.choice(["booked", "booked", "rejected", "returned"]), cents)
