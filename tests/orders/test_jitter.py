"""1,000 times an answer and a mail of its task at the same moment, on each database: whoever comes first, no late mail.

Two threads meet at a barrier; a few microseconds decide who is ahead, and by how little. Who came first last time
waits a little longer this time, and a seeded jitter lies on top: so both come first on any machine. They wait asleep:
a thread that counts to wait would hold the interpreter, and the other one with it.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlmodel import col, select

from activities.letters.mime import digest
from activities.mail_out.outbox import Claim, OutboxDesk
from gateway.intake import store_answer
from models.commands import Actor, ActorKind, CommandKind
from models.tables import Outbox, TaskRow
from record.cases.commands import NewCommand
from record.database.engine import Database
from tests.patience import PATIENCE

pytestmark = pytest.mark.sql

RUNS = 1000
SEED = 20180331
DUE = datetime(2018, 1, 2, tzinfo=UTC)
CLERK = Actor(kind=ActorKind.CLERK, id="06631", simulated=True)
TEXT = {"acting_name": "Simulierte Person", "acting_function": "Fachstelle", "answer": "Anbei."}
SPREAD = 400
"""Microseconds: the jitter around the point where both come first equally often."""
CLOSER = 50
"""Microseconds by which that point is looked for."""


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
    tick, races = count(), [Race() for _ in claims]
    aim = Aim(races)
    meet = threading.Barrier(2, action=aim.again, timeout=PATIENCE)

    def mails() -> None:
        for claim, race in zip(claims, races, strict=True):
            meet.wait()
            wait(aim.lead)
            mail(claim, race, lambda: next(tick))

    def answers() -> None:
        for claim, race in zip(claims, races, strict=True):
            meet.wait()
            wait(-aim.lead)
            with db.write() as session:
                store_answer(
                    session, NewCommand("", CommandKind.ANSWER, CLERK, TEXT, task_id=claim.id, choice="submit")
                )
            race.receipt = next(tick)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(mails), threads.submit(answers)]:
            done.result()
    return races


class Aim:
    """``lead``: microseconds by which the answer is ahead in the next run; below 0, the mail."""

    def __init__(self, races: list[Race]) -> None:
        self._races, self._run, self._even = races, -1, 0
        self._chance = random.Random(SEED)
        self.lead = 0

    def again(self) -> None:
        """Both threads are done with the last run and wait for the next one."""
        if self._run >= 0:
            self._even += CLOSER if self._races[self._run].sent else -CLOSER
        self._run += 1
        self.lead = self._even + self._chance.randrange(-SPREAD, SPREAD)


def wait(microseconds: int) -> None:
    """Lets the other one go ahead."""
    if microseconds > 0:
        time.sleep(microseconds / 1_000_000)


def late(races: list[Race]) -> list[Race]:
    """Mails whose SMTP transaction began when the receipt was there already."""
    return [race for race in races if race.sent and race.began > race.receipt]


@pytest.mark.slow  # its sample: test_orders plays the orders one by one
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
