"""A draft that came back: what it said, who sent it back and why, and what is different in the one since."""

from collections.abc import Callable
from typing import Any

import pytest

from models.stages import Stage
from models.tasks import TASKS
from models.tasks import TaskKind as K
from record.cases.redrafts import SentBack, checked_by, drafted_in
from record.database.engine import Database
from tests.play import Play
from workflows.page import SEND_BACK

BACK = {"reason": "Bitte genauer."}


@pytest.fixture
def play(db: Database) -> Play:
    """An installation."""
    return Play(db)


def found(play: Play, case: str, kind: K) -> SentBack | None:
    """What an open task shows of the draft before."""
    with play.db.read() as session:
        return play.gateway.sent_back(session, play.task(case, kind).id, None)


def to_sign(play: Play) -> str:
    """An award is drafted, of less than was asked for."""
    case = play.apply()
    play.drive(case, Stage.DRAFTING)
    play.answer(case, K.DRAFT_DECISION, "award", amount_cents=4_500_000, reason="Weniger Sachkosten.")
    return case


def to_extend(play: Play) -> str:
    case = play.apply()
    play.drive(case, Stage.PROOF_DUE)
    play.start(case, "open", {"kind": K.REQUEST_EXTENSION})
    play.answer(case, K.REQUEST_EXTENSION, "request")
    play.answer(case, K.DECIDE_EXTENSION, "grant")
    return case


def to_approve(play: Play) -> str:
    case = play.apply()
    play.drive(case, Stage.PROOF_CHECK)
    play.answer(case, K.CHECK_PROOF, "accept", accepted_cents=1_000_000)
    return case


def to_revoke(play: Play) -> str:
    case = play.apply()
    play.drive(case, Stage.PROOF_CHECK)
    play.drive(case, Stage.REVOCATION, check_proof="finding", decide_revocation="partly")
    return case


def to_pay(play: Play) -> str:
    case = play.apply()
    play.drive(case, Stage.DISBURSING)
    for step in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN):
        play.answer(case, step)
    return case


Road = Callable[[Play], str]
PAIRS: dict[K, tuple[Road, str, dict[str, Any], str]] = {
    K.SIGN_DECISION: (to_sign, "award", {"amount_cents": 4_000_000, "reason": "Noch weniger."}, "40.000,00"),
    K.SIGN_EXTENSION: (to_extend, "grant", {"reason": "Wegen der Krankheit der Leitung."}, "Krankheit"),
    K.APPROVE_PROOF: (to_approve, "accept", {"accepted_cents": 900_000}, "9.000,00"),
    K.SIGN_REVOCATION: (to_revoke, "partly", {"amount_cents": 12_300, "reason": "Ein Monat."}, "123,00"),
    K.APPROVE_DRAWDOWN: (to_pay, "certify", {"amount_cents": 1_000_000, "reason": "Nur der Bedarf."}, ""),
}
"""The tasks that send drafts back: the road there, the new draft, and what its letter says."""


def test_the_pairs_are_those_of_the_page() -> None:
    assert {kind for kind in TASKS if SEND_BACK in TASKS[kind].choices} == set(PAIRS)
    assert {checked_by(drafted_in(kind) or kind) for kind in PAIRS} == set(PAIRS)


@pytest.mark.parametrize(
    "kind", [pytest.param(one, marks=() if one is K.SIGN_DECISION else pytest.mark.slow) for one in PAIRS]
)
def test_the_second_person_sees_what_differs_from_the_draft_that_came_back(play: Play, kind: K) -> None:
    road, choice, content, said = PAIRS[kind]
    case, drafting = road(play), drafted_in(kind)
    assert drafting is not None
    assert found(play, case, kind) is None
    returning = play.actor(case, kind).id
    assert play.answer(case, kind, SEND_BACK, **BACK) == ""
    back = found(play, case, drafting)
    assert back is not None
    assert (back.returned.content["reason"], back.returned.by, back.now) == (BACK["reason"], returning, None)
    assert play.answer(case, drafting, choice, **content) == ""
    again = found(play, case, kind)
    assert again is not None
    assert again.now is not None
    assert again.before.given == back.before.given
    assert again.now.given.content == {**again.now.given.content, **content}
    old, new = ([text for _, text in draft.letters] for draft in (again.before, again.now))
    assert len(old) == len(new) == bool(said)
    assert [said in text for text in new] == [True] * len(new)
    assert [said in text for text in old] == [False] * len(old)


@pytest.mark.slow
def test_a_letter_of_the_draft_before_is_the_one_that_could_be_signed_then(play: Play) -> None:
    case = to_sign(play)
    with play.db.read() as session:
        (then,) = (
            one for one in play.gateway.foresee(session, play.task(case, K.SIGN_DECISION).id, None) if one.letters
        )
    play.answer(case, K.SIGN_DECISION, SEND_BACK, **BACK)
    back = found(play, case, K.DRAFT_DECISION)
    assert back is not None
    assert back.before.letters == then.letters


@pytest.mark.slow
def test_a_refusal_in_place_of_an_award_is_another_letter(play: Play) -> None:
    case = to_sign(play)
    play.answer(case, K.SIGN_DECISION, SEND_BACK, **BACK)
    play.answer(case, K.DRAFT_DECISION, "refuse", reason="Schon begonnen.")
    again = found(play, case, K.SIGN_DECISION)
    assert again is not None
    assert again.now is not None
    assert [draft.kind for part in (again.before, again.now) for draft, _ in part.letters] == ["award", "refusal"]


@pytest.mark.slow
def test_what_was_signed_since_is_another_matter(play: Play) -> None:
    case = to_extend(play)
    play.answer(case, K.SIGN_EXTENSION, SEND_BACK, **BACK)
    play.answer(case, K.DECIDE_EXTENSION, "grant")
    assert play.answer(case, K.SIGN_EXTENSION, "sign") == ""
    play.start(case, "open", {"kind": K.REQUEST_EXTENSION})
    play.answer(case, K.REQUEST_EXTENSION, "request")
    assert found(play, case, K.DECIDE_EXTENSION) is None
    play.answer(case, K.DECIDE_EXTENSION, "grant")
    assert found(play, case, K.SIGN_EXTENSION) is None
