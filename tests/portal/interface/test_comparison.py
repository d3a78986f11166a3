"""Each field of a submission beside the one before, the plan and the year before; what speaks against comes first."""

from datetime import timedelta
from typing import Any

import pytest

from cli.pages.case import print_case
from models.content.answers import ChangeNotice
from models.stages import Stage as S
from models.tables import Case, CommandRow
from models.tasks import TASKS
from models.tasks import TaskKind as K
from portal.forms import FORMS, Kind
from record.database.engine import Database
from record.views.comparison import ABOUT
from tests.forms import ACTING
from tests.play import Play
from tests.portal.interface.test_decision_basis import Desk, _terminal
from workflows.lifecycle import GRANT


@pytest.fixture
def play(db: Database) -> Play:
    """A fresh installation."""
    return Play(db)


def _field(submission: dict[str, Any], name: str) -> dict[str, Any]:
    return next(field for field in submission["fields"] if field["name"] == name)


def _codes(field: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    return [(odd["code"], odd["than"], odd["by"]) for odd in field["odd"]]


def _sent(play: Play, case: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Desk(play, "sim-berg").get(f"/case/{case}")["submissions"]
    return found


def test_a_second_proof_is_compared_with_the_first_and_with_the_plan(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    case = play.apply(staff_cents=4_500_000, material_cents=500_000, own_cents=0)
    play.drive(case, S.PROOF_CHECK, check_proof="leave")
    assert play.answer(case, K.CHECK_PROOF, "ask_again", items=["Sachbericht"]) == ""
    changed: dict[str, Any] = {
        "narrative": "Neuer Bericht.",
        "staff_cents": 5_200_000,
        "third_party_cents": 200_000,
        "months_filled": 6,
    }
    assert play.answer(case, K.COMPLETE_PROOF, "submit", **changed) == ""
    first, second = _sent(play, case)[-2:]
    assert _field(first, "staff_cents")["before"] is None
    assert _codes(_field(first, "staff_cents")) == [("higher", "planned", 500_000)]
    staff = _field(second, "staff_cents")
    assert (staff["before"], staff["planned"]) == ("50.000,00\u00a0€", "45.000,00\u00a0€")
    assert _codes(staff) == [("higher", "before", 200_000), ("higher", "planned", 700_000)]
    assert _codes(_field(second, "narrative")) == [("changed", "before", None)]
    assert _field(second, "narrative")["before"] == "Bericht."
    assert _codes(_field(second, "third_party_cents")) == [
        ("higher", "before", 200_000),
        ("higher", "planned", 200_000),
    ]
    assert _codes(_field(second, "months_filled")) == [("halved", "before", 6), ("halved", "planned", 6)]
    assert _codes(_field(second, "material_cents")) == [("lower", "planned", 500_000)]
    spent = next(one for one in second["sums"] if one["name"] == "spent_from_grant")
    assert (spent["cents"], spent["before"], spent["label"]) == (5_000_000, 5_000_000, "Aus der Zuwendung bezahlt")
    assert second["remarks"] == ["partly_vacant"]
    read = _terminal(capsys, print_case, Desk(play).get(f"/case/{case}"))
    assert "davor: 50.000,00\u00a0€ – um 2.000,00 € höher".replace("\u00a0", " ") in read.replace("\u00a0", " ")
    assert "davor: Bericht. – geändert" in read


def test_an_application_that_does_not_add_up_says_so(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply(staff_cents=4_800_000, material_cents=450_000, own_cents=100_000)
    (sent,) = _sent(play, case)
    assert [(one["name"], one["cents"]) for one in sent["sums"]] == [
        ("expenses", 5_250_000),
        ("financing", 5_100_000),
        ("gap", 150_000),
    ]
    assert sent["remarks"] == ["gap"]
    assert "Die Ausgaben sind höher als die Finanzierung." in _terminal(
        capsys, print_case, Desk(play).get(f"/case/{case}")
    )


def test_a_call_is_measured_by_the_award_and_the_call_before(play: Play) -> None:
    case = play.apply()
    play.drive(case, S.DISBURSING)
    assert play.answer(case, K.REQUEST_DRAWDOWN, amount_cents=500_000, need="Gehälter") == ""
    play.drive(case, S.PROOF_DUE)
    first, second = [one for one in _sent(play, case) if one["kind"] == "request_drawdown"][:2]
    assert _codes(_field(first, "amount_cents")) == []
    assert _field(first, "amount_cents")["planned"] == "50.000,00\u00a0€"
    assert _codes(_field(second, "amount_cents")) == [("beyond_need", "planned", 2), ("higher", "before", 2_000_000)]
    assert _codes(_field(second, "need")) == [("gone", "before", None)]


def _year_before(play: Play, case: str) -> None:
    """A case of 2017 as it may lie in the record, with an application that was half as large."""
    ended = play.now - timedelta(days=300)
    application = {**ACTING, "requested_cents": 2_500_000, "staff_cents": 2_631_000, "concept": "Nur Sprache."}
    with play.db.write() as session:
        now = session.get_one(Case, case)
        old = Case(**now.model_dump() | {"id": "wir-fm-2017-06631", "year": 2017, "opened_at": ended})
        session.add(old)
        session.add(
            CommandRow(
                id="application-of-2017",
                case_id=old.id,
                kind="apply",
                choice="submit",
                actor_kind="clerk",
                actor_id="06631",
                content={"application": application},
                received_at=ended,
                stored_at=ended,
            )
        )


def test_the_year_before_stands_beside_each_field(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply(staff_cents=4_800_000, concept="Sprache und Wohnen.")
    assert _field(_sent(play, case)[0], "requested_cents")["year_before"] is None
    _year_before(play, case)
    (sent,) = _sent(play, case)
    requested = _field(sent, "requested_cents")
    assert (requested["year_before"], _codes(requested)) == (
        "25.000,00\u00a0€",
        [("doubled", "year_before", 2_500_000)],
    )
    assert _codes(_field(sent, "staff_cents")) == [("higher", "year_before", 2_169_000)]
    assert _field(sent, "concept")["year_before"] == "Nur Sprache."
    assert _codes(_field(sent, "project_title")) == []
    assert {one["name"]: one.get("year_before") for one in sent["sums"]} == {
        "expenses": 2_631_000,
        "financing": 2_500_000,
        "surplus": None,
    }
    read = _terminal(capsys, print_case, Desk(play).get(f"/case/{case}"))
    assert "Vorjahr: 25.000,00\u00a0€ – verdoppelt".replace("\u00a0", " ") in read.replace("\u00a0", " ")
    assert "Vorjahr: Nur Sprache. – geändert" in read


# what speaks against --------------------------------------------------------------------------------


def test_warnings_stand_first_in_task_and_case(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply(not_begun=False, electronic_service=False)
    desk = Desk(play, "sim-berg")
    assert desk.task(case, K.CHECK_COMPLETENESS)["warnings"] == ["already_begun", "paper_notices"]
    view = desk.get(f"/case/{case}")
    assert view["warnings"] == ["already_begun", "paper_notices"]
    lines = _lines(capsys, view)
    assert lines[0].startswith(case)
    assert lines[1] == "ACHTUNG: Nach den Angaben der Kommune hat das Vorhaben schon begonnen."
    assert lines[2].startswith("ACHTUNG: Die Kommune möchte Bescheide per Post")


def _lines(capsys: pytest.CaptureFixture[str], view: dict[str, Any]) -> list[str]:
    from cli.paper import Paper
    from cli.words import Words

    capsys.readouterr()
    print_case(Paper(Words("de", "./starter.py")), view)
    return capsys.readouterr().out.splitlines()


def test_what_a_later_declaration_says_counts(play: Play) -> None:
    case = play.apply()
    play.drive(case, S.AWARD_NOTIFIED, declare_acceptance="leave")
    assert play.answer(case, K.DECLARE_ACCEPTANCE, waiver=False) == ""
    assert Desk(play).task(case, K.CALL_BACK)["warnings"] == ["no_waiver"]
    assert play.answer(case, K.CALL_BACK, "differs") == ""
    assert play.answer(case, K.DECLARE_ACCEPTANCE, waiver=True) == ""
    assert Desk(play).task(case, K.CALL_BACK)["warnings"] == []


def test_a_change_that_was_told_warns_whoever_pays_until_the_post_is_filled(play: Play) -> None:
    case = play.apply()
    play.drive(case, S.DISBURSING)
    play.answer(case, K.REQUEST_DRAWDOWN)
    change = play.form(case, ChangeNotice, change="other_funding")
    assert play.start(case, "notify_change", change, by="sim-berg") == ""
    for kind in (K.CERTIFY_DRAWDOWN, K.LIFT_BLOCK):
        assert Desk(play).task(case, kind)["warnings"] == ["change_other_funding"]
    assert play.start(case, "notify_change", change | {"change": "filled"}, by="sim-berg") == ""
    assert Desk(play).task(case, K.CERTIFY_DRAWDOWN)["warnings"] == []


def test_every_question_with_a_doubtful_answer_has_a_warning() -> None:
    """A question of a form to which an answer speaks against a grant is a choice, a tick or a number of months."""
    asked = {
        one.name
        for form in FORMS.values()
        for one in form.fields
        if one.kind in {Kind.YES_NO, Kind.CONFIRM, Kind.ONE_OF} or one.name.startswith(("months", "signatory"))
    }
    assert asked == {
        "not_begun",
        "electronic_service",
        "waiver",
        "signatory_1",
        "signatory_2",
        "change",
        "months_filled",
        "necessary_and_economical",
        "agrees_with_books",
    }, "each of these has its warning in models/content/declarations.py; a new one needs one too"


def test_only_tasks_of_officers_are_warned() -> None:
    assert [kind for kind in ABOUT if GRANT.is_clerks(kind) or kind not in TASKS] == []
