"""Password and one-time code: who has both comes in, once a code; a guesser learns nothing and keeps nobody out."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from portal.login import codes, passwords
from portal.login.proving import Passed, Proofs, Wrong
from portal.login.service import Logins
from record.database.engine import Database
from record.logins import running
from record.logins.tries import ADDRESS, NAME_ANYWHERE, NAME_HERE, Wait
from record.people import revoke_officer
from tests.login.desk import HOME_ADDRESS, PASSWORD, Browser, Clock, code

ELSEWHERE = "203.0.113.77"
NO_CODE = "999 999 x"


def enter(browser: Browser, name: str, secret: str, clock: Clock, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/anmelden", name=name, password=password, code=code(secret, clock), **more)


def fail(browser: Browser, name: str = "anna") -> int:
    return browser.post("/anmelden", name=name, password="wrong", code=NO_CODE).status_code


def events(db: Database) -> list[tuple[Any, ...]]:
    with db.read() as session:
        query = "SELECT kind, who, why FROM login_event WHERE kind IN ('tried', 'failed', 'started') ORDER BY id"
        return [tuple(row) for row in session.connection().execute(text(query))]


def test_name_password_and_code_together_log_in(browser: Browser, secrets_of: dict[str, str], clock: Clock) -> None:
    page = browser.get("/anmelden?weiter=/faelle")
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    answer = enter(browser, " Anna ", secrets_of["anna"], clock, weiter="/faelle")
    assert (answer.status_code, answer.headers["location"]) == (303, "/faelle")
    me = browser.me()
    assert me is not None
    assert (me["officer"], me["fresh"]) == ("anna", True)
    assert browser.get("/anmelden?weiter=/faelle").headers["location"] == "/faelle"


def test_what_is_wrong_is_said_to_the_record_alone(
    browser: Browser, secrets_of: dict[str, str], clock: Clock, production: Database
) -> None:
    tries = [
        {"name": "anna", "password": "wrong", "code": code(secrets_of["anna"], clock)},
        {"name": "anna", "password": PASSWORD, "code": "000000"},
        {"name": "nobody-9", "password": PASSWORD, "code": code(secrets_of["anna"], clock)},
        {"name": "", "password": "", "code": ""},
    ]
    pages = []
    for given in tries:
        answer = browser.post("/anmelden", **given)
        assert answer.status_code == 401
        pages.append(answer.text.replace(f'value="{given["name"]}"', 'value="…"'))
    assert len(set(pages)) == 1
    assert [why for _, _, why in events(production) if why] == ["password", "code", "unknown", "unknown"]
    assert browser.token() == ""


def test_nothing_that_a_stranger_types_stands_on_record_in_clear(
    browser: Browser, secrets_of: dict[str, str], production: Database
) -> None:
    for name in ("Geheimes-Kennwort-1", "nobody\x00", "?anna", "anna@rp.example"):
        assert fail(browser, name) == 401
    with production.read() as session:
        rows = session.connection().execute(text("SELECT * FROM login_event ORDER BY id")).all()
    told = " ".join(str(part) for row in rows for part in row)
    for secret in ("Geheim", "geheim", "nobody", "rp.example", "wrong", NO_CODE, HOME_ADDRESS, PASSWORD):
        assert secret not in told
    strangers = {row.who for row in rows if row.kind == "tried"}
    assert len(strangers) == 4
    assert all(who.startswith("?") for who in strangers)


def test_a_code_counts_once(browser: Browser, secrets_of: dict[str, str], clock: Clock, production: Database) -> None:
    thief = Browser(browser.app, ELSEWHERE)
    seen = code(secrets_of["anna"], clock)
    assert enter(browser, "anna", secrets_of["anna"], clock).status_code == 303
    answer = thief.post("/anmelden", name="anna", password=PASSWORD, code=seen)
    assert answer.status_code == 401
    assert events(production)[-1] == ("failed", "anna", "replayed")


def test_a_code_of_before_the_last_one_counts_no_more(
    browser: Browser, secrets_of: dict[str, str], clock: Clock
) -> None:
    seen = code(secrets_of["anna"], clock)
    clock.forward(seconds=30)
    assert enter(browser, "anna", secrets_of["anna"], clock).status_code == 303
    answer = Browser(browser.app).post("/anmelden", name="anna", password=PASSWORD, code=seen)
    assert answer.status_code == 401


def test_of_many_who_use_one_code_at_once_one_comes_in(
    logins: Logins, secrets_of: dict[str, str], clock: Clock
) -> None:
    proofs, seen = Proofs(logins.db), code(secrets_of["anna"], clock)

    def attempt(number: int) -> object:
        return proofs.log_in("anna", PASSWORD, seen, f"198.51.100.{number}", clock.now)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(attempt, range(6)))
    assert sorted(type(one).__name__ for one in found) == ["Passed", *["Wrong"] * 5]


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (0, 303), (30, 303), (-60, 401), (60, 401)])
def test_a_clock_may_be_wrong_by_one_step(
    browser: Browser, secrets_of: dict[str, str], clock: Clock, seconds: int, status: int
) -> None:
    step = codes.step_of(clock.now) + seconds // codes.STEP
    typed = codes.code_at(secrets_of["anna"], step)
    answer = browser.post("/anmelden", name="anna", password=PASSWORD, code=f"{typed[:3]} {typed[3:]}")
    assert answer.status_code == status


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: SHA-1, the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
    for second, expected in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        assert codes.code_at(secret, second // 30) == expected


def test_guessing_gets_slower_and_stays_so_after_a_restart(
    browser: Browser, secrets_of: dict[str, str], clock: Clock, production: Database
) -> None:
    for _ in range(NAME_HERE.free):
        assert fail(browser) == 401
    answer = browser.post("/anmelden", name="anna", password="wrong", code="000000")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    before = len(events(production))
    production.close()  # as a restart does: only the record knows
    assert (
        enter(browser, "anna", secrets_of["anna"], clock).status_code == 429
    )  # right, and it may not even be looked at
    assert len(events(production)) == before
    clock.forward(seconds=2)
    assert fail(browser) == 401
    assert browser.post("/anmelden", name="anna").headers["retry-after"] == "4"
    clock.forward(seconds=4)
    assert enter(browser, "anna", secrets_of["anna"], clock).status_code == 303
    assert fail(Browser(browser.app)) == 401  # who came in begins anew


@pytest.mark.slow  # its sample: guessing gets slower, at one name as well
def test_a_day_of_guessing_at_one_name_is_a_hundred_guesses(
    logins: Logins, secrets_of: dict[str, str], clock: Clock
) -> None:
    proofs, end, looked_at = Proofs(logins.db), clock.now.timestamp() + 24 * 3600, 0
    while clock.now.timestamp() < end:
        found = proofs.prove("anna", "000000", ELSEWHERE, clock.now)
        if isinstance(found, Wait):
            clock.now = found.until
        else:
            assert isinstance(found, Wrong)
            looked_at += 1
    assert NAME_HERE.free < looked_at <= 110


def test_many_at_once_count_as_many(logins: Logins, secrets_of: dict[str, str], clock: Clock) -> None:
    proofs = Proofs(logins.db)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: proofs.prove("anna", "000000", ELSEWHERE, clock.now), range(24)))
    assert sum(isinstance(one, Wrong) for one in found) == NAME_HERE.free
    assert sum(isinstance(one, Wait) for one in found) == 24 - NAME_HERE.free


def test_an_attack_from_elsewhere_keeps_nobody_out_who_was_here_before(
    browser: Browser, secrets_of: dict[str, str], clock: Clock, logins: Logins
) -> None:
    assert enter(browser, "anna", secrets_of["anna"], clock).status_code == 303
    proofs = Proofs(logins.db)
    for number in range(3 * NAME_ANYWHERE.free):  # many machines, one name
        proofs.prove("anna", "000000", f"198.51.100.{number}", clock.now)
    assert isinstance(proofs.prove("anna", "000000", "198.51.100.250", clock.now), Wait)
    clock.forward(seconds=30)
    assert enter(Browser(browser.app), "anna", secrets_of["anna"], clock).status_code == 303


def test_an_attack_from_the_same_house_keeps_no_colleague_out(
    browser: Browser, secrets_of: dict[str, str], clock: Clock, logins: Logins
) -> None:
    assert enter(browser, "ben", secrets_of["ben"], clock).status_code == 303
    proofs = Proofs(logins.db)
    for number in range(2 * ADDRESS.free):  # one machine, many names
        proofs.log_in(f"name-{number}", "x", "0", HOME_ADDRESS, clock.now) if number == 0 else proofs.prove(
            f"name-{number}", "0", HOME_ADDRESS, clock.now
        )
    assert isinstance(proofs.prove("name-new", "0", HOME_ADDRESS, clock.now), Wait)
    clock.forward(seconds=30)
    assert enter(Browser(browser.app), "ben", secrets_of["ben"], clock).status_code == 303
    assert enter(Browser(browser.app, ELSEWHERE), "cem", secrets_of["cem"], clock).status_code == 303


@pytest.mark.slow
def test_nobody_waits_for_the_failures_of_another_name(
    browser: Browser, secrets_of: dict[str, str], clock: Clock
) -> None:
    for _ in range(NAME_HERE.free):
        fail(browser)
    assert fail(browser) == 429
    assert enter(browser, "ben", secrets_of["ben"], clock).status_code == 303


@pytest.mark.slow
def test_a_house_full_of_people_who_come_in_is_no_attack(
    logins: Logins, secrets_of: dict[str, str], clock: Clock, browser: Browser
) -> None:
    proofs = Proofs(logins.db)
    for _ in range(2 * ADDRESS.free):
        passed = proofs.prove("ben", code(secrets_of["ben"], clock), HOME_ADDRESS, clock.now)
        assert isinstance(passed, Passed)
        with logins.db.write() as session:
            running.begin(session, "ben", running.Way.PASSWORD, clock.now, origin=passed.origin)
        clock.forward(seconds=30)
    assert enter(browser, "cem", secrets_of["cem"], clock).status_code == 303


@pytest.mark.parametrize("pace", [NAME_HERE, ADDRESS, NAME_ANYWHERE])
def test_a_delay_grows_and_has_an_end(pace: Any) -> None:
    waits = [pace.wait(failures) for failures in range(100)]
    assert waits == sorted(waits)
    assert (waits[pace.free - 1].total_seconds(), waits[pace.free], waits[-1]) == (0, pace.first, pace.most)


def test_a_revoked_officer_does_not_come_in(
    browser: Browser, secrets_of: dict[str, str], clock: Clock, production: Database
) -> None:
    with production.write() as session:
        revoke_officer(session, "anna")
    assert enter(browser, "anna", secrets_of["anna"], clock).status_code == 401
    assert browser.me() is None


def test_an_unknown_name_takes_as_long_as_a_known_one(
    logins: Logins, secrets_of: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the clock, which tells little on a loaded machine: the same slow work is done, at the same cost."""
    looked_at: list[str] = []
    verify = passwords._HASHER.verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            looked_at.append(stored.rpartition("$")[0].rpartition("$")[0])
            return bool(verify(stored, password))

        hash = passwords._HASHER.hash

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    proofs = Proofs(logins.db)
    for name in ("anna", "nobody"):
        assert proofs.log_in(name, "wrong", "000000", ELSEWHERE, clock.now) == Wrong()
    assert len(looked_at) == 2
    assert looked_at[0] == looked_at[1] != ""


