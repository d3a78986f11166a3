"""1,000 times an answer and a mail of its task at the same moment, on each database: whoever comes first, no late mail.

Two threads meet at a barrier; a seeded number of idle turns of a loop decides who is ahead, and by how little.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlmodel import col, select

from activities.mime import digest
from activities.outbox import Claim, OutboxDesk
from gateway.intake import store_answer
from models.commands import Actor, ActorKind, CommandKind
from models.tables import Outbox, TaskRow
from record.commands import NewCommand
from record.engine import Database

RUNS = 1000
SEED = 20180331
DUE = datetime(2018, 1, 2, tzinfo=UTC)
CLERK = Actor(kind=ActorKind.CLERK, id="06631", simulated=True)
TEXT = {"acting_name": "Simulierte Person", "acting_function": "Fachstelle", "answer": "Anbei."}
SPREAD = {"sqlite": 40_000, "postgresql": 40_000}
"""Idle turns of a loop; about as long as either transaction takes."""


@dataclass
class Race:
    """What both did in one run, on one counter: a later number is a later moment."""

    began: int = -1  # the SMTP transaction
    sent: bool = False
    receipt: int = -1  # the answer's commit has returned


@pytest.fixture
def claims(db: Database) -> list[Claim]:
    """A reminder of each of 1,000 open tasks, taken from the outbox."""
    with db.write() as session:
        for number in range(RUNS):
            name = f"{number:04}"
            session.add(
                TaskRow(
                    id=name,
                    case_id="wir-fm-2018-06631",
                    kind="complete_application",
                    owner="applicant",
                    recipient="fulda-district",
                    opened_at=DUE,
                    due_at=DUE,
                )
            )
            session.add(
                Outbox(
                    id=name,
                    dedupe_key=name,
                    message_id=f"<{name}@rp.example>",
                    task_id=name,
                    template="items_request",
                    sender="wir@rp.example",
                    to="fachstelle@r06631.example",
                    subject="Erinnerung",
                    mime=b"Subject: x\r\n\r\nx\r\n",
                    sha256=digest(b"Subject: x\r\n\r\nx\r\n"),
                    queued_at=DUE,
                    next_try_at=DUE,
                )
            )
    return OutboxDesk(db).take(RUNS)


def run_all(db: Database, claims: list[Claim], mail: Callable[[Claim, Race, Callable[[], int]], None]) -> list[Race]:
    """Each mail against the answer to its task, one pair after the other."""
    chance, tick = random.Random(SEED), count()
    meet = threading.Barrier(2, timeout=30)
    races = [Race() for _ in claims]
    ahead = [(chance.randrange(SPREAD[db.dialect]), chance.randrange(SPREAD[db.dialect])) for _ in claims]

    def mails() -> None:
        for claim, race, (turns, _) in zip(claims, races, ahead, strict=True):
            meet.wait()
            idle(turns)
            mail(claim, race, lambda: next(tick))

    def answers() -> None:
        for claim, race, (_, turns) in zip(claims, races, ahead, strict=True):
            meet.wait()
            idle(turns)
            with db.write() as session:
                store_answer(
                    session, NewCommand("", CommandKind.ANSWER, CLERK, TEXT, task_id=claim.id, choice="submit")
                )
            race.receipt = next(tick)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(mails), threads.submit(answers)]:
            done.result()
    return races


def idle(turns: int) -> None:
    """Does nothing, so often."""
    for _ in range(turns):
        pass


def late(races: list[Race]) -> list[Race]:
    """Mails whose SMTP transaction began when the receipt was there already."""
    return [race for race in races if race.sent and race.began > race.receipt]


def test_a_thousand_times_no_mail_begins_after_its_answer(db: Database, claims: list[Claim]) -> None:
    desk = OutboxDesk(db)

    def mail(claim: Claim, race: Race, tick: Callable[[], int]) -> None:
        race.began = tick()
        race.sent = claim.id in desk.turn((), [claim])

    races = run_all(db, claims, mail)
    assert len(races) == RUNS
    assert late(races) == []
    sent = sum(race.sent for race in races)
    assert RUNS // 20 < sent < RUNS - RUNS // 20, "both came first often enough to be a race"
    with db.read() as session:
        begun = session.exec(select(Outbox.id).where(col(Outbox.begun_at).is_not(None))).all()
        back = session.exec(select(Outbox.id).where(Outbox.state == "retry")).all()
    assert len(begun) == sent
    assert len(back) == RUNS - sent
    assert desk.take(RUNS) == [], "they wait for what becomes of the answers"
