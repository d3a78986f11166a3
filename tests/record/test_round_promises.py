"""The promises of a funding round: silent on a sound one, and they find what somebody with the database does to it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from record.database.engine import Database
from record.database.install import install
from record.promises import check
from tests.play import Play
from tests.record.database.unguarded import drop_guards
from tests.record.test_rounds import ID, Rounds

pytestmark = pytest.mark.sql

SABOTAGE = [
    (7, "step_missing", "DELETE FROM step WHERE no = 1"),
    (7, "chain_broken", "UPDATE step SET actor = 'officer:nobody' WHERE no = 1"),
    (7, "chain_broken", "UPDATE step SET body = '{}' WHERE no = 2"),
    (7, "step_differs_from_body", "UPDATE step SET stage = 'ended' WHERE no = 2"),
    (7, "head_differs", "UPDATE funding_round SET step_no = 5"),
    (7, "head_differs", "DELETE FROM step WHERE no = 2"),
    (4, "step_without_command", "DELETE FROM command WHERE state = 'applied'"),
    (4, "outcome_differs_from_step", "UPDATE command SET state = 'refused' WHERE state = 'applied'"),
]


@pytest.fixture
def opened(empty_url: str) -> Iterator[Database]:
    """A round after its reminder; its guards are gone."""
    with closing(Database(empty_url)) as database:
        install(database, "embedded", now=datetime(2017, 11, 6, 8, tzinfo=UTC))
        rounds = Rounds(Play(database))
        rounds.open()
        rounds.next()
        drop_guards(database)
        yield database


def test_a_sound_round_breaks_no_promise(opened: Database) -> None:
    with opened.read() as session:
        assert check(session) == []


def test_sabotage_of_a_round_is_found(opened: Database) -> None:
    for promise, code, deed in SABOTAGE:
        with opened.write() as session:
            assert session.connection().execute(text(deed)).rowcount == 1, deed
            found = {(one.promise, one.code) for one in check(session) if one.case_id == ID}
            session.rollback()
        assert (promise, code) in found, deed
    with opened.read() as session:
        assert check(session) == []