def test_a_fresh_proof_takes_a_new_code(browser: Browser, secrets_of: dict[str, str], clock: Clock) -> None:
    seen = code(secrets_of["anna"], clock)
    enter(browser, "anna", secrets_of["anna"], clock)
    me = browser.me()
    assert me is not None
    clock.forward(minutes=6)
    assert browser.get("/bestaetigen").status_code == 200
    for wrong in (seen, "000000", code(secrets_of["ben"], clock)):
        assert browser.post("/bestaetigen", csrf=me["csrf"], code=wrong).status_code == 401
    assert browser.post("/bestaetigen", csrf=me["csrf"], code="000000").status_code == 429
    clock.forward(seconds=2)
    old = browser.token()
    answer = browser.post("/bestaetigen", csrf=me["csrf"], code=code(secrets_of["anna"], clock), weiter="/zeichnen")
    assert (answer.status_code, answer.headers["location"]) == (303, "/zeichnen")
    assert browser.me() == me | {"fresh": True}
    assert browser.token() != old


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("kurz", "short"),
        ("a" * 12, "simple"),
        ("annalindeanna", "simple"),
        ("Anna-Linde-2026!", ""),
        ("x" * 201, "long"),
        ("korrekt pferd batterie", ""),
        ("ÄÖÜäöüßéàô12", ""),
    ],
)
def test_new_passwords(password: str, weakness: str) -> None:
    assert passwords.weakness(password, "Anna Linde", "anna") == weakness


@pytest.mark.slow
def test_an_umlaut_is_the_same_from_every_keyboard(stored_password: str) -> None:
    stored = passwords.hashed("Müller-Straße-17")
    assert passwords.fits(stored, "Mu\u0308ller-Straße-17")
    assert not passwords.fits(stored, "Muller-Straße-17")
    assert passwords.fits(stored_password, PASSWORD)
    assert not passwords.fits(None, PASSWORD)
    assert not passwords.fits("no hash", PASSWORD)
