"""The page of the lifecycle holds in both directions: nothing happens that it does not say, and all it says happens."""

import pytest

from models.commands import ActorKind, CommandKind
from models.content.answers import BankStatus
from models.errors import Code, RefusedError
from models.stages import ENDED, Stage
from models.tasks import Role
from models.tasks import TaskKind as K
from tests.procedure import page_mutants, rule_mutants
from tests.procedure.case import OFFICERS, SYSTEM, PureCase, UnforeseenError
from tests.procedure.corpus import Corpus, play
from tests.procedure.lives import LIVES, begun, leaving_the_page
from workflows.lifecycle import GRANT
from workflows.notation import Heading, beside, on, owes, stage
from workflows.page import Done, NotOnThePageError, Page
from workflows.procedure.decide import CASE_RULES, decide_timer
from workflows.procedure.registry import ANSWERS, TIMERS

SAMPLE = 250
"""Random lives of the bounded run; ``make test-slow`` plays :data:`MANY`, ``make mutants`` more."""

MANY = 8000


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """All scripted lives and some random ones, played once."""
    return play(SAMPLE)


@pytest.mark.parametrize("name", LIVES)
def test_a_life_goes_as_the_page_says(name: str) -> None:
    assert LIVES[name]().decided


def test_nothing_happens_off_the_page_and_all_of_the_page_happens(corpus: Corpus) -> None:
    assert list(corpus.flaws(GRANT)) == []


@pytest.mark.slow
def test_in_many_random_lives_nothing_happens_off_the_page() -> None:
    assert list(play(MANY).flaws(GRANT)) == []


def test_some_mutants_of_the_page_die(corpus: Corpus) -> None:
    """A sample of ``make mutants``, one in sixteen."""
    alive = [str(one) for one in [*page_mutants.mutants(GRANT)][::16] if not page_mutants.judge(one, corpus)]
    assert alive == []


@pytest.mark.parametrize("mutant", [*rule_mutants.mutants()][::12], ids=str)
def test_some_mutants_of_the_rules_die(mutant: rule_mutants.Mutant) -> None:
    assert rule_mutants.judge(mutant, random_lives=20) not in {"", "never run"}


def test_every_place_of_the_rules_is_found() -> None:
    assert len(rule_mutants.places()) > 80
    assert {place.method for place in rule_mutants.places()} == {"go", "open", "office"}


# what the page does not know ------------------------------------------------------------------------


def test_a_person_is_refused_what_the_page_does_not_know_in_this_stage() -> None:
    case = begun(Stage.PROOF_CHECK)
    task = case.state.open(K.CHECK_PROOF)[0]
    assert case.start("block")
    assert case.answer(K.LIFT_BLOCK, "hear")
    case.state = case.state.model_copy(update={"tasks": case.state.tasks | {task.id: task}})  # of an older release
    assert not case.answer(K.CHECK_PROOF, "accept")
    assert case.refused == [Code.NOT_NOW]


def test_payments_are_not_blocked_before_anything_is_decided() -> None:
    case = begun(Stage.FORMAL_CHECK)
    assert not case.start("block")
    assert case.refused == [Code.NOT_NOW]
    assert "block" not in GRANT.startable(Stage.FORMAL_CHECK)


def test_a_person_is_refused_where_a_rule_leaves_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    case = begun(Stage.FORMAL_CHECK)
    before = case.state
    monkeypatch.setitem(ANSWERS, (K.CHECK_COMPLETENESS, "complete"), lambda view, plan, task: plan.go(Stage.CLOSED))
    with pytest.raises(UnforeseenError, match=r"formal_check: check_completeness\.complete: closed"):
        case.answer(K.CHECK_COMPLETENESS, "complete")
    assert case.state == before


def test_a_date_that_leaves_the_page_changes_nothing_and_an_officer_clarifies(monkeypatch: pytest.MonkeyPatch) -> None:
    case = begun(Stage.REFUSAL_SENT, draft_decision="refuse")
    monkeypatch.setitem(TIMERS, "notified", lambda view, plan: plan.go(Stage.CLOSED))
    case.at, task_id, name = case.state.next_wake() or pytest.fail("no date")
    decision = decide_timer(case.view(SYSTEM), task_id, name)
    assert decision.unforeseen == "refusal_sent: timer.notified: closed"
    case.lenient = True
    case.take(decision)
    assert case.is_in(Stage.REFUSAL_SENT)
    assert case.state.timers["notified"] > case.at
    assert [task.subject for task in case.state.open(K.CLARIFY)] == ["timer.notified"]


