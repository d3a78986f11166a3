"""Nothing is signed, paid or ended unread: the record takes such a decision only from whoever was shown this text."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from models.commands import Actor
from models.content.answers import Withdrawal
from models.stages import Stage
from models.tables import CommandRow, Notice, Order, ShownText, StepRow
from models.tasks import TASKS
from models.tasks import TaskKind as K
from record.cases.commands import new_id
from record.database.clock import forward
from record.database.engine import Database
from record.promises import check
from tests.play import Play
from workflows.lifecycle import GRANT


@pytest.fixture
def play(db: Database) -> Play:
    """An installation."""
    return Play(db)


TO_READ = {
    (K.SIGN_DECISION, "sign"): Stage.SIGNATURE_PENDING,
    (K.APPROVE_DRAWDOWN, "approve"): Stage.DISBURSING,
    (K.APPROVE_PROOF, "approve"): Stage.PROOF_CHECK,
    (K.SIGN_EXTENSION, "sign"): Stage.PROOF_DUE,
    (K.SIGN_REVOCATION, "sign"): Stage.REVOCATION,
    (K.CLOSE_CASE, "close"): Stage.CLOSING,
}
"""What signs, pays or ends a case, and the stage in which that is decided."""


SAMPLE = (K.SIGN_DECISION, "sign")
"""Of ``make test``; ``make test-slow`` tries the others."""


def brought(play: Play, kind: K) -> str:
    """A case with an open task of a kind."""
    case_id = play.apply()
    match kind:
        case K.SIGN_DECISION:
            play.drive(case_id, Stage.SIGNATURE_PENDING)
        case K.APPROVE_DRAWDOWN:
            play.drive(case_id, Stage.DISBURSING)
            for step in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN):
                play.answer(case_id, step)
        case K.SIGN_EXTENSION:
            play.drive(case_id, Stage.PROOF_DUE)
            play.start(case_id, "open", {"kind": K.REQUEST_EXTENSION})
            play.answer(case_id, K.REQUEST_EXTENSION, "request")
            play.answer(case_id, K.DECIDE_EXTENSION, "grant")
        case K.SIGN_REVOCATION:
            play.drive(case_id, Stage.PROOF_CHECK)
            play.drive(case_id, Stage.REVOCATION, check_proof="finding", decide_revocation="partly")
        case K.APPROVE_PROOF:
            play.drive(case_id, Stage.PROOF_CHECK)
            play.answer(case_id, K.CHECK_PROOF, "accept", accepted_cents=1)  # a part is reclaimed: a letter
        case _:
            play.drive(case_id, Stage.CLOSING)
    return case_id


def decide(play: Play, case_id: str, kind: K, choice: str, shown: str, by: Actor | None = None) -> str:
    """An answer with a hash; gives the reason of its refusal, or nothing."""
    told = play.gateway.answer(
        task_id=play.task(case_id, kind).id,
        choice=choice,
        content={},
        actor=by or play.actor(case_id, kind),
        shown=shown,
    )
    receipt = asyncio.run(told)
    play.settle()
    assert receipt.outcome is not None
    return receipt.outcome.reason


def read(play: Play, case_id: str, kind: K, choice: str, by: Actor | None = None) -> str:
    """The hash of what an officer is shown."""
    actor = by or play.actor(case_id, kind)
    wish = play.gateway.preview_answer(task_id=play.task(case_id, kind).id, choice=choice, content={}, actor=actor)
    return asyncio.run(wish).shown


def outside(play: Play) -> dict[str, list[Any]]:
    """What has left the house, or would."""
    with play.db.read() as session:
        return {
            "notices": list(session.exec(select(Notice.id))),
            "orders": list(session.exec(select(Order.id))),
        }


def test_the_page_says_what_has_to_be_read() -> None:
    """Signing, paying and ending, and no more; and each of them is tried here."""
    found = {
        (kind, choice)
        for kind, task in TASKS.items()
        for choice in task.choices
        if any(GRANT.read_first(stage, f"{kind}.{choice}") for stage in Stage) and not GRANT.is_clerks(kind)
    }
    assert found == set(TO_READ)


@pytest.mark.parametrize(
    ("kind", "choice"),
    [pytest.param(*one, marks=() if one == SAMPLE else pytest.mark.slow) for one in TO_READ],
)
def test_what_signs_pays_or_ends_is_refused_unread_and_on_record(play: Play, kind: K, choice: str) -> None:
    case_id = brought(play, kind)
    stage, before = play.states[case_id].stage, outside(play)
    other = "0" * 64
    for shown in ("", other):
        assert decide(play, case_id, kind, choice, shown) == "not_shown"
    assert (play.states[case_id].stage, outside(play)) == (stage, before)
    task = play.task(case_id, kind)
    with play.db.read() as session:
        refused = list(session.exec(select(CommandRow).where(CommandRow.reason == "not_shown")))
        assert [(row.state, row.shown, row.details) for row in refused] == [
            ("refused", "", {"task": task.id}),
            ("refused", other, {"task": task.id}),
        ]
        steps = [session.exec(select(StepRow).where(StepRow.command_id == row.id)).one() for row in refused]
        assert [step.body["refused"] for step in steps] == ["not_shown", "not_shown"]
    assert decide(play, case_id, kind, choice, read(play, case_id, kind, choice)) == ""
    with play.db.read() as session:
        assert check(session) == []


def test_it_has_to_be_shown_to_this_person_in_this_log_in(play: Play) -> None:
    case_id = brought(play, K.SIGN_DECISION)
    signer = play.actor(case_id, K.SIGN_DECISION)
    here, elsewhere = (signer.model_copy(update={"login": login}) for login in ("log-in 1", "log-in 2"))
    colleague = next(
        play.officer(one) for one in play.officers if "co_signer" in play.officer(one).roles and one != signer.id
    )
    shown = read(play, case_id, K.SIGN_DECISION, "sign", by=here)
    theirs = read(play, case_id, K.SIGN_DECISION, "sign", by=colleague)
    assert shown != theirs, "the letter names who signs"
    for by, sent in ((elsewhere, shown), (signer, shown), (here, theirs), (colleague, shown)):
        assert decide(play, case_id, K.SIGN_DECISION, "sign", sent, by=by) in {"not_shown", "four_eyes"}
    assert decide(play, case_id, K.SIGN_DECISION, "sign", shown, by=here) == ""
    with play.db.read() as session:
        assert check(session) == []


def test_a_draft_that_changed_has_to_be_read_again(play: Play) -> None:
    case_id = brought(play, K.SIGN_DECISION)
    old = read(play, case_id, K.SIGN_DECISION, "sign")
    assert play.answer(case_id, K.SIGN_DECISION, "send_back") == ""
    assert play.answer(case_id, K.DRAFT_DECISION, "award", amount_cents=4_000_000, reason="Weniger Sachkosten.") == ""
    assert decide(play, case_id, K.SIGN_DECISION, "sign", old) == "not_shown"
    assert decide(play, case_id, K.SIGN_DECISION, "sign", read(play, case_id, K.SIGN_DECISION, "sign")) == ""


def test_what_the_municipality_sends_meanwhile_has_to_be_read(play: Play) -> None:
    case_id = brought(play, K.APPROVE_DRAWDOWN)
    old = read(play, case_id, K.APPROVE_DRAWDOWN, "approve")
    play.start(case_id, "open", {"kind": K.NOTIFY_CHANGE})
    assert play.answer(case_id, K.NOTIFY_CHANGE, "notify", change="filled") == ""
    assert decide(play, case_id, K.APPROVE_DRAWDOWN, "approve", old) == "not_shown"
    new = read(play, case_id, K.APPROVE_DRAWDOWN, "approve")
    assert decide(play, case_id, K.APPROVE_DRAWDOWN, "approve", new) == ""


def test_the_letter_that_goes_out_is_the_one_that_was_shown(play: Play) -> None:
    case_id = brought(play, K.SIGN_DECISION)
    preview = asyncio.run(
        play.gateway.preview_answer(
            task_id=play.task(case_id, K.SIGN_DECISION).id,
            choice="sign",
            content={},
            actor=play.actor(case_id, K.SIGN_DECISION),
        )
    )
    assert preview.foreseen is not None
    assert decide(play, case_id, K.SIGN_DECISION, "sign", preview.shown) == ""
    with play.db.read() as session:
        assert [one.body for one in session.exec(select(Notice))] == [body for _, body in preview.foreseen.letters]


def test_a_letter_of_yesterday_is_read_again_and_one_that_was_sent_yesterday_counts(play: Play) -> None:
    """The letter bears the day of signing: another day is another text. What was received in time is not lost."""
    first, second = brought(play, K.SIGN_DECISION), play.apply("06411000")
    play.drive(second, Stage.SIGNATURE_PENDING)
    old, sent = (read(play, one, K.SIGN_DECISION, "sign") for one in (first, second))
    wish = play.gateway.answer(
        task_id=play.task(second, K.SIGN_DECISION).id,
        choice="sign",
        content={},
        actor=play.actor(second, K.SIGN_DECISION),
        shown=sent,
        patience=0,
    )
    asyncio.run(wish)  # nobody tells the case yet
    with play.db.write() as session:
        forward(session, 86_400)
    play.settle()
    assert play.states[second].stage is Stage.AWARD_SENT
    assert decide(play, first, K.SIGN_DECISION, "sign", old) == "not_shown"


def test_a_row_that_somebody_wrote_by_hand_signs_nothing(play: Play) -> None:
    """The right hash is no proof that anybody read: there is no row of it."""
    case_id = brought(play, K.SIGN_DECISION)
    actor = play.actor(case_id, K.SIGN_DECISION)
    elsewhere = actor.model_copy(update={"login": "somebody's log-in"})
    shown = read(play, case_id, K.SIGN_DECISION, "sign", by=elsewhere)
    now = play.now
    with play.db.write() as session:
        session.add(
            CommandRow(
                id=new_id(),
                case_id=case_id,
                kind="answer",
                task_id=play.task(case_id, K.SIGN_DECISION).id,
                choice="sign",
                actor_kind="officer",
                actor_id=actor.id,
                actor_roles=list(actor.roles),
                simulated=True,
                content={"reason": ""},
                shown=shown,
                received_at=now,
                stored_at=datetime.now(UTC),
            )
        )
    play.settle()
    assert play.states[case_id].stage is Stage.SIGNATURE_PENDING


def test_an_officer_withdraws_for_a_municipality_only_after_reading(play: Play) -> None:
    case_id = play.apply()
    wish = play.gateway.act(
        case_id=case_id,
        kind="withdraw",
        content=play.form(case_id, Withdrawal),
        actor=play.officer("sim-berg"),
    )
    unread = asyncio.run(wish)
    play.settle()
    assert unread.outcome is not None
    assert (unread.outcome.reason, play.states[case_id].stage) == ("not_shown", Stage.FORMAL_CHECK)
    assert play.start(case_id, "withdraw", play.form(case_id, Withdrawal), by="sim-berg") == ""
    assert play.states[case_id].stage is Stage.WITHDRAWN


def test_a_clerk_needs_to_be_shown_nothing(play: Play) -> None:
    case_id = play.apply()

    play.start(case_id, "open", {"kind": K.WITHDRAW})
    assert play.answer(case_id, K.WITHDRAW, "withdraw") == ""
    assert play.states[case_id].stage is Stage.WITHDRAWN


STATEMENTS = (
    "UPDATE shown_text SET sha256 = 'x'",
    "DELETE FROM shown_text",
    "UPDATE command SET shown = 'x'",
    "UPDATE command SET login_id = 'x'",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_keeps_what_was_shown(play: Play, statement: str) -> None:
    case_id = brought(play, K.SIGN_DECISION)
    read(play, case_id, K.SIGN_DECISION, "sign")
    with pytest.raises(DatabaseError), play.db.write() as session:
        session.execute(text(statement))
    with play.db.read() as session:
        assert len(list(session.exec(select(ShownText)))) >= 1
