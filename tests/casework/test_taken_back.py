"""A step taken back before the second person decided: at the desk, by a typed line, on record, and sound."""

import pytest
from sqlmodel import col, select

from models.errors import Code
from models.stages import Stage
from models.tables import TaskRow
from models.tasks import TaskKind as K
from record.promises import check
from tests.cli.office import CASE, Office
from tests.desk.site import Visitor
from tests.play import Play

WHY = "Der Betrag stimmt nicht."


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_drafter_takes_a_draft_back_at_the_desk(play: Play, browser: Visitor) -> None:
    case = play.apply()
    play.drive(case, Stage.SIGNATURE_PENDING)
    task = play.task(case, K.SIGN_DECISION).id
    browser.log_in("sim-berg").open(f"/aufgabe/{task}")
    assert "können Sie Ihren Schritt zurückholen" in browser.text
    form = browser.form("send_back")
    assert browser.send(form, reason="").status == 400
    browser.send(browser.form("send_back"), reason=WHY)
    assert browser.status == 200, browser.text
    play.settle()
    browser.open(f"/fall/{case}/verlauf")
    assert "Simulierte Sachbearbeitung Berg" in browser.text
    assert f"Entscheidung zeichnen: vor der zweiten Person zurückgeholt – {WHY}" in browser.text
    with play.db.read() as session:
        assert check(session) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("until", "first", "second"),
    [
        (Stage.SIGNATURE_PENDING, K.DRAFT_DECISION, K.SIGN_DECISION),
        (Stage.DISBURSING, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN),
        (Stage.PROOF_CHECK, K.CHECK_PROOF, K.APPROVE_PROOF),
    ],
)
def test_a_step_taken_back_is_done_anew_and_breaks_no_promise(play: Play, until: Stage, first: K, second: K) -> None:
    case = play.apply()
    play.drive(case, until)
    if first is K.CERTIFY_DRAWDOWN:
        assert play.answer(case, K.REQUEST_DRAWDOWN) == ""
    if first is not K.DRAFT_DECISION:
        assert play.answer(case, first) == ""
    with play.db.read() as session:
        found = select(TaskRow.closed_by).where(TaskRow.case_id == case, TaskRow.kind == first)
        by = session.exec(found.order_by(col(TaskRow.closed_at).desc())).first() or pytest.fail("nobody")
    assert play.answer(case, second, "send_back", by=by, reason=WHY) == ""
    assert play.answer(case, first, by=by) == ""
    assert play.answer(case, second, by=by) in {Code.FOUR_EYES, Code.WRONG_ROLE}
    assert play.answer(case, second) == ""
    assert play.drive(case) is Stage.CLOSED
    with play.db.read() as session:
        assert check(session) == []


@pytest.mark.slow
def test_the_printed_line_takes_it_back(office: Office) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00 --as sim-berg")
    for kind, choice in ((K.CHECK_COMPLETENESS, "complete"), (K.EXAMINE, "award"), (K.DRAFT_DECISION, "award")):
        office.done(f"do {office.task(kind).id} {choice} --as sim-berg")
    task = office.task(K.SIGN_DECISION).id
    assert "zurückholen" not in office.done(f"show {task} --as sim-tal")
    printed = office.done(f"show {task} --as sim-berg")
    assert f"./starter.py do {task} send_back --as sim-berg" in printed
    office.done(f"do {task} send_back --reason '{WHY}' --as sim-berg")
    assert office.task(K.DRAFT_DECISION).state == "open"
    assert "vor der zweiten Person zurückgeholt" in plain(office.done(f"case {CASE}"))