def test_a_date_that_a_rule_refuses_is_clarified_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(view: object, plan: object) -> None:
        raise RefusedError(Code.OVER_PAID)

    case = begun(Stage.REFUSAL_SENT, draft_decision="refuse")
    monkeypatch.setitem(TIMERS, "notified", refuse)
    case.at, task_id, name = case.state.next_wake() or pytest.fail("no date")
    assert decide_timer(case.view(SYSTEM), task_id, name).unforeseen.endswith("refused, over_paid")


def test_an_entry_of_the_bank_that_leaves_the_page_is_kept_with_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    case = begun(Stage.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        assert case.answer(kind)
    order = next(iter(case.state.orders))
    monkeypatch.setattr("workflows.procedure.disbursement.booked", lambda view, plan, order: plan.go(Stage.RECOVERY))
    case.lenient = True
    assert case.bank(order, BankStatus.BOOKED)
    assert case.is_in(Stage.DISBURSING)
    assert case.state.open(K.CLARIFY)
    assert case.state.orders[order].status == "handed_over"
    monkeypatch.undo()
    assert case.bank(order, BankStatus.BOOKED)


def test_an_alternative_rule_of_the_mail_is_put_back() -> None:
    right = CASE_RULES[CommandKind.MAIL_FAILED]
    with leaving_the_page():
        assert CASE_RULES[CommandKind.MAIL_FAILED] is not right
    assert CASE_RULES[CommandKind.MAIL_FAILED] is right


# who ------------------------------------------------------------------------------------------------


def test_somebody_else_than_who_may_start_it_is_kept_out() -> None:
    case = begun(Stage.DISBURSING)
    approver = OFFICERS[0].model_copy(update={"roles": (Role.PAYMENT_APPROVER,)})
    assert not case.start("block", approver)
    assert not case.start("withdraw", approver)
    assert case.refused == [Code.WRONG_ROLE, Code.WRONG_ROLE]


def test_the_owner_of_each_task_and_each_pair_stands_on_the_page_alone() -> None:
    pairs = {(first, kind) for kind in K for first in GRANT.not_by(kind)}
    assert len(pairs) == 6
    assert all(GRANT.owner(first) is not Role.APPLICANT for pair in pairs for first in pair)
    assert GRANT.is_clerks(K.DECLARE_ACCEPTANCE)
    assert not GRANT.is_clerks(K.SIGN_DECISION)


# the reading of a page ------------------------------------------------------------------------------

HEAD = stage(Stage.FORMAL_CHECK, "Looked at.")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((HEAD, owes(Role.CASE_WORKER, K.EXAMINE), owes(Role.CASE_WORKER, K.EXAMINE)), "examine stands twice"),
        ((HEAD, owes(Role.CASE_WORKER, K.EXAMINE), on("sign").then(Stage.DRAFTING)), "examine has no sign"),
        ((HEAD, on("sign").then(Stage.DRAFTING)), "nothing has no sign"),
        ((HEAD, owes(Role.CASE_WORKER, K.EXAMINE), on("award", within=Stage.CLOSING).then()), "does not speak of"),
        ((HEAD, beside((Stage.CLOSING,), "Nothing."), HEAD), "nothing stands under 'Nothing.'"),
        ((HEAD, owes(Role.CASE_WORKER, K.EXAMINE)), "each stage but those of the end has one heading"),
        (tuple(stage(where, "") for where in Stage if where not in ENDED), "nobody owes"),
    ],
)
def test_a_page_that_contradicts_itself_is_not_read(lines: tuple[Heading, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Page(lines)


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (Done(Stage.FORMAL_CHECK, "examine.award", (Stage.DRAFTING,), (K.DRAFT_DECISION,)), "drafting"),
        (Done(Stage.DRAFTING, "draft_decision.award", (Stage.SIGNATURE_PENDING,)), "signature_pending"),
        (Done(Stage.CLOSING, "unforeseen", (), (K.CLARIFY,), due=frozenset({(K.CLARIFY, "proof_due")})), "not due by"),
        (Done(Stage.CLOSED, "unforeseen", (), (K.CLARIFY,)), "not owed in closed"),
    ],
)
def test_a_decision_off_the_page_is_named_with_its_reason(done: Done, told: str) -> None:
    with pytest.raises(NotOnThePageError, match=told):
        GRANT.obeyed(done)


def test_who_plays_the_lives_is_marked_as_simulated() -> None:
    case = PureCase()
    case.apply()
    assert all(officer.id.startswith("sim-") for officer in OFFICERS)
    assert all(officer.kind is ActorKind.OFFICER for officer in OFFICERS)
