"""The data folder: a fresh one or an earlier demo's, and nobody else's."""

from pathlib import Path

import pytest

from demo.folder import MARK, FolderError, prepare
from demo.play import run


def test_a_fresh_folder_is_made(tmp_path: Path) -> None:
    data = tmp_path / "a b" / "demo"
    assert not prepare(data)
    assert [path.name for path in data.iterdir()] == [MARK]


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert not prepare(tmp_path)


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "wir.sqlite3").write_text("old")
    assert prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [MARK]


def test_what_is_not_ours_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = tmp_path / "letter.txt"
    theirs.write_text("mine")
    with pytest.raises(FolderError, match="foreign"):
        prepare(tmp_path)
    assert run(tmp_path) == 2
    said = capsys.readouterr()
    assert theirs.read_text() == "mine"
    assert str(tmp_path) in said.err
    assert "--data" in said.err
    assert not said.out


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    data = tmp_path / "file"
    data.write_text("x")
    with pytest.raises(FolderError, match="foreign"):
        prepare(data)
