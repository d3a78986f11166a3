"""The pages of casework in a real Chromium: no barrier at two widths, and whole by keyboard without script."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlmodel import select

from models.tables import Outbox
from models.tasks import TaskKind as K
from record.casework.holding import Act, Wish, enter
from record.casework.notes import NewNote, write
from record.database.engine import Database
from tests.browser.chromium import Chromium, barriers
from tests.browser.keyboard import Keyboard
from tests.desk.conftest import chromium
from tests.desk.scene import served
from tests.desk.site import COOKIE, until_open
from tests.desk.test_browser import press
from tests.play import Play

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def play(sqlite_template: Path, tmp_path: Path) -> Iterator[Play]:
    """A task that somebody took, one that is put on a day, notes, and what a municipality owes."""
    path = tmp_path / "wir.db"
    shutil.copy(sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    found = Play(db)
    for key, kind in {"06631": K.CHECK_COMPLETENESS, "06633": K.PROVE_USE, "06634": K.FIX_DELIVERY}.items():
        found.refuse = lambda mail, kind=kind: kind is K.FIX_DELIVERY and mail.template == "award"  # type: ignore[misc]
        until_open(found, found.apply(key), kind)
    found.apply("06632")
    with db.write() as session:
        taken = found.task("wir-fm-2018-06631", K.CHECK_COMPLETENESS).id
        enter(session, Wish(Act.TAKE, taken, "sim-wald"))
        enter(session, Wish(Act.TAKE, taken, "sim-berg", over=True))
        for number, corrects in ((1, None), (2, 1)):
            write(session, NewNote("wir-fm-2018-06631", "sim-berg", f"Vermerk {number}", corrects))
    yield found
    db.close()


def pages(play: Play) -> list[str]:
    """Addresses of the pages of casework, of each sort one."""
    taken = play.task("wir-fm-2018-06631", K.CHECK_COMPLETENESS).id
    owed = play.task("wir-fm-2018-06633", K.PROVE_USE).id
    with play.db.read() as session:
        mail = session.exec(select(Outbox.id).where(Outbox.case_id == "wir-fm-2018-06633")).first()
    return [
        "/",
        f"/aufgabe/{taken}",
        f"/aufgabe/{taken}/bearbeitung",
        *(f"/fall/wir-fm-2018-06631{part}" for part in ("", "/vermerke", "/verlauf")),
        f"/erfassen/{owed}",
        "/druck/wir-fm-2018-06634/N1",
        f"/nochmal/wir-fm-2018-06633/{mail}",
    ]


@pytest.mark.parametrize(("width", "lang"), [(1280, "de-DE"), (390, "en-GB")])
def test_no_barrier_on_any_page(chromium: Chromium, play: Play, tmp_path: Path, width: int, lang: str) -> None:
    with served(play, tmp_path) as address:

        def look(page: Page) -> list[str]:
            page.goto(f"{address}/anmelden")
            page.get_by_role("button", name="Sachbearbeitung Berg").click()
            found: list[str] = []
            for path in pages(play):
                page.goto(address + path)
                found += _seen(page, path, width)
                last = page.locator("main form button").last
                if "/erfassen/" in path or path.endswith("/bearbeitung") or path.startswith("/druck"):
                    last.click()  # empty: the page comes back with what is wrong
                    found += [] if page.locator(".wrong").count() else [f"{path}: nothing is said to be wrong"]
                    found += _seen(page, f"{path} after an error", width)
            return found

        size = {"width": width, "height": 900}
        assert chromium.visit(look, viewport=size, cookie=COOKIE, locale=lang) == []


def _seen(page: Page, path: str, width: int) -> list[str]:
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    found = [f"{path}: {line}" for line in barriers(page)]
    return found + ([f"{path}: {wide} pixels wide at {width}"] if wide > width else [])


def test_a_call_is_recorded_by_keyboard_alone_and_without_script(
    chromium: Chromium, play: Play, tmp_path: Path
) -> None:
    play.answer("wir-fm-2018-06632", K.CHECK_COMPLETENESS, "incomplete", items=["Stellenplan"])
    with served(play, tmp_path) as address:

        def walk(page: Page) -> str:
            page.goto(f"{address}/anmelden")
            press(page, "Sachbearbeitung Berg arbeiten")
            page.goto(f"{address}/fall/wir-fm-2018-06632")
            press(page, "Per Post oder Telefon gekommen: erfassen")
            assert "Stellenplan" in page.locator("main").inner_text()
            Keyboard().choose(page, page.get_by_label("am Telefon"))
            for name, typed in (
                ("received_on", f"{play.today:%d.%m.%Y}"),
                ("answer", "Kommt nach."),
                ("acting_name", "Simulierte Person"),
                ("acting_function", "Simulierte Leitung"),
            ):
                Keyboard().write(page, page.locator(f"[name={name}]"), typed)
            press(page, "Für die Kommune erfassen")
            return page.locator("h1").inner_text()

        assert chromium.visit(walk, cookie=COOKIE, java_script_enabled=False, locale="de-DE") == "Erledigt"
    assert play.states["wir-fm-2018-06632"].open(K.CHECK_COMPLETENESS)
