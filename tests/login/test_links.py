"""One-time links: a new person sets up password and codes; a link counts once, not for long, and for its person."""

import pytest
from sqlalchemy import text

from models.errors import RefusedError
from portal.login.links import invite
from portal.login.service import Logins
from record.database.engine import Database
from record.logins.credentials import LINK_LASTS
from record.logins.tokens import hashed
from record.people import revoke_officer
from tests.login.desk import PASSWORD, Browser, Clock, code, secret_of
from tests.record.database.sql import value


def set_up(browser: Browser, path: str, clock: Clock, **given: str) -> int:
    secret = secret_of(browser.get(path))
    form = {"password": PASSWORD, "again": PASSWORD, "code": code(secret, clock)} | given
    return browser.post(path, **form).status_code


def test_a_new_person_sets_up_and_is_logged_in(browser: Browser, logins: Logins, clock: Clock) -> None:
    path = invite(logins, "anna", "ben")
    page = browser.get(path)
    assert page.status_code == 200
    assert "Anna Linde" in page.text
    assert "<svg" in page.text
    secret = secret_of(page)
    assert "set-cookie" not in page.headers
    answer = browser.post(path, password=PASSWORD, again=PASSWORD, code=code(secret, clock))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    me = browser.me()
    assert me is not None
    assert me["officer"] == "anna"
    clock.forward(seconds=30)
    later = Browser(browser.app)
    assert later.post("/anmelden", name="anna", password=PASSWORD, code=code(secret, clock)).status_code == 303


def test_looking_changes_nothing(browser: Browser, logins: Logins) -> None:
    path = invite(logins, "anna", "ben")
    pages = {browser.get(path).text for _ in range(3)}
    assert len(pages) == 1
    assert browser.ask("HEAD", path).status_code == 200


def test_only_the_hash_of_a_link_is_stored_and_its_secret_goes_with_it(
    browser: Browser, logins: Logins, clock: Clock, production: Database
) -> None:
    path = invite(logins, "anna", "ben")
    assert value(production, "SELECT token_hash FROM login_link") == hashed(path.rpartition("/")[2])
    assert set_up(browser, path, clock) == 303
    assert value(production, "SELECT totp_secret FROM login_link") == ""
    stored = value(production, "SELECT password_hash FROM login_credential")
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_a_link_counts_once(browser: Browser, logins: Logins, clock: Clock) -> None:
    path = invite(logins, "anna", "ben")
    assert set_up(browser, path, clock) == 303
    thief = Browser(browser.app)
    answer = thief.get(path)
    assert answer.status_code == 410
    assert "<svg" not in answer.text
    assert thief.post(path, password=PASSWORD, again=PASSWORD, code="000000").status_code == 410


def test_a_link_dies_with_its_days(browser: Browser, logins: Logins, clock: Clock) -> None:
    path = invite(logins, "anna", "ben")
    clock.forward(seconds=LINK_LASTS.total_seconds() - 1)
    assert browser.get(path).status_code == 200
    clock.forward(seconds=1)
    assert browser.get(path).status_code == 410


def test_a_newer_link_withdraws_the_older_one(browser: Browser, logins: Logins) -> None:
    old, new, other = (invite(logins, who, "ben") for who in ("anna", "anna", "cem"))
    assert [browser.get(path).status_code for path in (old, new, other)] == [410, 200, 200]


def test_a_link_of_a_revoked_person_is_over(browser: Browser, logins: Logins, production: Database) -> None:
    path = invite(logins, "anna", "ben")
    with production.write() as session:
        revoke_officer(session, "anna")
    assert browser.get(path).status_code == 410
    with pytest.raises(RefusedError):
        invite(logins, "anna", "ben")


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "%F0%9F%98%80"])
def test_an_invented_link_says_no_more_than_a_used_one(browser: Browser, logins: Logins, token: str) -> None:
    assert browser.get(f"/zugang/{token}").status_code == 410


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "kurz", "again": "kurz"}, "mindestens 12 Zeichen"),
        ({"again": "Kastanie-Fluss-18"}, "verschieden"),
        ({"code": "000000"}, "Der Code passt nicht"),
        ({"code": ""}, "Der Code passt nicht"),
    ],
)
def test_what_is_wrong_is_said_and_the_link_stays(
    browser: Browser, logins: Logins, clock: Clock, given: dict[str, str], said: str
) -> None:
    path = invite(logins, "anna", "ben")
    secret = secret_of(browser.get(path))
    form = {"password": PASSWORD, "again": PASSWORD, "code": code(secret, clock)} | given
    answer = browser.post(path, **form)
    assert answer.status_code == 422
    assert said in answer.text
    assert secret_of(answer) == secret
    assert set_up(browser, path, clock) == 303


def test_a_new_password_ends_the_log_ins_with_the_old_one(browser: Browser, logins: Logins, clock: Clock) -> None:
    assert set_up(browser, invite(logins, "anna", "ben"), clock) == 303
    old_secret_holder = browser.steal()
    assert set_up(Browser(browser.app), invite(logins, "anna", "ben"), clock) == 303
    assert old_secret_holder.me() is None


def test_links_are_on_record_with_who_made_them(
    browser: Browser, logins: Logins, clock: Clock, production: Database
) -> None:
    assert set_up(browser, invite(logins, "anna", "ben"), clock) == 303
    with production.read() as session:
        rows = session.connection().execute(text("SELECT kind, who, why FROM login_event ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        ("link_made", "anna", "ben"),
        ("link_used", "anna", ""),
        ("started", "anna", "password"),
    ]
