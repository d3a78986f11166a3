"""The one entrance of officers: pages and JSON interface under one host name, and nobody gets in by another way."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from assembly.officers import logins_of
from gateway.start.settings import Mode, Settings
from portal.login.oidc.provider import Client
from tests.login.desk import Browser, hidden
from tests.login.entrance.house import House, enter


@pytest.fixture
def browser(house: House) -> Browser:
    """A browser in front of the desk."""
    return Browser(house.entrance())


def ask(browser: Browser, path: str, token: str = "", **given: Any) -> httpx.Response:
    """A request of a command line: no cookie, perhaps a token."""
    terminal = Browser(browser.app, browser.address, browser.base)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return terminal.ask("POST" if "json" in given else "GET", path, headers=headers | given.pop("headers", {}), **given)


def test_a_token_opens_the_interface_and_a_cookie_does_not(house: House, browser: Browser) -> None:
    token = house.token("berg")
    assert ask(browser, "/api/today", token).json()["officer"]["id"] == "berg"
    enter(browser, "berg", house.secret("berg"))
    assert browser.get("/").status_code == 200
    assert browser.get("/api/today").status_code == 401
    assert ask(browser, "/api/today", browser.token()).status_code == 401


@pytest.mark.slow
def test_a_token_is_no_cookie(house: House, browser: Browser) -> None:
    browser.cookies.set("__Host-wir-desk", house.token("berg"), domain="desk.example")
    assert browser.get("/").headers["location"].startswith("/anmelden")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/anmelden", "/api/today", "/geraet/code", "/static/desk.css"])
def test_another_host_name_gets_nothing(house: House, browser: Browser, path: str) -> None:
    for host in ("evil.example", "wir.rp-darmstadt.example", "127.0.0.1", "desk.example.evil.example", ""):
        answer = ask(browser, path, house.token("berg"), headers={"Host": host})
        assert (answer.status_code, "set-cookie" in answer.headers) == (400, False), host
        forwarded = {"Host": host, "X-Forwarded-Host": "desk.example"}
        assert ask(browser, path, headers=forwarded).status_code == 400


@pytest.mark.slow
def test_pages_and_interface_are_for_https_alone(house: House, browser: Browser) -> None:
    enter(browser, "berg", house.secret("berg"))
    assert {name for name, _ in browser.cookies.items()} == {"__Host-wir-desk"}
    for path in ("/", "/api/today", "/anmelden"):
        headers = browser.get(path).headers
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


@pytest.mark.slow
def test_no_other_site_can_ask_in_somebodys_name(house: House, browser: Browser) -> None:
    enter(browser, "tal", house.secret("tal"))
    body = {"id": "berg", "revoke": True}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert browser.ask("POST", "/api/officers", json=body, headers=headers).status_code == 403
        assert browser.ask("POST", "/abmelden", headers=headers).status_code == 403
    assert browser.ask("POST", "/api/officers", json=body).status_code == 401  # a cookie is worth nothing there
    assert ask(browser, "/api/today", house.token("berg")).status_code == 200


@pytest.mark.slow
def test_a_cookie_that_was_there_before_is_nobodys_afterwards(house: House, browser: Browser) -> None:
    attacker = Browser(browser.app)
    enter(attacker, "berg", house.secret("berg"))
    browser.cookies = httpx.Cookies(attacker.cookies)
    enter(browser, "tal", house.secret("tal"))
    assert browser.token() != attacker.token()
    assert attacker.get("/").headers["location"].startswith("/anmelden")
    assert "Tal" in browser.get("/").text


@pytest.mark.slow
def test_a_stale_token_is_worth_nothing(house: House, browser: Browser) -> None:
    token = house.token("berg")
    house.later(minutes=31)
    assert ask(browser, "/api/today", token).json() == {"error": "forbidden", "details": {}}


@pytest.mark.slow
def test_a_stolen_token_ends_with_a_log_out_and_with_the_log_out_everywhere(house: House, browser: Browser) -> None:
    one, other, colleague = house.token("berg"), house.token("berg"), house.token("tal")
    assert ask(browser, "/api/logout", one, json={}).status_code == 200
    assert ask(browser, "/api/today", one).status_code == 401
    assert ask(browser, "/api/today", other).status_code == 200
    enter(browser, "berg", house.secret("berg"))
    home = browser.get("/")
    assert '<form class="small" method="post" action="/abmelden/ueberall">' in home.text
    csrf = hidden(home, "csrf")
    assert browser.post("/abmelden/ueberall", csrf=csrf).status_code == 303
    assert ask(browser, "/api/today", other).status_code == 401
    assert ask(browser, "/api/today", colleague).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YTpi", "bearer \u00fc", f"Bearer {'x' * 5000}"])
def test_any_other_header_is_nobody(house: House, browser: Browser, header: str) -> None:
    answer = ask(browser, "/api/today", headers={"Authorization": header.encode()})
    assert (answer.status_code, answer.json()["error"]) == (401, "forbidden")


@pytest.mark.slow
def test_in_production_nobody_is_taken_at_their_word(house: House, browser: Browser) -> None:
    assert ask(browser, "/api/today", headers={"X-Wir-As": "berg"}).status_code == 401
    assert browser.post("/anmelden", officer="berg").status_code == 401
    assert browser.token() == ""


def test_the_settings_lead_to_the_authoritys_provider() -> None:
    given: dict[str, Any] = {
        "desk_url": "https://desk.example",
        "oidc_issuer": "https://login.example/realms/rp",
        "proof_minutes": 3,
    }
    secret = SecretStr("of-the-desk-5e1c")
    settings = Settings.model_construct(
        mode=Mode.PRODUCTION, oidc_client_id="wir-desk", oidc_client_secret=secret, **given
    )
    house: Any = SimpleNamespace(db=None, settings=settings)
    logins = logins_of(house)
    assert logins.provider is not None
    assert logins.provider.client == Client(
        "https://login.example/realms/rp",
        "wir-desk",
        "of-the-desk-5e1c",
        "https://desk.example/anmelden/haus/zurueck",
    )
    assert (logins.https, logins.simulated, logins.proof) == (True, False, timedelta(minutes=3))
