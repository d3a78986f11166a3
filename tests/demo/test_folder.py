"""The data folder: a fresh one or an earlier demo's, and nobody else's. What people played on is kept."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from demo.folder import MARK, FolderError, note_end, prepared
from demo.play import run
from gateway.start.data_folder import LOCK, holder, lock_folder
from gateway.start.environment import load_settings
from gateway.start.errors import StartCode, StartError
from models.tables import CommandRow, Officer
from record.database.clock import forward
from record.database.engine import Database
from record.database.install import install

FRESH = {MARK, LOCK}


def names(data: Path) -> set[str]:
    return {path.name for path in data.iterdir()}


def record_of(data: Path) -> Database:
    return Database(load_settings(mode="embedded", data=data).database)


def demo_at(data: Path, *, ended: bool = True) -> None:
    """What a demo leaves behind: its mark, a record, and the note of its end."""
    with prepared(data):
        db = record_of(data)
        install(db, "embedded")
        if ended:
            note_end(data, db)
        db.close()
    (data / "mailbox").mkdir()
    (data / "mailbox" / "1.eml").write_text("a mail")


def test_a_fresh_folder_is_made_and_locked(tmp_path: Path) -> None:
    data = tmp_path / "a b" / "demo"
    with prepared(data) as made:
        assert (made.again, made.aside) == (False, None)
        assert names(data) == FRESH
        assert holder(data) is not None
    assert holder(data) is None


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    with prepared(tmp_path) as made:
        assert not made.again


def test_a_folder_that_up_could_not_start_in_will_do(tmp_path: Path) -> None:
    lock_folder(tmp_path).release()
    with prepared(tmp_path) as made:
        assert not made.again


@pytest.mark.parametrize("ended", [True, False])
def test_an_earlier_demo_is_replaced(tmp_path: Path, ended: bool) -> None:
    data = tmp_path / "demo"
    demo_at(data, ended=ended)
    with prepared(data) as made:
        assert (made.again, made.aside) == (True, None)
        assert names(data) == FRESH
    assert names(tmp_path) == {"demo"}


def command(db: Database) -> None:
    """Somebody wanted something."""
    now = datetime(2019, 6, 12, 8, tzinfo=UTC)
    with db.write() as session:
        row = CommandRow(id="01", case_id="c", kind="act", actor_kind="officer", actor_id="sim-berg")
        row.received_at = row.stored_at = now
        session.add(row)


def person(db: Database) -> None:
    """Somebody was entered."""
    with db.write() as session:
        session.add(Officer(id="neu", name="Neu", email="neu@rp.example", valid_from=date(2019, 6, 12)))


def time(db: Database) -> None:
    """Somebody moved the clock."""
    with db.write() as session:
        forward(session, 86_400)


@pytest.mark.parametrize("played", [command, person, time])
def test_what_was_played_by_hand_is_moved_aside(tmp_path: Path, played: Callable[[Database], None]) -> None:
    data = tmp_path / "demo"
    for number in (1, 2):
        demo_at(data)
        lock_folder(data, "up").release()
        db = record_of(data)
        played(db)
        db.close()
        before = names(data)
        with prepared(data) as made:
            assert (made.again, made.aside) == (False, tmp_path / f"demo-{number}")
            assert names(data) == FRESH
            assert names(tmp_path / f"demo-{number}") == before
        assert holder(data) is None
    assert (tmp_path / "demo-1" / "mailbox" / "1.eml").read_text() == "a mail"


def test_after_up_only_looked_at_it_is_replaced(tmp_path: Path) -> None:
    demo_at(tmp_path)
    lock_folder(tmp_path, "up").release()
    with prepared(tmp_path) as made:
        assert made.again


def test_a_demo_without_end_that_up_has_opened_is_kept(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    demo_at(data, ended=False)
    lock_folder(data, "up").release()
    with prepared(data) as made:
        assert made.aside == tmp_path / "demo-1"


def test_a_record_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    demo_at(data)
    (data / "wir.sqlite3").write_bytes(b"no database at all" * 100)
    with prepared(data) as made:
        assert made.aside == tmp_path / "demo-1"


@pytest.mark.parametrize("marked", [True, False])
def test_nothing_is_removed_while_something_runs_there(tmp_path: Path, marked: bool) -> None:
    if marked:
        demo_at(tmp_path)
    lock = lock_folder(tmp_path)
    (tmp_path / "wir.sqlite3").touch()
    before = names(tmp_path)
    with pytest.raises(StartError) as refused, prepared(tmp_path):
        pass
    assert refused.value.code is StartCode.IN_USE
    assert names(tmp_path) == before
    lock.release()


def test_what_is_not_ours_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "letter.txt"
    theirs.write_text("mine")
    with pytest.raises(FolderError, match="foreign"), prepared(tmp_path):
        pass
    for lang, words in (("de", "Bitte einen anderen Ordner nennen"), ("en", "Please name another folder")):
        monkeypatch.setenv("WIR_LANG", lang)
        assert run(tmp_path) == 2
        said = capsys.readouterr()
        assert names(tmp_path) == {"letter.txt"}
        assert theirs.read_text() == "mine"
        assert str(tmp_path) in said.err
        assert f"{words}: ./starter.py demo --data " in said.err
        assert not said.out


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    data = tmp_path / "file"
    data.write_text("x")
    with pytest.raises(StartError) as refused, prepared(data):
        pass
    assert refused.value.code is StartCode.NOT_A_FOLDER
    assert data.read_text() == "x"
