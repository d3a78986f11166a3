"""Signing and ordering money need a fresh proof; whoever gives it later loses nothing of what was typed."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from portal.login import codes
from record.logins.running import Way, begin
from tests.cli.office import CASE
from tests.desk.site import Visitor
from tests.login.desk import Browser, hidden
from tests.login.entrance.house import House, enter


@pytest.fixture
def browser(house: House) -> Browser:
    """The co-signer's browser."""
    return Browser(house.entrance())


def ask(browser: Browser, token: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """A command line's request."""
    terminal = Browser(browser.app, browser.address, browser.base)
    return terminal.ask("POST", path, json=body, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def task(house: House, browser: Browser) -> str:
    """A decision that waits for its signature."""
    berg = house.token("berg")

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = ask(browser, berg, f"/api{path}", body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return house.until_signature(post)


def read(browser: Browser, token: str, task: str) -> str:
    """Reads what a signature sends; gives the hash to sign with."""
    terminal = Browser(browser.app, browser.address, browser.base)
    view = terminal.get(f"/api/doc/{task}", headers={"Authorization": f"Bearer {token}"}).json()
    return next(str(one["shown"]) for one in view["effects"] if one["choice"] == "sign")


def form_of(browser: Browser, task: str, choice: str) -> dict[str, str]:
    """The fields of an answer as its page has them."""
    answer = browser.get(f"/aufgabe/{task}")
    visitor = Visitor(httpx.Client())
    visitor._take(httpx.Response(200, text=answer.text, request=httpx.Request("GET", f"{browser.base}/aufgabe/{task}")))
    return dict(visitor.form(choice).fields)


def stage(house: House, browser: Browser) -> str:
    """Where the case stands."""
    terminal = Browser(browser.app, browser.address, browser.base)
    headers = {"Authorization": f"Bearer {house.token('tal')}"}
    return str(terminal.get(f"/api/case/{CASE}", headers=headers).json()["stage"])


def now_code(secret: str) -> str:
    """What the app shows."""
    return codes.code_at(secret, codes.step_of(datetime.now(UTC)))


@pytest.mark.slow
def test_with_a_fresh_proof_nothing_more_is_asked(house: House, browser: Browser, task: str) -> None:
    enter(browser, "tal", house.secret("tal"))
    form = form_of(browser, task, "sign")
    assert "proof_code" not in form
    assert browser.post(f"/aufgabe/{task}", **form).headers["location"].startswith("/quittung/")
    assert stage(house, browser) == "award_sent"


@pytest.mark.slow
def test_an_old_proof_signs_nothing_until_a_code_is_typed(house: House, browser: Browser, task: str) -> None:
    secret = house.secret("tal")
    enter(browser, "tal", secret)
    house.later(minutes=11)
    before, form = browser.token(), form_of(browser, task, "sign")
    assert form["proof_code"] == ""
    refused = browser.post(f"/aufgabe/{task}", **form)
    assert (refused.status_code, "frischen Nachweis" in refused.text) == (403, True)
    wrong = browser.post(f"/aufgabe/{task}", **form | {"proof_code": "000000"})
    assert (wrong.status_code, "Der Einmalcode passt nicht" in wrong.text) == (403, True)
    assert (stage(house, browser), browser.token()) == ("signature_pending", before)
    signed = browser.post(f"/aufgabe/{task}", **form | {"proof_code": now_code(secret)})
    assert signed.headers["location"] == f"/quittung/{form['command_id']}"
    assert stage(house, browser) == "award_sent"
    assert browser.token() != before
    assert browser.get("/").status_code == 200


@pytest.mark.slow
def test_what_was_typed_is_still_there(house: House, browser: Browser, task: str) -> None:
    enter(browser, "tal", house.secret("tal"))
    form = form_of(browser, task, "sign")
    house.later(minutes=11)
    again = browser.post(f"/aufgabe/{task}", **form)
    assert again.status_code == 403
    assert hidden(again, "csrf") == form["csrf"]
    assert f'value="{form["command_id"]}"' in again.text


@pytest.mark.slow
def test_sending_back_signs_nothing_and_needs_no_proof(house: House, browser: Browser, task: str) -> None:
    enter(browser, "tal", house.secret("tal"))
    house.later(minutes=11)
    form = form_of(browser, task, "send_back") | {"reason": "Bitte den Zeitraum nennen."}
    assert browser.post(f"/aufgabe/{task}", **form).headers["location"].startswith("/quittung/")


@pytest.mark.slow
def test_guessing_codes_beside_the_button_has_to_wait(house: House, browser: Browser, task: str) -> None:
    secret = house.secret("tal")
    enter(browser, "tal", secret)
    house.later(minutes=11)
    form = form_of(browser, task, "sign")
    tried = [browser.post(f"/aufgabe/{task}", **form | {"proof_code": f"00000{n}"}) for n in range(8)]
    assert "nächste Versuch" in tried[-1].text
    right = browser.post(f"/aufgabe/{task}", **form | {"proof_code": now_code(secret)})
    assert "nächste Versuch" in right.text
    assert stage(house, browser) == "signature_pending"


@pytest.mark.slow
def test_the_command_line_is_refused_and_a_new_log_in_mends_it(house: House, browser: Browser, task: str) -> None:
    old = house.token("tal")
    house.later(minutes=11)
    body = {"task": task, "choice": "sign"}  # to sign unread is another question
    assert ask(browser, old, "/api/do", body | {"dry_run": True}).status_code == 200
    answer = ask(browser, old, "/api/do", body)
    assert (answer.status_code, answer.json()) == (403, {"error": "proof_needed", "details": {}})
    assert stage(house, browser) == "signature_pending"
    new = house.token("tal")
    assert ask(browser, new, "/api/do", body | {"shown": read(browser, new, task)}).status_code == 200
    assert stage(house, browser) == "award_sent"


@pytest.mark.slow
def test_who_comes_from_the_provider_goes_there_in_another_tab(house: House, browser: Browser, task: str) -> None:
    now = datetime.now(UTC)
    with house.db.write() as session:
        token = begin(session, "tal", Way.OIDC, now).token
    browser.cookies.set("__Host-wir-desk", token, domain="desk.example")
    house.later(minutes=11)
    page = browser.get(f"/aufgabe/{task}").text
    assert 'href="/anmelden/haus?zweck=prove&amp;weiter=%2Fbestaetigt" target="_blank" rel="noopener"' in page
    assert 'name="proof_code"' not in page
    form = form_of(browser, task, "sign")
    assert browser.post(f"/aufgabe/{task}", **form | {"proof_code": "123456"}).status_code == 403
    assert "schließen" in browser.get("/bestaetigt").text
