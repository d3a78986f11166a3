"""Who opened which case is on record, once an hour; and looking changes nothing else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from models.tables import CaseOpened
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.opened import Opened, note, opened_by
from tests.cli.office import Office
from tests.play import Play
from tests.portal.interface.test_decision_basis import Desk

CASE = "wir-fm-2018-06631"


def _rows(db: Database) -> list[tuple[str, str, str]]:
    with db.read() as session:
        return sorted((row.officer_id, row.case_id, row.view) for row in session.exec(select(CaseOpened)))


@pytest.mark.sql
def test_once_an_hour_and_officer_is_enough(db: Database) -> None:
    at = datetime(2026, 11, 27, 9, 5, tzinfo=UTC)
    with time_machine.travel(at, tick=False) as clock:
        note(db, "sim-berg", CASE, Opened.CASE)
        note(db, "sim-berg", CASE, Opened.TASK)
        note(db, "sim-tal", CASE, Opened.TASK)
        note(db, "sim-berg", "wir-fm-2018-06411000", Opened.CASE)
        clock.move_to(at + timedelta(hours=1))
        note(db, "sim-berg", CASE, Opened.TASK)
    assert _rows(db) == [
        ("sim-berg", "wir-fm-2018-06411000", "case"),
        ("sim-berg", CASE, "case"),
        ("sim-berg", CASE, "task"),
        ("sim-tal", CASE, "task"),
    ]
    with db.read() as session:
        found = opened_by(session, CASE)
    assert [(one["officer"], one["at"][:13]) for one in found] == [
        ("sim-berg", "2026-11-27T09"),
        ("sim-tal", "2026-11-27T09"),
        ("sim-berg", "2026-11-27T10"),
    ]
    assert found[0]["legal_at"].startswith("2018-01-0"), "legal time of the installation, beside server time"


@pytest.mark.sql
@pytest.mark.parametrize("statement", ["UPDATE case_opened SET officer_id = 'x'", "DELETE FROM case_opened"])
def test_what_was_opened_stays(db: Database, statement: str) -> None:
    note(db, "sim-berg", CASE, Opened.CASE)
    with pytest.raises(DatabaseError), db.write() as session:
        session.connection().execute(text(statement))
    assert _rows(db) == [("sim-berg", CASE, "case")]


def test_case_and_task_are_noted_and_lists_are_not(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    desk = Desk(play, "sim-berg")
    desk.get("/today")
    desk.get("/officers")
    desk.shown(case, K.CHECK_COMPLETENESS)
    assert _rows(db) == [("sim-berg", case, "task")]
    Desk(play, "sim-tal").get(f"/case/{case}")
    assert _rows(db) == [("sim-berg", case, "task"), ("sim-tal", case, "case")]
    assert [one["officer"] for one in desk.get(f"/case/{case}")["opened_by"]] == ["sim-berg", "sim-tal"]


def test_nobody_in_particular_is_not_noted_and_a_document_is_no_case(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    mails = Desk(play).get(f"/case/{case}")["mails"]
    Desk(play, "sim-berg").get(f"/doc/{mails[0]['id']}")
    assert _rows(db) == []


def test_what_cannot_be_noted_is_not_shown(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The note is written before the answer leaves: a file that was read without a trace would be worse than a wait."""
    play = Play(db)
    case = play.apply()

    def locked(*_: object) -> None:
        raise DatabaseError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr("portal.interface.app.note", locked)
    with pytest.raises((AssertionError, DatabaseError)):
        Desk(play, "sim-berg").get(f"/case/{case}")


def test_the_terminal_shows_who_opened_a_case(sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "wir.db").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'wir.db'}")
    office = Office(database, tmp_path)
    office.open()
    try:
        office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
        assert "Noch niemand hat diesen Fall geöffnet." in office.done(f"case {CASE} --opened")
        office.done(f"case {CASE} --as sim-berg")
        read = office.done(f"case {CASE} --opened")
        assert "Simulierte Sachbearbeitung Berg" in read
        assert "Fall" in read
        found = office.document(f"case {CASE}")
        assert [one["officer"] for one in found["opened_by"]] == ["sim-berg"]
        assert "sim-berg" not in json.dumps(office.document("today")["tasks"][0]["brief"])
    finally:
        office.close()
        database.close()
