"""One mail a working day to an officer: open tasks of the own roles, and none that four eyes forbid."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from activities.letters.correspondence import Correspondence, Post
from models.deadlines import is_working_day, legal_day
from models.mail.orders import MailOrder
from models.stages import Stage
from models.tables import Officer, Outbox
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.database.words import mail_text
from record.digest import answerable, write_digests
from templates import catalogue
from tests.play import Play, letters

TITLES = catalogue("de")["task"]


@pytest.fixture
def play(db: Database) -> Play:
    """An installation on a working day (2 January 2018, a Tuesday)."""
    return Play(db)


def digests(play: Play) -> dict[str, str]:
    """Text of each digest so far, by officer; the last one of each."""
    with play.db.read() as session:
        people = {officer.email: officer.id for officer in session.exec(select(Officer))}
        rows = session.exec(select(Outbox).where(Outbox.template == "officer_digest").order_by(col(Outbox.queued_at)))
        return {people[row.to]: mail_text(row.mime) for row in rows}


def write(play: Play) -> int:
    """What the daily job does."""
    writer = Correspondence(
        letters(), play.directory, Post("http://127.0.0.1:1", "wir@rp.example", desk="http://127.0.0.1:2")
    )
    return write_digests(play.db, writer, play.now)


def mine(play: Play, officer: str) -> list[str]:
    """Kinds of tasks an officer may answer today."""
    with play.db.read() as session:
        return [row.kind for row in answerable(session, officer, play.today)]


def test_names_tasks_of_the_own_roles_in_words(play: Play) -> None:
    case_id = play.apply()
    assert write(play) == 2
    told = digests(play)
    assert set(told) == {"sim-berg", "sim-wald"}  # the two with the role of the completeness check
    assert TITLES["check_completeness"]["title"] in told["sim-berg"]
    task = play.task(case_id, K.CHECK_COMPLETENESS).id
    assert "Landkreis Fulda – bis" in told["sim-berg"]
    assert f"http://127.0.0.1:2/aufgabe/{task}" in told["sim-berg"]


def test_at_most_one_a_day_and_none_without_tasks(play: Play) -> None:
    assert write(play) == 0
    play.apply()
    assert write(play) == 2
    play.apply("06411000")
    assert write(play) == 0
    play.days(1)
    assert is_working_day(play.today)
    assert write(play) == 2


def test_none_on_a_day_without_work(play: Play) -> None:
    play.apply()
    while is_working_day(play.today):
        play.days(1)
    assert write(play) == 0
    while not is_working_day(play.today):
        play.days(1)
    assert write(play) == 2


def test_task_that_four_eyes_forbid_is_not_counted(play: Play) -> None:
    case_id = play.apply()
    play.drive(case_id, Stage.DRAFTING)
    with play.db.write() as session:
        drafter = session.get_one(Officer, "sim-berg")
        drafter.roles = [*drafter.roles, "co_signer"]
        session.add(drafter)
    assert play.answer(case_id, K.DRAFT_DECISION, by="sim-berg") == ""
    assert mine(play, "sim-berg") == []
    assert mine(play, "sim-tal") == [K.SIGN_DECISION]
    write(play)
    assert "sim-berg" not in digests(play)


def test_deputy_is_told_too(play: Play) -> None:
    today = legal_day(play.now)
    with play.db.write() as session:
        session.add(
            Officer(
                id="sim-fluss",
                name="Simulierte Vertretung Fluss",
                email="fluss@rp.example",
                roles=[],
                deputy_of="sim-berg",
                simulated=True,
                valid_from=today,
                valid_to=today,
            )
        )
    play.apply()
    assert write(play) == 3
    assert TITLES["check_completeness"]["title"] in digests(play)["sim-fluss"]
    play.days(1)
    assert write(play) == 2  # no longer valid


def test_says_what_is_late(play: Play) -> None:
    case_id = play.apply()
    play.until(play.task(case_id, K.CHECK_COMPLETENESS).due + timedelta(hours=8))
    write(play)
    assert "überfällig" in digests(play)["sim-berg"]


def test_two_workers_at_once_write_one_mail(play: Play) -> None:
    play.apply()
    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(lambda _: write(play), range(4)))
    assert sum(counts) == 2
    assert len(digests(play)) == 2


class Failing(Correspondence):
    """Writes to everybody but one officer."""

    def to_officer(self, session: Session, officer: Officer, order: MailOrder, key: str, at: datetime) -> None:
        if officer.id == "sim-berg":
            raise KeyError("a missing word")
        super().to_officer(session, officer, order, key, at)


def test_an_error_for_one_officer_costs_no_other_their_mail(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    play.apply()
    writer = Failing(letters(), play.directory, Post("http://127.0.0.1:1", "wir@rp.example"))
    assert write_digests(play.db, writer, play.now) == 1
    assert set(digests(play)) == {"sim-wald"}
    assert "the digest for sim-berg could not be written: KeyError at tests/record/test_digest.py" in caplog.text
    assert "a missing word" not in caplog.text
    assert write(play) == 1
    assert set(digests(play)) == {"sim-berg", "sim-wald"}, "made good at the next look"
