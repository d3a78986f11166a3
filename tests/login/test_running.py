"""A log-in that runs: its cookie, its limits, its end; stolen, stale and fixed ones. By clicks of the embedded mode."""

import re
from contextlib import closing

import pytest
from sqlalchemy import text

from models.errors import RefusedError
from portal.login.service import Logins
from record.database.clock import forward, legal_today
from record.database.engine import Database
from record.logins import running
from record.logins.running import Way, WrongWayError
from record.logins.tokens import hashed
from record.people import end_officer, revoke_officer
from tests.fixtures.databases import as_owner
from tests.login.desk import Browser, Clock, desk
from tests.record.database.sql import value


def enter(browser: Browser, officer: str = "sim-berg", **more: str) -> None:
    answer = browser.post("/anmelden", officer=officer, **more)
    assert answer.status_code == 303, answer.text
    me = browser.me()
    assert me is not None
    assert me["officer"] == officer


def ended_why(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.connection().execute(text("SELECT ended_why FROM login ORDER BY started_at, id")).scalars())


def test_one_click_logs_in_and_leads_back_to_where_one_wanted_to_go(play: Browser) -> None:
    page = play.get("/anmelden?weiter=/faelle")
    assert page.status_code == 200
    assert "Simulierte Sachbearbeitung Berg" in page.text
    assert "set-cookie" not in page.headers
    answer = play.post("/anmelden", officer="sim-berg", weiter="/faelle")
    assert (answer.status_code, answer.headers["location"]) == (303, "/faelle")
    assert play.me() is not None


def test_it_never_leads_to_another_host(play: Browser) -> None:
    assert "evil" not in play.get("/anmelden?weiter=//evil.example").text
    assert play.post("/anmelden", officer="sim-berg", weiter="//evil.example").headers["location"] == "/"


@pytest.mark.parametrize("officer", ["", "sim-nobody", "SIM-BERG", "sim-berg\x00", "' OR 1=1"])
def test_nobody_else_can_be_chosen(play: Browser, officer: str) -> None:
    answer = play.post("/anmelden", officer=officer)
    assert answer.status_code == 422
    assert play.token() == ""


def test_the_cookie_over_http_on_loopback(play: Browser) -> None:
    cookie = play.post("/anmelden", officer="sim-berg").headers["set-cookie"]
    assert re.fullmatch(r"wir-desk=[\w-]{43}; HttpOnly; Path=/; SameSite=strict", cookie)


def test_the_cookie_over_https(db: Database, clock: Clock) -> None:
    browser = Browser(desk(Logins(db, "embedded", https=True, clock=clock)))
    cookie = browser.post("/anmelden", officer="sim-berg").headers["set-cookie"]
    assert re.fullmatch(r"__Host-wir-desk=[\w-]{43}; HttpOnly; Path=/; SameSite=strict; Secure", cookie)


def test_only_the_hash_of_the_cookie_is_stored(play: Browser, db: Database) -> None:
    enter(play)
    assert value(db, "SELECT token_hash FROM login") == hashed(play.token())


def test_a_cookie_that_somebody_brought_along_is_never_taken_over(play: Browser) -> None:
    """Fixation: whoever plants a cookie, of nobody or of their own log-in, does not have the victim's afterwards."""
    for planted in ("planted", ""):
        attacker = Browser(play.app, base=play.base)
        if planted:
            attacker.cookies.set("wir-desk", planted, domain="127.0.0.1")
        else:
            enter(attacker, "sim-tal")
        victim = attacker.steal()
        enter(victim)
        assert victim.token() != attacker.token()
        assert attacker.me() is None


def test_an_unused_log_in_ends(play: Browser, clock: Clock, db: Database) -> None:
    enter(play)
    clock.forward(minutes=29)
    assert play.me() is not None  # used, so the half hour begins anew
    clock.forward(minutes=29)
    assert play.me() is not None
    clock.forward(minutes=30)
    assert play.me() is None
    assert ended_why(db) == ["idle"]


