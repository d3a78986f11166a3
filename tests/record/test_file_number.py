"""The authority's own file number and the budget item: on case, letters and orders; and money by budget year."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from activities.payments import ADDED, LedgerOnly, PaymentOrder
from cli.pages.case import print_case
from models.errors import RefusedError
from models.programme import BudgetItem, Certainty
from models.stages import Stage as S
from models.tables import Notice, Order
from models.tasks import TaskKind as K
from programmes.directory import Directory
from record.database.engine import Database
from tests.play import Play, programmes
from tests.portal.interface.test_decision_basis import Desk, _terminal

NUMBER = "II 25 - 58n 04/2018-17"
ITEM = BudgetItem(chapter="08 05", title="684 01", source="play", certainty=Certainty.MADE_UP)


def with_item() -> Directory:
    """The programme data with a made-up place in the budget plan."""
    known = programmes()
    line = known.line("fm", 2018).model_copy(update={"budget_items": {2018: ITEM}})
    return Directory(replace(known.programmes, lines={**known.programmes.lines, ("fm", 2018): line}))


def _bodies(play: Play) -> list[str]:
    with play.db.read() as session:
        return [row.body for row in session.exec(select(Notice).order_by("signed_at"))]


def test_a_file_number_stands_on_case_letters_and_orders_from_then_on(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    play = Play(db, directory=with_item())
    case = play.apply()
    assert play.start(case, "set_file_number", {"file_number": NUMBER}, by="sim-berg") == ""
    play.drive(case, S.DISBURSING)
    (award,) = _bodies(play)
    assert f"Geschäftszeichen: {NUMBER}\nVorgang: {case}\n" in award
    assert "Haushaltsjahr 2018: 50.000,00 € (Kapitel 08 05, Titel 684 01)" in award.replace("\u00a0", " ")
    play.drive(case, S.PROOF_DUE)
    view = Desk(play, "sim-berg").get(f"/case/{case}")
    assert view["file_number"] == NUMBER
    assert {(one["file_number"], one["chapter"], one["title"]) for one in view["orders"]} == {
        (NUMBER, "08 05", "684 01")
    }
    read = _terminal(capsys, print_case, view)
    assert f"Aktenzeichen der Behörde: {NUMBER}" in read
    assert "Haushaltsjahr 2018 (Kapitel 08 05, Titel 684 01): bewilligt 50.000,00 €" in read
    assert "Aktenzeichen eingetragen" in read


def test_without_them_letters_and_orders_are_as_ever(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, S.PROOF_DUE)
    assert f"Geschäftszeichen: {case}\nSchreiben: {case}/N1\n" in _bodies(play)[0]
    assert "Kapitel" not in _bodies(play)[0]
    view = Desk(play).get(f"/case/{case}")
    assert {(one["file_number"], one["chapter"], one["title"]) for one in view["orders"]} == {("", "", "")}
    assert "Haushaltsjahr 2018 (Kapitel und Titel sind noch nicht festgelegt)" in _terminal(capsys, print_case, view)


def test_a_number_can_be_corrected_and_what_has_left_stays(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        assert play.answer(case, kind) == ""
    for number in ("Vorläufig 1", NUMBER):
        assert play.start(case, "set_file_number", {"file_number": number}, by="sim-berg") == ""
    view = Desk(play).get(f"/case/{case}")
    assert view["file_number"] == NUMBER
    assert [one["file_number"] for one in view["orders"]] == [""], "the order left before there was a number"
    assert [one["what"] for one in view["timeline"]].count("start.set_file_number") == 2
    assert "Geschäftszeichen: wir-fm" in _bodies(play)[0]


def test_who_may_set_it_and_what_it_may_be(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    assert play.start(case, "set_file_number", {"file_number": NUMBER}, by="sim-kasse") == "wrong_role"
    assert play.start(case, "set_file_number", {"file_number": NUMBER}) == "wrong_role"
    for wrong in ("", " ", "x" * 61, "zwei\x00Zeichen"):
        with pytest.raises(RefusedError, match="bad_content"):
            play.start(case, "set_file_number", {"file_number": wrong}, by="sim-berg")
    assert Desk(play).get(f"/case/{case}")["file_number"] == ""


@pytest.mark.sql
@pytest.mark.parametrize("column", ["file_number", "budget_chapter", "budget_title"])
def test_what_an_order_says_never_changes(db: Database, column: str) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        play.answer(case, kind)
    statement = text(f"UPDATE payment_order SET {column} = 'x'")  # noqa: S608
    with pytest.raises(DatabaseError), db.write() as session:
        session.connection().execute(statement)
    with db.read() as session:
        assert getattr(session.exec(select(Order)).one(), column) is None


# the file that leaves -----------------------------------------------------------------------------

ORDER = PaymentOrder(
    end_to_end_id="FM18-06631-D01-A1",
    case_id="wir-fm-2018-06631",
    amount_cents=2_500_000,
    budget_year=2018,
    holder="Simulierte Kasse",
    iban="DE02120300000000202051",
    reference="",
    certified_by="sim-wald",
    approved_by="sim-tal",
    ordered_at=datetime(2018, 3, 1, 9, tzinfo=UTC),
)


def _left(folder: Path, order: PaymentOrder) -> dict[str, Any]:
    LedgerOnly(folder).hand_over(order)
    found: dict[str, Any] = json.loads((folder / f"{order.end_to_end_id}.json").read_text())
    return found


def test_an_order_carries_what_is_known_and_nothing_else(tmp_path: Path) -> None:
    plain = _left(tmp_path / "plain", ORDER)
    assert not set(ADDED) & set(plain), "an order from before has its bytes still"
    numbered = replace(ORDER, file_number=NUMBER, budget_chapter="08 05", budget_title="684 01")
    assert _left(tmp_path / "numbered", numbered) == plain | {
        "file_number": NUMBER,
        "budget_chapter": "08 05",
        "budget_title": "684 01",
    }


# programme data -----------------------------------------------------------------------------------


def test_the_budget_plan_of_2018_is_still_to_be_set() -> None:
    line = programmes().line("fm", 2018)
    assert (line.budget_item(2018), line.budget_item(2019)) == (None, None)
    assert "budget_items.2018" in line.unsettled()
    assert "to be set" in line.budget_items[2018].note


@pytest.mark.parametrize(
    "wrong",
    [
        {"chapter": "08 05", "title": "684 01", "certainty": "open"},
        {"certainty": "found"},
        {"chapter": "08 05", "certainty": "found"},
        {"chapter": "acht", "title": "684 01", "certainty": "found"},
    ],
)
def test_a_budget_item_is_open_exactly_where_it_is_not_known(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        BudgetItem.model_validate({"source": "house", **wrong})


# money and dates ----------------------------------------------------------------------------------


def test_money_stands_by_budget_year(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    (before,) = Desk(play).get(f"/case/{case}")["money_by_year"]
    assert (before["requested_cents"], before["awarded_cents"], before["left_cents"]) == (5_000_000, 0, 0)
    play.drive(case, S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        play.answer(case, kind)
    (ordered,) = Desk(play).get(f"/case/{case}")["money_by_year"]
    assert [ordered[f"{name}_cents"] for name in ("awarded", "ordered", "booked", "left")] == [
        5_000_000,
        2_500_000,
        0,
        2_500_000,
    ]
    assert play.answer(case, K.BOOK_PAYMENT, "rejected") == ""
    (rejected,) = Desk(play).get(f"/case/{case}")["money_by_year"]
    assert (rejected["ordered_cents"], rejected["left_cents"]) == (0, 5_000_000)
    assert rejected["latest_drawdown"] == "2018-11-30"


def test_dates_of_the_case_say_how_they_came_about(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    play = Play(db)
    case = play.apply()
    (limit,) = Desk(play).get(f"/case/{case}")["dates"]
    assert (limit["name"], limit["running"], limit["rule"]["arithmetic"]) == ("decision_limit", True, "P3M")
    play.drive(case, S.AWARD_NOTIFIED, declare_acceptance="leave")
    view = Desk(play).get(f"/case/{case}")
    assert [(one["name"], one["running"]) for one in view["dates"]] == [("notified", False), ("final", True)]
    at = {one["name"]: play.states[case].timers.get(one["name"]) for one in view["dates"]}
    final = at["final"]
    assert final is not None
    assert view["dates"][1]["rule"]["ends_at"] == final.isoformat().replace("+00:00", "Z")
    read = _terminal(capsys, print_case, view)
    assert "Bescheid gilt als bekannt gegeben: seit " in read
    assert "Bekanntgabe, § 41 VwVfG: 3 Tage ab Absendung am" in read
    assert "Rechtsbehelfsfrist, § 74 VwGO: 1 Monat ab Bekanntgabe am" in read
