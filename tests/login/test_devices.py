"""A command line is logged in by a person in the browser: by the code it shows, once, after a fresh proof."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from portal.login import device_codes
from portal.login.device_codes import LETTERS, is_ours, new_device_code, short_code, shown, typed_code
from portal.login.service import Logins
from record.database.engine import Database
from record.logins.devices import LASTS
from record.logins.tokens import hashed
from record.people import revoke_officer
from tests.login.desk import Browser, Clock
from tests.record.database.sql import value

KEY = "5e" * 32


def asked(browser: Browser) -> dict[str, Any]:
    answer = browser.ask("POST", "/geraet/code")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def token(browser: Browser, codes: dict[str, Any]) -> dict[str, Any]:
    answer = browser.ask("POST", "/geraet/token", json={"device_code": codes["device_code"]})
    found: dict[str, Any] = answer.json()
    assert answer.status_code == (400 if "error" in found else 200)
    return found


def confirm(browser: Browser, code: str) -> int:
    me = browser.me()
    assert me is not None
    return browser.post("/geraet", csrf=me["csrf"], code=code).status_code


@pytest.fixture
def officer(play: Browser) -> Browser:
    """Somebody who has just logged in."""
    assert play.post("/anmelden", officer="sim-berg").status_code == 303
    return play


@pytest.fixture
def terminal(play: Browser) -> Browser:
    """The command line: no cookie."""
    return Browser(play.app, base=play.base)


def test_a_confirmed_command_line_gets_a_token_once(
    officer: Browser, terminal: Browser, simulated: Logins, db: Database
) -> None:
    codes = asked(terminal)
    assert token(terminal, codes) == {"error": "authorization_pending"}
    assert officer.get("/geraet").status_code == 200
    assert confirm(officer, codes["user_code"].lower().replace("-", " ")) == 200
    found = token(terminal, codes)
    assert found["expires_in"] == 36000
    who = simulated.current_by_token(found["token"])
    assert who is not None
    assert who.officer_id == "sim-berg"
    assert token(terminal, codes) == {"error": "expired_token"}
    assert value(db, "SELECT token_hash FROM login WHERE way = 'device'") == hashed(found["token"])
    assert terminal.token() == ""


def test_asking_for_codes_stores_nothing(terminal: Browser, db: Database) -> None:
    for _ in range(5):
        token(terminal, asked(terminal))
    assert (value(db, "SELECT count(*) FROM login_device"), value(db, "SELECT count(*) FROM login_event")) == (0, 0)


def test_a_token_ends_with_its_limits_and_with_the_log_out_everywhere(
    officer: Browser, terminal: Browser, simulated: Logins, clock: Clock
) -> None:
    tokens = []
    for _ in range(2):
        codes = asked(terminal)
        assert confirm(officer, codes["user_code"]) == 200
        tokens.append(token(terminal, codes)["token"])
    me = officer.me()
    assert me is not None
    officer.post("/abmelden", csrf=me["csrf"])
    assert simulated.current_by_token(tokens[0]) is not None  # a log-out here ends only this log-in
    clock.forward(minutes=29)
    assert simulated.current_by_token(tokens[0]) is not None
    clock.forward(minutes=29)
    assert simulated.current_by_token(tokens[1]) is None
    officer.post("/anmelden", officer="sim-berg")
    me = officer.me()
    assert me is not None
    officer.post("/abmelden/ueberall", csrf=me["csrf"])
    assert simulated.current_by_token(tokens[0]) is None


def test_nobody_confirms_without_a_log_in_its_form_and_a_fresh_proof(
    officer: Browser, terminal: Browser, clock: Clock
) -> None:
    codes = asked(terminal)
    assert terminal.post("/geraet", code=codes["user_code"]).headers["location"] == "/anmelden?weiter=%2Fgeraet"
    assert officer.post("/geraet", code=codes["user_code"]).status_code == 403
    clock.forward(minutes=6)
    me = officer.me()
    assert me is not None
    answer = officer.post("/geraet", csrf=me["csrf"], code=codes["user_code"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/bestaetigen?weiter=%2Fgeraet")
    assert token(terminal, codes) == {"error": "authorization_pending"}


def test_a_link_with_a_code_fills_nothing_in(officer: Browser, terminal: Browser) -> None:
    code = asked(terminal)["user_code"]
    assert code not in officer.get(f"/geraet?code={code}&user_code={code}").text


def test_the_proof_of_the_browser_counts_on_and_no_longer(
    officer: Browser, terminal: Browser, simulated: Logins, clock: Clock
) -> None:
    codes = asked(terminal)
    clock.forward(minutes=4)
    assert confirm(officer, codes["user_code"]) == 200
    clock.forward(minutes=4)
    who = simulated.current_by_token(token(terminal, codes)["token"])
    assert who is not None
    assert not simulated.proved_within(who, 300)
    assert simulated.proved_within(who, 480)


def test_a_code_is_confirmed_once_and_dies(officer: Browser, terminal: Browser, clock: Clock, db: Database) -> None:
    codes = asked(terminal)
    assert confirm(officer, codes["user_code"]) == 200
    assert confirm(officer, codes["user_code"]) == 422
    clock.forward(seconds=LASTS.total_seconds())
    assert token(terminal, codes) == {"error": "expired_token"}
    clock.forward(minutes=-1)
    with db.write() as session:
        revoke_officer(session, "sim-berg")
    assert token(terminal, codes) == {"error": "expired_token"}
    assert value(db, "SELECT count(*) FROM login WHERE way = 'device'") == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"device_code": 1}', b'{"device_code": "1.x.y"}', b"x" * 9000]
)
def test_any_other_body_is_no_code(terminal: Browser, body: bytes) -> None:
    answer = terminal.ask("POST", "/geraet/token", content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "expired_token"})


def test_a_confirmation_is_on_record(officer: Browser, terminal: Browser, db: Database) -> None:
    codes = asked(terminal)
    confirm(officer, codes["user_code"])
    token(terminal, codes)
    with db.read() as session:
        rows = session.connection().execute(text("SELECT kind, who, why FROM login_event ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        ("started", "sim-berg", "simulated"),
        ("confirmed", "sim-berg", ""),
        ("started", "sim-berg", "device"),
    ]


@given(st.text(), st.integers(0, 9), st.sampled_from(LETTERS))
def test_a_short_code_is_read_in_any_writing_and_a_mistyped_one_is_noticed(long: str, at: int, other: str) -> None:
    code = short_code(KEY, long)
    assert len(code) == 10
    assert set(code) <= set(LETTERS)
    assert typed_code(KEY, f"  {shown(code).lower()} ") == code
    assert typed_code(KEY, code[:at] + code[at + 1 :]) is None
    mistyped = code[:at] + other + code[at + 1 :]
    assert typed_code(KEY, mistyped) == (mistyped if mistyped == code or (at < 8 and lucky(mistyped)) else None)


def lucky(code: str) -> bool:
    """Whether a mistyped code has the right check letters by chance, as one in four hundred has."""
    return device_codes._check(KEY, code[:8]) == code[8:]


def test_hardly_any_mistyped_code_goes_unnoticed() -> None:
    code = short_code(KEY, "a long code")
    tried = [code[:at] + one + code[at + 1 :] for at in range(8) for one in LETTERS if one != code[at]]
    assert len(tried) == 152
    assert sum(typed_code(KEY, one) is not None for one in tried) <= 1


@given(st.text(max_size=100))
def test_no_invented_long_code_is_ours(invented: str) -> None:
    assert not is_ours(KEY, invented, Clock().now)


def test_a_long_code_says_since_when_it_is_there_and_nobody_can_change_that() -> None:
    clock = Clock()
    code = new_device_code(KEY, clock.now)
    assert is_ours(KEY, code, clock.now)
    assert not is_ours("other", code, clock.now)
    at, _, rest = code.partition(".")
    assert not is_ours(KEY, f"{int(at) + 600}.{rest}", clock.now)
    clock.forward(seconds=2 * LASTS.total_seconds())
    assert not is_ours(KEY, code, clock.now)
    assert device_codes.shown("BCDFGHJKLM") == "BCDF-GHJK-LM"
