"""Who takes care of a task: on record with author and time, taken over only explicitly, and never a lock."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from models.errors import Code, RefusedError
from models.office import Change
from models.tables import CaseNote, Officer, TaskHolding, TaskRow
from models.tasks import TaskKind as K
from record.absences import acting_for
from record.cases.hands import hands
from record.casework.holding import Act, Wish, assigned_to, enter, resting
from record.casework.notes import NewNote, write
from record.database.clock import legal_today
from record.database.engine import Database
from record.people import officers
from record.views.lists.filters import Filter
from record.views.lists.today import day_view, today_view
from record.views.officers import case_view
from tests.desk.site import until_open
from tests.fixtures.databases import as_owner
from tests.play import Play
from tests.record.office.test_changes import change


def _opened(db: Database, kind: K = K.CHECK_COMPLETENESS) -> tuple[Play, str]:
    play = Play(db)
    case = play.apply()
    until_open(play, case, kind)
    return play, play.task(case, kind).id


def _enter(db: Database, act: Act, task: str, by: str, **more: object) -> TaskHolding:
    with db.write() as session:
        return enter(session, Wish(act, task, by, **more))  # type: ignore[arg-type]


def _refused(db: Database, act: Act, task: str, by: str, **more: object) -> RefusedError:
    with pytest.raises(RefusedError) as found, db.write() as session:
        enter(session, Wish(act, task, by, **more))  # type: ignore[arg-type]
    return found.value


def _mine(play: Play, officer: str) -> list[str]:
    """What a query of an officer's own tasks finds: taken, and not put on a day."""
    with play.db.read() as session:
        query = select(TaskRow.id).where(assigned_to([officer]), ~resting(legal_today(session)))
        return list(session.exec(query))


def _lists(play: Play, officer: str, task: str) -> tuple[str, dict[str, int]]:
    """The list of an officer's day that has a task, and how many tasks each list has."""
    with play.db.read() as session:
        view = day_view(session, play.directory, officer, Filter(), few=20)
    (part,) = (part for part, ids in view["lists"].items() if task in ids)
    return part, {name: number for name, number in view["counts"].items() if number and name != "all"}


@pytest.mark.sql
def test_a_task_is_taken_handed_put_on_a_day_and_given_back(db: Database) -> None:
    play, task = _opened(db)
    assert _lists(play, "sim-berg", task) == ("take", {"take": 1})
    _enter(db, Act.TAKE, task, "sim-berg")
    assert _mine(play, "sim-berg") == [task]
    assert _lists(play, "sim-berg", task) == ("mine", {"mine": 1})
    assert _lists(play, "sim-wald", task) == ("take", {"take": 1})
    _enter(db, Act.LATER, task, "sim-berg", until=play.today.replace(day=5))
    assert _mine(play, "sim-berg") == []
    assert _lists(play, "sim-berg", task) == _lists(play, "sim-wald", task) == ("resting", {"resting": 1})
    with db.read() as session:
        shown = today_view(session, play.directory, "sim-berg")["tasks"][0]
    assert shown["resting"]
    assert shown["taken"]["until"] == play.today.replace(day=5).isoformat()
    play.days(4)
    assert _mine(play, "sim-berg") == [task]
    _enter(db, Act.BACK, task, "sim-berg")
    assert _mine(play, "sim-berg") == []
    with db.read() as session:
        view = case_view(session, play.directory, task.rsplit(".", 1)[0], "sim-berg")
    told = [event["what"] for event in view["timeline"] if event["what"].startswith("casework.")]
    assert told == ["casework.take", "casework.later", "casework.back"]
    assert next(one for one in view["tasks"] if one["id"] == task)["taken"] is None


@pytest.mark.slow
def test_nobody_takes_a_task_from_somebody_by_accident(db: Database) -> None:
    play, task = _opened(db)
    _enter(db, Act.TAKE, task, "sim-berg")
    refusal = _refused(db, Act.TAKE, task, "sim-wald")
    assert (refusal.code, refusal.details["officer"]) == (Code.TASK_TAKEN, "sim-berg")
    assert refusal.details["since"].startswith(play.today.isoformat())
    _enter(db, Act.TAKE, task, "sim-wald", over=True)
    assert (_mine(play, "sim-berg"), _mine(play, "sim-wald")) == ([], [task])
    with db.read() as session:
        seen = today_view(session, play.directory, "sim-berg")["taken_over"]
        assert today_view(session, play.directory, "sim-wald")["taken_over"] == []
    assert [(one["task"], one["by"]) for one in seen] == [(task, "sim-wald")]


@pytest.mark.slow
def test_taking_is_no_lock(db: Database) -> None:
    play, task = _opened(db)
    case = task.rsplit(".", 1)[0]
    _enter(db, Act.TAKE, task, "sim-berg")
    play.answer(case, K.CHECK_COMPLETENESS, "complete", by="sim-wald")
    assert play.states[case].open(K.EXAMINE)
    assert _refused(db, Act.TAKE, task, "sim-berg").code == Code.TASK_CLOSED


@pytest.mark.slow
def test_a_task_is_handed_only_to_who_may_answer_it(db: Database) -> None:
    play, task = _opened(db, K.CALL_BACK)
    assert _refused(db, Act.HAND, task, "sim-berg", to="sim-tal").code == Code.WRONG_ROLE
    assert _refused(db, Act.HAND, task, "sim-berg", to="sim-niemand").code == Code.UNKNOWN_OFFICER
    assert _refused(db, Act.TAKE, task, "sim-tal").code == Code.WRONG_ROLE
    _enter(db, Act.HAND, task, "sim-berg", to="sim-wald", reason="bin im Urlaub")
    assert _mine(play, "sim-wald") == [task]


