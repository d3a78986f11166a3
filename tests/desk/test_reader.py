"""The desk of who only reads: every page is there, and none of them offers anything to be done."""

import pytest

from models.tasks import TaskKind as K
from tests.desk.site import Form, Visitor, until_open
from tests.play import Play
from tests.portal.interface.test_reader import add_reader

EVERYWHERE = {"/suche", "/abmelden", "/"}
"""Search, log-out and the filter of lists: forms that change nothing of the record."""


@pytest.mark.slow
def test_a_reader_finds_every_page_and_no_button(play: Play, browser: Visitor) -> None:
    case = play.apply()
    until_open(play, case, K.CALL_BACK)
    task = play.task(case, K.CALL_BACK).id
    with play.db.write() as session:
        add_reader(session)
    browser.log_in("sim-audit")
    shown = ("", "/angaben", "/schreiben", "/geld", "/dokumente", "/personen", "/verlauf")
    pages = ["/", "/post", "/bank", "/runden", f"/aufgabe/{task}", *(f"/fall/{case}{part}" for part in shown)]
    office = ["/amt", "/amt/person/sim-berg", "/amt/verlauf", "/amt/kommune/06631", "/amt/programm", "/suche?q=fulda"]
    for path in (*pages, *office):
        browser.open(path)
        assert browser.status == 200, path
        assert {form.action for form in browser.forms} <= EVERYWHERE, path
        assert not any("/beginnen/" in part for part in browser.html.split('"')), path
    csrf = next(form.fields["csrf"] for form in browser.forms if form.action == "/abmelden")
    for address, fields in (
        ("/bank", {"text": "reference;status;amount;value_date;detail\nX;booked;1.00;2018-01-01;\n"}),
        ("/uhr", {"days": "3"}),
        ("/amt/person/sim-tal", {"change": "revoke_officer"}),
    ):
        before = play.now
        browser.send(Form(address, "post", {"csrf": csrf, **fields}, ""))
        assert (browser.status, play.now.date()) == (403, before.date()), address
