"""What officers are offered to start: a block while something can be paid, and nothing once a case has ended."""

import pytest

from models.stages import Stage
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.views.officers import case_view
from tests.play import Play


@pytest.fixture
def play(db: Database) -> Play:
    return Play(db)


def offered(play: Play, case: str) -> list[str]:
    with play.db.read() as session:
        return [start["kind"] for start in case_view(session, play.directory, case, "sim-berg")["starts"]]


@pytest.mark.slow
def test_a_block_is_offered_while_something_can_be_paid(play: Play) -> None:
    case = play.apply()
    play.drive(case, Stage.DISBURSING)
    assert "block" in offered(play, case)
    assert play.answer(case, K.REQUEST_DRAWDOWN, amount_cents=5_000_000) == ""
    for kind in (K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
        assert play.answer(case, kind) == ""
    assert {"block", "set_file_number"} & {*offered(play, case)} == {"set_file_number"}
    play.drive(case)
    assert offered(play, case) == []


def test_a_case_that_has_ended_is_offered_nothing(play: Play) -> None:
    case = play.apply()
    assert play.start(case, "open", {"kind": "withdraw"}) == ""
    assert play.answer(case, K.WITHDRAW, "withdraw") == ""
    assert play.states[case].stage is Stage.WITHDRAWN
    assert offered(play, case) == []
