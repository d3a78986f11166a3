"""A letter, a signed sheet and a call, recorded in a browser without script."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.tables import CommandRow, Intake, Round, TaskRow
from models.tasks import TaskKind as K
from portal.forms import FORMS
from portal.words import word
from tests.desk.site import Form, Visitor, until_open
from tests.play import Play

PNG = ("blatt.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
POST = {"channel": "post", "received_on": "2.1.2018"}
PEOPLE = {"acting_name": "Simulierte Person", "acting_function": "Simulierte Leitung"}


def form(browser: Visitor) -> Form:
    """The form of the page that records."""
    return next(one for one in browser.forms if "/erfassen/" in one.action)


def opened(play: Play, browser: Visitor, kind: K) -> str:
    """A case in which the municipality owes something, and its form open at the desk."""
    case = play.apply()
    until_open(play, case, kind)
    browser.log_in("sim-berg").open(f"/fall/{case}")
    assert f"/erfassen/{play.task(case, kind).id}" in browser.html
    browser.open(f"/erfassen/{play.task(case, kind).id}")
    return case


def test_a_signed_declaration_is_recorded_and_the_call_back_follows(play: Play, browser: Visitor) -> None:
    case = opened(play, browser, K.DECLARE_ACCEPTANCE)
    for one in FORMS[K.DECLARE_ACCEPTANCE].fields:
        assert (word(f"field.{one.name}", "label") or word(f"field.{one.name}", "confirm")) in browser.text
    now = f"{play.today:%d.%m.%Y}"
    said = {
        "account_holder": "Kreiskasse",
        "iban": "DE02120300000000202051",
        "waiver": "yes",
        "signatory_1": "Erste Person",
        "signatory_2": "Zweite Person",
    } | PEOPLE
    browser.send(form(browser), channel="telephone", received_on=now, **said)
    assert "können nicht am Telefon erklärt werden" in browser.text
    browser.send_with(form(browser), PNG, {"channel": "post", "received_on": now, "iban": "DE02120300000000202052"})
    assert (browser.status, "blatt.png" in browser.text) == (400, True)
    browser.send(form(browser), iban="DE02120300000000202051")
    assert "nur mit dem unterschriebenen Blatt" in browser.text
    last = form(browser)
    assert last.fields["account_holder"] == "Kreiskasse"
    for _ in range(2):
        browser.send(last, signed="yes")
        assert "Erledigt" in browser.text
    assert play.states[case].open(K.CALL_BACK)
    read = browser.open(f"/fall/{case}/angaben").text.replace("\u00a0", " ")
    assert "erfasst von Simulierte Sachbearbeitung Berg per Post" in read
    assert "blatt.png" in browser.open(f"/fall/{case}/dokumente").text
    assert "Erfasst: Annahme" in browser.open(f"/fall/{case}/verlauf").text


@pytest.mark.slow
def test_what_is_wrong_is_said_in_the_words_of_the_clerks_pages(play: Play, browser: Visitor) -> None:
    opened(play, browser, K.REQUEST_DRAWDOWN)
    browser.send(form(browser), amount_cents="70.000,00", received_on="1.1.2099")
    assert browser.status == 400
    assert " ".join(word("error", "over_left", limit_cents=5_000_000).split()) in browser.text
    assert "spätestens heute" in browser.text
    assert "Bitte angeben, wie es kam." in browser.text
    assert form(browser).fields["amount_cents"] == "70.000,00"


@pytest.mark.slow
def test_a_case_of_somebody_elses_role_offers_no_form(play: Play, browser: Visitor) -> None:
    case = play.apply()
    until_open(play, case, K.DECLARE_ACCEPTANCE)
    browser.log_in("sim-tal").open(f"/fall/{case}")
    assert "/erfassen/" not in browser.html
    browser.open(f"/erfassen/{play.task(case, K.DECLARE_ACCEPTANCE).id}")
    browser.send(form(browser), channel="in_person", received_on=f"{play.today:%d.%m.%Y}", **PEOPLE)
    assert not play.states[case].open(K.CALL_BACK)


@pytest.mark.slow
def test_an_application_on_paper_starts_its_case(play: Play, browser: Visitor) -> None:
    invited = "wir-fm-2018/06631"
    with play.db.write() as session:
        now, recipient = play.now, play.directory.find("06631", play.today).identity
        session.add(Round(id="wir-fm-2018", line="fm", year=2018, opened_at=now))
        task = TaskRow(
            id=invited,
            kind=K.APPLY,
            round_id="wir-fm-2018",
            recipient=recipient,
            owner="applicant",
            opened_at=now,
            due_at=now + timedelta(days=90),
            brief={"ceiling_cents": 5_000_000},
        )
        session.add(task)
    browser.log_in("sim-berg").open("/runde/wir-fm-2018")
    assert f"/erfassen/{invited}" in browser.html
    browser.open(f"/erfassen/{invited}")
    said = {"requested_cents": "50.000,00", "staff_cents": "50.000,00", "not_begun": "yes", "electronic_service": "no"}
    typed = POST | said | PEOPLE
    browser.send_with(form(browser), PNG, typed)
    assert "nur mit dem unterschriebenen Blatt" in browser.text
    browser.send_with(form(browser), PNG, typed | {"signed": "yes"})
    with play.db.read() as session:
        (row,) = session.exec(select(Intake)).all()
        command = session.get_one(CommandRow, row.command_id)
    assert (command.kind, command.task_id, row.case_id) == ("apply", invited, command.case_id)
    assert (command.content["application"]["requested_cents"], row.signed) == (5_000_000, True)
