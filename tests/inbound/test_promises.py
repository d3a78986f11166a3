"""Promise 4 of mail that came in: nothing is found on a sound record, and each sabotage is."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from record.database.engine import Database
from record.inbound import mails as inbound
from record.promises import check
from tests.inbound.house import World, written
from tests.record.database.unguarded import drop_guards

SABOTAGE = [
    ("mail_unsorted", "UPDATE inbound_mail SET kind = '' WHERE kind = 'triage'"),
    ("mail_without_effect", "DELETE FROM draft"),
    ("mail_without_effect", "UPDATE inbound_mail SET task_id = 'nothing' WHERE kind = 'answer'"),
    ("mail_without_effect", "UPDATE inbound_mail SET command_id = 'nothing' WHERE kind = 'answer'"),
]


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """One mail of each kind that can break a promise."""
    world = World(db, tmp_path)
    asked = world.asked_for_items()
    world.receive(world.reply("Anbei der Plan.", asked), written("Hallo", "jemand@mail.example"))
    return world


@pytest.mark.parametrize(("code", "statement"), SABOTAGE)
def test_sabotage_is_found(world: World, code: str, statement: str) -> None:
    with world.db.read() as session:
        assert check(session, stuck_after=timedelta()) == []
    drop_guards(world.db)
    with world.db.write() as session:
        assert session.connection().execute(text(statement)).rowcount > 0
    with world.db.read() as session:
        assert {(one.promise, one.code) for one in check(session, stuck_after=timedelta())} == {(4, code)}


def test_a_mail_that_waits_for_nobody_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("record.promises.inbound.waiting", lambda _session: [])
    with world.db.read() as session:
        assert [one.code for one in check(session)] == ["mail_not_shown"]


def test_a_mail_that_was_just_stored_is_not_late(world: World) -> None:
    with world.db.write() as session:
        inbound.keep(session, b"Subject: neu\r\n\r\n", "sink", "x")
    with world.db.read() as session:
        assert check(session) == []
        assert [one.code for one in check(session, stuck_after=-timedelta(minutes=1))] == ["mail_unsorted"]


def test_a_draft_that_went_with_its_answered_task_is_no_loss(world: World) -> None:
    world.play.answer("wir-fm-2018-06631", "complete_application")
    with world.db.read() as session:
        assert check(session) == []
