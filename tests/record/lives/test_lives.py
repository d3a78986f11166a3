"""Lives of cases at the record, from application to their end: each is what it should be, and breaks no promise."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from models.case import CaseState
from models.content.answers import ChangeNotice, ExtensionRequest, Withdrawal
from models.stages import Stage
from models.tables import Case, Notice, Officer, Order, Outbox, TaskRow
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.promises import check
from tests.play import Play

S = Stage


def sound(play: Play) -> None:
    """No promise is broken."""
    with play.db.read() as session:
        assert check(session) == []


def straight(play: Play) -> Stage:
    return play.drive(play.apply())


def refused(play: Play) -> Stage:
    case = play.apply()
    return play.drive(case, check_completeness="refuse", draft_decision="refuse")


def withdrawn(play: Play) -> Stage:
    case = play.apply()
    play.drive(case, S.DRAFTING)
    play.start(case, "open", {"kind": "withdraw"})
    play.answer(case, K.WITHDRAW, "withdraw")
    return play.states[case].stage


def waived(play: Play) -> Stage:
    case = play.apply()
    play.drive(case, S.DISBURSING)
    assert play.start(case, "withdraw", play.form(case, Withdrawal), by="sim-tal") == "wrong_role"
    assert play.start(case, "withdraw", play.form(case, Withdrawal), by="sim-berg") == ""
    with play.db.read() as session:
        assert session.get_one(Case, case).reserved_cents == 0
    return play.states[case].stage


def given_back(play: Play) -> Stage:
    """Withdrawn after a payout: an officer decides, and what was paid is reclaimed."""
    case = _paid(play)
    play.start(case, "withdraw", play.form(case, Withdrawal), by="sim-berg")
    assert play.states[case].stage is S.HEARING
    return play.drive(case)


def give_back_dropped(play: Play) -> Stage:
    """The officer drops it: calls and the end of the period are there again, and the block has its task."""
    case = _paid(play)
    play.start(case, "withdraw", play.form(case, Withdrawal), by="sim-berg")
    play.answer(case, K.DECIDE_REVOCATION, "drop")
    state = play.states[case]
    assert state.stage is S.DISBURSING
    assert state.open(K.REQUEST_DRAWDOWN)
    assert state.open(K.LIFT_BLOCK)
    assert "period_end" in state.timers
    return play.drive(case)


def unspent(play: Play) -> Stage:
    """Less was spent than paid: the rest is reclaimed and repaid in two parts."""
    case = _proof_due(play)
    play.answer(case, K.PROVE_USE, staff_cents=4_000_000)
    play.drive(case, S.RECOVERY)
    claim = play.states[case].facts.claim_ref
    assert play.bank(claim, "booked", 400_000) == ""
    assert play.bank(claim, "booked", 700_000).endswith("over_paid")
    return play.drive(case)


def revoked(play: Play) -> Stage:
    """No proof at all: dunned, heard in silence, revoked, repaid."""
    case = _paid(play)
    play.drive(case, S.HEARING, prove_use="leave", decide_missing_proof="hear")
    return play.drive(case, prove_use="leave", state_position="leave")


def revoked_early(play: Play) -> Stage:
    """A hearing about a change ends in a revocation before the grant period does: its timer dies with it."""
    case = _paid(play)
    play.start(case, "block", {"reason": "Simuliert."}, by="sim-berg")
    play.answer(case, K.LIFT_BLOCK, "hear")
    play.drive(case, S.RECOVERY)
    assert play.states[case].timers == {}
    return play.drive(case)


def hearing_dropped(play: Play) -> Stage:
    """Final while the hearing runs; dropped, the case goes on to its payout."""
    case = play.apply()
    play.drive(case, S.AWARD_SENT)
    play.answer(case, K.DECLARE_ACCEPTANCE, waiver=False)
    play.answer(case, K.CALL_BACK)
    play.answer(case, K.CONFIRM_BANK_DETAILS)
    play.days(5)
    play.start(case, "notify_change", play.form(case, ChangeNotice), by="sim-berg")
    play.answer(case, K.LIFT_BLOCK, "hear")
    play.drive(case, S.REVOCATION, state_position="leave")
    play.answer(case, K.SIGN_REVOCATION, "send_back")
    play.answer(case, K.DECIDE_REVOCATION, "drop")
    assert play.states[case].stage is S.DISBURSING
    return play.drive(case)


def extended(play: Play) -> Stage:
    case = _proof_due(play)
    assert play.start(case, "request_extension", play.form(case, ExtensionRequest), by="sim-berg") == ""
    assert play.start(case, "request_extension", play.form(case, ExtensionRequest), by="sim-berg") == "not_now"
    play.answer(case, K.DECIDE_EXTENSION)
    play.answer(case, K.SIGN_EXTENSION)
    assert play.states[case].facts.proof_due == date(2019, 6, 3)
    return play.drive(case)


def award_bounced(play: Play) -> Stage:
    """The award's mail is refused for good, sent again to the next contact, then everything runs as usual."""
    case = play.apply()
    play.refuse = lambda mail: mail.template == "award"
    play.drive(case, S.AWARD_SENT)
    play.refuse = lambda _mail: False
    assert play.states[case].timers == {}
    assert play.answer(case, K.FIX_DELIVERY, "noted", reason="Simuliert.") == "not_now"
    return play.drive(case)