def test_no_log_in_lasts_longer_than_its_hours(play: Browser, clock: Clock, db: Database) -> None:
    enter(play)
    for _ in range(30):
        clock.forward(minutes=19)
        assert play.me() is not None
    clock.forward(minutes=29)
    assert play.me() is not None
    clock.forward(minutes=1)
    assert play.me() is None
    assert ended_why(db) == ["too_long"]


def test_a_log_in_that_was_over_once_does_not_come_back_with_the_clock(play: Browser, clock: Clock) -> None:
    enter(play)
    clock.forward(minutes=30)
    assert play.me() is None
    clock.forward(minutes=-29)
    assert play.me() is None


def later(db: Database, days: int) -> None:
    """Moves legal time, which the desk's role may not."""
    with closing(as_owner(db)) as owner, owner.write() as session:
        forward(session, days * 24 * 3600)


def test_moving_legal_time_ends_no_log_in(play: Browser, db: Database) -> None:
    enter(play)
    later(db, days=400)
    assert play.me() is not None


def test_who_logs_out_is_out_also_with_a_copy_of_the_cookie(play: Browser, db: Database) -> None:
    enter(play)
    me, stolen = play.me(), play.steal()
    assert me is not None
    answer = play.post("/abmelden", csrf=me["csrf"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden")
    assert play.get("/abgemeldet").status_code == 200
    assert play.token() == ""
    assert stolen.me() is None
    assert ended_why(db) == ["logged_out"]


def test_log_out_everywhere_ends_all_log_ins_of_this_person_and_no_other(play: Browser, db: Database) -> None:
    others = [Browser(play.app, base=play.base) for _ in range(2)]
    enter(play)
    enter(others[0])
    enter(others[1], "sim-tal")
    me = play.me()
    assert me is not None
    assert play.post("/abmelden/ueberall", csrf=me["csrf"]).status_code == 303
    assert [one.me() is None for one in (play, *others)] == [True, True, False]
    assert sorted(ended_why(db)) == ["", "everywhere", "everywhere"]


@pytest.mark.parametrize("path", ["/abmelden", "/abmelden/ueberall", "/bestaetigen"])
def test_a_forged_form_does_nothing(play: Browser, path: str) -> None:
    other = Browser(play.app, base=play.base)
    enter(play)
    enter(other, "sim-tal")
    foreign = other.me()
    assert foreign is not None
    token = play.token()
    forgeries: list[dict[str, str]] = [{}, {"csrf": ""}, {"csrf": "x"}, {"csrf": foreign["csrf"]}]
    for forged in forgeries:
        assert play.post(path, **forged).status_code == 403
    assert play.ask("POST", path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert (play.me() is not None, play.token()) == (True, token)


def test_a_file_is_no_csrf_token(play: Browser) -> None:
    enter(play)
    assert play.ask("POST", "/abmelden", files={"csrf": b"x"}).status_code == 400
    assert play.me() is not None


def test_a_form_of_the_log_in_before_counts_no_more(play: Browser) -> None:
    enter(play)
    before = play.me()
    enter(play)
    after = play.me()
    assert before is not None
    assert after is not None
    assert before["csrf"] != after["csrf"]
    assert play.post("/abmelden", csrf=before["csrf"]).status_code == 403


def test_a_revoked_officer_is_out_at_once(play: Browser, db: Database) -> None:
    enter(play)
    with db.write() as session:
        revoke_officer(session, "sim-berg")
    assert play.me() is None
    assert play.post("/anmelden", officer="sim-berg").status_code == 422
    assert ended_why(db) == ["no_officer"]


def test_an_officer_whose_last_day_is_over_is_out(play: Browser, db: Database) -> None:
    enter(play)
    with db.write() as session:
        end_officer(session, "sim-berg", legal_today(session))
    assert play.me() is not None  # the last day counts
    later(db, days=1)
    assert play.me() is None


def test_a_fresh_proof_renews_the_cookie_and_keeps_log_in_and_open_forms(play: Browser, clock: Clock) -> None:
    enter(play)
    clock.forward(minutes=6)
    before, stolen = play.me(), play.steal()
    assert before is not None
    assert before["fresh"] is False
    page = play.get("/bestaetigen?weiter=/zeichnen")
    assert page.status_code == 200
    answer = play.post("/bestaetigen", csrf=before["csrf"], weiter="/zeichnen")
    assert (answer.status_code, answer.headers["location"]) == (303, "/zeichnen")
    after = play.me()
    assert after == before | {"fresh": True}
    assert play.token() != stolen.token()
    assert stolen.me() is None
    clock.forward(minutes=5, seconds=1)
    after = play.me()
    assert after is not None
    assert after["fresh"] is False


def test_who_is_not_logged_in_is_led_to_the_log_in_and_back(play: Browser) -> None:
    answer = play.get("/bestaetigen?weiter=/zeichnen")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/anmelden?weiter=%2Fbestaetigen%3Fweiter%3D%252Fzeichnen"


@pytest.mark.parametrize("sent", ["", "x", "ü", "a" * 5000, "\xff"])
def test_a_cookie_that_is_none_logs_nobody_in(play: Browser, sent: str) -> None:
    answer = play.get("/", headers={"Cookie": b"wir-desk=" + sent.encode("latin-1")})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/anmelden", "/abgemeldet", "/bestaetigen", "/geraet"])
def test_no_page_is_shown_inside_another_one(play: Browser, path: str) -> None:
    enter(play)
    headers = play.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")


@pytest.mark.parametrize("path", ["/abmelden", "/abmelden/ueberall", "/bestaetigen", "/geraet"])
def test_a_form_of_a_log_in_that_has_ended_leads_to_the_log_in(play: Browser, path: str, clock: Clock) -> None:
    enter(play)
    me = play.me()
    assert me is not None
    clock.forward(hours=1)
    answer = play.post(path, csrf=me["csrf"], weiter="/faelle")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(("/anmelden", "/abgemeldet"))


def test_only_the_embedded_mode_knows_the_click(browser: Browser, logins: Logins) -> None:
    answer = browser.post("/anmelden", officer="anna")
    assert answer.status_code == 401
    assert browser.token() == ""
    with pytest.raises(WrongWayError), logins.db.write() as session:
        running.begin(session, "anna", Way.SIMULATED, logins.now())


def test_the_embedded_mode_knows_nothing_but_the_click(play: Browser, simulated: Logins) -> None:
    for path in ("/zugang/x", "/anmelden/haus", "/anmelden/haus/zurueck"):
        assert play.get(path).status_code == 404
    with pytest.raises(WrongWayError), simulated.db.write() as session:
        running.begin(session, "sim-berg", Way.PASSWORD, simulated.now())


def test_a_token_of_the_command_line_is_no_cookie_and_a_cookie_no_token(play: Browser, simulated: Logins) -> None:
    enter(play)
    assert simulated.current_by_token(play.token()) is None
    with simulated.db.write() as session:
        begun = running.begin_by_device(session, "sim-berg", simulated.now(), simulated.now())
    found = simulated.current_by_token(begun.token)
    assert found is not None
    assert found.officer_id == "sim-berg"
    assert Browser(play.app, base=play.base).get("/", headers={"Cookie": f"wir-desk={begun.token}"}).status_code == 401


def test_no_log_in_begins_for_somebody_unknown(simulated: Logins) -> None:
    with pytest.raises(RefusedError), simulated.db.write() as session:
        running.begin(session, "sim-nobody", Way.SIMULATED, simulated.now())


def test_every_log_in_and_its_end_are_on_record(play: Browser, db: Database) -> None:
    enter(play)
    me = play.me()
    assert me is not None
    play.post("/bestaetigen", csrf=me["csrf"])
    play.post("/abmelden", csrf=me["csrf"])
    with db.read() as session:
        rows = session.connection().execute(text("SELECT kind, who, why, login_id FROM login_event ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        ("started", "sim-berg", "simulated", me["login"]),
        ("proved", "sim-berg", "", me["login"]),
        ("ended", "sim-berg", "logged_out", me["login"]),
    ]
