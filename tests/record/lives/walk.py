"""A random walk of officers, clerks, the bank and time through the procedure, the same for the same seed."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from models.case import OpenTask
from models.content import answers as a
from models.content.starts import START_CONTENT
from models.errors import RefusedError
from models.stages import Stage
from models.tables import Outbox
from models.tasks import TASKS, TaskKind
from programmes.directory import Directory
from record.database.engine import Database
from record.promises import Violation, check
from tests.forms import USUAL
from tests.play import Play, programmes
from workflows.lifecycle import GRANT

KEYS = ("06631", "06411000", "06631009")
BANK_WORDS = ("booked", "rejected", "returned")


AGAINST = frozenset({Stage.HEARING, Stage.REVOCATION, Stage.RECOVERY})
LEFT = {Stage.PROOF_OVERDUE: "prove_use", Stage.AWARD_NOTIFIED: "declare_acceptance"}
"""What nobody answers on the way to a stage."""


def _directory(consent: bool) -> Directory:
    """The programme data, with or without the ministry's consent."""
    known = programmes()
    line = known.line("fm", 2018)
    pinned = line.pinned.model_copy(update={"ministry_consent": consent})
    lines = {**known.programmes.lines, ("fm", 2018): line.model_copy(update={"pinned": pinned})}
    return Directory(replace(known.programmes, lines=lines))


@dataclass
class Walk:
    """Walks on a fresh installation. ``stages`` and ``refusals`` count what was met on the way."""

    db: Database
    seed: int
    begin: Stage = Stage.FORMAL_CHECK  # the first case is brought there before the walk begins
    consent: bool = False  # the line asks for the ministry's consent
    budget_cents: int = 9_000_000  # not enough for all three
    stages: Counter[Stage] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.play = Play(self.db, budget_cents=self.budget_cents, directory=_directory(self.consent))
        for key in KEYS:
            self._note(self.play.apply(key), "apply", "")
        first = next(iter(self.play.states))
        if self.begin in AGAINST:
            self.play.drive(first, Stage.PROOF_CHECK)
            self.play.drive(first, self.begin, check_proof="finding", decide_revocation="partly")
        elif self.begin is not Stage.FORMAL_CHECK:
            left = LEFT.get(self.begin, "withdraw")
            self.play.drive(first, self.begin, **dict[str, Any]({left: "leave"}))
        self._note(first, f"driven to {self.begin}", "")
        self.play.refuse = self._bounces

    def run(self, steps: int) -> list[Violation]:
        """Walks until something is broken; returns what was."""
        for number in range(1, steps + 1):
            case_id = self._one()
            steps = number if all(state.ended for state in self.play.states.values()) else steps
            with self.db.read() as session:
                found = check(session, only="" if number % 10 == 0 or number == steps else case_id)
            if found or number == steps:
                return found
        return []

    def _one(self) -> str:
        open_cases = [c for c, s in self.play.states.items() if not s.ended]
        case_id = self.rng.choice(open_cases or sorted(self.play.states))
        acts = (self._answer, self._time, self._start, self._evidence, self._again)
        act = self.rng.choices(acts, weights=(76, 12, 4, 5, 1))[0]
        try:
            act(case_id)
        except RefusedError as refusal:  # not even stored
            self._note(case_id, act.__name__, refusal.code)
        return case_id

    # what people and time do --------------------------------------------------------------------

    def _answer(self, case_id: str) -> None:
        tasks = self.play.states[case_id].open()
        if not tasks:
            self._time(case_id)
            return
        task = self.rng.choice(tasks)
        choices = sorted(TASKS[task.kind].choices) or BANK_WORDS
        choice = USUAL.get(task.kind, choices[0]) if self.rng.random() < 0.65 else self.rng.choice(choices)
        by = self.rng.choice(self.play.officers) if self.rng.random() < 0.1 else ""
        changes = self._changes(case_id, task, choice)
        self._note(case_id, f"{task.kind}.{choice}", self.play.answer(case_id, task.kind, choice, by=by, **changes))

    def _changes(self, case_id: str, task: OpenTask, choice: str) -> dict[str, Any]:
        """Other words than the usual ones, now and then; some of them cannot be taken."""
        definition = TASKS[task.kind].choices.get(choice)
        if definition is None or self.rng.random() < 0.5:
            return {}
        money = self.play.states[case_id].money
        some = self.rng.choice([1, 100, 1_000_000, 2_500_000, 5_000_000, 5_000_001, money.booked, money.awarded])
        day = self.play.today + timedelta(days=self.rng.choice([-400, -1, 0, 1, 40, 200]))
        fields = definition.content.model_fields
        told: dict[str, Any] = {
            "amount_cents": max(1, some),
            "intended_cents": some,
            "accepted_cents": some,
            "staff_cents": some,
            "until": day.isoformat(),
            "posted_on": day.isoformat(),
            "waiver": False,
            "change": self.rng.choice(sorted(a.ChangeKind)),
        }
        return {name: value for name, value in told.items() if name in fields}

    def _time(self, case_id: str) -> None:
        """Mostly to this case's next date; sometimes only some hours, while others wait."""
        if self.rng.random() < 0.2:
            self.play.days(self.rng.choice([0.1, 1, 10]))
        self.play.wake(case_id)
        self._note(case_id, "time", "")

    def _start(self, case_id: str) -> None:
        kind = self.rng.choice(sorted(START_CONTENT))
        if kind == "withdraw" and self.rng.random() < 0.7:
            kind = "open"
        by = "" if kind == "open" or self.rng.random() < 0.1 else self.rng.choice(self.play.officers)
        if kind == "open":
            content: dict[str, Any] = {"kind": self.rng.choice([*GRANT.openable(), TaskKind.PROVE_USE])}
        else:
            content = self.play.form(case_id, START_CONTENT[kind])
        if kind == "resend":
            content = {"mail": self.rng.choice(self._mails(case_id))}
        self._note(case_id, f"start.{kind}", self.play.start(case_id, kind, content, by=by))

    def _mails(self, case_id: str) -> list[str]:
        with self.play.db.read() as session:
            query = select(Outbox.id).where(Outbox.case_id == case_id).order_by(col(Outbox.dedupe_key))
            return list(session.exec(query))

    def _evidence(self, case_id: str) -> None:
        """The bank says something about an order or a claim, right or wrong."""
        state = self.play.states[case_id]
        references = {order.id: order.cents for order in state.orders.values()}
        if state.facts.claim_ref:
            references[state.facts.claim_ref] = max(1, state.money.claimed - state.money.repaid)
        if not references:
            return
        reference = self.rng.choice(sorted(references))
        cents = max(1, references[reference] // self.rng.choice([1, 1, 1, 2]))
        word = self.rng.choice(BANK_WORDS)
        self._note(case_id, f"bank.{word}", self.play.bank(reference, word, cents))

    def _again(self, case_id: str) -> None:
        """Somebody applies once more."""
        cents = self.rng.choice([5_000_000, 4_000_000, 5_000_001])
        self._note(self.play.apply(self.rng.choice(KEYS), cents), "apply", "")

    def _bounces(self, mail: Outbox) -> bool:
        return self.rng.random() < 0.06

    def _note(self, case_id: str, what: str, reason: str) -> None:
        state = self.play.states.get(case_id)
        stage = state.stage if state else ""
        self.trace.append(f"{self.play.today} {case_id} {what} {reason} -> {stage}")
        self.stages.update(s.stage for s in self.play.states.values())
        if reason:
            self.refusals[reason] += 1
