"""Any printed line can be pasted: it does what it says, or is refused for want of what only a person can say.

Each kind of task of the authority comes about in a folder with spaces; then ``today``, ``case`` and ``show`` print
their lines, and each is typed as printed against a copy of that installation.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from sqlmodel import func, select
from typer.testing import Result

from cli.words import Words
from models.tables import CommandRow, StoredFile
from models.tasks import TaskKind as K
from record.database.engine import Database
from tests.cli.office import COMMAND, Office, on_terminal
from tests.fixtures.clone import ROOT
from tests.portal.interface.roads import FILE, OFFICERS, installed, led

SAMPLE: Final = K.SIGN_DECISION
"""The kind of ``make test``: its lines read first; ``make test-slow`` pastes the others."""
CHANGING: Final = ("do", "act", "bank")
LANGUAGES: Final = ("de", pytest.param("en", marks=pytest.mark.slow))


@dataclass(frozen=True)
class Line:
    """A printed line: what is typed after the program's name, what is piped into it, what the person has to add."""

    typed: str
    piped: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """Its first word."""
        return self.typed.split()[0]


@dataclass
class Place:
    """An installation in a folder with spaces, with a case in which a kind of task is open."""

    folder: Path
    case: str

    @contextmanager
    def office(self) -> Iterator[Office]:
        """The installation while it runs."""
        db = Database(f"sqlite:///{self.folder / 'wir.db'}")
        found = Office(db, self.folder)
        found.open()
        try:
            yield found
        finally:
            found.close()
            db.close()

    def typed(self, office: Office, line: str, lang: str, piped: str = "") -> Result:
        """A line as a person types it; the folder is named in the line, or nowhere."""
        nowhere = str(self.folder.parent / "nowhere")
        return office.type(line, piped=piped, WIR_LANG=lang, WIR_DATA=nowhere)

    def printed(self, office: Office, line: str, lang: str) -> str:
        """What a line prints in a pipe."""
        result = self.typed(office, line, lang)
        assert (result.exit_code, result.stderr) == (0, ""), (line, result.output, result.exception)
        return result.stdout

    def lines(self, office: Office, lang: str) -> list[Line]:
        """All lines that ``today`` and ``case`` print, and those that they print of the tasks of the case."""
        folder = f"--data '{self.folder}'"
        first = [*lines(self.printed(office, f"today {folder}", lang), lang)]
        first += lines(self.printed(office, f"case {self.case} {folder}", lang), lang)
        for shows in sorted({one.typed for one in first if one.typed.startswith(f"show {self.case}.")}):
            first += lines(self.printed(office, shows, lang), lang)
        return sorted(set(first), key=lambda one: one.typed)


def lines(printed: str, lang: str) -> Iterator[Line]:
    """The lines of a print; behind one may stand what the person has to add."""
    words = Words(lang, "./starter.py")
    adds = words.say("to_add", options="").split(":")[0]
    for match in COMMAND.finditer(printed):
        piped = match["piped"][1:-1].replace("\\n", "\n") if match["piped"] else ""
        behind = printed[match.end() :].partition("./starter.py")[0].strip()
        lacks = tuple(re.findall(r"--[a-z-]+", behind.partition("\n\n")[0])) if behind.startswith(adds) else ()
        yield Line(match["typed"], piped, lacks)


@pytest.fixture(params=[pytest.param(k, marks=() if k is SAMPLE else pytest.mark.slow) for k in OFFICERS], ids=str)
def place(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """An installation for each kind of task of the authority."""
    folder, kind = tmp_path / "zwei Worte", K(request.param)
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "wir.db")
    db = Database(f"sqlite:///{folder / 'wir.db'}")
    play = installed(db, kind)
    with db.write() as session:
        session.add(StoredFile.model_validate({**FILE, "stored_at": datetime.now(UTC)}))
    case = led(play, kind, play.full_application(), monkeypatch)
    db.close()
    return Place(folder, case)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_printed_line_does_what_it_says_or_names_what_is_missing(place: Place, lang: str) -> None:
    with place.office() as office:
        found = place.lines(office, lang)
        wrong = _pasted(place, office, [one for one in found if one.verb not in CHANGING], lang)
    assert {one.verb for one in found} >= {"show"}
    kept = place.folder / "kept.db"
    shutil.copy(place.folder / "wir.db", kept)
    for line in found:
        if line.verb in CHANGING:
            for left in place.folder.glob("wir.db*"):
                left.unlink()
            shutil.copy(kept, place.folder / "wir.db")
            with place.office() as office:
                wrong += _pasted(place, office, [line], lang)
    assert wrong == []


def _pasted(place: Place, office: Office, pasted: list[Line], lang: str) -> list[str]:
    """What the lines did otherwise than they say."""
    wrong = []
    for line in pasted:
        before = _stored(office)
        result = place.typed(office, line.typed, lang, line.piped)
        wrong += _wrong(line, result, _stored(office) - before)
    return wrong


def _wrong(line: Line, result: Result, stored: int) -> list[str]:
    """What a pasted line did otherwise than it says."""
    told = f"{line.typed}: {result.exit_code} {result.stderr}"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return [f"{line.typed}: {result.exception!r}"]
    if line.lacks:
        named = all(option in result.stderr for option in line.lacks)
        return [] if (result.exit_code, stored) == (2, 0) and named else [f"{told} lacks {line.lacks}"]
    does = 1 if line.verb in CHANGING and "--dry-run" not in line.typed else 0
    return [] if (result.exit_code, result.stderr, stored) == (0, "", does) else [told]


def _stored(office: Office) -> int:
    with office.db.read() as session:
        return session.exec(select(func.count()).select_from(CommandRow)).one()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_terminal_of_eighty_columns_shows_the_same_lines(place: Place, lang: str) -> None:
    with place.office() as office:
        for verb in ("today", f"case {place.case}"):
            typed = f"{verb} --data '{place.folder}'"
            piped = [one.typed for one in lines(place.printed(office, typed, lang), lang)]
            eighty = {"WIR_LANG": lang, "COLUMNS": "80", "NO_COLOR": "1"}
            shown = _plain(on_terminal([*verb.split(), "--data", str(place.folder)], eighty))
            assert [one.typed for one in lines(shown, lang)] == piped


def _plain(written: str) -> str:
    """What a terminal was sent, without its colours, with the program as a pipe calls it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", written).replace("\r\n", "\n")
    return plain.replace(shlex.quote(str(ROOT / "starter.py")), "./starter.py")
