"""Whole lives of a grant at the desk alone: officers read, type and press; municipality and bank do their part."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from models.stages import Stage
from models.tables import Case, CommandRow
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.promises import check
from record.telephones import on_file
from tests.desk.site import Visitor, until_open, visitor
from tests.play import Play

S = Stage
REASON = "Die Angaben sind belegt."


class Desk:
    """Officers at one desk, one browser each. Municipalities answer by the usual forms."""

    def __init__(self, play: Play, browser: Visitor) -> None:
        self.play, self.browser = play, browser

    def task(self, officer: str, case: str, kind: K) -> Visitor:
        """The page of an open task, opened by an officer from the list of the day."""
        self.browser.log_in(officer)
        assert self.browser.address == "/"
        task = self.play.task(case, kind).id
        assert f'href="/aufgabe/{task}"' in self.browser.html, f"{officer} does not see {kind}"
        return self.browser.open(f"/aufgabe/{task}")

    def answer(self, officer: str, case: str, kind: K, choice: str, **typed: str) -> Visitor:
        """Opens a task, reads it, fills the form and presses the button; the receipt says that it is done."""
        page = self.task(officer, case, kind)
        page.send_read(page.form(choice), **typed)
        assert page.address.startswith("/quittung/"), (page.status, page.text)
        assert "Erledigt" in page.text, page.text
        self.play.settle()
        return page

    def by_bank(self, case: str) -> None:
        """The cash office brings the bank's evidence, as the task offers it in play."""
        page = self.task("sim-kasse", case, K.BOOK_PAYMENT)
        line = page.html.split('href="/bank?zeile=')[1].split('"')[0]
        page.open(f"/bank?zeile={line}")
        page.send(next(form for form in page.forms if form.action == "/bank"))
        assert "Angewendet: 1" in page.text, page.text
        self.play.settle()


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Iterator[Desk]:
    play = Play(db)
    browser = visitor(play, tmp_path)
    yield Desk(play, browser)
    browser.http.close()


def awarded(desk: Desk) -> str:
    """A case up to its signed award."""
    case = desk.play.apply()
    desk.answer("sim-berg", case, K.CHECK_COMPLETENESS, "complete")
    desk.answer("sim-berg", case, K.EXAMINE, "award", amount_cents="45.000,00", reason="Sachausgaben gekürzt.")
    desk.answer("sim-berg", case, K.DRAFT_DECISION, "award", reason="Sachausgaben gekürzt.")
    desk.answer("sim-tal", case, K.SIGN_DECISION, "sign")
    return case


def called(play: Play, case: str) -> dict[str, str]:
    """A call as an officer writes it down: a number on file, the time as it is written here."""
    with play.db.read() as session:
        (number, _), *_ = on_file(session, session.get_one(Case, case).recipient, play.today)
    return {
        "number": number.written,
        "called_at": f"{play.today:%d.%m.%Y}, 0:00 Uhr",
        "spoken_with": "Simulierte Kassenleiterin",
        "spoken_with_function": "Kassenleitung",
        "iban_heard": "20 51",
    }


@pytest.mark.slow
def test_from_application_to_closed_file(desk: Desk) -> None:
    case = awarded(desk)
    desk.play.drive(case, S.AWARD_NOTIFIED, call_back="leave")
    page = desk.task("sim-berg", case, K.CALL_BACK)
    assert "DE02 1203 0000 0000 2020 51" in page.text
    desk.answer("sim-berg", case, K.CALL_BACK, "confirmed", **called(desk.play, case))
    desk.answer("sim-tal", case, K.CONFIRM_BANK_DETAILS, "confirm")
    until_open(desk.play, case, K.CERTIFY_DRAWDOWN)
    desk.answer(
        desk.play.actor(case, K.CERTIFY_DRAWDOWN).id, case, K.CERTIFY_DRAWDOWN, "certify", amount_cents="25.000,00"
    )
    desk.answer(desk.play.actor(case, K.APPROVE_DRAWDOWN).id, case, K.APPROVE_DRAWDOWN, "approve")
    desk.by_bank(case)
    desk.play.drive(case, S.PROOF_CHECK)
    desk.answer(desk.play.actor(case, K.CHECK_PROOF).id, case, K.CHECK_PROOF, "accept")
    desk.answer(desk.play.actor(case, K.APPROVE_PROOF).id, case, K.APPROVE_PROOF, "approve")
    desk.play.drive(case, S.CLOSING, close_case="leave")
    desk.answer(desk.play.actor(case, K.CLOSE_CASE).id, case, K.CLOSE_CASE, "close")
    assert desk.play.states[case].stage is S.CLOSED
    with desk.play.db.read() as session:
        assert check(session) == []


