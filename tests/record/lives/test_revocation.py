"""A revoked officer is out at once; what was done or sent before stays valid. On both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.errors import Code, RefusedError
from models.tables import CommandRow, Officer
from models.tasks import Role
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.digest import write_digests
from record.people import (
    add_officer,
    officer,
    officer_roles,
    officers,
    revoke_officer,
    with_role,
)
from record.promises import check
from record.views.lists.today import today_view
from record.views.officers import case_view
from tests.play import Play
from tests.record.test_people import new_officer


@pytest.fixture
def play(db: Database) -> Play:
    """An installation on a working day with nothing in it."""
    return Play(db)


def revoke(play: Play, officer_id: str) -> None:
    """What a second officer asks for."""
    with play.db.write() as session:
        revoke_officer(session, officer_id)


def test_nobody_is_found_offered_or_written_to_any_more(play: Play) -> None:
    case_id = play.apply()
    revoke(play, "sim-berg")
    with play.db.read() as session:
        assert "sim-berg" not in [found.id for found in officers(session, play.today)]
        assert "sim-berg" in [found.id for found in officers(session)]
        assert "sim-berg" not in [found.id for found in with_role(session, Role.CASE_WORKER, play.today)]
        assert officer_roles(session, "sim-berg", play.today) == frozenset()
        views = (case_view(session, play.directory, case_id), today_view(session, play.directory))
        offered = {task["as"] for view in views for task in view["tasks"]} | {s["as"] for s in views[0]["starts"]}
        mine = [task for task in today_view(session, play.directory, "sim-berg")["tasks"] if task["mine"]]
    assert (offered, mine) == ({"sim-wald"}, [])
    assert write_digests(play.db, play.writer, play.now) == 1  # to the other case worker only


def test_a_name_is_refused_with_the_reason(play: Play) -> None:
    revoke(play, "sim-berg")
    with play.db.read() as session:
        since = session.get_one(Officer, "sim-berg").revoked_at
        with pytest.raises(RefusedError) as refused:
            officer(session, "sim-berg", play.today)
    assert since is not None
    assert refused.value.code is Code.OFFICER_REVOKED
    assert refused.value.details == {"officer": "sim-berg", "since": since.isoformat()}


def test_a_deputy_loses_what_the_revoked_person_had_and_none_is_named_for_them(play: Play) -> None:
    with play.db.write() as session:
        add_officer(session, new_officer(id="sim-fluss", roles=[], deputy_of="sim-berg", valid_from=play.today))
        assert Role.CASE_WORKER in officer_roles(session, "sim-fluss", play.today)
        revoke_officer(session, "sim-berg")
        assert officer_roles(session, "sim-fluss", play.today) == frozenset()
        with pytest.raises(RefusedError, match="officer_revoked"):
            add_officer(session, new_officer(id="sim-see-2", roles=[], deputy_of="sim-berg"))


def test_what_was_done_before_stays_valid(play: Play) -> None:
    case_id = play.apply()
    play.answer(case_id, K.CHECK_COMPLETENESS, by="sim-berg")
    play.answer(case_id, K.EXAMINE, by="sim-berg")
    revoke(play, "sim-berg")
    with play.db.read() as session:
        assert check(session) == []
    play.answer(case_id, K.DRAFT_DECISION, by="sim-wald")
    play.answer(case_id, K.SIGN_DECISION, by="sim-see")
    with play.db.read() as session:
        assert check(session) == []


def test_what_is_sent_afterwards_is_not_stored(play: Play) -> None:
    case_id = play.apply()
    revoke(play, "sim-berg")
    with play.db.read() as session:
        before = session.exec(select(CommandRow.id)).all()
    with pytest.raises(RefusedError, match="officer_revoked"):
        play.answer(case_id, K.CHECK_COMPLETENESS, by="sim-berg")
    with pytest.raises(RefusedError, match="officer_revoked"):
        asyncio.run(
            play.gateway.act(case_id=case_id, kind="block", content={"reason": "x"}, actor=play.officer("sim-berg"))
        )
    with play.db.read() as session:
        assert session.exec(select(CommandRow.id)).all() == before


def waiting_answer(play: Play, case_id: str) -> CommandRow:
    """An officer's answer that has its receipt and is not applied yet."""
    call = play.gateway.answer(
        task_id=play.task(case_id, K.CHECK_COMPLETENESS).id,
        choice="complete",
        content={},
        actor=play.officer("sim-berg"),
        patience=0,
    )
    command_id = asyncio.run(call).command_id
    with play.db.read() as session:
        return session.get_one(CommandRow, command_id)


def test_a_command_received_before_is_applied_afterwards(play: Play) -> None:
    case_id = play.apply()
    command = waiting_answer(play, case_id)
    revoke(play, "sim-berg")
    outcome = play.take(command.id)
    assert outcome is not None
    assert outcome.applied
    with play.db.read() as session:
        assert check(session) == []


def test_a_command_stored_while_the_revocation_commits_is_refused_on_record(play: Play) -> None:
    case_id = play.apply()
    command = waiting_answer(play, case_id)
    with play.db.write() as session:
        found = session.get_one(Officer, "sim-berg")
        found.revoked_at = command.received_at
        session.add(found)
    outcome = play.take(command.id)
    assert outcome is not None
    assert (outcome.applied, outcome.reason) == (False, "officer_revoked")
    with play.db.read() as session:
        assert session.get_one(CommandRow, command.id).details["officer"] == "sim-berg"
        assert check(session) == []


def test_an_answer_that_was_applied_after_the_revocation_is_found(play: Play) -> None:
    case_id = play.apply()
    play.answer(case_id, K.CHECK_COMPLETENESS, by="sim-berg")
    with play.db.write() as session:
        found = session.get_one(Officer, "sim-berg")
        found.revoked_at = play.now - timedelta(hours=1)
        session.add(found)
    with play.db.read() as session:
        assert {(one.promise, one.code) for one in check(session)} == {(3, "not_authorised")}


def test_it_is_set_once(play: Play) -> None:
    revoke(play, "sim-berg")
    with pytest.raises(RefusedError, match="officer_revoked"):
        revoke(play, "sim-berg")
    for value in ("NULL", "'2030-01-01T00:00:00.000000+00:00'"):
        with pytest.raises(IntegrityError, match="never taken back"), play.db.write() as session:
            session.connection().execute(text(f"UPDATE officer SET revoked_at = {value} WHERE id = 'sim-berg'"))  # noqa: S608


def test_somebody_who_begins_today_or_tomorrow_can_be_revoked(play: Play) -> None:
    with play.db.write() as session:
        add_officer(session, new_officer(valid_from=play.today + timedelta(days=1)))
        assert revoke_officer(session, "sim-bach").revoked_at is not None
