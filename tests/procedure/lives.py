"""Lives that chance seldom finds: each reaches ways of the page that a random life meets once in many thousands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from models.commands import CommandKind
from models.content import answers as a
from models.stages import Stage as S
from models.tasks import TaskKind as K
from tests.forms import IBAN
from tests.procedure.case import CLERK, OFFICERS, PureCase
from tests.procedure.random_lives import BEGIN
from workflows.lifecycle import BEFORE_DECISION, CAN_HEAR, GRANT, PROOF, UNPAID
from workflows.procedure.decide import CASE_RULES
from workflows.procedure.registry import TIMERS

LIVES: dict[str, Callable[[], PureCase]] = {}
"""Each life by its name; it plays a case and returns it."""


def life(*variants: Any) -> Callable[[Callable[..., PureCase]], Callable[..., PureCase]]:
    """Enters a life, once or with each of these first arguments."""

    def enter(play: Callable[..., PureCase]) -> Callable[..., PureCase]:
        for variant in variants or ((),):
            given = variant if isinstance(variant, tuple) else (variant,)
            LIVES[" ".join([play.__name__, *map(str, given)])] = partial(play, *given)
        return play

    return enter


WAYS_IN: dict[S, dict[str, Any]] = BEGIN | {
    S.SUBSTANTIVE_REVIEW: {},
    S.SELECTION: {},
    S.DRAFTING: {},
    S.WAITLIST: {},
    S.SIGNATURE_PENDING: {},
    S.AWARD_SENT: {},
    S.REFUSAL_SENT: {"draft_decision": "refuse"},
    S.CLOSING: {},
}
"""What is answered otherwise than usual on the way to each open stage."""


AFTER_THE_LAST_CALL = datetime(2018, 12, 5, 8, tzinfo=UTC)


def begun(until: S, *, waiver: bool = True, years: int = 1, **choices: Any) -> PureCase:
    """A case on the usual way, with other answers to some tasks (``choices``), that has just come to a stage."""
    case = PureCase(years=years, consent=until is S.SELECTION, budget=until is not S.WAITLIST)
    case.apply()
    case.drive(until, waiver=waiver, **choices)
    assert case.is_in(until), case.state.stage
    return case


def wakes(case: PureCase, until: Callable[[PureCase], bool]) -> None:
    """Time passes until something is so."""
    for _ in range(60):
        if until(case):
            return
        assert case.wake()
    raise AssertionError("never")


@life()
def asked_again() -> PureCase:
    case = begun(S.INCOMPLETE, check_completeness="incomplete")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_INCOMPLETE)))
    assert case.answer(K.DECIDE_INCOMPLETE, "ask_again")
    assert case.answer(K.COMPLETE_APPLICATION)
    return case


@life(*BEFORE_DECISION)
def undecided_for_three_months(stage: S) -> PureCase:
    """Whoever of the authority owes something is late then; while only the recipient does, nobody is."""
    case = begun(stage, **WAYS_IN[stage])
    wakes(case, lambda p: "decision_limit" not in p.state.timers)
    assert case.is_in(stage)
    return case


@life()
def undecided_while_the_recipient_is_asked() -> PureCase:
    case = PureCase()
    case.apply()
    case.at += timedelta(days=85)
    assert case.answer(K.CHECK_COMPLETENESS, "incomplete")
    wakes(case, lambda p: "decision_limit" not in p.state.timers)
    assert case.is_in(S.INCOMPLETE)
    return case


@life()
def refused_at_once() -> PureCase:
    case = begun(S.FORMAL_CHECK)
    assert case.answer(K.CHECK_COMPLETENESS, "refuse")
    return case


@life()
def completed_after_the_last_request() -> PureCase:
    case = begun(S.INCOMPLETE, check_completeness="incomplete")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_INCOMPLETE)))
    assert case.answer(K.COMPLETE_APPLICATION)
    return case


@life()
def refused_for_want_of_items() -> PureCase:
    case = begun(S.INCOMPLETE, check_completeness="incomplete")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_INCOMPLETE)))
    assert case.answer(K.DECIDE_INCOMPLETE, "refuse")
    return case


@life()
def extended() -> PureCase:
    case = begun(S.PROOF_DUE)
    for _ in range(2):
        assert case.start("open", CLERK, kind=K.REQUEST_EXTENSION)
    assert case.answer(K.REQUEST_EXTENSION, "request")
    assert case.answer(K.DECIDE_EXTENSION, "grant")
    assert case.answer(K.SIGN_EXTENSION, "send_back")
    assert case.answer(K.DECIDE_EXTENSION, "grant")
    assert case.answer(K.SIGN_EXTENSION, "sign")
    assert case.start("request_extension")
    assert case.answer(K.DECIDE_EXTENSION, "refuse")
    assert case.start("request_extension")
    assert case.start("open", CLERK, kind=K.REQUEST_EXTENSION)
    assert case.answer(K.DECIDE_EXTENSION, "grant")
    assert case.answer(K.PROVE_USE, "submit")
    return case


@life()
def extension_under_way() -> PureCase:
    case = begun(S.PROOF_DUE)
    assert case.start("request_extension")
    wakes(case, lambda p: p.is_in(S.PROOF_OVERDUE))
    assert case.answer(K.PROVE_USE, "submit")
    return case


@life()
def missing_proof_dropped() -> PureCase:
    case = begun(S.HEARING, prove_use="leave", decide_missing_proof="hear")
    assert case.answer(K.STATE_POSITION)
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.PROOF_DUE)
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_MISSING_PROOF)))
    return case


@life(K.STATE_POSITION, K.DECIDE_REVOCATION, K.SIGN_REVOCATION)
def proof_ends_the_hearing(after: K) -> PureCase:
    case = begun(S.HEARING, prove_use="leave", decide_missing_proof="hear")
    if after is not K.STATE_POSITION:
        assert case.answer(K.STATE_POSITION)
    if after is K.SIGN_REVOCATION:
        assert case.answer(K.DECIDE_REVOCATION, "fully")
    assert case.answer(K.PROVE_USE, "submit")
    assert case.is_in(S.PROOF_CHECK)
    return case


@life()
def given_back_dropped_when_proof_is_due() -> PureCase:
    case = begun(S.PROOF_DUE)
    assert case.start("withdraw")
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.PROOF_DUE)
    assert case.state.open(K.PROVE_USE)
    return case


@life("", "hear", "revoke", "remind")
def block_while_the_proof_is_missing(then: str = "") -> PureCase:
    """A decision on the missing proof is open when a hearing about a change begins; dropped, it is open still."""
    case = begun(S.PROOF_OVERDUE, prove_use="leave")
    assert case.start("block")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_MISSING_PROOF)))
    assert case.answer(K.LIFT_BLOCK, "hear")
    if then == "remind":
        assert case.answer(K.DECIDE_MISSING_PROOF, "remind")
    assert case.answer(K.STATE_POSITION)
    if then == "revoke":
        assert case.answer(K.DECIDE_REVOCATION, "fully")
        assert case.answer(K.DECIDE_MISSING_PROOF, "remind")
        return case
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    if then == "hear":
        assert case.answer(K.DECIDE_MISSING_PROOF, "hear")
        return case
    wakes(case, lambda p: p.is_in(S.PROOF_OVERDUE))
    wakes(case, lambda p: not p.state.open(K.PROVE_USE)[0].agenda)
    return case


@life()
def items_of_the_proof_missing() -> PureCase:
    case = begun(S.PROOF_INCOMPLETE, check_proof="ask_again")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_MISSING_PROOF)))
    assert case.answer(K.DECIDE_MISSING_PROOF, "remind")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_MISSING_PROOF)))
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    assert case.answer(K.STATE_POSITION)
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.PROOF_CHECK)
    return case


@life(K.STATE_POSITION, K.DECIDE_REVOCATION, K.SIGN_REVOCATION, (K.STATE_POSITION, True))
def items_come_in_the_hearing(after: K, blocked: bool = False) -> PureCase:
    case = begun(S.PROOF_INCOMPLETE, check_proof="ask_again")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_MISSING_PROOF)))
    if blocked:
        assert case.start("block")
        assert case.answer(K.LIFT_BLOCK, "hear")
    else:
        assert case.answer(K.DECIDE_MISSING_PROOF, "hear")
    if after is not K.STATE_POSITION:
        assert case.answer(K.STATE_POSITION)
    if after is K.SIGN_REVOCATION:
        assert case.answer(K.DECIDE_REVOCATION, "fully")
    assert case.answer(K.COMPLETE_PROOF, "submit")
    return case


@life(("declare", True), ("declare", False), ("drop", True))
def declaration_heard(then: str, stated: bool = True) -> PureCase:
    case = begun(S.AWARD_NOTIFIED, declare_acceptance="leave")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_DECLARATION)))
    assert case.answer(K.DECIDE_DECLARATION, "hear")
    if stated:
        assert case.answer(K.STATE_POSITION)
    if then == "declare":
        assert case.answer(K.DECLARE_ACCEPTANCE)
    else:
        assert case.answer(K.DECIDE_REVOCATION, then)
    assert case.is_in(S.AWARD_NOTIFIED)
    return case


@life((False, False), (True, True))
def change_heard_before_finality(told_again: bool, late: bool) -> PureCase:
    case = begun(S.AWARD_SENT)
    assert case.answer(K.DECLARE_ACCEPTANCE, waiver=False)
    assert case.answer(K.CALL_BACK)
    assert case.answer(K.CONFIRM_BANK_DETAILS)
    wakes(case, lambda p: p.is_in(S.AWARD_NOTIFIED))
    assert case.start("open", CLERK, kind=K.NOTIFY_CHANGE)
    assert case.start("notify_change")
    assert case.answer(K.LIFT_BLOCK, "hear")
    wakes(case, lambda p: bool(p.state.facts.final_on))
    if told_again:
        assert case.answer(K.NOTIFY_CHANGE, "notify")
    if late:
        case.at = AFTER_THE_LAST_CALL
    assert case.is_in(S.HEARING)
    if case.state.open(K.STATE_POSITION):
        assert case.answer(K.STATE_POSITION)
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.DISBURSING)
    return case


@life()
def change_heard_dropped_before_finality() -> PureCase:
    case = begun(S.AWARD_NOTIFIED, waiver=False)
    assert case.start("notify_change")
    assert case.answer(K.LIFT_BLOCK, "hear")
    assert case.answer(K.STATE_POSITION)
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.AWARD_NOTIFIED)
    return case


@life((True, 1), (False, 1), (False, 2))
def bank_details_missing_again(drop: bool, years: int = 1) -> PureCase:
    """New bank details are asked for and do not come: heard while instalments can be called."""
    case = begun(S.DISBURSING, years=years)
    for cents in (1_000_000, 1_500_000):
        assert case.answer(K.REQUEST_DRAWDOWN, amount_cents=cents)
        assert case.answer(K.CERTIFY_DRAWDOWN)
        assert case.answer(K.APPROVE_DRAWDOWN)
        assert case.answer(K.BOOK_PAYMENT, "booked")
    order = next(iter(case.state.orders))
    assert case.bank(order, "returned")
    assert case.answer(K.REPAIR_PAYMENT, "new_bank_details")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_DECLARATION)))
    if not case.is_in(S.DISBURSING):
        return case
    assert case.answer(K.DECIDE_DECLARATION, "hear")
    if drop:
        assert case.answer(K.STATE_POSITION)
        assert case.answer(K.DECIDE_REVOCATION, "drop")
        assert case.is_in(S.DISBURSING)
    else:
        wakes(case, lambda p: "period_end" not in p.state.timers)
    return case


@life()
def bank_details_declared_again() -> PureCase:
    """A payment was rejected; new bank details are confirmed, and an instalment can be called again."""
    case = begun(S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        assert case.answer(kind)
    assert case.answer(K.BOOK_PAYMENT, "rejected")
    assert case.answer(K.REPAIR_PAYMENT, "new_bank_details")
    for kind in (K.DECLARE_ACCEPTANCE, K.CALL_BACK, K.CONFIRM_BANK_DETAILS):
        assert case.answer(kind)
    assert case.state.open(K.REQUEST_DRAWDOWN)
    return case


@life()
def instalment_of_the_next_year() -> PureCase:
    case = PureCase(years=2)
    case.apply()
    case.drive(S.DISBURSING)
    wakes(case, lambda p: not any(t.due.year == 2018 for t in p.state.open(K.REQUEST_DRAWDOWN)))
    return case


@life()
def repaid_in_parts() -> PureCase:
    case = begun(S.RECOVERY, check_proof="finding")
    assert case.bank(case.state.facts.claim_ref, "booked", 1)
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_CLAIM)))
    assert case.answer(K.DECIDE_CLAIM, "remind")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_CLAIM)))
    assert case.bank(case.state.facts.claim_ref, "booked")
    return case


@life()
def deferred() -> PureCase:
    case = begun(S.RECOVERY, check_proof="finding")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_CLAIM)))
    assert case.answer(K.DECIDE_CLAIM, "defer")
    return case


@life()
def partly_revoked_on_paper() -> PureCase:
    case = PureCase()
    case.apply(electronic_service=False)
    case.drive(S.RECOVERY, fix_delivery="posted", check_proof="finding", decide_revocation="partly")
    assert case.answer(K.FIX_DELIVERY, "posted")
    return case


@life(K.CHECK_PROOF, K.APPROVE_PROOF)
def change_heard_when_the_proof_is_decided(open_task: K) -> PureCase:
    case = begun(S.PROOF_CHECK)
    if open_task is K.APPROVE_PROOF:
        assert case.answer(K.CHECK_PROOF, "accept")
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    assert not case.state.open(open_task)
    return case


@life(*CAN_HEAR)
def change_heard(stage: S) -> PureCase:
    case = begun(stage, **WAYS_IN[stage])
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    assert case.is_in(S.HEARING)
    return case


@life(*PROOF, S.HEARING, S.REVOCATION, S.CLOSING)
def payment_comes_back_and_is_refused(stage: S) -> PureCase:
    """It is to be made once more, and is not certified again."""
    case = begun(stage, **WAYS_IN[stage])
    assert case.bank(next(iter(case.state.orders)), "returned")
    assert case.answer(K.REPAIR_PAYMENT, "retry")
    assert case.answer(K.CERTIFY_DRAWDOWN, "refuse")
    return case


@life(*PROOF, S.HEARING, S.REVOCATION, S.CLOSING)
def payment_comes_back_for_its_bank_details(stage: S) -> PureCase:
    """The new bank details do not hold, neither by telephone nor at the confirmation."""
    case = begun(stage, **WAYS_IN[stage])
    assert case.bank(next(iter(case.state.orders)), "returned")
    assert case.answer(K.REPAIR_PAYMENT, "new_bank_details")
    assert case.answer(K.DECLARE_ACCEPTANCE)
    assert case.answer(K.CALL_BACK, "differs")
    assert case.answer(K.DECLARE_ACCEPTANCE)
    assert case.answer(K.CALL_BACK, "not_reached")
    assert case.answer(K.CALL_BACK, "confirmed")
    assert case.answer(K.CONFIRM_BANK_DETAILS, "reject")
    return case


@life()
def bank_details_missing_in_the_recovery() -> PureCase:
    """One of two instalments came back before the proof was checked; of the other not all was spent."""
    case = begun(S.DISBURSING)
    for cents in (1_000_000, 1_500_000):
        assert case.answer(K.REQUEST_DRAWDOWN, amount_cents=cents)
        for kind in (K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
            assert case.answer(kind)
    case.drive(S.PROOF_CHECK, request_drawdown="leave")
    assert case.bank(next(iter(case.state.orders)), "returned")
    assert case.answer(K.REPAIR_PAYMENT, "new_bank_details")
    assert case.answer(K.CHECK_PROOF, "accept", accepted_cents=1)
    assert case.answer(K.APPROVE_PROOF, "approve")
    assert case.is_in(S.RECOVERY)
    assert case.answer(K.DECLARE_ACCEPTANCE)
    return case


@life()
def post_filled() -> PureCase:
    """A filled post is a change that blocks nothing."""
    case = begun(S.DISBURSING)
    assert case.start("open", CLERK, kind=K.NOTIFY_CHANGE)
    assert case.answer(K.NOTIFY_CHANGE, "notify", change=a.ChangeKind.FILLED)
    assert not case.state.open(K.LIFT_BLOCK)
    return case


@life(("cancel", False), ("cancel", True), ("retry", False))
def payment_rejected(then: str, late: bool) -> PureCase:
    """It is given up, while money can be called or when none can be called any more; or it is certified anew."""
    case = begun(S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        assert case.answer(kind)
    assert case.answer(K.BOOK_PAYMENT, "rejected")
    case.at = AFTER_THE_LAST_CALL if late else case.at
    assert case.answer(K.REPAIR_PAYMENT, then)
    return case


@life()
def bank_details_confirmed_late() -> PureCase:
    """The last of the three comes when no money can be called any more."""
    case = begun(S.AWARD_NOTIFIED, declare_acceptance="leave")
    wakes(case, lambda p: bool(p.state.facts.final_on))
    case.at = AFTER_THE_LAST_CALL
    for kind in (K.DECLARE_ACCEPTANCE, K.CALL_BACK, K.CONFIRM_BANK_DETAILS):
        assert case.answer(kind)
    assert case.is_in(S.DISBURSING)
    return case


@life(S.PROOF_OVERDUE, S.PROOF_CHECK, S.PROOF_INCOMPLETE, S.HEARING, S.REVOCATION, S.RECOVERY, S.CLOSING)
def change_told_late(stage: S) -> PureCase:
    """The form for a change is out since before, and comes back when it could not be started any more."""
    case = begun(S.DISBURSING)
    assert case.start("open", CLERK, kind=K.NOTIFY_CHANGE)
    if stage is S.HEARING:
        assert case.start("block")
        assert case.answer(K.LIFT_BLOCK, "hear")
    elif stage is S.RECOVERY:
        case.drive(S.PROOF_DUE, notify_change="leave")
        assert case.answer(K.PROVE_USE, staff_cents=1)
        case.drive(S.RECOVERY, notify_change="leave")
    else:
        case.drive(stage, notify_change="leave", **BEGIN.get(stage, {}))
    assert case.is_in(stage)
    assert case.answer(K.NOTIFY_CHANGE, "notify")
    return case


@life(S.PROOF_DUE, S.PROOF_OVERDUE, S.PROOF_CHECK, S.PROOF_INCOMPLETE, (S.PROOF_CHECK, True))
def bank_details_missing_in(stage: S, checked: bool = False) -> PureCase:
    """A payment came back after the period; the new bank details do not come."""
    case = begun(stage, **BEGIN[stage])
    if checked:
        assert case.answer(K.CHECK_PROOF, "accept")
    assert case.bank(next(iter(case.state.orders)), "returned")
    assert case.answer(K.REPAIR_PAYMENT, "new_bank_details")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_DECLARATION)))
    assert case.answer(K.DECIDE_DECLARATION, "hear")
    return case


@life(
    S.DISBURSING, S.PROOF_DUE, S.PROOF_OVERDUE, S.PROOF_CHECK, S.PROOF_INCOMPLETE, S.HEARING, S.REVOCATION, S.RECOVERY
)
@life(S.CLOSING)
def award_comes_back(stage: S) -> PureCase:
    """Money was paid when the award came back by mail; it is sent again late, and is final again later still."""
    case = begun(S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
        assert case.answer(kind)
    assert case.bounce(next(mail for mail in case.mails if mail.template == "award"))
    assert case.state.facts.final_on is None
    case.drive(stage, fix_delivery="leave", **WAYS_IN[stage])
    assert case.answer(K.FIX_DELIVERY, "resend")
    wakes(case, lambda p: bool(p.state.facts.notified_on))
    wakes(case, lambda p: bool(p.state.facts.final_on))
    assert case.is_in(stage)
    return case


@life((True, False), (True, True), (False, False))
def award_comes_back_in_a_hearing(waiver: bool, late: bool) -> PureCase:
    """The hearing is dropped before the award counts as notified again, or when no money can be called any more."""
    case = begun(S.AWARD_NOTIFIED, declare_acceptance="leave")
    assert case.answer(K.DECLARE_ACCEPTANCE, waiver=waiver)
    assert case.answer(K.CALL_BACK)
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    assert case.answer(K.CONFIRM_BANK_DETAILS)
    assert case.bounce(next(mail for mail in case.mails if mail.template == "award"))
    assert case.answer(K.STATE_POSITION)
    if late:
        case.at = AFTER_THE_LAST_CALL
    assert case.answer(K.FIX_DELIVERY, "resend")
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.AWARD_NOTIFIED)
    wakes(case, lambda p: p.is_in(S.DISBURSING))
    return case


@life(*BEFORE_DECISION, *UNPAID, *PROOF)
def given_up(stage: S) -> PureCase:
    """The recipient withdraws, waives, or gives back what was paid."""
    case = begun(stage, **WAYS_IN[stage])
    assert case.start("open", CLERK, kind=K.WITHDRAW)
    assert case.answer(K.WITHDRAW, "withdraw")
    return case


@life(S.HEARING, S.REVOCATION)
def period_ends_when_paid(stage: S) -> PureCase:
    """An instalment was paid, and the recipient is heard about a change, when the grant period ends."""
    case = begun(S.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
        assert case.answer(kind)
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    assert case.answer(K.STATE_POSITION)
    if stage is S.REVOCATION:
        assert case.answer(K.DECIDE_REVOCATION, "fully")
    wakes(case, lambda p: bool(p.state.open(K.PROVE_USE)))
    assert case.is_in(stage)
    return case


@life()
def period_ends_in_a_revocation_unpaid() -> PureCase:
    """Nothing was paid when the grant period ended; the revocation is signed all the same."""
    case = begun(S.DISBURSING)
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    assert case.answer(K.STATE_POSITION)
    assert case.answer(K.DECIDE_REVOCATION, "fully")
    wakes(case, lambda p: "period_end" not in p.state.timers)
    assert case.answer(K.SIGN_REVOCATION, "sign")
    assert case.is_in(S.CLOSING)
    return case


@life(K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN)
def period_ends_in_a_hearing_unpaid(under_way: K) -> PureCase:
    """Nothing was paid when the grant period ended: the hearing goes on, and dropped it leads to the closed file."""
    case = begun(S.DISBURSING)
    assert case.answer(K.REQUEST_DRAWDOWN)
    if under_way is K.APPROVE_DRAWDOWN:
        assert case.answer(K.CERTIFY_DRAWDOWN)
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    wakes(case, lambda p: "period_end" not in p.state.timers)
    assert case.is_in(S.HEARING)
    assert not case.state.open(under_way)
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.CLOSING)
    assert case.answer(K.CLOSE_CASE)
    return case


@life()
def period_ends_in_a_hearing_all_returned() -> PureCase:
    """All that was paid came back; new bank details are missing, and the recipient is heard about that."""
    case = begun(S.DISBURSING, years=2)
    for cents in (1_000_000, 1_500_000):
        assert case.answer(K.REQUEST_DRAWDOWN, amount_cents=cents)
        for kind in (K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
            assert case.answer(kind)
    for order in [*case.state.orders]:
        assert case.bank(order, "returned")
    assert case.answer(K.REPAIR_PAYMENT, "new_bank_details")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_DECLARATION)))
    assert case.answer(K.DECIDE_DECLARATION, "hear")
    wakes(case, lambda p: "period_end" not in p.state.timers)
    assert case.is_in(S.HEARING)
    assert not case.state.open(K.REQUEST_DRAWDOWN, K.REPAIR_PAYMENT)
    assert case.answer(K.DECIDE_REVOCATION, "drop")
    assert case.is_in(S.CLOSING)
    assert not case.state.open(K.DECLARE_ACCEPTANCE)
    return case


@life(*WAYS_IN)
def at_any_time(stage: S) -> PureCase:
    """What can happen in every open stage: mails come back and go again, a new run, a rule that leaves the page."""
    case = begun(stage, **WAYS_IN[stage])
    case.lenient = True
    letter = next(mail for mail in case.mails if not mail.notice_id)
    for choice in ("resend", "posted", "noted"):
        assert case.bounce(letter, copy=True)
        assert case.answer(K.FIX_DELIVERY, choice, nth=-1)
    sent = case.mails[0]
    assert case.command(CommandKind.START, OFFICERS[0], choice="resend", mail=replace(sent, task_id="", notice_id=""))
    assert case.start("set_file_number", OFFICERS[0], file_number="II 25 - 58n/2018")
    assert case.command(CommandKind.MOVE)
    for kind in (kind for kind in GRANT.openable(stage) for _ in range(2)):
        assert case.start("open", CLERK, kind=kind)
    owed = next((task.id for task in case.state.open() if GRANT.is_clerks(task.kind)), "")
    if owed:
        assert case.start("link", CLERK, task=owed)
        assert case.start("hand_over", CLERK, **case.form(a.Colleague, task=owed))
    with leaving_the_page():
        assert case.bounce(letter)
    assert case.is_in(stage)
    assert case.answer(K.CLARIFY, "noted")
    return case


@life((S.FORMAL_CHECK, "decision_limit"), (S.REFUSAL_SENT, "notified"), (S.REFUSAL_SENT, "final"))
@life((S.DISBURSING, "period_end"))
def date_leaves_the_page(stage: S, name: str) -> PureCase:
    """It comes again until its rule keeps to the page; one task says so."""
    case = begun(stage, **WAYS_IN[stage])
    case.lenient = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TIMERS, name, lambda view, plan: plan.go(S.CLOSED))
        for _ in range(2):
            set_for = {None, case.state.timers.get(name)}
            while case.state.timers.get(name) in set_for:
                assert case.wake()
        assert len(case.state.open(K.CLARIFY)) == 1
    assert case.is_in(stage)
    return case


@contextmanager
def leaving_the_page() -> Iterator[None]:
    """A rule of the mail does what no page says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CASE_RULES, CommandKind.MAIL_FAILED, lambda view, plan: plan.go(S.CLOSED))
        yield


