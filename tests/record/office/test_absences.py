"""Absences: who stands in for whom, that nobody gains a role by it, and that four eyes stay two people."""

from asyncio import run
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from models.commands import Actor, ActorKind
from models.errors import Code, RefusedError
from models.office import Change
from models.tables import CommandRow
from models.tasks import Role
from models.tasks import TaskKind as K
from record.absences import absent, acting_for, need_deputy, whose
from record.database.engine import Database
from record.people import officer_roles
from record.promises import check
from record.views.officers import case_view
from record.views.tasks import task_view
from tests.play import Play
from tests.record.office.test_changes import change, told
from tests.record.rows import Given

FIRST, LAST = date(2018, 2, 1), date(2018, 2, 14)
AWAY: Given = {"officer": "sim-berg", "first_day": "2018-02-01", "last_day": "2018-02-14", "deputy": "sim-wald"}


def away(db: Database, by: str = "sim-tal", **values: Any) -> CommandRow:
    with db.write() as session:
        return change(session, Change.ADD_ABSENCE, by, **AWAY | values)


@pytest.mark.parametrize(
    ("day", "found"),
    [(date(2018, 1, 31), set()), (FIRST, {"sim-berg"}), (LAST, {"sim-berg"}), (date(2018, 2, 15), set())],
)
def test_a_deputy_acts_from_the_first_day_to_the_last(db: Database, day: date, found: set[str]) -> None:
    assert told(away(db)) == ("applied", "")
    with db.read() as session:
        before = officer_roles(session, "sim-wald", date(2018, 1, 31))
        assert acting_for(session, "sim-wald", day) == found
        assert set(absent(session, day)) == found
        assert officer_roles(session, "sim-wald", day) == before  # nobody gains a role
        assert acting_for(session, "sim-see", day) == acting_for(session, "", day) == frozenset()


def test_a_deputy_who_is_away_passes_nothing_on(db: Database) -> None:
    away(db)
    away(db, officer="sim-wald", deputy="sim-berg", first_day="2018-02-05")
    with db.read() as session:
        assert acting_for(session, "sim-wald", FIRST) == {"sim-berg"}
        for officer in ("sim-wald", "sim-berg"):
            assert acting_for(session, officer, date(2018, 2, 5)) == frozenset()


def test_a_deputy_who_was_sent_away_acts_for_nobody(db: Database) -> None:
    away(db)
    with db.write() as session:
        change(session, Change.REVOKE_OFFICER, "sim-tal", officer="sim-wald")
    with db.read() as session:
        assert acting_for(session, "sim-wald", FIRST) == frozenset()


@pytest.mark.parametrize(
    ("by", "values", "code"),
    [
        ("sim-tal", {"deputy": "sim-kasse"}, Code.DEPUTY_WITHOUT_ROLE),
        ("sim-tal", {"deputy": "sim-berg"}, Code.BAD_CONTENT),
        ("sim-tal", {"deputy": "nobody"}, Code.UNKNOWN_OFFICER),
        ("sim-tal", {"last_day": "2018-01-31"}, Code.BAD_CONTENT),
        ("sim-berg", {"officer": "sim-wald", "deputy": "sim-berg"}, Code.WRONG_ROLE),  # a colleague's, not one's own
    ],
)
def test_an_absence_that_cannot_be_is_refused(db: Database, by: str, values: Given, code: Code) -> None:
    assert told(away(db, by, **values)) == ("refused", code)
    with db.read() as session:
        assert absent(session, FIRST) == {}


def test_everybody_may_enter_their_own_and_come_back(db: Database) -> None:
    assert told(away(db, "sim-berg", last_day=None)) == ("applied", "")
    assert told(away(db, "sim-berg", first_day="2018-02-10")) == ("refused", Code.BAD_CONTENT)  # entered already
    with db.write() as session:
        back = change(session, Change.END_ABSENCE, "sim-berg", officer="sim-berg", last_day="2018-02-09")
        assert told(back) == ("applied", "")
    with db.read() as session:
        assert acting_for(session, "sim-wald", date(2018, 2, 9)) == {"sim-berg"}
        assert acting_for(session, "sim-wald", date(2018, 2, 10)) == frozenset()
    assert told(away(db, "sim-berg", first_day="2018-02-10")) == ("applied", "")