def claim_bounced(play: Play) -> Stage:
    """The claim's mail is refused for good: it is posted, the claim is due later, and cannot be left unserved."""
    case = _proof_due(play)
    play.answer(case, K.PROVE_USE, staff_cents=4_000_000)
    play.refuse = lambda mail: mail.template == "claim"
    play.drive(case, S.RECOVERY)
    play.refuse = lambda _mail: False
    due = play.task(case, K.REPAY).due
    play.days(10)
    assert play.answer(case, K.FIX_DELIVERY, "noted", reason="Simuliert.") == "not_now"
    early = (play.today - timedelta(days=30)).isoformat()
    assert play.answer(case, K.FIX_DELIVERY, "posted", posted_on=early) == "date_not_later"
    play.answer(case, K.FIX_DELIVERY, "posted")
    assert play.task(case, K.REPAY).due > due
    with play.db.read() as session:
        notice = session.exec(select(Notice).where(Notice.kind == "claim")).one()
    assert (notice.channel, notice.notified_on) == ("post", play.today + timedelta(days=3))
    return play.drive(case)


def by_post(play: Play) -> Stage:
    """The recipient wants notices by post: no notice goes by mail, each counts from the day it was posted."""
    case = play.apply(electronic_service=False)
    play.drive(case, S.AWARD_SENT)
    assert play.states[case].timers == {}
    play.days(2)
    play.answer(case, K.FIX_DELIVERY, "posted")
    end = play.drive(case, fix_delivery="posted")
    with play.db.read() as session:
        assert {n.channel for n in session.exec(select(Notice))} == {"post"}
        assert not session.exec(select(Outbox).where(col(Outbox.notice_id).is_not(None))).all()
    return end


def payment_returned(play: Play) -> Stage:
    """Money came back while the next instalment was under decision: each keeps its own amount and certifier."""
    case = play.apply()
    play.drive(case, S.DISBURSING)
    play.answer(case, K.REQUEST_DRAWDOWN, amount_cents=1_000_000)
    play.answer(case, K.CERTIFY_DRAWDOWN)
    play.answer(case, K.APPROVE_DRAWDOWN)
    play.answer(case, K.BOOK_PAYMENT)
    play.answer(case, K.REQUEST_DRAWDOWN, amount_cents=2_000_000)
    assert play.bank("FM18-06631-D01-A1", "returned", 1_000_000) == ""
    play.answer(case, K.REPAIR_PAYMENT, "retry")
    for _ in range(2):
        play.answer(case, K.CERTIFY_DRAWDOWN)
        play.answer(case, K.APPROVE_DRAWDOWN)
        play.answer(case, K.BOOK_PAYMENT)
    with play.db.read() as session:
        paid = {o.id: (o.amount_cents, o.status) for o in session.exec(select(Order))}
    assert paid == {
        "FM18-06631-D01-A1": (1_000_000, "rejected"),
        "FM18-06631-D01-A2": (1_000_000, "booked"),
        "FM18-06631-D02-A1": (2_000_000, "booked"),
    }
    return play.drive(case)