def test_who_signs_reads_the_very_letter_and_the_button_says_what_it_sends(desk: Desk) -> None:
    case = desk.play.apply()
    desk.answer("sim-berg", case, K.CHECK_COMPLETENESS, "complete")
    desk.answer("sim-berg", case, K.EXAMINE, "award")
    desk.answer("sim-berg", case, K.DRAFT_DECISION, "award")
    page = desk.task("sim-tal", case, K.SIGN_DECISION)
    button = page.form("sign").button
    assert button == "Zeichnen und Zuwendungsbescheid über 50.000,00\u00a0€ versenden"
    letter = page.html.split('<div class="sheet letter">')[1].split("</div>")[0]
    page.send(page.form("sign"))
    desk.play.settle()
    page.open(f"/schreiben/{case}/N1")
    assert page.html.split('<div class="sheet letter">')[1].split("</div>")[0] == letter


def test_a_forged_form_signs_nothing_and_is_on_record(desk: Desk) -> None:
    """Without having been shown the letter, with another hash, and with one of another answer."""
    case = desk.play.apply()
    for kind, choice in ((K.CHECK_COMPLETENESS, "complete"), (K.EXAMINE, "award"), (K.DRAFT_DECISION, "award")):
        desk.answer("sim-berg", case, kind, choice)
    page = desk.task("sim-tal", case, K.SIGN_DECISION)
    for shown in ("0" * 64, "", "no hash at all", page.form("send_back").fields["shown"]):
        page.send(page.form("sign"), shown=shown)
        assert (page.status, page.address) == (409, f"/aufgabe/{desk.play.task(case, K.SIGN_DECISION).id}")
        assert "hat sich etwas geändert" in page.text
    assert desk.play.states[case].stage is S.SIGNATURE_PENDING
    with desk.play.db.read() as session:
        refused = session.exec(select(CommandRow).where(CommandRow.reason == "not_shown")).all()
    assert [(row.actor_id, row.login_id != "", len(row.shown or "")) for row in refused] == [
        ("sim-tal", True, length) for length in (64, 0, 64, 64)
    ]
    page.send(page.form("sign"))
    assert page.address.startswith("/quittung/")


def test_four_eyes_are_told_and_kept(desk: Desk) -> None:
    case = desk.play.apply()
    desk.play.drive(case, S.PROOF_CHECK)
    desk.answer("sim-see", case, K.CHECK_PROOF, "accept")
    task = desk.play.task(case, K.APPROVE_PROOF).id
    page = desk.browser.log_in("sim-see").open(f"/aufgabe/{task}")
    assert "Vier-Augen-Prinzip" in page.text
    assert [form.fields["choice"] for form in page.forms if "choice" in form.fields] == ["send_back"]
    desk.answer("sim-tal", case, K.APPROVE_PROOF, "approve")


def test_a_block_is_begun_and_lifted_with_its_reasons(desk: Desk) -> None:
    """A sample of the courses in ``tests/e2e/desk/test_courses.py``."""
    case = desk.play.apply()
    desk.play.drive(case, S.DISBURSING)
    page = desk.browser.log_in("sim-berg").open(f"/beginnen/{case}/block")
    form = next(one for one in page.forms if one.action.startswith("/beginnen/"))
    page.send(form, reason="Die Stelle ist nach einem Bericht unbesetzt.")
    assert "Erledigt" in page.text
    assert "nach einem Bericht unbesetzt" in page.open(f"/fall/{case}").text
    desk.answer("sim-berg", case, K.LIFT_BLOCK, "lift", reason="Die Stelle ist besetzt.")
    assert not desk.play.states[case].facts.payment_block
    assert "Die Stelle ist besetzt." in page.open(f"/fall/{case}/verlauf").text


def test_search_opens_one_case_and_lists_several(desk: Desk) -> None:
    case = desk.play.apply()
    desk.play.apply("06631009")
    page = desk.browser.log_in("sim-berg")
    assert page.open("/suche?q=06631").address == f"/fall/{case}"
    page.open("/suche?q=fulda")
    assert page.address == "/suche"
    assert [one for one in (case, f"{case}009") if f'href="/fall/{one}"' not in page.html] == []
    for odd in ("", "%", "gibt es nicht", "%00", "x" * 5_000):
        assert page.open(f"/suche?q={odd}").status in {200, 400}
    assert page.open("/suche?q=gibt+es+nicht").text.count("nichts zu finden") == 1
