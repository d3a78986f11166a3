"""Who may answer by mail: the matrix of key, sender and proof, and what a forged mail can do (nothing)."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from models.tables import CommandRow, Draft, TaskRow
from models.tasks import TaskKind as K
from programmes.directory import Directory
from programmes.load import load_all
from record.database.engine import Database
from tests.inbound.house import AUTHSERV, CASE, PDF, World, written
from tests.play import programmes

FOREIGN = "fremd@evil.example"


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """An installation with an inbox."""
    return World(db, tmp_path)


def drafts(world: World) -> int:
    with world.db.read() as session:
        return len(session.exec(select(Draft)).all())


MATRIX = [
    # key, registered, proved: kind, reason, template of our mail, prepared
    (True, True, True, "answer", "reply", "reply_prepared", 1),
    (True, True, False, "answer", "reply_unverified", "reply_prepared", 1),
    (True, False, True, "triage", "other_person", "reply_refused", 0),
    (True, False, False, "triage", "other_person", "reply_refused", 0),
    (False, True, True, "answer", "reply_by_headers", "reply_prepared", 1),
    (False, True, False, "triage", "not_verified", "reply_refused", 0),
    (False, False, True, "triage", "other_person", "reply_refused", 0),
    (False, False, False, "triage", "other_person", "", 0),
]


@pytest.mark.parametrize("row", MATRIX, ids=["-".join(str(cell) for cell in row[:5]) for row in MATRIX])
def test_the_matrix(world: World, row: tuple[bool, bool, bool, str, str, str, int]) -> None:
    key, registered, proved, kind, reason, template, prepared = row
    asked = world.asked_for_items()
    before = len(world.sent())
    sender = asked.to if registered else FOREIGN
    more = {} if key else {"recipient": "wir@rp.example"}
    world.receive(world.reply("Anbei der Plan.", asked, sender, verified=proved, **more))
    assert world.kinds() == [(kind, reason)]
    assert [mail.template for mail in world.sent()[before:]] == ([template] if template else [])
    assert drafts(world) == prepared
    with world.db.read() as session:
        assert session.get_one(TaskRow, asked.task_id).state == "open"


def test_a_proof_that_is_not_our_mail_servers_counts_for_nothing(world: World) -> None:
    asked = world.asked_for_items()
    raw = world.reply("Anbei.", asked, recipient="wir@rp.example")
    forged = b"Authentication-Results: mx.evil.example; dmarc=pass header.from=r06631.example\r\n" + raw
    world.receive(forged)
    assert world.kinds() == [("triage", "not_verified")]


def test_a_case_number_in_the_subject_alone_is_not_enough(world: World) -> None:
    asked = world.asked_for_items()
    world.receive(written("Bitte zahlen.", FOREIGN, subject=f"Zu {CASE}", verified=True))
    world.receive(written("Bitte zahlen.", asked.to, subject=f"Zu {CASE}"))
    assert [kind for kind, _ in world.kinds()] == ["triage", "triage"]
    assert drafts(world) == 0


def lines_that_take_hand_ins() -> Directory:
    """The lines of the house, the one of 2018 with hand-ins by mail."""
    found = programmes().programmes
    line = found.lines["fm", 2018]
    rules = line.pinned.model_copy(update={"hand_in_by_mail": True})
    return Directory(replace(found, lines={("fm", 2018): line.model_copy(update={"pinned": rules})}))


@pytest.mark.parametrize("proved", [True, False])
def test_a_plain_hand_in_counts_by_itself_where_the_rules_say_so_and_everything_is_proved(
    db: Database, tmp_path: Path, proved: bool
) -> None:
    world = World(db, tmp_path, directory=lines_that_take_hand_ins())
    asked = world.asked_for_items()
    world.receive(world.reply("Anbei der Plan.", asked, files=(("plan.pdf", PDF),), verified=proved))
    row = world.came_in()[0]
    if not proved:
        assert (row.kind, row.reason) == ("answer", "reply_unverified")
        assert row.command_id is None
        return
    assert (row.kind, row.reason) == ("answer", "handed_in")
    with world.db.read() as session:
        command = session.get_one(CommandRow, row.command_id)
        assert (command.kind, command.state, command.task_id) == ("answer", "applied", asked.task_id)
        assert command.content["acting_name"] == world.contact().name
        assert command.content["files"][0]["name"] == "plan.pdf"
        assert session.get_one(TaskRow, asked.task_id).state == "answered"
    assert drafts(world) == 0
    assert world.sent("receipt")[-1].to == asked.to
    assert world.sent("reply_prepared") == []


def test_hand_ins_by_mail_are_off_unless_a_programme_says_otherwise(world: World) -> None:
    assert programmes().programmes.lines["fm", 2018].rules().hand_in_by_mail is False
    assert load_all(Path("tests/data/lines")).lines["mv", 2027].rules().hand_in_by_mail is True
    asked = world.asked_for_items()
    world.receive(world.reply("Anbei der Plan.", asked, files=(("plan.pdf", PDF),), verified=True))
    assert world.kinds() == [("answer", "reply")]
    assert world.task(K.COMPLETE_APPLICATION).state == "open"
    assert AUTHSERV in world.came_in()[0].raw.decode()
