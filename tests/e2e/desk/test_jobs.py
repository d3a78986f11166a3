"""Four jobs of officers at the desk, in a real browser: what each costs is counted and stands in ``job_counts.json``.

Write the table anew after a wanted change: ``WIR_WRITE_COUNTS=1 pytest tests/e2e/desk/test_jobs.py``.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page as Tab
from sqlmodel import select

from models.money import Cents, format_plain
from models.office import Change
from models.tables import Case, CommandRow
from models.tasks import TaskKind as K
from record.casework.holding import Act, Wish, enter
from record.database.engine import Database
from record.telephones import on_file
from tests.browser.chromium import Chromium
from tests.desk.scene import served
from tests.desk.site import COOKIE, until_open
from tests.e2e.counts import Tally, committed
from tests.e2e.desk.hands import Mouse
from tests.e2e.desk.onlooker import WordCount
from tests.e2e.desk.people import HEADER, AtDesk
from tests.play import Play
from tests.record.office.test_changes import change

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
COUNTS: Final = Path(__file__).with_name("job_counts.json")
KEYS: Final = ("06631", "06411000", "06412000", "06413000", "06414000", "06431", "06432", "06433", "06434", "06435")
SIGN: Final = "Zeichnen und Zuwendungsbescheid über 50.000,00\u00a0€ versenden"


@pytest.fixture
def play(sqlite_template: Path, tmp_path: Path) -> Iterator[Play]:
    """A fresh installation."""
    shutil.copy(sqlite_template, tmp_path / "wir.db")
    with closing(Database(f"sqlite:///{tmp_path / 'wir.db'}")) as db:
        yield Play(db)


Job = Callable[[AtDesk], None]
Does = Callable[[Job], None]


@pytest.fixture
def does(play: Play, chromium: Chromium, tmp_path: Path) -> Does:
    """Does a job at a desk in a browser; the counts of it are those that are committed."""

    def do(job: Job) -> None:
        tally, name = Tally(), job.__name__
        with served(play, tmp_path) as address:

            def work(page: Tab) -> None:
                job(AtDesk(Mouse(page), address, tally, WordCount(tally), at=name))

            chromium.visit(work, cookie=COOKIE, locale="de-DE")
        play.settle()
        found = tally.counts[name]
        before = json.loads(COUNTS.read_text(encoding="utf-8"))
        assert found == committed({**before, name: found}, COUNTS).get(name)

    return do


def cases(play: Play, kind: K, number: int) -> list[str]:
    """As many cases, each with an open task of a kind."""
    found = [play.apply(key) for key in KEYS[:number]]
    for case in found:
        until_open(play, case, kind)
    return found


def test_where_a_case_stands_by_telephone_number(play: Play, does: Does) -> None:
    def find_by_telephone_number(desk: AtDesk) -> None:
        desk.log_in("sim-berg")
        desk.find(number)
        desk.reads("Landkreis Fulda", "Stand: Fachliche Prüfung", "Frist:")

    case, _ = cases(play, K.EXAMINE, 2)
    with play.db.read() as session:
        number = on_file(session, session.get_one(Case, case).recipient, play.today)[0][0].written
    does(find_by_telephone_number)


def test_ten_awards_are_signed_and_each_is_read(play: Play, does: Does) -> None:
    def sign_ten_awards(desk: AtDesk) -> None:
        desk.log_in("sim-tal")
        for case in wanted:
            if case != wanted[0]:
                desk.follow("Weiter zu meinem Tag")
            desk.follow("Entscheidung zeichnen")
            desk.reads("1. Bewilligung", "Sie erhalten eine nicht rückzahlbare Zuwendung", "Rechtsbehelfsbelehrung")
            desk.press(SIGN)
            desk.reads("Erledigt")

    wanted = cases(play, K.SIGN_DECISION, len(KEYS))
    does(sign_ten_awards)
    assert [case for case in wanted if play.states[case].open(K.SIGN_DECISION)] == []


def test_a_bank_file_is_booked_and_two_odd_lines_are_told(play: Play, does: Does, tmp_path: Path) -> None:
    def book_a_bank_file(desk: AtDesk) -> None:
        desk.log_in("sim-kasse")
        desk.follow("Bank")
        desk.hand_in(file)
        desk.reads("Angewendet: 4.", "FM18-99999-D01-A1", odd.partition(";")[0])

    wanted = cases(play, K.BOOK_PAYMENT, 5)
    *lines, last = (line(play, case) for case in wanted)
    odd, file = last.replace("25000.00", "2500.00"), tmp_path / "belege.csv"
    file.write_text("\n".join((HEADER, *lines, odd, f"FM18-99999-D01-A1;booked;1.00;{play.today};", "")))
    does(book_a_bank_file)
    assert [case for case in wanted if play.states[case].open(K.BOOK_PAYMENT)] == wanted[-1:]


def line(play: Play, case: str) -> str:
    """The bank's line for the order of a case."""
    task = play.task(case, K.BOOK_PAYMENT)
    return f"{task.subject};booked;{format_plain(Cents(play.states[case].orders[task.subject].cents))};{play.today};"


def test_the_deputy_takes_over_for_an_absent_colleague(play: Play, does: Does) -> None:
    """An open task that the colleague had taken, and a draft of theirs that came back with a reason."""

    def take_over(desk: AtDesk) -> None:
        desk.log_in("sim-wald")
        desk.reads("Bitte den Zweck genauer fassen.")
        desk.follow("Entscheidung entwerfen")
        desk.reads("Bitte den Zweck genauer fassen.", "vorgeschlagen: 50.000,00", "in Vertretung für")
        desk.answer("Bewilligung entwerfen", {})
        desk.follow("Weiter zu meinem Tag")
        desk.follow("Fachlich prüfen")
        desk.answer("Bewilligung vorschlagen", {})

    examined, drafted = cases(play, K.EXAMINE, 2)
    for kind in (K.EXAMINE, K.DRAFT_DECISION):
        play.answer(drafted, kind, by="sim-berg")
    play.answer(drafted, K.SIGN_DECISION, "send_back", by="sim-tal", reason="Bitte den Zweck genauer fassen.")
    with play.db.write() as session:
        enter(session, Wish(Act.TAKE, play.task(examined, K.EXAMINE).id, "sim-berg"))
        today = play.today.isoformat()
        change(session, Change.ADD_ABSENCE, "sim-tal", officer="sim-berg", first_day=today, deputy="sim-wald")
    does(take_over)
    with play.db.read() as session:
        acts = session.exec(select(CommandRow).where(CommandRow.on_behalf_of == "sim-berg")).all()
    assert {row.actor_id for row in acts} == {"sim-wald"}
    assert play.states[drafted].open(K.SIGN_DECISION)
    assert play.states[examined].open(K.DRAFT_DECISION)
