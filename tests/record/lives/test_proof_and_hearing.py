"""While a recipient is heard nobody decides on its proof of use: the hearing comes to its own end first."""

import pytest

from models.case import OpenTask
from models.stages import Stage
from models.tables import Case, TaskRow
from models.tasks import TaskKind as K
from models.tasks import TaskState
from record.database.engine import Database
from record.promises import check
from tests.play import Play

S = Stage
PROOF = (K.CHECK_PROOF, K.APPROVE_PROOF)


def _heard_in_proof_check(play: Play, *, checked: bool) -> tuple[str, str]:
    """A block is set while the proof is checked, and leads to a hearing; the open task on the proof before it."""
    case = play.apply()
    play.drive(case, S.PROOF_CHECK)
    if checked:
        assert play.answer(case, K.CHECK_PROOF, "accept") == ""
    task = play.states[case].open(*PROOF)[0].id
    assert play.start(case, "block", {"reason": "Simulierter Grund."}, by="sim-berg") == ""
    assert play.answer(case, K.LIFT_BLOCK, "hear") == ""
    assert play.states[case].stage is S.HEARING
    return case, task


@pytest.mark.parametrize("checked", [False, True], ids=["check", "approval"])
@pytest.mark.sample(1)
def test_a_hearing_ends_the_tasks_on_the_proof_and_dropped_it_is_checked_anew(db: Database, checked: bool) -> None:
    play = Play(db)
    case, _ = _heard_in_proof_check(play, checked=checked)
    assert play.states[case].open(*PROOF) == []
    assert play.answer(case, K.STATE_POSITION) == ""
    assert play.answer(case, K.DECIDE_REVOCATION, "drop") == ""
    state = play.states[case]
    assert state.stage is S.PROOF_CHECK
    assert [t.kind for t in state.open(*PROOF)] == [K.CHECK_PROOF], "one check, not two"
    assert play.drive(case) is S.CLOSED
    with play.db.read() as session:
        assert check(session) == []


@pytest.mark.parametrize("checked", [False, True], ids=["check", "approval"])
@pytest.mark.parametrize("until", [S.HEARING, S.REVOCATION])
@pytest.mark.sample(1)
def test_what_was_open_before_is_refused_and_the_case_goes_on(db: Database, checked: bool, until: Stage) -> None:
    """Cases recorded before hearings ended these tasks: each answer is refused, none closes the case or stops it."""
    play = Play(db)
    case, task = _heard_in_proof_check(play, checked=checked)
    _reopened(play, case, task)
    if until is S.REVOCATION:
        play.answer(case, K.STATE_POSITION)
        play.answer(case, K.DECIDE_REVOCATION, "fully")
    kind = K.APPROVE_PROOF if checked else K.CHECK_PROOF
    choices = ("approve", "send_back") if checked else ("accept", "ask_again", "finding")
    for choice in choices:
        assert play.answer(case, kind, choice) == "not_now", choice
        assert play.states[case].stage is until
    with play.db.read() as session:
        assert [v.code for v in check(session) if v.promise != 7] == []


def _reopened(play: Play, case: str, task_id: str) -> None:
    """The record as an earlier release left it: the task on the proof is still open in the hearing."""
    with play.db.write() as session:
        row = session.get_one(TaskRow, task_id)
        row.state, row.closed_at, row.closed_by = TaskState.OPEN, None, ""
        session.add(row)
        found = session.get_one(Case, case)
        left = OpenTask(id=row.id, kind=K(row.kind), due=row.due_at)
        play.states[case] = play.states[case].model_copy(update={"tasks": {**play.states[case].tasks, row.id: left}})
        found.state = play.states[case].model_dump(mode="json", exclude_defaults=True)
        session.add(found)
