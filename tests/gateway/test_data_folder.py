"""The lock on a data folder, and the paths that work or are refused before anything is made."""

import errno
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.start import data_folder
from gateway.start.data_folder import LOCK, check_path, holder, lock_folder
from gateway.start.environment import load_settings
from gateway.start.errors import StartCode, StartError
from record.database.engine import Database
from record.database.install import install, installed_mode

HOLDS = """
import sys
from pathlib import Path
from gateway.start.data_folder import lock_folder
lock = lock_folder(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""
"""Holds a folder until its standard input ends."""


def test_a_folder_is_made_and_taken_once(tmp_path: Path) -> None:
    data = tmp_path / "a" / "b"
    lock = lock_folder(data)
    lock.serves(portal="http://p", mailbox="http://m", ui="")
    for verb in ("up", "demo"):
        with pytest.raises(StartError) as refused:
            lock_folder(data, verb)
        assert refused.value.code is StartCode.IN_USE
        assert (refused.value.details["pid"], refused.value.details["portal"]) == (os.getpid(), "http://p")
    found = holder(data)
    assert found is not None
    assert found.code is StartCode.IN_USE
    lock.release()
    lock.release()
    assert holder(data) is None
    again = lock_folder(data, "demo")
    assert again.before is not None
    assert (again.before.verb, again.before.mailbox) == ("up", "http://m")
    again.release()


def test_another_process_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StartError) as refused:
            lock_folder(tmp_path)
        assert (refused.value.code, refused.value.details["pid"]) == (StartCode.IN_USE, other.pid)
        other.kill()
    lock_folder(tmp_path).release()


def test_what_a_killed_process_left_behind_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Temporal server holds the lock too; the process itself is gone."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock = lock_folder(tmp_path)
    told = json.loads((tmp_path / LOCK).read_text()) | {"pid": ended.pid}
    (tmp_path / LOCK).write_text(json.dumps(told))
    monkeypatch.setattr(data_folder, "ENDING_SECONDS", 0.2)
    with pytest.raises(StartError) as refused:
        lock_folder(tmp_path)
    assert (refused.value.code, refused.value.details["pid"]) == (StartCode.ENDING, ended.pid)
    lock.release()
    lock_folder(tmp_path).release()


def test_a_folder_that_was_moved_away_is_another_one(tmp_path: Path) -> None:
    data, aside = tmp_path / "d", tmp_path / "d-1"
    old = lock_folder(data)
    data.rename(aside)
    new = lock_folder(data)
    assert (data / LOCK).exists()
    for folder in (data, aside):
        assert holder(folder) is not None
    old.release()
    assert holder(aside) is None
    new.release()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """No such file system can be had in a test, so the kernel's answer is put in its place."""

    def refuse(_fd: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StartError) as refused:
        lock_folder(tmp_path)
    assert refused.value.code is StartCode.NO_LOCKS
    assert refused.value.technical == (os.strerror(number),)


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\tb", "a\u2028b", "a\u00a0b", "a\udcffb"])
def test_what_cannot_be_printed_is_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartError) as refused:
        lock_folder(tmp_path / name)
    assert refused.value.code is StartCode.UNPRINTABLE_PATH
    assert list(tmp_path.iterdir()) == []


def test_a_path_too_long_for_the_socket_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = tmp_path / ("ä" * ((107 - len("/desk.sock") - len(str(tmp_path)) - 1) // 2))
    check_path(longest)
    load_settings(data=longest)
    with pytest.raises(StartError) as refused:
        lock_folder(longest.with_name(longest.name + "ää"))
    assert refused.value.code is StartCode.LONG_PATH
    assert refused.value.details["limit"] == 97
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("WIR_DESK_SOCKET", str(tmp_path / "d.sock"))
    check_path(tmp_path / ("x" * 200))
    load_settings(data=tmp_path / ("x" * 200))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StartError) as refused:
        lock_folder(tmp_path / "file")
    assert refused.value.code is StartCode.NOT_A_FOLDER


@pytest.mark.parametrize(
    "name", ["a#b", "a?b", "a?mode=ro", "a%20b", "a%b", "a b", "äöüß", "a'b", 'a"b', "-x", "a&b=c"]
)
def test_the_database_stands_in_the_folder_whatever_its_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = Path(name).absolute()
    lock = lock_folder(Path(name))
    db = Database(load_settings(mode="embedded", data=data).database)
    install(db, "embedded")
    assert installed_mode(db) == "embedded"
    db.close()
    lock.release()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert {path.name for path in data.iterdir()} == {LOCK, "wir.sqlite3"}
