"""*My day* with many tasks: pages by plain links, filters in the address that stay as long as the log-in."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from models.tasks import TaskKind as K
from record.database.engine import Database
from tests.desk.site import Visitor, visitor
from tests.play import Play
from tests.record.lists.many import multiply

pytestmark = pytest.mark.slow

MANY = 120


@pytest.fixture
def play(db: Database) -> Play:
    """Many cases in formal examination, and one whose filter finds it alone."""
    found = Play(db)
    case = found.apply("06631")
    found.apply("06633")
    multiply(db, [case], MANY)
    return found


@pytest.fixture
def browser(play: Play, tmp_path: Path) -> Iterator[Visitor]:
    found = visitor(play, tmp_path)
    yield found.log_in("sim-berg")
    found.http.close()


def link(browser: Visitor, text: str) -> str:
    """Where the link with this text leads."""
    for address, shown in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', browser.html, re.DOTALL):
        if text in " ".join(re.sub(r"<[^>]+>", " ", shown).split()):
            return unescape(address)
    raise LookupError(f"no link {text} on {browser.address}")


def tasks(browser: Visitor) -> list[str]:
    """The tasks that the page shows, in order."""
    return re.findall(r'scope="row"><a href="/aufgabe/([^"]+)"', browser.html)


def test_pages_are_turned_by_links_and_every_task_is_on_one(browser: Visitor) -> None:
    assert len(tasks(browser)) == 20
    assert f"Kann ich nehmen ({MANY + 1})" in browser.text
    seen: list[str] = []
    browser.open(link(browser, f"alle {MANY + 1} zeigen"))
    for number in (1, 2, 3):
        assert f"Seite {number} von 3" in browser.text
        seen += tasks(browser)
        if number < 3:
            browser.open(link(browser, "Nächste Seite"))
    assert "Nächste Seite" not in browser.text
    assert len(seen) == len(set(seen)) == MANY + 1
    browser.open(link(browser, "Vorige Seite"))
    assert tasks(browser) == seen[50:100]
    browser.open("/?list=take&page=77")
    assert (browser.status, tasks(browser)) == (200, [])
    assert "Diese Seite der Liste gibt es nicht mehr." in browser.text


def test_a_filter_stays_until_it_is_cleared_and_belongs_to_its_log_in(
    play: Play, browser: Visitor, tmp_path: Path
) -> None:
    form = next(one for one in browser.forms if one.action == "/")
    browser.send_query(form, recipient="kassel", kind=K.CHECK_COMPLETENESS)
    assert len(tasks(browser)) == 1
    case = browser.open(f"/aufgabe/{tasks(browser)[0]}").address
    browser.open("/")
    assert case == f"/aufgabe/{tasks(browser)[0]}"
    assert next(one for one in browser.forms if one.action == "/").fields["recipient"] == "kassel"
    browser.open(link(browser, "Wartet auf andere"))
    browser.open(link(browser, "Alle Listen des Tages"))
    assert len(tasks(browser)) == 1
    other = visitor(play, tmp_path).log_in("sim-berg")
    assert len(tasks(other)) == 20
    other.http.close()
    browser.open(link(browser, "Kommune: kassel"))
    assert len(tasks(browser)) == 20
    browser.open("/")
    assert "Aufgabe:" in browser.text
    browser.open(link(browser, "Alle Filter löschen"))
    assert len(tasks(browser)) == 20
    browser.open("/")
    assert "Alle Filter löschen" not in browser.text


def test_nonsense_in_the_address_filters_by_nothing_or_finds_nothing(browser: Visitor) -> None:
    for query in ("page=x", "page=-1", "list=ü", "order=';--", "late=no", "stage=%00", "kind=%F0%9F%92%A9"):
        assert browser.open(f"/?{query}").status == 200, query
        assert len(tasks(browser)) == (0 if query.startswith("kind") else 20), query
