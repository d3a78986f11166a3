"""Whoever did the first of two steps may take it back while the second person has not decided, and nothing more."""

from collections.abc import Callable

import pytest

from models.commands import Actor, CommandKind
from models.errors import Code
from models.stages import Stage
from models.tasks import TASKS
from models.tasks import TaskKind as K
from tests.procedure.case import PureCase
from tests.procedure.lives import begun
from tests.procedure.who import actor_with
from workflows.lifecycle import GRANT


def certified() -> PureCase:
    case = begun(Stage.DISBURSING)
    assert case.answer(K.REQUEST_DRAWDOWN)
    assert case.answer(K.CERTIFY_DRAWDOWN)
    return case


def extended() -> PureCase:
    case = begun(Stage.PROOF_DUE)
    assert case.start("request_extension")
    assert case.answer(K.DECIDE_EXTENSION, "grant")
    return case


def checked() -> PureCase:
    case = begun(Stage.PROOF_CHECK)
    assert case.answer(K.CHECK_PROOF, "accept")
    return case


WAYS: dict[tuple[K, K], Callable[[], PureCase]] = {
    (K.DRAFT_DECISION, K.SIGN_DECISION): lambda: begun(Stage.SIGNATURE_PENDING),
    (K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN): certified,
    (K.DECIDE_EXTENSION, K.SIGN_EXTENSION): extended,
    (K.CHECK_PROOF, K.APPROVE_PROOF): checked,
    (K.DECIDE_REVOCATION, K.SIGN_REVOCATION): lambda: begun(Stage.REVOCATION, check_proof="finding"),
}


def give(case: PureCase, actor: Actor, second: K, choice: str) -> bool:
    task = case.state.open(second)[0]
    content = case.form(TASKS[second].choices[choice].content)
    return case.command(CommandKind.ANSWER, actor, on=task.id, choice=choice, **content)


def test_all_pairs_that_can_be_sent_back_are_tried() -> None:
    pairs = {(first, kind) for kind in K for first in GRANT.not_by(kind)}
    assert {pair for pair in pairs if "send_back" in TASKS[pair[1]].choices} == WAYS.keys()
    assert pairs - WAYS.keys() == {(K.CALL_BACK, K.CONFIRM_BANK_DETAILS)}  # a call was made, whoever regrets it


@pytest.mark.parametrize(("first", "second"), WAYS)
def test_the_first_person_takes_it_back_and_may_do_nothing_else(first: K, second: K) -> None:
    case = WAYS[first, second]()
    task = case.state.open(second)[0]
    own = actor_with(GRANT.owner(first), case.answered[first, task.subject])
    for choice in TASKS[second].choices:
        if choice != "send_back":
            both = own.model_copy(update={"roles": (GRANT.owner(first), GRANT.owner(second))})
            assert not give(case, both, second, choice)
    assert {*case.refused} == {Code.FOUR_EYES}
    stranger = actor_with(GRANT.owner(first), "sim-probe")
    if GRANT.owner(first) is not GRANT.owner(second):
        assert not give(case, stranger, second, "send_back")
        assert case.refused[-1] == Code.WRONG_ROLE
    assert give(case, own, second, "send_back")
    assert case.state.open(first)
    assert not case.state.open(second)


def test_who_has_lost_the_role_takes_nothing_back() -> None:
    case = WAYS[K.DRAFT_DECISION, K.SIGN_DECISION]()
    drafter = case.answered[K.DRAFT_DECISION, ""]
    assert not give(case, actor_with(GRANT.owner(K.CERTIFY_DRAWDOWN), drafter), K.SIGN_DECISION, "send_back")
    assert case.refused == [Code.WRONG_ROLE]
