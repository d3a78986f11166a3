"""``starter.py login``: a person lets the command line in at the desk, and what it keeps is theirs alone."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli import tokens
from tests.login.desk import PASSWORD, hidden
from tests.login.entrance.house import House, served
from tests.login.entrance.test_proof import now_code
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"^ +Code +([A-Z-]+)$", re.MULTILINE)


class Terminal:
    """An officer's terminal, with a home folder of its own."""

    def __init__(self, desk: str, home: Path) -> None:
        self.desk, self.home = desk, home

    def start(self, *words: str, **env: str) -> "subprocess.Popen[str]":
        """Begins a call."""
        given = {"PATH": os.environ["PATH"], "HOME": str(self.home), "WIR_DESK_URL": self.desk, **env}
        return subprocess.Popen(
            [sys.executable, "starter.py", *words],
            cwd=ROOT,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def type(self, *words: str, **env: str) -> tuple[int, str, str]:
        """A call to its end: exit code, output, errors."""
        with self.start(*words, **env) as running:
            out, err = running.communicate(timeout=PATIENCE)
        return running.returncode, out, err


@pytest.fixture
def desk(house: House) -> Iterator[str]:
    """The desk at an address of this machine."""
    with served(house) as address:
        yield address


@pytest.fixture
def terminal(desk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The terminal; what it keeps can be looked at from here."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    return Terminal(desk, tmp_path / "home")


@pytest.mark.slow
def test_a_person_logs_in_by_the_browser_and_out_again(house: House, terminal: Terminal) -> None:
    secret = house.secret("berg")
    with (
        httpx.Client(base_url=terminal.desk, follow_redirects=True) as browser,
        terminal.start("login") as running,
    ):
        form = {"name": "berg", "password": PASSWORD, "code": now_code(secret), "weiter": "/geraet"}
        csrf = hidden(browser.post("/anmelden", data=form), "csrf")
        assert running.stdout is not None
        said = "".join(running.stdout.readline() for _ in range(3))
        found = CODE.search(said)
        assert found is not None, said
        assert f"{terminal.desk}/geraet" in said
        assert browser.post("/geraet", data={"csrf": csrf, "code": found[1]}).status_code == 200
        out, err = running.communicate(timeout=PATIENCE)
    assert (running.returncode, err) == (0, "")
    assert f"Angemeldet an {terminal.desk}" in out
    path = tokens.place(terminal.desk)
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert json.loads(path.read_text("utf-8"))["address"] == terminal.desk
    code, out, err = terminal.type("today")
    assert (code, err, "Sie handeln als" in out) == (0, "", True)
    assert terminal.type("logout") == (0, f"Abgemeldet von {terminal.desk}.\n", "")
    assert not path.exists()
    assert terminal.type("logout")[0] == 0
    assert terminal.type("today")[0] == 1


def test_who_is_not_logged_in_or_no_more_is_told_what_to_type(house: House, terminal: Terminal) -> None:
    code, out, err = terminal.type("today")
    assert (code, out) == (1, "")
    first, way = err.splitlines()
    assert first == f"Sie sind an {terminal.desk} nicht angemeldet."
    assert re.fullmatch(r"Bitte anmelden: .*starter\.py login", way)
    tokens.write(terminal.desk, house.token("berg"))
    house.later(minutes=31)
    code, out, err = terminal.type("case", "Fulda", "--json", WIR_LANG="en")
    assert (code, json.loads(out)) == (1, {"error": "forbidden", "details": {}})
    assert err.startswith(
        f"Your log-in at {terminal.desk} counts no more: it is too old, or was ended.\nPlease log in: "
    )


@pytest.mark.slow
def test_a_token_goes_to_its_own_desk_alone(house: House, terminal: Terminal) -> None:
    tokens.write(terminal.desk, "secret-token")
    other = "http://127.0.0.1:9"
    tokens.place(terminal.desk).rename(tokens.place(other))
    assert (tokens.read(terminal.desk), tokens.read(other)) == ("", "")
    tokens.forget(other)
    tokens.write("https://desk.example", "secret-token")
    assert tokens.read("https://desk.example") == "secret-token"
    assert tokens.read("https://desk.example.evil.example") == tokens.read("https://desk.example:444") == ""


@pytest.mark.slow
def test_no_token_leaves_this_machine_in_clear(terminal: Terminal) -> None:
    code, out, err = terminal.type("today", WIR_DESK_URL="http://desk.example")
    assert (code, out) == (2, "")
    assert "http://desk.example: Anmeldungen gehen nur über https:// hinaus" in err


@pytest.mark.slow
def test_a_token_that_others_can_read_is_not_used(house: House, terminal: Terminal) -> None:
    tokens.write(terminal.desk, house.token("berg"))
    tokens.place(terminal.desk).chmod(0o644)
    code, out, err = terminal.type("today")
    assert (code, out) == (2, "")
    assert f"{tokens.place(terminal.desk)} ist für andere lesbar." in err


@pytest.mark.slow
def test_a_login_without_an_address_says_what_is_missing(terminal: Terminal) -> None:
    code, _, err = terminal.type("login", WIR_DESK_URL="")
    assert code == 2
    assert "WIR_DESK_URL=https://" in err


@pytest.mark.slow
def test_signing_with_an_old_proof_says_that_a_new_log_in_mends_it(house: House, terminal: Terminal) -> None:
    with httpx.Client(base_url=terminal.desk, headers={"Authorization": f"Bearer {house.token('berg')}"}) as http:
        task = house.until_signature(lambda path, body: http.post(f"/api{path}", json=body).raise_for_status().json())
    tokens.write(terminal.desk, house.token("tal"))
    house.later(minutes=11)
    code, out, err = terminal.type("do", task, "sign")
    assert (code, out) == (1, "")
    assert err.startswith("Zeichnen und Geld anordnen braucht einen frischen Nachweis, und Ihrer ist zu alt.")
    assert "starter.py login" in err
