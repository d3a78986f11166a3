"""Taking, handing over and noting in a browser without script."""

import pytest

from models.tasks import TaskKind as K
from tests.desk.site import Form, Visitor, until_open
from tests.play import Play


def form(browser: Visitor, act: str) -> Form:
    """The form of the page that does something about who takes care."""
    return next(one for one in browser.forms if one.fields.get("act") == act)


def test_a_task_goes_from_hand_to_hand(play: Play, browser: Visitor) -> None:
    case = play.apply()
    until_open(play, case, K.CHECK_COMPLETENESS)
    task = f"/aufgabe/{play.task(case, K.CHECK_COMPLETENESS).id}"
    browser.log_in("sim-berg").open(task).send(form(browser, "take"))
    assert "Berg kümmert sich seit Di 02.01.2018 darum." in browser.text.replace("\u00a0", " ")
    assert "Bei mir (1)" in browser.open("/").text
    browser.log_in("sim-wald").open(task)
    assert "Von Simulierte Sachbearbeitung Berg übernehmen" in form(browser, "take").button
    browser.send(form(browser, "take"))
    assert "Berg hat am" not in browser.open("/").text
    assert "Wald hat am" in browser.log_in("sim-berg").open("/").text
    browser.log_in("sim-wald").open(f"{task}/bearbeitung")
    browser.send(form(browser, "hand"), to="")
    assert (browser.status, "An wen: Bitte ausfüllen." in browser.text) == (400, True)
    browser.send(form(browser, "hand"), to="sim-berg", reason="kennt den Fall")
    assert "weitergegeben von Simulierte Zahlstelle Wald: kennt den Fall" in browser.text


@pytest.mark.slow
def test_somebody_who_was_quicker_is_named_and_nothing_is_taken(play: Play, browser: Visitor) -> None:
    case = play.apply()
    until_open(play, case, K.CHECK_COMPLETENESS)
    task = f"/aufgabe/{play.task(case, K.CHECK_COMPLETENESS).id}"
    browser.log_in("sim-berg").open(task)
    other = Visitor(browser.http)
    stale = form(browser, "take")
    cookies = dict(browser.http.cookies)
    browser.http.cookies.clear()
    other.log_in("sim-wald").open(task).send(form(other, "take"))
    browser.http.cookies.clear()
    browser.http.cookies.update(cookies)
    browser.send(stale)
    assert browser.status == 409
    assert "Wald, seit Di 02.01.2018" in browser.text.replace("\u00a0", " ")
    assert "Von Simulierte Zahlstelle Wald übernehmen" in browser.text


@pytest.mark.slow
def test_a_day_puts_a_task_away_until_then(play: Play, browser: Visitor) -> None:
    case = play.apply()
    until_open(play, case, K.CHECK_COMPLETENESS)
    page = f"/aufgabe/{play.task(case, K.CHECK_COMPLETENESS).id}/bearbeitung"
    browser.log_in("sim-berg").open(page).send(form(browser, "later"), until="1.1.2018")
    assert (browser.status, form(browser, "later").fields["until"]) == (400, "1.1.2018")
    browser.send(form(browser, "later"), until="8.1.2018").open("/")
    assert "Auf einen Tag gelegt (1)" in browser.text
    assert "Bei mir (0)" in browser.text
    assert "Kann ich nehmen (" not in browser.text
    play.days(7)
    assert "Bei mir (1)" in browser.open("/").text


@pytest.mark.slow
def test_a_note_stands_in_case_task_and_history(play: Play, browser: Visitor) -> None:
    case = play.apply()
    until_open(play, case, K.CHECK_COMPLETENESS)
    browser.log_in("sim-berg").open(f"/fall/{case}/vermerke")
    written = next(one for one in browser.forms if "text" in one.fields)
    assert browser.send(written, text=" ").status == 400
    written = next(one for one in browser.forms if "text" in one.fields)
    for _ in range(2):
        browser.send(written, text="Frau Beispiel <rief> an.")
    for path in (f"/fall/{case}", f"/fall/{case}/vermerke", f"/aufgabe/{play.task(case, K.CHECK_COMPLETENESS).id}"):
        assert browser.open(path).text.count("Frau Beispiel <rief> an.") == 1 + (path == f"/fall/{case}")
    assert "Vermerk 1 – Frau Beispiel" in browser.open(f"/fall/{case}/verlauf").text
