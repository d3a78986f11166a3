"""A real Chromium without script on a narrow screen: an application by keyboard alone, from link to receipt."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from models.tasks import TaskKind as K
from tests.portal import acts
from tests.portal.play import Play

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def address(play: Play) -> Iterator[str]:
    """The portal behind a real server on a free port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(play.client.app, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


def browse(use: Callable[[Page], Any]) -> Any:
    """Runs a visit in a thread of its own: Playwright holds the loop of the thread it works in."""
    result: list[Any] = []

    def visit() -> None:
        with sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser:
            context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
            page = context.new_page()
            complaints: list[str] = []
            page.on("console", lambda message: complaints.append(message.text) if _serious(message.text) else None)
            page.on("requestfailed", lambda request: complaints.append(request.url))
            result.append((use(page), complaints, context.cookies()))

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()
    assert result, "the visit failed; its traceback stands above"
    outcome, complaints, cookies = result[0]
    assert complaints == []
    assert cookies == []
    return outcome


def _serious(text: str) -> bool:
    """Chromium also notes our own 422: a form with an error is no failure."""
    return "422" not in text


def narrow(page: Page) -> None:
    """Nothing sticks out sideways: the page's picture is as wide as the screen."""
    box = page.locator("html").bounding_box()
    assert box is not None
    assert box["width"] <= 320
    for one in page.locator("main *").all():
        placed = one.bounding_box()
        assert placed is None or placed["x"] + placed["width"] <= 321, one.inner_html()


def tab_to(page: Page, target: str) -> None:
    """Presses Tab until the control with this id has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(f"{target}:focus").count():
            return
    raise LookupError(f"Tab never reaches {target}")


@pytest.mark.slow
def test_an_application_by_keyboard_at_320_pixels(play: Play, address: str) -> None:
    path = play.invite()

    def use(page: Page) -> str:
        page.goto(address + path)
        narrow(page)
        tab_to(page, "main a.kern-btn")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Schritt 1 von 4")
        narrow(page)
        tab_to(page, "button[value=check]")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Schritt 2 von 4")
        narrow(page)
        tab_to(page, "#f-requested_cents")
        page.keyboard.type("50.000,00")
        tab_to(page, "#f-staff_cents")
        page.keyboard.type("52.500,00")
        tab_to(page, "#f-own_cents")
        page.keyboard.type("2.500,00")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Schritt 3 von 4")
        narrow(page)
        tab_to(page, "button[value=check]")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Schritt 4 von 4")
        narrow(page)
        for name in ("not_begun", "electronic_service"):
            tab_to(page, f"#f-{name}")
            page.keyboard.press("Space")
        tab_to(page, "button[value=check]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#f-declaration")
        narrow(page)
        tab_to(page, "#f-acting_name")
        page.keyboard.type(acts.WHO["Ihr Name"])
        tab_to(page, "#f-acting_function")
        page.keyboard.type(acts.WHO["Ihre Funktion"])
        tab_to(page, "#f-declaration")
        page.keyboard.press("Space")
        tab_to(page, "button[value=confirm]")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=So geht es weiter")
        narrow(page)
        return page.locator("h1").inner_text()

    assert browse(use) == "Ihr Antrag ist eingegangen"
    assert play.case().requested_cents == 5_000_000


def test_errors_have_the_focus_and_lead_to_their_fields(play: Play, address: str) -> None:
    acts.apply(play)
    play.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    path = play.link()

    def use(page: Page) -> bool:
        page.goto(address + path)
        page.get_by_role("button", name="Weiter: Angaben prüfen").click()
        page.wait_for_selector("#fehlerliste:focus")
        page.get_by_role("link", name="Ihre Antwort: Bitte machen Sie hier eine Angabe.").click()
        return page.url.endswith("#f-answer")

    assert browse(use)
