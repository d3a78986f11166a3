"""The migration job: twice is once, and what is wrong is said in one line."""

import os
from pathlib import Path

import pytest

from gateway.install import main


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [n for n in os.environ if n.startswith("WIR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WIR_DATA", str(tmp_path))


def test_twice_is_once(tmp_path: Path) -> None:
    said: list[object] = []
    assert main(said.append) == 0
    assert main(said.append) == 0
    assert said[0] == said[1]
    assert str(said[0]).endswith("mode embedded")
    assert (tmp_path / "wir.sqlite3").exists()


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"WIR_MODE": "both"}, "WIR_MODE: Input should be 'embedded' or 'production'"),
        ({"WIR_DATABASE_URL": "postgresql://wir@/wir?host=/nonexistent"}, "WIR_DATABASE_URL: "),
    ],
    ids=["settings", "unreachable"],
)
def test_what_is_wrong_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], line: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main() == 1
    said = capsys.readouterr()
    assert said.err.startswith(line)
    assert said.err.count("\n") == 1
    assert said.out == ""
