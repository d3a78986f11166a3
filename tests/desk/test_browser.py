"""The desk in a real Chromium: no barrier on any page at two widths, and it works by keyboard and without script."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from models.stages import Stage
from models.tasks import TaskKind as K
from portal.desk.files import PARTS
from record.database.engine import Database
from tests.browser.chromium import Chromium, barriers
from tests.browser.keyboard import Keyboard
from tests.desk.scene import played, served
from tests.desk.site import COOKIE
from tests.play import Play

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def play(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """An installation with cases in several stages."""
    path = tmp_path_factory.mktemp("desk") / "wir.db"
    shutil.copy(sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    yield played(db)
    db.close()


def pages(play: Play) -> list[str]:
    """Addresses of every page that an officer can open, of each sort one; the first ones are opened most often."""
    cases = sorted(play.states)
    tasks = [task.id for case in cases for task in play.states[case].open()]
    return [
        "/",
        f"/fall/{cases[0]}",
        *(f"/aufgabe/{task}" for task in tasks),
        *("/?kind=nichts", "/?list=take&recipient=kreis&late=yes", "/?list=others&order=amount"),
        "/runde/wir-fm-2018?order=-awarded",
        *(f"/fall/{cases[0]}/{part}" for part in PARTS if part),
        f"/beginnen/{cases[-1]}/block",
        f"/beginnen/{cases[-1]}/notify_change",
        f"/schreiben/{cases[0]}/N1",
        *("/runden", "/post", "/bank", "/suche?q=Landkreis", "/gibt-es-nicht"),
        *OFFICE,
    ]


OFFICE = (
    *("/amt", "/amt/person/sim-berg", "/amt/person/sim-tal", "/amt/kommunen", "/amt/kommune/06631"),
    *("/amt/programm", "/amt/behoerde", "/amt/verlauf"),
)
"""The pages of the office; whoever may change something has a form for it there."""


@pytest.mark.slow
@pytest.mark.parametrize(("width", "lang"), [(1280, "de-DE"), (390, "en-GB")])
def test_no_barrier_where_persons_are_changed(
    chromium: Chromium, play: Play, tmp_path: Path, width: int, lang: str
) -> None:
    with served(play, tmp_path) as address:

        def look(page: Page) -> list[str]:
            page.goto(f"{address}/anmelden")
            page.get_by_role("button", name="Zweitzeichnung Tal").click()
            found = []
            for path in ("/amt/neu", *OFFICE):
                page.goto(address + path)
                found += [f"{path}: {line}" for line in barriers(page)]
            page.goto(f"{address}/amt/neu")
            page.locator("form.decide button").click()  # everything is missing
            found += [f"with errors: {line}" for line in barriers(page)]
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            return found + ([f"{wide} pixels wide at {width}"] if wide > width else [])

        size = {"width": width, "height": 900}
        assert chromium.visit(look, viewport=size, cookie=COOKIE, locale=lang) == []


@pytest.mark.slow
def test_an_absence_is_entered_by_keyboard_alone_and_without_script(
    chromium: Chromium, play: Play, tmp_path: Path
) -> None:
    with served(play, tmp_path) as address:

        def enter(page: Page) -> str:
            page.goto(f"{address}/anmelden")
            press(page, "Zweitzeichnung Tal arbeiten")
            page.goto(f"{address}/amt/person/sim-wald")
            for field, typed in (("add_absence-first_day", "1.2.2018"), ("add_absence-last_day", "14.2.2018")):
                Keyboard().write(page, page.locator(f"#{field}"), typed)
            Keyboard().check(page, page.locator("#add_absence-deputy"))
            press(page, "Abwesenheit eintragen")
            return page.get_by_role("status").inner_text()

        said = chromium.visit(enter, cookie=COOKIE, java_script_enabled=False, locale="de-DE")
        assert said.startswith("Gespeichert: Simulierte Zahlstelle Wald abwesend ab Do")


def returned(sqlite_template: Path, folder: Path) -> tuple[Play, str, str]:
    """A draft that came back and was drafted anew, and another case to draft: the play, the signature, the draft."""
    path = folder / "returned.db"
    shutil.copy(sqlite_template, path)
    play = Play(Database(f"sqlite:///{path}"))
    first, second = play.apply("06631"), play.apply("06633")
    for case in (first, second):
        play.drive(case, Stage.DRAFTING)
    for reason in ("Sachausgaben gekürzt.", "Sachausgaben für Fahrten gekürzt."):
        play.answer(first, K.DRAFT_DECISION, "award", amount_cents=4_500_000, reason=reason)
        if "Fahrten" not in reason:
            play.answer(first, K.SIGN_DECISION, "send_back", reason="Welche Sachausgaben?")
    return play, play.task(first, K.SIGN_DECISION).id, play.task(second, K.DRAFT_DECISION).id


@pytest.mark.slow
@pytest.mark.parametrize(("width", "lang"), [(1280, "de-DE"), (390, "en-GB")])
def test_no_barrier_where_a_draft_is_read(
    chromium: Chromium, sqlite_template: Path, tmp_path: Path, width: int, lang: str
) -> None:
    play, signature, draft = returned(sqlite_template, tmp_path)
    with served(play, tmp_path) as address:

        def look(page: Page) -> list[str]:
            page.goto(f"{address}/anmelden")
            page.get_by_role("button", name="Zweitzeichnung Tal").click()
            page.goto(f"{address}/aufgabe/{signature}")
            found = [f"what differs: {line}" for line in barriers(page)]
            assert page.locator(".revised ins").count() == 1
            page.goto(f"{address}/anmelden")
            page.get_by_role("button", name="Sachbearbeitung Berg").click()
            page.goto(f"{address}/aufgabe/{draft}")
            page.locator("#antwort-award button").click()
            assert page.locator(".sheet.letter").count() >= 1
            found += [f"what is drafted: {line}" for line in barriers(page)]
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            page.locator("button[name=step]").click()
            assert page.locator("#antwort-award").count() == 1, "back at the form"
            return found + ([f"{wide} pixels wide at {width}"] if wide > width else [])

        size = {"width": width, "height": 900}
        assert chromium.visit(look, viewport=size, cookie=COOKIE, locale=lang) == []
    play.db.close()


@pytest.mark.parametrize(
    ("width", "lang", "most"),
    [
        (1280, "de-DE", 3),
        pytest.param(1280, "de-DE", 99, marks=pytest.mark.slow),
        pytest.param(390, "en-GB", 99, marks=pytest.mark.slow),
    ],
)
def test_no_barrier_on_any_page(
    chromium: Chromium, play: Play, tmp_path: Path, width: int, lang: str, most: int
) -> None:
    with served(play, tmp_path) as address:

        def look(page: Page) -> list[str]:
            page.goto(f"{address}/anmelden")
            found = [f"/anmelden: {line}" for line in barriers(page)]
            page.get_by_role("button", name="Sachbearbeitung Berg").click()
            for path in pages(play)[:most]:
                page.goto(address + path)
                found += [f"{path}: {line}" for line in barriers(page)]
                wide = page.evaluate("() => document.documentElement.scrollWidth")
                found += [f"{path}: {wide} pixels wide at {width}"] if wide > width else []
            return found

        size = {"width": width, "height": 900}
        assert chromium.visit(look, viewport=size, cookie=COOKIE, locale=lang) == []


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1280, 390])
def test_the_focus_is_seen_wherever_it_stands(chromium: Chromium, play: Play, tmp_path: Path, width: int) -> None:
    """Tab goes through each page: a ring stands around every control, on the screen, and no box cuts it off."""
    hand = Keyboard()
    with served(play, tmp_path) as address:

        def go(page: Page) -> None:
            page.goto(f"{address}/anmelden")
            hand.through(page)
            press(page, "Sachbearbeitung Berg arbeiten")
            for path in pages(play):
                page.goto(address + path)
                hand.through(page)

        size = {"width": width, "height": 900}
        chromium.visit(go, viewport=size, cookie=COOKIE, java_script_enabled=False, locale="de-DE")
    assert hand.pressed["Tab"] > 500
    assert hand.unseen == []


def test_an_award_is_signed_by_keyboard_alone_and_without_script(
    chromium: Chromium, play: Play, tmp_path: Path
) -> None:
    case = next(case for case, state in play.states.items() if state.open(K.SIGN_DECISION))
    task = play.task(case, K.SIGN_DECISION).id
    with served(play, tmp_path) as address:

        def sign(page: Page) -> str:
            page.goto(f"{address}/anmelden")
            press(page, "Zweitzeichnung Tal arbeiten")
            press(page, "Entscheidung zeichnen")
            assert page.url.endswith(f"/aufgabe/{task}")
            press(page, "Zeichnen und Zuwendungsbescheid")
            return page.locator("h1").inner_text()

        assert chromium.visit(sign, cookie=COOKIE, java_script_enabled=False, locale="de-DE") == "Erledigt"


def press(page: Page, name: str) -> None:
    """Goes by keyboard to the button or link with this in its name, and presses Enter."""
    found = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
    Keyboard().press(page, found.first)


def test_after_an_error_the_focus_is_there_and_its_link_leads_to_the_field(
    chromium: Chromium, play: Play, tmp_path: Path
) -> None:
    case = next(case for case, state in play.states.items() if state.open(K.CHECK_COMPLETENESS))
    task, hand = play.task(case, K.CHECK_COMPLETENESS).id, Keyboard()
    with served(play, tmp_path) as address:

        def refuse(page: Page) -> list[str]:
            page.goto(f"{address}/anmelden")
            press(page, "Sachbearbeitung Berg arbeiten")
            page.goto(f"{address}/aufgabe/{task}")
            form = page.locator("#antwort-refuse")
            hand.press(page, form.get_by_role("button"))
            met = [page.locator(":focus").inner_text()]
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            met.append(page.locator(":focus").get_attribute("id") or "")
            page.keyboard.type("Das Vorhaben hatte begonnen.")
            hand.press(page, form.get_by_role("button"))
            return [*met, page.locator("h1").inner_text()]

        summary, field, heading = chromium.visit(refuse, cookie=COOKIE, java_script_enabled=False, locale="de-DE")
    assert summary.endswith("Begründung: Bitte ausfüllen.")
    assert (field, heading, hand.unseen) == ("refuse-reason", "Erledigt", [])
    assert hand.longest <= 10, "the third answer of a task is near by its link at the top"
