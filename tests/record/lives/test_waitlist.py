"""Freed money: offered in order, promised for a while, never twice, and never more than there is."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

import record.cases.rule_facts
from models.contracts import StepReply, StepRequest
from models.stages import Stage
from models.tables import Budget, Case, CommandRow
from models.tasks import TASKS
from models.tasks import TaskKind as K
from record.cases.waitlist import free
from record.database.again import TRIES, again
from record.database.engine import Database
from tests import reading
from tests.patience import PATIENCE
from tests.play import Play

KEYS = ("06631", "06411000", "06631009", "06412000", "06413000", "06414000", "06432", "06433")
FULL = 5_000_000
ON_POSTGRES = pytest.mark.parametrize("db_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
WHY = {"reason": "Simulierter Grund.", "acting_name": "Simulierte Person", "acting_function": "Fachstelle"}


@pytest.fixture
def play(db: Database) -> Play:
    """An installation with budget for one full award."""
    return Play(db, budget_cents=FULL)


def drafted(play: Play, key: str, cents: int = FULL) -> str:
    """A case whose award has just been drafted: budget reserved, or on the waiting list."""
    case_id = drafting(play, key, cents)
    assert play.answer(case_id, K.DRAFT_DECISION) == ""
    return case_id


def drafting(play: Play, key: str, cents: int = FULL) -> str:
    """A case whose award waits to be drafted."""
    case_id = play.apply(key, cents)
    play.drive(case_id, Stage.DRAFTING)
    return case_id


def stages(play: Play, *cases: str) -> list[Stage]:
    """Where these cases stand."""
    return [play.states[case].stage for case in cases]


def withdraw(play: Play, case_id: str) -> None:
    """Withdrawn on behalf of the municipality: its reservation is freed."""
    assert play.start(case_id, "withdraw", WHY, by="sim-berg") == ""


def committed(play: Play) -> int:
    """Committed cents, after showing that they are what the cases hold."""
    with play.db.read() as session:
        total = sum(session.exec(select(Budget.committed_cents)))
        assert total == sum(session.exec(select(Case.reserved_cents)))
    return total


def since(play: Play, case_id: str) -> object:
    """Place on the waiting list."""
    with play.db.read() as session:
        return session.get_one(Case, case_id).waiting_since


def test_first_in_line_gets_what_is_freed(play: Play) -> None:
    first, second, third = (drafted(play, key) for key in KEYS[:3])
    assert stages(play, first, second, third) == [Stage.SIGNATURE_PENDING, Stage.WAITLIST, Stage.WAITLIST]
    withdraw(play, first)
    assert stages(play, second, third) == [Stage.DRAFTING, Stage.WAITLIST]
    play.drive(second, Stage.SIGNATURE_PENDING)
    assert committed(play) == FULL


def test_who_does_not_fit_is_passed_over_and_stays_first(play: Play) -> None:
    holder, large, small = drafted(play, KEYS[0], 3_000_000), drafted(play, KEYS[1]), drafted(play, KEYS[2], 2_500_000)
    assert stages(play, large, small) == [Stage.WAITLIST, Stage.WAITLIST]
    withdraw(play, holder)  # 50,000.00 are free now, the large one takes them all
    assert stages(play, large, small) == [Stage.DRAFTING, Stage.WAITLIST]
    assert play.answer(large, K.DRAFT_DECISION, amount_cents=2_400_000, reason="Simulierter Grund.") == ""
    assert stages(play, large, small) == [Stage.SIGNATURE_PENDING, Stage.DRAFTING]  # the rest fits the small one


def test_small_one_behind_a_large_one_takes_what_fits(play: Play) -> None:
    rest, holder = drafted(play, KEYS[0], 3_000_000), drafted(play, KEYS[3], 2_000_000)
    large, small = drafted(play, KEYS[1]), drafted(play, KEYS[2], 2_000_000)
    place = since(play, large)
    withdraw(play, holder)
    assert stages(play, large, small) == [Stage.WAITLIST, Stage.DRAFTING]
    withdraw(play, small)
    withdraw(play, rest)
    assert stages(play, large) == [Stage.DRAFTING]
    assert place is not None


def test_freed_money_may_serve_several(play: Play) -> None:
    holder = drafted(play, KEYS[0])
    waiting = [drafted(play, key, 2_000_000) for key in KEYS[1:4]]
    withdraw(play, holder)
    assert stages(play, *waiting) == [Stage.DRAFTING, Stage.DRAFTING, Stage.WAITLIST]


def test_new_draft_does_not_overtake_a_promise(play: Play) -> None:
    holder, first = drafted(play, KEYS[0]), drafted(play, KEYS[1])
    withdraw(play, holder)
    late_comer = drafted(play, KEYS[2])
    assert stages(play, first, late_comer) == [Stage.DRAFTING, Stage.WAITLIST]
    play.drive(first, Stage.SIGNATURE_PENDING)
    assert committed(play) == FULL


def test_draft_that_nobody_makes_blocks_the_others_only_until_it_is_late(play: Play) -> None:
    holder, first, second = (drafted(play, key) for key in KEYS[:3])
    place = since(play, first)
    withdraw(play, holder)
    play.until(play.task(first, K.DRAFT_DECISION).due)
    assert stages(play, first, second) == [Stage.DRAFTING, Stage.DRAFTING]
    play.drive(second, Stage.SIGNATURE_PENDING)
    assert play.answer(first, K.DRAFT_DECISION) == ""
    assert play.states[first].stage is Stage.WAITLIST
    assert since(play, first) == place
    withdraw(play, second)
    assert play.states[first].stage is Stage.DRAFTING
    assert committed(play) == 0


@pytest.mark.parametrize("end", ["refuse", "withdraw"])
def test_promise_that_is_not_used_goes_on_to_the_next(play: Play, end: str) -> None:
    holder, first, second = (drafted(play, key) for key in KEYS[:3])
    withdraw(play, holder)
    if end == "refuse":
        assert play.answer(first, K.DRAFT_DECISION, "refuse") == ""
    else:
        withdraw(play, first)
    assert stages(play, second) == [Stage.DRAFTING]


@pytest.mark.parametrize("end", ["refuse", "withdraw"])
def test_who_leaves_the_list_before_the_offer_arrives_passes_it_on(
    play: Play, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    holder, first, second = (drafted(play, key) for key in KEYS[:3])
    with monkeypatch.context() as patched:
        patched.setattr(play, "settle", lambda: None)  # the offer is stored, and nobody tells the case
        withdraw(play, holder)
        assert stages(play, first) == [Stage.WAITLIST]
        if end == "refuse":
            assert play.answer(first, K.AWAIT_BUDGET, "refuse") == ""
        else:
            withdraw(play, first)
    play.settle()
    assert stages(play, second) == [Stage.DRAFTING]
    assert play.states[first].stage is (Stage.DRAFTING if end == "refuse" else Stage.WITHDRAWN)


def test_draft_sent_back_keeps_its_money(play: Play) -> None:
    first, second = (drafted(play, key) for key in KEYS[:2])
    assert play.answer(first, K.SIGN_DECISION, "send_back") == ""
    assert stages(play, first, second) == [Stage.DRAFTING, Stage.WAITLIST]
    play.drive(first, Stage.SIGNATURE_PENDING)
    assert stages(play, second) == [Stage.WAITLIST]
    assert committed(play) == FULL


# many at once -------------------------------------------------------------------------------------


def request_of(play: Play, case_id: str, choice: str = "award") -> StepRequest:
    """The step of an answer to the draft that is stored, but that no case has been told of."""
    content = play.form(case_id, TASKS[K.DRAFT_DECISION].choices[choice].content)
    task, actor = play.task(case_id, K.DRAFT_DECISION), play.actor(case_id, K.DRAFT_DECISION)
    call = reading.answer(play.gateway, task_id=task.id, choice=choice, content=content, actor=actor, patience=0)
    return next_step(play, case_id, asyncio.run(call).command_id)


def next_step(play: Play, case_id: str, command_id: str) -> StepRequest:
    """The case's next step, by this command."""
    number = play.states[case_id].step_no + 1
    return StepRequest(case_id=case_id, step_no=number, as_of=play.now, command_id=command_id)


