"""What is typed at the desk: nothing wrong is taken, nothing typed is lost, and a form belongs to its log-in."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from models.tables import CommandRow
from models.tasks import TaskKind as K
from record.people import revoke_officer
from tests.desk.site import Form, Visitor, until_open, visitor
from tests.play import Play


def commands(play: Play) -> list[tuple[str, str]]:
    """Who gave which command, in order."""
    with play.db.read() as session:
        return [
            (row.actor_id, row.choice) for row in session.exec(select(CommandRow).order_by(col(CommandRow.stored_at)))
        ]


def opened(play: Play, browser: Visitor, kind: K, officer: str = "sim-berg", key: str = "06631") -> str:
    """A case with an open task of this kind, which the officer has opened; gives the case."""
    case = play.apply(key)
    until_open(play, case, kind)
    browser.log_in(officer).open(f"/aufgabe/{play.task(case, kind).id}")
    return case


@pytest.mark.parametrize(
    ("kind", "choice", "typed", "told"),
    [
        (K.CHECK_COMPLETENESS, "refuse", {"reason": ""}, "Begründung: Bitte ausfüllen."),
        (K.CHECK_COMPLETENESS, "refuse", {"reason": "Begründung"}, "ist nur ein Muster"),
        (K.CHECK_COMPLETENESS, "incomplete", {"items": " \n "}, "Bitte ausfüllen."),
        (K.EXAMINE, "award", {"amount_cents": "1.2.3"}, "Das ist kein Betrag."),
        (K.EXAMINE, "award", {"amount_cents": "60.000,00"}, "übersteigt den beantragten Betrag"),
        (K.EXAMINE, "award", {"amount_cents": "-5"}, "Betrag"),
        (K.EXAMINE, "refuse", {"reason": "x" * 5_000}, "ist länger als 4000 Zeichen"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_stays_typed(
    play: Play, browser: Visitor, kind: K, choice: str, typed: dict[str, str], told: str
) -> None:
    opened(play, browser, kind)
    before = commands(play)
    browser.send(browser.form(choice), **typed)
    assert browser.status in {400, 409, 422}
    assert told in browser.text
    form = browser.form(choice)
    assert {name: form.fields[name] for name in typed} == typed
    assert [row for row in commands(play) if row not in before] in ([], [("sim-berg", choice)])


def test_a_double_click_is_one_answer(play: Play, browser: Visitor) -> None:
    case = opened(play, browser, K.CHECK_COMPLETENESS)
    form = browser.form("complete")
    addresses = {browser.send(form).address for _ in range(2)}
    assert len(addresses) == 1
    assert commands(play).count(("sim-berg", "complete")) == 1
    assert play.states[case].open(K.EXAMINE)


def test_an_old_tab_sees_what_was_done_since(play: Play, browser: Visitor, tmp_path: Path) -> None:
    opened(play, browser, K.CHECK_COMPLETENESS)
    form, address = browser.form("complete"), browser.address
    other = visitor(play, tmp_path)
    try:
        other.log_in("sim-berg").open(address)
        other.send(other.form("complete"))
    finally:
        other.http.close()
    browser.send(form)
    assert browser.status == 409
    assert "nicht mehr möglich" in browser.text
    assert "erledigt, durch Simulierte Sachbearbeitung Berg: vollständig." in browser.text


@pytest.mark.parametrize("csrf", ["", "x", "ü" * 43])
def test_a_form_of_nobodys_log_in_is_refused(play: Play, browser: Visitor, csrf: str) -> None:
    opened(play, browser, K.CHECK_COMPLETENESS)
    before = commands(play)
    browser.send(browser.form("complete"), csrf=csrf)
    assert (browser.status, commands(play)) == (403, before)


def test_a_form_from_before_a_change_of_person_is_refused(play: Play, browser: Visitor) -> None:
    opened(play, browser, K.CHECK_COMPLETENESS)
    form, before = browser.form("complete"), commands(play)
    browser.log_in("sim-tal")
    browser.send(form)
    assert (browser.status, commands(play)) == (403, before)


def test_a_post_from_another_site_is_refused(play: Play, browser: Visitor) -> None:
    opened(play, browser, K.CHECK_COMPLETENESS)
    form, before = browser.form("complete"), commands(play)
    answer = browser.http.post(form.action, data=form.fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, commands(play)) == (403, before)


def test_without_a_log_in_every_page_leads_to_the_entrance(browser: Visitor) -> None:
    for path in ("/", "/fall/wir-fm-2018-06631", "/aufgabe/x.1", "/post", "/bank", "/amt", "/suche?q=x", "/datei/00"):
        browser.open(path)
        assert browser.address == "/anmelden", path
        assert not browser.http.cookies


def test_logging_out_ends_it(play: Play, browser: Visitor) -> None:
    browser.log_in("sim-berg")
    cookies = dict(browser.http.cookies)
    browser.send(next(form for form in browser.forms if form.action == "/abmelden"))
    browser.http.cookies.update(cookies)
    assert browser.open("/").address == "/anmelden"


def test_a_revoked_officer_is_out_at_once(play: Play, browser: Visitor) -> None:
    opened(play, browser, K.CHECK_COMPLETENESS)
    form = browser.form("complete")
    with play.db.write() as session:
        revoke_officer(session, "sim-berg")
    browser.send(form)
    assert browser.status == 403
    assert browser.open("/").address == "/anmelden"


@pytest.mark.parametrize("officer", ["", "nobody", "sim-berg ", "x" * 5_000, "\u202e"])
def test_only_officers_can_be_chosen(browser: Visitor, officer: str) -> None:
    browser.send(Form("/anmelden", "post", {"officer": officer}, ""))
    assert browser.address == "/anmelden"
    assert not browser.http.cookies


def test_looking_changes_nothing(play: Play, browser: Visitor) -> None:
    case = opened(play, browser, K.CALL_BACK)
    before = commands(play), play.states[case].step_no
    for path in ("/", f"/fall/{case}", f"/fall/{case}/angaben", browser.address, f"/beginnen/{case}/block", "/bank"):
        for method in ("GET", "HEAD"):
            assert browser.http.request(method, path).status_code == 200
    assert (commands(play), play.states[case].step_no) == before


def test_things_are_started_with_their_form(play: Play, browser: Visitor) -> None:
    case = opened(play, browser, K.CALL_BACK)
    browser.open(f"/beginnen/{case}/block")
    form = next(one for one in browser.forms if one.action == f"/beginnen/{case}/block")
    browser.send(form)
    assert browser.status == 400
    browser.send(form, reason="Der Zweck ist zweifelhaft.")
    assert "Erledigt" in browser.text
    play.settle()
    assert play.states[case].facts.payment_block
    browser.open(f"/beginnen/{case}/unknown")
    assert browser.status in {404, 409, 422}


@pytest.mark.parametrize("days", ["", "0", "-1", "x", "99999", "³"])
def test_a_number_of_days_that_is_none_moves_nothing(play: Play, browser: Visitor, days: str) -> None:
    browser.log_in("sim-berg")
    before = play.now
    browser.send(next(form for form in browser.forms if form.action == "/uhr"), days=days)
    assert (browser.status, play.today) == (400, before.date())


def test_the_bank_says_which_lines_are_wrong(play: Play, browser: Visitor) -> None:
    browser.log_in("sim-kasse").open("/bank")
    form = next(form for form in browser.forms if form.action == "/bank")
    browser.send(form, text="a;b\n1;2\n")
    assert browser.status in {400, 422}
    assert "Zeile 1: Die erste Zeile muss die Spalten nennen" in browser.text
    assert browser.forms[-1].fields["text"].split() == ["a;b", "1;2"]


@pytest.mark.parametrize("content", ["reference;status;amount;value_date;detail\nX;booked;1.00;2018-01-02;Grüße\n"])
def test_a_bank_file_in_another_encoding_is_refused_by_its_line(play: Play, browser: Visitor, content: str) -> None:
    browser.log_in("sim-kasse").open("/bank")
    form = next(form for form in browser.forms if form.action == "/bank")
    sent = {"file": ("belege.csv", content.encode("latin-1"), "text/csv")}
    answer = browser.http.post("/bank", data=form.fields, files=sent)
    assert (answer.status_code, "Zeile 2:" in answer.text, commands(play)) == (400, True, [])