@life()
def final_twice() -> PureCase:
    case = begun(S.AWARD_SENT)
    award = next(mail for mail in case.mails if mail.template == "award")
    assert case.answer(K.DECLARE_ACCEPTANCE, waiver=False)
    assert case.answer(K.CALL_BACK)
    wakes(case, lambda p: bool(p.state.facts.final_on))
    assert case.bounce(award)
    assert case.is_in(S.AWARD_SENT)
    assert case.answer(K.FIX_DELIVERY, "resend")
    wakes(case, lambda p: p.is_in(S.AWARD_NOTIFIED))
    assert case.answer(K.CONFIRM_BANK_DETAILS)
    assert case.is_in(S.AWARD_NOTIFIED)
    wakes(case, lambda p: p.is_in(S.DISBURSING))
    return case


@life(True, False)
def final_when_no_money_can_be_called(waiver: bool) -> PureCase:
    """The award is notified late in the year, and final at once or when the period for a suit is over."""
    case = begun(S.DRAFTING)
    case.at = AFTER_THE_LAST_CALL
    case.drive(S.DISBURSING, waiver=waiver)
    assert not case.state.open(K.REQUEST_DRAWDOWN)
    return case


@life()
def good_enough() -> PureCase:
    case = begun(S.INCOMPLETE, check_completeness="incomplete")
    wakes(case, lambda p: bool(p.state.open(K.DECIDE_INCOMPLETE)))
    assert case.answer(K.DECIDE_INCOMPLETE, "proceed")
    return case