def at_once(play: Play, requests: list[StepRequest]) -> list[StepReply]:
    """All steps at the same time, each in a thread of its own."""
    start = threading.Barrier(len(requests))

    def step(request: StepRequest) -> StepReply:
        start.wait()
        return play.recorder.step(request)

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(step, requests))


@pytest.mark.sql
def test_drafts_at_once_never_take_more_than_there_is(db: Database) -> None:
    play = Play(db, budget_cents=3 * FULL + 100)
    cases = [drafting(play, key) for key in KEYS]
    requests = [request_of(play, case) for case in cases]
    replies = at_once(play, requests)
    got = [r.step.stage for r in replies if r.step is not None]
    assert sorted(map(str, got)) == ["signature_pending"] * 3 + ["waitlist"] * 5
    assert committed(play) == 3 * FULL
    for request, reply in zip(requests, replies, strict=True):
        assert play.recorder.step(request) == reply  # the second decision is the one that stays


def meet(monkeypatch: pytest.MonkeyPatch, pause: Callable[[], object]) -> None:
    """Lets the first look of a step at the budget be followed by a pause, still in its transaction."""
    seen = threading.local()

    def paused(*args: object, **kwargs: object) -> dict[int, int]:
        left = free(*args, **kwargs)  # type: ignore[arg-type]
        if not getattr(seen, "before", False):
            seen.before = True
            pause()
        return left

    monkeypatch.setattr(record.cases.rule_facts, "free", paused)


