"""An answer and a mail of its task, in every order of their statements and commits: none begins after the answer.

PostgreSQL: two connections, one statement at a time. SQLite has one writer at a time, so whole transactions take turns.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlmodel import select

from activities.mail_out.outbox import Claim
from activities.mail_out.smtp_outcome import Outcome, Verdict
from gateway.intake import store_answer
from models.commands import Actor, ActorKind, CommandKind
from models.tables import CommandRow, Outbox
from models.tasks import TaskKind
from record.cases.commands import NewCommand, new_id
from record.database.engine import Database
from record.promises import check
from tests.orders.threads import Event, Runner, gates, orders
from tests.play import Play

CASE = "wir-fm-2018-06631"
TAKEN = Outcome(Verdict.ACCEPTED, "250 2.0.0 taken")
STATEMENTS = {"INSERT INTO command": "answer", "UPDATE outbox SET begun_at": "ask", "UPDATE task SET state": "close"}


class Scene(Play):
    """A case whose clerk is asked for something again and again; its letters stay in the outbox."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.sent: list[Claim] = []
        self.apply("06631")

    def deliver(self) -> None:
        """Nobody works in the mailroom but the test."""

    def asked(self) -> Claim:
        """The clerk has been asked; the letter has been taken from the outbox, the SMTP transaction comes next."""
        self.emptied()
        self.answer(CASE, TaskKind.CHECK_COMPLETENESS, "incomplete")
        (claim,) = self.desk.take(10)
        self.sent = []
        return claim

    def emptied(self) -> list[str]:
        """The mailroom goes on as always; returns what it sent."""
        ids: list[str] = []
        while (claim := self.desk.claim()) is not None:
            self.desk.settle(claim, TAKEN)
            ids.append(claim.id)
        return ids

    def mail(self, claim: Claim, *, asks_first: bool = False) -> Runner:
        """The mailroom with one mail. ``asks_first``: as it must not be done."""

        alone = self.db.dialect == "sqlite"

        def work(runner: Runner) -> None:
            if not asks_first:
                runner.gate("MAIL")
            if alone:
                runner.gate("ask")
            begun = self.desk.turn((), [claim])
            if asks_first:
                runner.gate("MAIL")
            if begun:
                runner.gate("DATA")
                self.sent.append(claim)

        return Runner("mail", work)

    def clerk_answers(self, actor: Actor) -> Runner:
        """The answer is stored, which is its receipt; then the case decides it."""
        task = self.task(CASE, TaskKind.COMPLETE_APPLICATION)
        content = {"acting_name": "Simulierte Person", "acting_function": "Fachstelle", "answer": "Anbei."}
        new = NewCommand("", CommandKind.ANSWER, actor, content, task_id=task.id, choice="submit", id=new_id())

        alone = self.db.dialect == "sqlite"

        def work(runner: Runner) -> None:
            if alone:
                runner.gate("begin")
            with self.db.write() as session:
                store_answer(session, new)
            if alone:
                runner.gate("step")
            self.take(new.id)

        return Runner("answer", work)

    def fate(self, claim: Claim) -> tuple[str, str]:
        """State of the mail, and of the newest answer."""
        with self.db.read() as session:
            mail = session.get_one(Outbox, claim.id)
            rows = session.exec(select(CommandRow).where(CommandRow.task_id == mail.task_id)).all()
            return mail.state, rows[-1].state


@pytest.fixture
def scene(db: Database) -> Scene:
    """A fresh case."""
    return Scene(db)


def matters(db: Database) -> Callable[[str], str]:
    """The statements at which a runner waits; none on SQLite, where a writer is alone from beginning to end."""
    if db.dialect == "sqlite":
        return lambda _text: ""
    return lambda text: next((name for start, name in STATEMENTS.items() if text.startswith(start)), "")


def in_time(happened: list[Event], *, refused: bool) -> bool:
    """Whether a mail that was sent began before the answer's commit, or was let go after the answer's refusal."""
    answer = [at for at, (who, what) in enumerate(happened) if who == "answer" and what in {"begin", "step", "commit"}]
    receipt, decision = answer[0], answer[-1]
    assert len(answer) == 2, happened
    asked = happened.index(("mail", "ask"))
    return happened.index(("mail", "MAIL")) < receipt or (refused and asked > decision)


def play_all(scene: Scene, actor: Actor, *, asks_first: bool = False) -> Counter[tuple[str, str]]:
    """Plays every order and returns how often each fate was met. Raises ``AssertionError`` for a late mail."""
    fates: Counter[tuple[str, str]] = Counter()
    claims: list[Claim] = []

    def make() -> list[Runner]:
        claims.append(scene.asked())
        return [scene.mail(claims[-1], asks_first=asks_first), scene.clerk_answers(actor)]

    with gates(scene.db, matters(scene.db), commits=scene.db.dialect == "postgresql"):
        for happened in orders(make):
            if scene.sent:
                scene.desk.settle(claims[-1], TAKEN)
                assert in_time(happened, refused=scene.fate(claims[-1])[1] == "refused"), happened
            later = scene.emptied()
            state, decided = scene.fate(claims[-1])
            assert (claims[-1].id in later) == (not scene.sent and decided == "refused"), happened
            assert state == ("dropped" if decided == "applied" and not scene.sent else "accepted"), happened
            fates[state, decided] += 1
            if decided == "refused":
                scene.answer(CASE, TaskKind.COMPLETE_APPLICATION)
    return fates


@pytest.mark.slow  # its sample: the next one plays the same orders with an answer that is refused
def test_no_order_lets_a_mail_begin_after_the_answer(scene: Scene) -> None:
    fates = play_all(scene, scene.clerk(CASE))
    assert set(fates) == {("accepted", "applied"), ("dropped", "applied")}
    assert sum(fates.values()) >= (50 if scene.db.dialect == "postgresql" else 8), fates
    with scene.db.read() as session:
        assert check(session) == []


@pytest.mark.sample(1)
def test_after_a_refused_answer_the_mail_goes_out_after_all(scene: Scene) -> None:
    stranger = Actor(kind=ActorKind.OFFICER, id="sim-kasse", roles=("treasury",), simulated=True)
    fates = play_all(scene, stranger)
    assert set(fates) == {("accepted", "refused")}
    with scene.db.read() as session:
        assert check(session) == []


def test_asking_the_record_before_the_transaction_begins_would_be_found(scene: Scene) -> None:
    with pytest.raises(AssertionError, match="MAIL"):
        play_all(scene, scene.clerk(CASE), asks_first=True)