@life()
def ministry_disagrees() -> PureCase:
    case = PureCase(consent=True)
    case.apply()
    case.drive(S.SELECTION)
    assert case.answer(K.GIVE_CONSENT, "disagree")
    return case


@life((S.SIGNATURE_PENDING, K.SIGN_DECISION), (S.REVOCATION, K.SIGN_REVOCATION))
def sent_back(stage: S, unsigned: K) -> PureCase:
    case = begun(stage, check_proof="finding")
    assert case.answer(unsigned, "send_back")
    return case


@life()
def calls_about_the_account() -> PureCase:
    """A call that proves nothing is refused; one that reaches nobody counts, and the call is still owed."""
    case = begun(S.AWARD_SENT)
    assert case.answer(K.DECLARE_ACCEPTANCE)
    owed = case.state.open(K.CALL_BACK)
    future, before = (case.at + timedelta(minutes=1)).isoformat(), "2018-01-01T23:59:00+01:00"
    for choice in ("confirmed", "differs", "not_reached"):
        assert not case.answer(K.CALL_BACK, choice, number_known_from="")
        assert not case.answer(K.CALL_BACK, choice, called_at=future)
        assert not case.answer(K.CALL_BACK, choice, called_at=before)
    assert not case.answer(K.CALL_BACK, iban_heard="0412")
    assert not case.answer(K.CALL_BACK, iban_heard=f"1{IBAN[-4:]}")
    calls = ["number_not_on_file", "in_future", "call_too_early"] * 3
    assert case.refused == [*calls, "digits_differ", "digits_differ"]
    assert case.answer(K.CALL_BACK, "not_reached", number="069/90009-100", number_known_from="")
    assert case.answer(K.CALL_BACK, "not_reached", called_at=case.at.isoformat())
    assert case.state.open(K.CALL_BACK) == owed
    assert case.answer(K.CALL_BACK, number="+49 (0)69 90009100", number_known_from="", iban_heard=IBAN[-6:])
    assert not case.state.open(K.CALL_BACK)
    return case


@life("confirmed", "differs", "not_reached")
def call_of_an_older_form(choice: str) -> PureCase:
    """What was recorded before number, time and digits were asked for is decided as it was then."""
    case = begun(S.AWARD_SENT)
    assert case.answer(K.DECLARE_ACCEPTANCE)
    task = case.state.open(K.CALL_BACK)[0]
    told: dict[str, Any] = {"number_known_from": "Akte", "spoken_with_function": "Kasse", "reason": "Wie im Vorjahr."}
    old: dict[str, Any] = told if choice == "confirmed" else {"reason": "Nicht zu erreichen."}
    assert case.command(CommandKind.ANSWER, OFFICERS[0], on=task.id, choice=choice, **old)
    return case
