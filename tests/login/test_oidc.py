"""OpenID Connect against a provider over real HTTP: who is let in, and each thing that is false keeps them out."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import text
from starlette.applications import Starlette

from portal.login.links import invite
from portal.login.oidc.provider import Client, Provider
from portal.login.service import Logins
from record.database.engine import Database
from record.logins.credentials import connect
from record.people import revoke_officer
from tests.login.conftest import LIMITS
from tests.login.desk import Browser, Clock, desk
from tests.login.provider import CLIENT, RETURN, SECRET, OwnProvider, running

COOKIE = "__Host-wir-login"


@pytest.fixture
def provider(clock: Clock) -> Iterator[OwnProvider]:
    """A provider that runs."""
    with running(OwnProvider(clock)) as found:
        yield found


@pytest.fixture
def app(production: Database, clock: Clock, provider: OwnProvider) -> Starlette:
    """A desk that knows it."""
    known = Client(provider.issuer, CLIENT, SECRET, RETURN)
    theirs = Provider(known, clock=clock)
    return desk(Logins(production, "production", limits=LIMITS, https=True, provider=theirs, clock=clock))


@pytest.fixture
def browser(app: Starlette) -> Browser:
    """A browser at that desk."""
    return Browser(app)


@pytest.fixture
def anna(production: Database, provider: OwnProvider, clock: Clock) -> str:
    """An officer whom the provider knows."""
    with production.write() as session:
        connect(session, provider.issuer, provider.who, "anna", clock.now)
    return "anna"


def there(browser: Browser, path: str = "/anmelden/haus?weiter=/faelle") -> str:
    """To the provider, who sends back; gives where to. No cookie of ours is sent there."""
    answer = browser.get(path)
    assert answer.status_code == 303, answer.text
    said = httpx.get(answer.headers["location"])
    assert said.status_code == 302, said.text
    back: str = said.headers["location"]
    assert back.startswith(RETURN)
    return back.removeprefix("https://desk.example")


def back(browser: Browser, path: str) -> httpx.Response:
    """The return: browsers send the Lax cookie along and keep the Strict one back."""
    strict = browser.cookies
    browser.cookies = httpx.Cookies()
    for one in strict.jar:
        if one.name == COOKIE:
            browser.cookies.jar.set_cookie(one)
    return browser.get(path, headers={"Sec-Fetch-Site": "cross-site"})


def test_a_person_whom_the_provider_names_is_logged_in(browser: Browser, anna: str, provider: OwnProvider) -> None:
    assert "/anmelden/haus?" in browser.get("/anmelden?weiter=/faelle").text
    path = there(browser)
    answer = back(browser, path)
    assert answer.status_code == 200
    assert 'content="0; url=/faelle"' in answer.text  # from a page of ours, so the Strict cookie is sent
    me = browser.me()
    assert me is not None
    assert (me["officer"], me["fresh"]) == (anna, True)
    assert [name for name in browser.cookies if name != "__Host-wir-desk"] == []
    assert provider.asked["code_challenge_method"] == "S256"
    assert "prompt" not in provider.asked


def test_the_cookie_of_the_way_is_lax_and_short_and_the_only_one(browser: Browser, anna: str) -> None:
    answer = browser.get("/anmelden/haus")
    (cookie,) = answer.headers.get_list("set-cookie")
    parts = cookie.split("; ")
    assert parts[0].startswith(f"{COOKIE}=")
    assert parts[1:] == ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax", "Secure"]


@pytest.mark.parametrize(
    "false",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["another-client", "third"]},
        {"aud": [CLIENT, "another-client"]},  # for several, and it is not said who asked
        {"azp": "another-client"},
        {"aud": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1_500_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"at_hash": "x"},
    ],
    ids=str,
)
def test_each_false_claim_keeps_out(
    browser: Browser, anna: str, provider: OwnProvider, false: dict[str, object]
) -> None:
    provider.false = false
    answer = back(browser, there(browser))
    assert answer.status_code == 403
    assert browser.me() is None


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512"])
def test_only_signatures_with_the_providers_own_key_count(
    browser: Browser, anna: str, provider: OwnProvider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    assert back(browser, there(browser)).status_code == 403
    assert browser.me() is None


def test_another_key_under_the_same_name_keeps_out(browser: Browser, anna: str, provider: OwnProvider) -> None:
    provider.signing = RSAKey.generate_key(2048, {"use": "sig", "kid": provider.keys[0].kid or ""})
    assert back(browser, there(browser)).status_code == 403


def test_a_provider_may_change_its_keys(browser: Browser, anna: str, provider: OwnProvider) -> None:
    assert back(browser, there(browser)).status_code == 200
    provider.change_keys()
    assert back(browser, there(browser)).status_code == 200


def test_a_return_without_its_beginning_keeps_out(browser: Browser, anna: str) -> None:
    """Somebody else's browser is sent to the return of an attacker, or one's own code is caught on the way."""
    victim, path = Browser(browser.app), there(browser)
    assert back(victim, path).status_code == 403
    there(victim)  # the victim has begun a log-in of its own; the state is another
    assert back(victim, path).status_code == 403
    assert victim.me() is None


@pytest.mark.parametrize("more", ["&state=x", "&iss=https://other.example", "&error=access_denied"])
def test_what_is_changed_on_the_way_back_keeps_out(browser: Browser, anna: str, more: str) -> None:
    path = there(browser)
    name = more[1:].partition("=")[0]
    asked = {key: value[0] for key, value in parse_qs(urlsplit(path).query).items() if key != name}
    changed = "&".join(f"{key}={value}" for key, value in asked.items()) + more
    assert back(browser, f"/anmelden/haus/zurueck?{changed}").status_code == 403
    assert browser.me() is None


def test_a_return_counts_once_and_not_for_long(browser: Browser, anna: str, clock: Clock) -> None:
    path, copy = there(browser), browser.steal()
    assert back(browser, path).status_code == 200
    assert back(browser, path).status_code == 403  # the cookie of the way is gone
    assert back(copy, path).status_code == 403  # with a copy of it, the provider takes the code once
    late = there(browser)
    clock.forward(minutes=10)
    assert back(browser, late).status_code == 403


def test_a_subject_that_is_nobody_here_is_not_let_in_and_stands_on_record(
    browser: Browser, anna: str, provider: OwnProvider, production: Database
) -> None:
    provider.who = "s-stranger"
    answer = back(browser, there(browser))
    assert answer.status_code == 403
    assert "gehört hier zu keiner Person" in answer.text
    with production.read() as session:
        query = "SELECT who, why FROM login_event WHERE kind = 'failed'"
        ((who, why),) = session.connection().execute(text(query)).all()
    assert (who[0], why, "stranger" in who) == ("?", "subject", False)


def test_the_same_subject_of_another_provider_is_somebody_else(
    browser: Browser, production: Database, provider: OwnProvider, clock: Clock
) -> None:
    with production.write() as session:
        connect(session, "https://other.example", provider.who, "anna", clock.now)
    assert back(browser, there(browser)).status_code == 403


def test_a_revoked_officer_is_not_let_in(browser: Browser, anna: str, production: Database) -> None:
    with production.write() as session:
        revoke_officer(session, anna)
    assert back(browser, there(browser)).status_code == 403
    assert browser.me() is None


def test_a_fresh_proof_at_the_provider(browser: Browser, anna: str, provider: OwnProvider, clock: Clock) -> None:
    back(browser, there(browser))
    me, old = browser.me(), browser.token()
    clock.forward(minutes=6)
    assert "zweck=prove" in browser.get("/bestaetigen?weiter=/zeichnen").text
    way = "/anmelden/haus?zweck=prove&weiter=/zeichnen"
    answer = back(browser, there(browser, way))
    assert (provider.asked["prompt"], provider.asked["max_age"]) == ("login", "0")
    assert answer.status_code == 200
    assert browser.me() == me
    assert browser.token() != old


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(("age", "who"), [(3600, "s-4711"), (0, "s-ben")])
def test_a_proof_that_is_old_or_of_another_person_is_none(
    browser: Browser, provider: OwnProvider, production: Database, clock: Clock, age: int, who: str
) -> None:
    with production.write() as session:
        connect(session, provider.issuer, "s-ben", "ben", clock.now)
    back(browser, there(browser))
    clock.forward(minutes=6)
    here = browser.steal()
    provider.auth_age, provider.who = age, who
    assert back(browser, there(browser, "/anmelden/haus?zweck=prove")).status_code == 403
    me = here.me()
    assert me is not None
    assert (me["officer"], me["fresh"]) == ("anna", False)


def test_a_new_log_in_ends_the_one_before_though_its_cookie_stayed_behind(browser: Browser, anna: str) -> None:
    back(browser, there(browser))
    before = browser.steal()
    back(browser, there(browser))
    assert browser.me() is not None
    assert before.me() is None


def test_a_new_person_connects_the_houses_account_by_a_link(
    app: Starlette, provider: OwnProvider, production: Database, clock: Clock
) -> None:
    logins = Logins(production, "production", https=True, clock=clock)
    path, browser = invite(logins, "ben", "anna"), Browser(app)
    assert "zweck=connect" in browser.get(path).text
    provider.who = "s-ben"
    way = f"/anmelden/haus?zweck=connect&link={path.rpartition('/')[2]}"
    assert back(browser, there(browser, way)).status_code == 200
    me = browser.me()
    assert me is not None
    assert me["officer"] == "ben"
    again = Browser(app)
    assert back(again, there(again, way)).status_code == 403  # the link is used
    third = Browser(app)
    assert back(third, there(third)).status_code == 200  # and from now on the account is enough


def test_an_account_belongs_to_one_person(
    app: Starlette, anna: str, production: Database, provider: OwnProvider, clock: Clock
) -> None:
    path = invite(Logins(production, "production", https=True, clock=clock), "ben", "anna")
    browser = Browser(app)
    way = f"/anmelden/haus?zweck=connect&link={path.rpartition('/')[2]}"
    assert back(browser, there(browser, way)).status_code == 403
    assert browser.me() is None
    assert browser.get(path).status_code == 200  # and the link can still be used for the right one


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "ftp://x"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_description_that_is_not_the_providers_is_not_followed(
    browser: Browser, provider: OwnProvider, described: dict[str, object]
) -> None:
    provider.described = described
    answer = browser.get("/anmelden/haus")
    assert answer.status_code == 503
    assert "nicht erreichbar" in answer.text


def test_a_provider_that_is_away_is_said_so(production: Database, clock: Clock) -> None:
    known = Client("http://127.0.0.1:9", CLIENT, SECRET, RETURN)  # the port of nobody: refused at once
    logins = Logins(production, "production", https=True, provider=Provider(known, clock=clock), clock=clock)
    answer = Browser(desk(logins)).get("/anmelden/haus")
    assert answer.status_code == 503
    assert "set-cookie" not in answer.headers or f"{COOKIE}=" in answer.headers["set-cookie"]


def test_no_other_purpose_is_known(browser: Browser, provider: OwnProvider) -> None:
    assert browser.get("/anmelden/haus?zweck=magic").status_code == 404