def undecided(play: Play) -> Stage:
    """Three months without a decision: what the office owes is late; nothing is decided by that."""
    case = play.apply()
    play.days(100)
    assert play.states[case].stage is S.FORMAL_CHECK
    assert play.task(case, K.CHECK_COMPLETENESS).late
    return play.drive(case)


def bank_silent(play: Play) -> Stage:
    """An order of unknown fate keeps the case open until there is evidence."""
    case = play.apply()
    play.drive(case, S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        play.answer(case, kind)
    play.drive(case, S.PROOF_CHECK, book_payment="leave")
    play.answer(case, K.CHECK_PROOF)
    assert play.answer(case, K.APPROVE_PROOF) == "not_now"
    play.answer(case, K.BOOK_PAYMENT)
    play.answer(case, K.APPROVE_PROOF, "send_back")
    return play.drive(case)


def _paid(play: Play) -> str:
    case = play.apply()
    play.drive(case, S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
        play.answer(case, kind)
    return case


def _proof_due(play: Play) -> str:
    case = play.apply()
    play.drive(case, S.PROOF_DUE)
    return case


LIVES: dict[Callable[[Play], Stage], Stage] = {
    straight: S.CLOSED,
    refused: S.REJECTED,
    withdrawn: S.WITHDRAWN,
    waived: S.WAIVED,
    given_back: S.CLOSED,
    give_back_dropped: S.CLOSED,
    unspent: S.CLOSED,
    revoked: S.CLOSED,
    revoked_early: S.CLOSED,
    hearing_dropped: S.CLOSED,
    extended: S.CLOSED,
    award_bounced: S.CLOSED,
    claim_bounced: S.CLOSED,
    by_post: S.CLOSED,
    payment_returned: S.CLOSED,
    undecided: S.CLOSED,
    bank_silent: S.CLOSED,
}


@pytest.mark.parametrize(("life", "end"), LIVES.items(), ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.sample(6)
def test_a_life_ends_as_it_should_and_breaks_no_promise(
    db: Database, life: Callable[[Play], Stage], end: Stage
) -> None:
    play = Play(db)
    assert life(play) is end
    sound(play)
    with db.read() as session:
        for case in session.exec(select(Case)):
            assert play.states[case.id] == CaseState.model_validate(case.state)
        assert set(session.exec(select(TaskRow.state))) <= {"answered", "withdrawn", "expired"}
        assert set(session.exec(select(Outbox.state))) <= {"accepted", "dropped", "failed"}


def test_money_that_comes_free_goes_to_the_first_in_line(db: Database) -> None:
    play = Play(db, budget_cents=5_000_000)
    first, second = play.apply("06631"), play.apply("06411000")
    play.drive(first, S.AWARD_SENT)
    play.drive(second, S.WAITLIST)
    sound(play)
    play.start(first, "withdraw", play.form(first, Withdrawal), by="sim-berg")
    assert play.states[second].stage is S.DRAFTING
    play.drive(second)
    sound(play)


def test_whoever_certified_an_instalment_does_not_approve_it_whatever_came_between(db: Database) -> None:
    """Wald certifies the second instalment, See the first: the second is still not Wald's to approve."""
    play = Play(db)
    with db.write() as session:
        wald = session.get_one(Officer, "sim-wald")
        wald.roles = [*wald.roles, "payment_approver"]
        see = session.get_one(Officer, "sim-see")
        see.roles = [*see.roles, "payment_certifier"]
        session.add_all([wald, see])
    play.learn_people()
    case = _paid(play)
    play.answer(case, K.REQUEST_DRAWDOWN, amount_cents=500_000)
    play.answer(case, K.CERTIFY_DRAWDOWN, by="sim-wald")
    play.bank("FM18-06631-D01-A1", "returned", 2_500_000)
    play.answer(case, K.REPAIR_PAYMENT, "retry")
    play.answer(case, K.CERTIFY_DRAWDOWN, by="sim-see")
    assert [t.subject for t in play.states[case].open(K.APPROVE_DRAWDOWN)] == ["D02", "D01"]
    assert play.answer(case, K.APPROVE_DRAWDOWN, by="sim-wald") == "four_eyes"
    assert play.answer(case, K.APPROVE_DRAWDOWN, by="sim-see") == ""
    sound(play)