@pytest.mark.slow
def test_a_task_is_not_handed_to_who_did_what_it_checks(db: Database) -> None:
    _, task = _opened(db, K.APPROVE_PROOF)
    case = task.rsplit(".", 1)[0]
    with db.write() as session:
        known = hands(session, [case])
        checked, owner = known[case, K.CHECK_PROOF], session.get_one(TaskRow, task).owner
        free = next(one.id for one in officers(session) if owner in one.roles and one.id != checked)
        both = session.get_one(Officer, checked)
        both.roles = [*both.roles, owner]
        session.add(both)
    assert _refused(db, Act.HAND, task, free, to=checked).code == Code.FOUR_EYES
    assert _refused(db, Act.TAKE, task, checked).code == Code.FOUR_EYES
    assert _enter(db, Act.TAKE, task, free).holder == free


@pytest.mark.slow
def test_a_task_of_the_municipality_is_nobodys(db: Database) -> None:
    _, task = _opened(db, K.DECLARE_ACCEPTANCE)
    assert _refused(db, Act.TAKE, task, "sim-berg").code == Code.WRONG_ROLE


@pytest.mark.slow
def test_a_late_task_is_never_out_of_the_way(db: Database) -> None:
    play, task = _opened(db)
    with db.read() as session:
        due = session.get_one(TaskRow, task).due_at
    _enter(db, Act.LATER, task, "sim-berg", until=due.date().replace(year=due.year + 1))
    assert _mine(play, "sim-berg") == []
    case = task.rsplit(".", 1)[0]
    while not _late(db, task):
        assert play.wake(case)
    assert _mine(play, "sim-berg") == [task]


def _late(db: Database, task: str) -> bool:
    with db.read() as session:
        return session.get_one(TaskRow, task).late


@pytest.mark.slow
def test_twice_is_once_and_a_number_stands_for_one_thing(db: Database) -> None:
    play, task = _opened(db)
    for _ in range(2):
        _enter(db, Act.TAKE, task, "sim-berg")
        _enter(db, Act.LATER, task, "sim-berg", until=play.today.replace(day=9), command_id="number-1")
    _enter(db, Act.LATER, task, "sim-berg", until=play.today.replace(day=9), command_id="number-1")
    with db.read() as session:
        assert [row.act for row in session.exec(select(TaskHolding).order_by("no"))] == ["take", "later", "take"]
    assert _refused(db, Act.BACK, task, "sim-berg", command_id="number-1").code == Code.BAD_CONTENT
    assert _refused(db, Act.BACK, task, "sim-wald").code == Code.TASK_NOT_TAKEN
    assert _refused(db, Act.LATER, task, "sim-berg", until=play.today).code == Code.BAD_CONTENT


@pytest.mark.slow
def test_a_note_is_corrected_by_a_later_one(db: Database) -> None:
    play, task = _opened(db)
    case = task.rsplit(".", 1)[0]
    with db.write() as session:
        write(session, NewNote(case, "sim-berg", "Frau Beispiel rief an.", command_id="note-0001"))
        write(session, NewNote(case, "sim-berg", "Frau Beispiel rief an.", command_id="note-0001"))
        write(session, NewNote(case, "sim-wald", "Es war Herr Beispiel.", corrects=1))
    with pytest.raises(RefusedError) as found, db.write() as session:
        write(session, NewNote(case, "sim-wald", "Nein.", corrects=3))
    assert found.value.code == Code.UNKNOWN_NOTE
    with db.read() as session:
        view = case_view(session, play.directory, case, "sim-berg")
    assert [(one["no"], one["by"], one["corrects"], one["corrected_by"]) for one in view["notes"]] == [
        (1, "sim-berg", 0, 2),
        (2, "sim-wald", 1, 0),
    ]
    assert [event["reason"] for event in view["timeline"] if event["what"] == "casework.note"] == [
        "Frau Beispiel rief an.",
        "Es war Herr Beispiel.",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("table", [TaskHolding.__tablename__, CaseNote.__tablename__])
@pytest.mark.parametrize("statement", ["UPDATE {} SET by = 'x'", "DELETE FROM {}"])
def test_what_was_entered_stays(db: Database, table: str, statement: str) -> None:
    _, task = _opened(db)
    _enter(db, Act.TAKE, task, "sim-berg")
    with db.write() as session:
        write(session, NewNote(task.rsplit(".", 1)[0], "sim-berg", "Ein Vermerk."))
    owner = as_owner(db)
    try:
        with pytest.raises(DBAPIError, match=r"append-only|never deleted"), owner.write() as session:
            session.connection().execute(text(statement.format(table)))
    finally:
        owner.close()


@pytest.mark.sql
def test_what_an_absent_colleague_took_stands_with_the_deputy(db: Database) -> None:
    play, task = _opened(db)
    _enter(db, Act.TAKE, task, "sim-berg")
    assert _lists(play, "sim-wald", task)[0] == "take"
    today = play.today.isoformat()
    with db.write() as session:
        change(session, Change.ADD_ABSENCE, "sim-tal", officer="sim-berg", first_day=today, deputy="sim-wald")
    assert _lists(play, "sim-wald", task)[0] == "mine"
    with db.read() as session:
        (row,) = (one for one in today_view(session, play.directory, "sim-wald")["tasks"] if one["id"] == task)
        assert (row["for"], row["taken"]["officer"]) == (["sim-berg"], "sim-berg")
        assert acting_for(session, "sim-see", play.today) == frozenset()