@ON_POSTGRES
def test_two_that_both_saw_the_last_money(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [drafting(play, key) for key in KEYS[:2]]
    requests = [request_of(play, case) for case in cases]
    both = threading.Barrier(2)
    meet(monkeypatch, lambda: both.wait(timeout=PATIENCE))
    replies = at_once(play, requests)
    stages = sorted(str(reply.step.stage) for reply in replies if reply.step)
    assert stages == ["signature_pending", "waitlist"]
    assert committed(play) == FULL
    with play.db.read() as session:
        assert set(session.exec(select(CommandRow.state))) == {"applied"}


@ON_POSTGRES
def test_money_freed_while_a_case_joins_the_list_is_not_lost(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, joining = drafted(play, KEYS[0]), drafting(play, KEYS[1])
    request = request_of(play, joining)
    looked, freed = threading.Event(), threading.Event()

    def pause() -> None:
        looked.set()
        assert freed.wait(timeout=PATIENCE)

    meet(monkeypatch, pause)
    with ThreadPoolExecutor(1) as thread:
        step = thread.submit(play.recorder.step, request)
        assert looked.wait(timeout=PATIENCE)
        monkeypatch.setattr(record.cases.rule_facts, "free", free)
        with monkeypatch.context() as patched:
            patched.setattr(play, "settle", lambda: None)
            withdraw(play, holder)
        freed.set()
        reply = step.result(timeout=PATIENCE)
    assert reply.step is not None
    assert reply.step.stage is Stage.WAITLIST  # it saw nothing …
    play._fold(joining, reply)
    play.settle()
    assert play.states[joining].stage is Stage.DRAFTING  # … and was told at once


def test_what_is_refused_on_its_own_account_is_raised_in_the_end() -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        raise IntegrityError("INSERT", {}, Exception("for good"))

    with pytest.raises(IntegrityError):
        again(work)
    assert len(calls) == TRIES
