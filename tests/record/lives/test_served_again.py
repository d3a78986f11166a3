"""A decision that comes back is served anew: it is not final before its new period has run, and no money leaves.

Source: VwVfG §§ 41, 43; VwGO §§ 58, 74. All people are simulated.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.mail.orders import Template
from models.stages import Stage
from models.tables import Notice, Outbox, TaskRow
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.promises import check
from tests.play import Play

S = Stage


def _awards(play: Play, case: str) -> list[Outbox]:
    with play.db.read() as session:
        query = select(Outbox).where(Outbox.case_id == case, Outbox.template == Template.AWARD)
        return list(session.exec(query.order_by(col(Outbox.queued_at), col(Outbox.id))))


def _comes_back(play: Play, mail: Outbox) -> None:
    """The mail server reports days later that it gave the mail up."""
    play._bounced(mail)
    play.settle()


def _notified_on(play: Play, case: str) -> Any:
    with play.db.read() as session:
        return session.get_one(Notice, f"{case}/N1").notified_on


def _final_without_declaration(play: Play) -> str:
    """An award that is final by time; the municipality has not declared anything."""
    case = play.apply()
    play.drive(case, S.AWARD_NOTIFIED, declare_acceptance="leave")
    while play.states[case].facts.final_on is None:
        assert play.wake(case)
    assert play.states[case].stage is S.AWARD_NOTIFIED
    return case


@pytest.mark.parametrize("way", ["resend", "posted"])
def test_an_award_that_was_final_is_not_final_until_its_new_period_has_run(db: Database, way: str) -> None:
    play = Play(db)
    case = _final_without_declaration(play)
    _comes_back(play, _awards(play, case)[0])
    state = play.states[case]
    assert (state.stage, state.facts.notified_on, state.facts.final_on) == (S.AWARD_SENT, None, None)

    assert play.answer(case, K.FIX_DELIVERY, way) == ""
    play.until(play.now + timedelta(days=6))
    notified = play.states[case].facts.notified_on
    assert notified is not None
    assert notified == _notified_on(play, case)
    assert play.answer(case, K.DECLARE_ACCEPTANCE, waiver=False) == ""
    assert play.answer(case, K.CALL_BACK) == ""
    assert play.answer(case, K.CONFIRM_BANK_DETAILS) == ""
    assert play.states[case].stage is S.AWARD_NOTIFIED, "everything is there but finality"
    assert not play.states[case].open(K.REQUEST_DRAWDOWN)

    play.drive(case, S.DISBURSING)
    final = play.states[case].facts.final_on
    assert final is not None
    assert final > notified + timedelta(days=27), "a whole month after the new notification"
    with play.db.read() as session:
        assert check(session) == []


def test_money_that_is_called_waits_while_the_award_is_served_again(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, S.DISBURSING)
    assert play.answer(case, K.REQUEST_DRAWDOWN) == ""
    assert play.answer(case, K.CERTIFY_DRAWDOWN) == ""
    assert play.states[case].facts.waiver
    _comes_back(play, _awards(play, case)[0])
    assert play.answer(case, K.APPROVE_DRAWDOWN) == "not_final"
    assert play.states[case].orders == {}
    assert play.answer(case, K.FIX_DELIVERY, "resend") == ""
    assert play.answer(case, K.APPROVE_DRAWDOWN) == "not_final", "sent, and not notified yet"
    while play.states[case].facts.notified_on is None:
        assert play.wake(case)
    assert play.answer(case, K.APPROVE_DRAWDOWN) == "", "notified again, and the recipient has waived a suit"
    with play.db.read() as session:
        assert check(session) == []


def test_an_award_that_comes_back_while_the_recipient_is_heard_is_not_final(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, S.DISBURSING)
    assert play.start(case, "block", {"reason": "Simulierter Grund."}, by="sim-berg") == ""
    assert play.answer(case, K.LIFT_BLOCK, "hear") == ""
    _comes_back(play, _awards(play, case)[0])
    assert play.states[case].stage is S.HEARING
    assert play.states[case].facts.final_on is None
    assert play.answer(case, K.STATE_POSITION) == ""
    assert play.answer(case, K.DECIDE_REVOCATION, "drop") == ""
    assert play.answer(case, K.LIFT_BLOCK) == ""
    assert play.states[case].stage is S.DISBURSING
    assert play.answer(case, K.REQUEST_DRAWDOWN) == "not_final"


def test_a_copy_that_comes_back_takes_nothing_away(db: Database) -> None:
    """The award itself arrived; somebody asked for it once more, and that mail was refused."""
    play = Play(db)
    case = _final_without_declaration(play)
    before = play.states[case].facts
    play.refuse = lambda mail: mail.template == Template.AWARD
    assert play.start(case, "resend", {"mail": _awards(play, case)[0].id[:8]}, by="sim-berg") == ""
    after = play.states[case].facts
    assert (after.final_on, after.notified_on) == (before.final_on, before.notified_on)
    assert play.states[case].stage is S.AWARD_NOTIFIED
    day = _notified_on(play, case)

    play.refuse = lambda _mail: False
    assert play.answer(case, K.FIX_DELIVERY, "resend") == ""
    assert _notified_on(play, case) == day, "a copy starts no period"
    assert _awards(play, case)[-1].notice_id == f"{case}/N1", "it carries the award"
    with play.db.read() as session:
        assert check(session) == []


def test_a_copy_that_comes_back_may_be_noted(db: Database) -> None:
    play = Play(db)
    case = _final_without_declaration(play)
    play.refuse = lambda mail: mail.template == Template.AWARD
    assert play.start(case, "resend", {"mail": _awards(play, case)[0].id[:8]}, by="sim-berg") == ""
    assert play.answer(case, K.FIX_DELIVERY, "noted") == ""


def test_when_the_copy_and_the_award_both_came_back_nothing_has_arrived(db: Database) -> None:
    play = Play(db)
    case = _final_without_declaration(play)
    play.refuse = lambda mail: mail.template == Template.AWARD
    assert play.start(case, "resend", {"mail": _awards(play, case)[0].id[:8]}, by="sim-berg") == ""
    assert play.states[case].facts.final_on is not None
    _comes_back(play, _awards(play, case)[0])
    assert play.states[case].stage is S.AWARD_SENT
    assert play.states[case].facts.final_on is None
    with play.db.read() as session:
        open_tasks = session.exec(select(TaskRow).where(TaskRow.case_id == case, TaskRow.state == "open")).all()
    assert [t.kind for t in open_tasks].count(K.FIX_DELIVERY) == 2
