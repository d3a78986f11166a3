"""What stands in the way of a start reaches people as a line in their language, with the way forward."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.starting import told
from cli.words import Words
from demo.play import run as run_demo
from embedded import run_up
from gateway.start.data_folder import lock_folder
from gateway.start.devserver import free_port
from gateway.start.errors import StartCode
from gateway.start.ports import PORTS, setting
from portal.interface.socket import interface_socket
from templates import LANGUAGES

Said = Callable[[str], list[str]]
EN, DE = Words("en", "./starter.py"), Words("de", "./starter.py")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own, no setting of the machine, ports that nobody has."""
    for name in [name for name in os.environ if name.startswith(("WIR_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    for name in PORTS:
        monkeypatch.setenv(setting(name), str(free_port()))
    monkeypatch.chdir(tmp_path)


def refused(words: Words, capsys: pytest.CaptureFixture[str], data: str = "d") -> list[str]:
    """The lines of an ``up`` that cannot be."""
    assert run_up(Path(data), words) == 5
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err.splitlines()


def test_a_wrong_setting(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIR_MAIL_FROM", "nobody")
    head, detail, way = refused(DE, capsys)
    assert head == "Eine Einstellung ist nicht verwendbar:"
    assert detail.startswith("  WIR_MAIL_FROM: ")
    assert way == "Bitte berichtigen und noch einmal starten: ./starter.py up --data ./d"
    assert refused(EN, capsys)[0] == "A setting cannot be used:"
    assert not Path("d").exists()


def test_a_server_that_cannot_be_reached(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    assert refused(DE, capsys)[0] == f"Unter {address} (TEMPORAL_ADDRESS) antwortet kein Temporal-Server."
    assert address in refused(EN, capsys)[0]


def test_a_database_that_cannot_be_reached(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIR_DATABASE_URL", f"postgresql://x@127.0.0.1:{free_port()}/x")
    head, detail, way = refused(DE, capsys)
    assert head == "Die Datenbank antwortet nicht, wie sie soll:"
    assert "refused" in detail
    assert "WIR_DATABASE_URL" in way


def test_a_damaged_database(capsys: pytest.CaptureFixture[str]) -> None:
    Path("d").mkdir()
    Path("d/wir.sqlite3").write_bytes(b"no database at all, but longer than a header" * 40)
    assert refused(DE, capsys)[0] == "Die Datenbank antwortet nicht, wie sie soll:"


def test_a_damaged_store_of_temporal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("d").mkdir()
    Path("d/temporal.sqlite3").write_bytes(b"no database at all, but longer than a header" * 40)
    lines = refused(DE, capsys)
    assert lines[0].startswith("Der Temporal-Server hat sich beim Start beendet. Sein Protokoll: ")
    assert lines[0].endswith("/d/temporal.log")
    assert "not a database" in lines[1]


def test_a_database_of_another_mode(capsys: pytest.CaptureFixture[str]) -> None:
    from record.database.engine import Database
    from record.database.install import install

    db = Database(f"sqlite:///{Path('d').absolute()}/wir.sqlite3")
    install(db, "production")
    db.close()
    head, detail, way = refused(DE, capsys)
    assert head == "Die Datenbank ist für diesen Start nicht verwendbar:"
    assert "production" in detail
    assert way == "Bitte berichtigen, oder einen anderen Ordner nehmen: ./starter.py up --data ORDNER"


def test_the_server_program_is_missing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path.cwd()))
    monkeypatch.setattr("sys.executable", str(Path.cwd() / "python"))
    lines = refused(DE, capsys)
    assert (lines[0], lines[-1]) == ("Das Programm „temporal“ fehlt.", "Bitte im Projektordner einrichten: make setup")


def test_a_path_of_folders_as_they_are_called_from_here(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server starts in the data folder; it is found on a relative PATH all the same."""
    found = shutil.which("temporal")
    assert found is not None
    monkeypatch.setenv("PATH", f"{os.path.relpath(Path(found).parent)}{os.pathsep}{os.environ['PATH']}")
    Path("d").mkdir()
    Path("d/temporal.sqlite3").write_bytes(b"no database at all, but longer than a header" * 40)
    assert "not a database" in refused(DE, capsys)[1], "it started"


def test_another_system_at_the_socket(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIR_DESK_SOCKET", str(Path("s").absolute()))
    with interface_socket(Path("s").absolute()):
        assert refused(DE, capsys)[0].endswith("/s antwortet schon ein anderes System.")
        assert stat.S_ISSOCK(Path("s").stat().st_mode)
    assert not Path("d/temporal.log").exists()


@pytest.mark.parametrize("name", ["a\nb", "x" * 120])
def test_a_path_that_cannot_work(capsys: pytest.CaptureFixture[str], name: str) -> None:
    for words in (DE, EN):
        lines = refused(words, capsys, name)
        assert len(lines) == 2, lines
        assert lines[1].endswith(
            {"de": "./starter.py up --data ORDNER", "en": "./starter.py up --data DIR"}[words.lang]
        )
    assert list(Path().iterdir()) == []


def test_what_the_system_does_not_let(capsys: pytest.CaptureFixture[str]) -> None:
    Path("d").mkdir()
    Path("d/running.lock").mkdir()
    head, detail, way = refused(DE, capsys)
    assert head == f"Das Betriebssystem lässt den Start nicht zu: {Path('d/running.lock').absolute()}"
    assert detail == "  Is a directory"
    assert "--data ORDNER" in way


def test_the_demo_says_it_in_the_same_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIR_LANG", "en")
    lock = lock_folder(Path("d"))
    assert run_demo(Path("d")) == 5
    lock.release()
    said = capsys.readouterr()
    assert said.out == ""
    assert f"process {os.getpid()}" in said.err
    monkeypatch.setenv("WIR_LANG", "de")
    monkeypatch.setenv("WIR_MAIL_FROM", "nobody")
    assert run_demo(Path("d")) == 5
    assert "Eine Einstellung ist nicht verwendbar:" in capsys.readouterr().err


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", StartCode)
def test_each_reason_has_its_words(capsys: pytest.CaptureFixture[str], code: StartCode, lang: str) -> None:
    details = {
        "pid": 7, "since": "2026-11-27T11:00:00+00:00", "portal": "http://p", "ports": "1 (X)", "settings": "X=2",
        "socket": "/s", "address": "a:1", "bytes": 120, "limit": 97, "path": "/p",
        "job": "sweeper",
    }  # fmt: skip
    assert told(Words(lang, "./starter.py"), "up", Path("a b"), str(code), details) == 5
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert not any("…" in line or "{" in line or "[" in line for line in lines), lines


def test_a_database_newer_than_this_program(capsys: pytest.CaptureFixture[str]) -> None:
    from record.database.engine import Database
    from record.database.install import install

    db = Database(f"sqlite:///{Path('d').absolute()}/wir.sqlite3")
    install(db, "embedded")
    db.close()
    with sqlite3.connect("d/wir.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    head, detail, _ = refused(DE, capsys)
    assert head == "Die Datenbank ist für diesen Start nicht verwendbar:"
    assert "9999" in detail
