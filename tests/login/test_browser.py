"""A real Chromium, without script: the Strict cookie arrives after the return from another site."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from portal.login.oidc.provider import Client, Provider
from portal.login.service import Logins
from portal.login.ways import RETURN
from portal.serving import listening
from record.database.engine import Database
from record.logins.credentials import connect
from tests.login.desk import PASSWORD, Clock, code, desk
from tests.login.provider import CLIENT, SECRET, OwnProvider, running, served
from tests.portal.test_browser import CHROMIUM, QUIET

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)]


@pytest.fixture
def address(production: Database, clock: Clock) -> Iterator[str]:
    """A desk at ``localhost``; its provider at ``127.0.0.1`` is another site."""
    with running(OwnProvider(clock)) as provider:
        where = listening("127.0.0.1", 0)
        base = f"http://localhost:{where.getsockname()[1]}"
        provider.return_to = f"{base}{RETURN}"
        theirs = Provider(Client(provider.issuer, CLIENT, SECRET, provider.return_to), clock=clock)
        with production.write() as session:
            connect(session, provider.issuer, provider.who, "anna", clock.now)
        with served(desk(Logins(production, "production", https=False, provider=theirs, clock=clock)), where):
            yield base


def visit(use: Callable[[Page], Any]) -> Any:
    """Runs a visit in a thread of its own: Playwright holds the loop of the thread it works in."""
    done: list[Any] = []

    def run() -> None:
        with sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser:
            done.append(use(browser.new_context(java_script_enabled=False).new_page()))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done, "the visit failed; its traceback stands above"
    return done[0]


def test_from_the_provider_straight_to_the_page_that_was_wanted(address: str) -> None:
    def use(page: Page) -> tuple[str, list[Any]]:
        page.goto(f"{address}/anmelden?weiter=/")
        page.get_by_role("link", name="Weiter zum Anmeldedienst der Behörde").click()
        page.wait_for_url(f"{address}/")
        return page.locator("body").inner_text(), page.context.cookies()

    text, cookies = visit(use)
    assert '"officer":"anna"' in text
    assert [(one["name"], one["sameSite"], one["httpOnly"]) for one in cookies] == [("wir-desk", "Strict", True)]


def test_name_password_and_code_by_keyboard(address: str, clock: Clock, secrets_of: dict[str, str]) -> None:
    def use(page: Page) -> str:
        page.goto(f"{address}/anmelden")
        for label, typed in (
            ("Kennung", "ben"),
            ("Kennwort", PASSWORD),
            ("Code aus Ihrer App", code(secrets_of["ben"], clock)),
        ):
            page.get_by_label(label, exact=True).press_sequentially(typed)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        return page.locator("body").inner_text()

    assert '"officer":"ben"' in visit(use)
