"""What the page of the lifecycle does not know, at the record: an alarm, a task, and the case goes on."""

import pytest
from sqlmodel import select

from models.commands import CommandState
from models.stages import Stage
from models.tables import Alarm, CommandRow, TaskRow
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.promises import check
from record.views.officers import case_view
from tests.play import Play
from workflows.procedure.plan import Plan, View
from workflows.procedure.registry import ANSWERS, TIMERS


def _leaves_the_page(view: View, plan: Plan, *task: object) -> None:
    """A rule that no page would allow."""
    plan.go(Stage.CLOSED)


def _alarms(play: Play) -> list[tuple[str, str]]:
    with play.db.read() as session:
        return [(alarm.kind, alarm.detail) for alarm in session.exec(select(Alarm))]


def test_a_date_off_the_page_becomes_an_alarm_and_a_task_and_the_case_goes_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, Stage.DISBURSING)
    with monkeypatch.context() as wrong:
        wrong.setitem(TIMERS, "period_end", _leaves_the_page)
        while not play.states[case].open(K.CLARIFY):
            assert play.wake(case)
    assert play.states[case].stage is Stage.DISBURSING
    assert _alarms(play) == [("unforeseen", "disbursing: timer.period_end: closed")]
    with db.read() as session:
        task = session.exec(select(TaskRow).where(TaskRow.kind == K.CLARIFY)).one()
    assert (task.owner, task.state, task.brief["happened"]) == ("case_worker", "open", "timer.period_end")
    assert play.answer(case, K.CLARIFY, "noted") == ""
    with db.read() as session:
        assert check(session) == []
    assert play.wake(case)  # it comes again, and its rule keeps to the page now
    assert play.states[case].stage is Stage.CLOSING


def test_an_entry_of_the_bank_off_the_page_is_applied_and_kept_for_an_officer(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, Stage.DISBURSING)
    for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        assert play.answer(case, kind) == ""
    order = play.states[case].live_orders[0]
    with monkeypatch.context() as wrong:
        wrong.setattr("workflows.procedure.disbursement.booked", _leaves_the_page)
        assert play.bank(order.id, "booked", order.cents) == ""
    assert play.states[case].live_orders == [order]
    assert [kind for kind, _ in _alarms(play)] == ["unforeseen"]
    brief = play.task(case, K.CLARIFY)
    with db.read() as session:
        told = session.get_one(TaskRow, brief.id).brief
        assert check(session) == []
    assert told["reference"] == order.id
    assert told["amount_cents"] == order.cents


def test_a_person_is_refused_where_a_rule_leaves_the_page_and_the_command_is_kept(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(db)
    case = play.apply()
    before = play.states[case]
    monkeypatch.setitem(ANSWERS, (K.CHECK_COMPLETENESS, "complete"), _leaves_the_page)
    assert play.answer(case, K.CHECK_COMPLETENESS, "complete") == "unforeseen"
    assert play.states[case] == before.model_copy(update={"step_no": before.step_no + 1})
    assert _alarms(play) == [("unforeseen", "formal_check: check_completeness.complete: closed")]
    with db.read() as session:
        command = session.exec(select(CommandRow).where(CommandRow.reason == "unforeseen")).one()
        assert check(session) == []
    assert command.state == CommandState.REFUSED
    monkeypatch.undo()
    assert play.answer(case, K.CHECK_COMPLETENESS, "complete") == ""


def test_choices_that_the_page_does_not_know_are_offered_to_nobody(db: Database) -> None:
    play = Play(db)
    case = play.apply()
    play.drive(case, Stage.CLOSING, declare_acceptance="declare")
    assert play.start(case, "block", {"reason": "Simulierter Grund."}, by=play.officers[0]) == ""
    with db.read() as session:
        view = case_view(session, play.directory, case, play.officers[0])
    offered = {task["kind"]: [one["choice"] for one in task["choices"]] for task in view["tasks"] if task["choices"]}
    assert offered["lift_block"] == ["lift"]