def test_an_absence_can_be_taken_back_before_it_begins(db: Database) -> None:
    away(db)
    with db.write() as session:
        change(session, Change.END_ABSENCE, "sim-tal", officer="sim-berg", last_day="2018-01-31")
    with db.read() as session:
        assert absent(session, FIRST) == {}
    assert told(away(db)) == ("applied", "")


def test_whose_task_it_is() -> None:
    acting = frozenset({"a", "b"})
    assert whose(acting, ["b", "c", "a"]) == ["a", "b"]  # nobody takes care of it
    assert whose(acting, ["b", "c"]) == ["b"]
    assert whose(acting, ["a", "c"], holder="a") == ["a"]
    assert whose(acting, ["a", "c"], holder="c") == []
    assert whose(frozenset(), ["a"]) == []


def answer(play: Play, case: str, kind: K, by: str, in_place_of: str) -> CommandRow:
    """The usual answer, through the gateway, by a deputy."""
    with play.db.read() as session:
        roles = tuple(officer_roles(session, by, play.today))
    actor = Actor(kind=ActorKind.OFFICER, id=by, roles=roles, simulated=True, in_place_of=in_place_of)
    task = play.task(case, kind).id
    receipt = run(play.gateway.answer(task_id=task, choice="complete", content={}, actor=actor))
    with play.db.read() as session:
        return session.get_one(CommandRow, receipt.command_id)


def test_the_deputy_acts_in_their_own_name_and_on_behalf_of_the_absent(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    today = play.today.isoformat()
    away(db, first_day=today, last_day=None)
    with db.read() as session:
        shown = task_view(session, play.directory, play.task(case, K.CHECK_COMPLETENESS).id, "sim-wald")
        assert shown is not None
        assert (shown["tasks"][0]["for"], shown["tasks"][0]["mine"]) == (["sim-berg"], True)
    row = answer(play, case, K.CHECK_COMPLETENESS, "sim-wald", "sim-berg")
    assert (row.actor_id, row.on_behalf_of, row.state) == ("sim-wald", "sim-berg", "applied")
    with db.read() as session:
        event = case_view(session, play.directory, case)["timeline"][-1]
        assert (event["who"], event["for"]) == ("officer:sim-wald", "sim-berg")
        assert check(session) == []


def test_nobody_acts_in_the_place_of_somebody_they_do_not_stand_in_for(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    with pytest.raises(RefusedError) as refused:
        answer(play, case, K.CHECK_COMPLETENESS, "sim-wald", "sim-berg")
    assert refused.value.code is Code.NOT_DEPUTY
    away(db, first_day=play.today.isoformat())
    with db.read() as session:
        deputy = Actor(kind=ActorKind.OFFICER, id="sim-wald", in_place_of="sim-berg")
        need_deputy(session, deputy, Role.CASE_WORKER, play.today)
        with pytest.raises(RefusedError):
            need_deputy(session, deputy, Role.CO_SIGNER, play.today)  # not a role of the absent
        assert not session.exec(select(CommandRow).where(CommandRow.kind == "answer")).all()


@pytest.mark.slow
def test_in_nobodys_place_does_the_same_person_draft_and_sign(db: Database) -> None:
    """A case worker who is also a co-signer drafts, and stands in for the co-signer who is away."""
    play = Play(db)
    with db.write() as session:
        roles = ["case_worker", "co_signer"]
        assert told(change(session, Change.SET_ROLES, "sim-tal", officer="sim-berg", roles=roles)) == ("applied", "")
    away(db, officer="sim-tal", deputy="sim-berg", first_day=play.today.isoformat(), last_day=None)
    case = play.apply()
    for kind in (K.CHECK_COMPLETENESS, K.EXAMINE, K.DRAFT_DECISION):
        play.answer(case, kind)
    task = play.task(case, K.SIGN_DECISION)
    with db.read() as session:
        shown = task_view(session, play.directory, task.id, "sim-berg")
        assert shown is not None
        assert (shown["tasks"][0]["mine"], shown["tasks"][0]["four_eyes"], shown["tasks"][0]["for"]) == (
            False,
            True,
            [],
        )
