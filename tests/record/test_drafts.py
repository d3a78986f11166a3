"""Drafts: saved for open tasks only, replaced as a whole, and gone with the commit that closes their task."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from models.content.answers import FileRef
from models.tables import Draft
from models.tasks import TaskKind
from record.cases.drafts import clear, load, save
from record.database.engine import Database
from tests.play import Play
from tests.record.test_rounds import Rounds

FILE = FileRef(sha256="a" * 64, name="konzept.pdf", size=12, media_type="application/pdf")
TYPED = {"answer": "Der Finanzierungsplan liegt"}


@pytest.fixture
def play(db: Database) -> Play:
    """A case whose application has to be completed."""
    play = Play(db)
    case = play.apply()
    play.answer(case, TaskKind.CHECK_COMPLETENESS, "incomplete")
    return play


def open_task(play: Play) -> str:
    return play.task(next(iter(play.states)), TaskKind.COMPLETE_APPLICATION).id


def kept(db: Database) -> list[Draft]:
    with db.read() as session:
        return list(session.exec(select(Draft)))


def test_what_was_typed_is_found_again(play: Play) -> None:
    task, before = open_task(play), play.now
    with play.db.write() as session:
        assert save(session, task, TYPED, [FILE], source="mail", inbound_id="m1")
    with play.db.read() as session:
        draft = load(session, task)
        assert draft is not None
        assert (draft.raw, draft.source, draft.inbound_id) == (TYPED, "mail", "m1")
        assert [FileRef.model_validate(one) for one in draft.files] == [FILE]
        assert before <= draft.updated_at <= play.now
        assert load(session, "unknown") is None


def test_the_same_again_writes_nothing_and_another_text_replaces(play: Play) -> None:
    task = open_task(play)
    with play.db.write() as session:
        assert not save(session, task, {}, [])
        assert save(session, task, TYPED, [])
        assert not save(session, task, dict(TYPED), [])
        assert save(session, task, TYPED, [FILE])
        assert save(session, task, {"answer": "anders"}, [])
    (draft,) = kept(play.db)
    assert (draft.raw, draft.files) == ({"answer": "anders"}, [])
    with play.db.write() as session:
        clear(session, task)
    assert kept(play.db) == []


def test_a_draft_goes_with_the_answer_and_no_other_comes(play: Play) -> None:
    case, task = next(iter(play.states)), open_task(play)
    with play.db.write() as session:
        save(session, task, TYPED, [])
    assert play.answer(case, TaskKind.COMPLETE_APPLICATION) == ""
    assert kept(play.db) == []
    with play.db.write() as session:
        assert not save(session, task, TYPED, [])
        assert not save(session, "no-such-task", TYPED, [])
    assert kept(play.db) == []


def test_a_refused_answer_leaves_the_draft(play: Play) -> None:
    case = next(iter(play.states))
    with play.db.write() as session:
        save(session, open_task(play), TYPED, [])
    assert (
        play.start(
            case,
            "request_extension",
            {"until": "2018-05-01", "why": "x", "acting_name": "Simulierte Person", "acting_function": "Amt"},
        )
        != ""
    )
    assert len(kept(play.db)) == 1


def test_drafts_of_invitations_go_with_the_application_and_with_the_round(db: Database) -> None:
    rounds = Rounds(Play(db))
    rounds.open()
    fulda, frankfurt = f"{rounds.id}/06631", f"{rounds.id}/06412000"
    with db.write() as session:
        save(session, fulda, {"concept": "eins"}, [])
        save(session, frankfurt, {"concept": "zwei"}, [])
    case = rounds.play.apply("06631")
    assert [draft.task_id for draft in kept(db)] == [frankfurt]
    rounds.play.drive(case)
    end = rounds.next()
    while not end.ended:
        assert kept(db)
        end = rounds.next()
    assert kept(db) == []


def test_a_draft_saved_while_its_task_is_closed_does_not_stay(play: Play) -> None:
    """Both orders end without a draft: whoever comes second sees the other one's commit."""
    case, task = next(iter(play.states)), open_task(play)
    start = threading.Barrier(2)

    def type_on() -> None:
        start.wait()
        for turn in range(20):
            with play.db.write() as session:
                save(session, task, {"answer": f"Satz {turn}"}, [])

    with ThreadPoolExecutor(1) as other:
        typing = other.submit(type_on)
        start.wait()
        assert play.answer(case, TaskKind.COMPLETE_APPLICATION) == ""
        typing.result()
    assert kept(play.db) == []
