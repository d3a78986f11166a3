"""README's commands in a fresh copy of the project, word for word and in order: the demo, then "Play it yourself".

The demo is shortened to two municipalities by the interpreter that ``make`` is told to use; its verb, folder and report
are the real ones. The whole year is played in ``test_whole_year.py``.
"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

import httpx
import pytest

from activities.sink.server import Mailbox, SinkMail
from tests.demo.test_words import GERMAN
from tests.desk.site import Visitor
from tests.e2e.clerk import Clerk, InPlain
from tests.e2e.counts import Tally
from tests.e2e.up import free_ports, running_up
from tests.e2e.walk import APPLICATION, CASE, CLERK, confirmed
from tests.fixtures.clone import ROOT, fresh_copy, outside
from tests.patience import PATIENCE

pytestmark = [pytest.mark.server, pytest.mark.slow]

T = TypeVar("T")
SHORT = """#!/bin/sh
exec .venv/bin/python -c '
import functools, sys
sys.argv = sys.argv[1:]
import demo.play
demo.play.run = functools.partial(demo.play.run, only=frozenset({"06434", "06439"}))
import starter
starter.main()' "$@"
"""
"""An interpreter that plays with two municipalities, one of which stays open."""

MUNICIPALITIES = re.compile(
    r"Rheingau-Taunus-Kreis|Hochtaunuskreis|Odenwaldkreis|Frankfurt am Main|Lahn-Dill-Kreis|LK |Landkreis"
)


def block(title: str) -> list[str]:
    """The commands of the first fenced block below a heading, without their remarks."""
    part = (ROOT / "README.md").read_text(encoding="utf-8").partition(f"\n## {title}\n")[2]
    fenced = re.search(r"```sh\n(.*?)```", part, re.DOTALL)
    assert fenced is not None
    return [line.partition("  #")[0].rstrip() for line in fenced[1].splitlines()]


def run(line: str, cwd: Path, **env: str) -> str:
    """A line in a shell; it must succeed and complain about nothing."""
    environ = {**outside(), **env}
    done = subprocess.run(["sh", "-c", line], cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def until(look: Callable[[], T], what: str) -> T:
    """Asks again and again until there is something. Raises ``TimeoutError`` naming what did not come."""
    end = monotonic() + PATIENCE
    while not (found := look()):
        if monotonic() > end:
            raise TimeoutError(what)
        sleep(0.1)
    return found


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh copy whose environment stands, in a folder whose name has a space."""
    copy = fresh_copy(tmp_path / "a clone", set_up=True)
    short = copy / "short-python"
    short.write_text(SHORT)
    short.chmod(0o755)
    return copy


def test_the_demo_and_then_play_it_yourself(clone: Path) -> None:
    demo, _ = block("Two commands")
    assert demo == "make demo"
    told = run(f"{demo} PY=./short-python", clone, WIR_LANG="en")
    assert [line for line in told.splitlines() if GERMAN.search(MUNICIPALITIES.sub("", line))] == []
    assert "./starter.py up --data ./wir-demo" in told.splitlines()
    assert sorted(path.name for path in clone.glob("wir-*")) == ["wir-demo"]

    up, today = block("Play it yourself")
    with running_up(up, clone, free_ports()) as here:
        assert here.lines[0] == "Die WIR-Zuwendungen laufen. Alle Personen sind simuliert. Daten: ./wir-data"
        desk, mailbox, portal, temporal = (line.split()[-1] for line in here.lines[1:5])
        for address in (desk, mailbox, portal, temporal):
            assert httpx.get(address, follow_redirects=True).status_code in {200, 404}, address
        with httpx.Client(base_url=desk, timeout=PATIENCE) as http:
            officer = Visitor(http).log_in("sim-berg")
            assert "Simulierte Sachbearbeitung Berg" in officer.html
            opening = next(form for form in officer.forms if form.button == "Runde wir-fm-2018 eröffnen und einladen")
            assert officer.send(opening).address == "/runde/wir-fm-2018"
            until(lambda: "33 Einladungen" in officer.open("/runde/wir-fm-2018").text, "the invitations on the desk")
        box = Mailbox(clone / "wir-data" / "mailbox")
        until(lambda: len(invitations(box)) == 33, "33 invitations")
        assert "Heute ist Mo 06.11.2017." in run(today, clone)

        number = next(mail.number for mail in invitations(box) if mail.to == CLERK)
        assert ">Antwort senden</button>" in httpx.get(f"{mailbox}/mail/{number}").text
        mail = box.mail(number)
        assert mail is not None
        link = mail.task_links[0]
        assert link.startswith(portal)
        apply(link)
        with httpx.Client(base_url=desk, timeout=PATIENCE) as http:
            officer = Visitor(http)
            until(lambda: "Vollständigkeit prüfen" in officer.log_in("sim-berg").text, "the task on the desk")
        shown = until(
            lambda: run(today, clone) if f"do {CASE}.1 complete" in run(today, clone) else "", "the next step"
        )
        assert "Vollständigkeit prüfen" in shown
    assert sorted(path.name for path in clone.glob("wir-*")) == ["wir-data", "wir-demo"]


def invitations(box: Mailbox) -> list[SinkMail]:
    """The invitations in the mailbox, the folder of which ``up`` makes."""
    return [mail for mail in box.mails() if "Einladung" in mail.subject]


def apply(link: str) -> None:
    """A clerk fills in the application behind an invitation's link and sends it."""
    with httpx.Client(timeout=PATIENCE) as http:
        clerk = Clerk(InPlain(http), Tally())
        assert "eingegangen" in clerk.answer("apply", link, *APPLICATION, confirmed("Antrag absenden"))
