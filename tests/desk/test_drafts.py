"""A draft that came back, at the desk: the first person reads why, the second person reads what is different."""

import pytest

from models.stages import Stage
from models.tables import Officer
from models.tasks import TaskKind as K
from tests.desk.site import Visitor
from tests.play import Play

WHY = "Welche Sachausgaben, und warum?"
FIRST = "Sachausgaben gekürzt."
SECOND = "Sachausgaben für Fahrten gekürzt."


def opened(play: Play, browser: Visitor, case: str, kind: K, officer: str) -> Visitor:
    return browser.log_in(officer).open(f"/aufgabe/{play.task(case, kind).id}")


@pytest.fixture
def returned(play: Play) -> str:
    """A case whose first draft, by Berg, came back from Tal."""
    case = play.apply()
    play.drive(case, Stage.DRAFTING)
    draft = {"amount_cents": 4_500_000, "reason": FIRST}
    assert play.answer(case, K.DRAFT_DECISION, "award", by="sim-berg", **draft) == ""
    assert play.answer(case, K.SIGN_DECISION, "send_back", by="sim-tal", reason=WHY) == ""
    return case


@pytest.mark.slow
def test_who_drafts_anew_reads_why_and_finds_their_own_words_in_the_form(
    play: Play, browser: Visitor, returned: str
) -> None:
    page = opened(play, browser, returned, K.DRAFT_DECISION, "sim-berg")
    assert "Dieser Entwurf kam zurück" in page.text
    assert f"Zurückgegeben hat ihn Simulierte Zweitzeichnung Tal, Di 02.01.2018: „{WHY}“" in page.text
    form = page.form("award").fields
    assert (form["amount_cents"], form["reason"]) == ("45.000,00", FIRST)
    assert page.form("refuse").fields["reason"] == "", "the words were written for an award"


@pytest.mark.slow
def test_nobody_is_given_the_words_of_another_person(play: Play, browser: Visitor, returned: str) -> None:
    with play.db.write() as session:
        see = session.get_one(Officer, "sim-see")
        see.roles = [*see.roles, "case_worker"]
        session.add(see)
    page = opened(play, browser, returned, K.DRAFT_DECISION, "sim-see")
    assert FIRST in page.text
    assert page.form("award").fields["reason"] == ""


def test_who_signs_reads_what_is_different(play: Play, browser: Visitor, returned: str) -> None:
    draft = {"amount_cents": 4_000_000, "reason": SECOND}
    assert play.answer(returned, K.DRAFT_DECISION, "award", by="sim-berg", **draft) == ""
    page = opened(play, browser, returned, K.SIGN_DECISION, "sim-tal")
    assert "Was gegenüber dem zurückgegebenen Entwurf anders ist" in page.text
    assert WHY in page.text
    assert f"Betrag 45.000,00\u00a0€ 40.000,00\u00a0€ Begründung {FIRST} {SECOND}".split() == [
        word for row in _rows(page) for word in row
    ]
    assert "<ins><b>[eingefügt:</b> für Fahrten" in page.html
    assert "<del><b>[gestrichen:</b> 45.000,00" in page.html
    letter = page.html.split('<div class="sheet letter">')[1].split("</div>")[0]
    assert SECOND in letter
    assert "<ins>" not in letter


@pytest.mark.slow
def test_a_draft_that_did_not_change_is_told_so(play: Play, browser: Visitor, returned: str) -> None:
    draft = {"amount_cents": 4_500_000, "reason": FIRST}
    assert play.answer(returned, K.DRAFT_DECISION, "award", by="sim-berg", **draft) == ""
    page = opened(play, browser, returned, K.SIGN_DECISION, "sim-tal")
    assert "Keine Angabe des Entwurfs ist anders." in page.text
    assert "Zuwendungsbescheid: Wort für Wort derselbe Text wie davor." in page.text


def _rows(page: Visitor) -> list[list[str]]:
    """The words of the table of what is different."""
    table = page.html.split('id="davor"')[1].split("<tbody")[1].split("</tbody>")[0]
    return [" ".join(_plain(row)).split() for row in table.split("<tr")[1:]]


def _plain(row: str) -> list[str]:
    return [part.split(">", 1)[1] for part in row.split("<")[1:] if part.split(">", 1)[1].strip()]
