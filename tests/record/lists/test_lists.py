"""Lists of tasks: the database finds the same as a look at every task, and never reads more for more cases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.stages import Stage
from models.tables import Case, TaskRow
from models.tasks import Role
from models.tasks import TaskKind as K
from record.cases.hands import barred, hands
from record.casework.holding import Act, Wish, enter, holdings
from record.database.clock import legal_now
from record.database.engine import Database
from record.people import add_officer, officer_roles, officers
from record.views.lists.filters import PAGE, Filter, Order, Part
from record.views.lists.tasks import AMOUNTS, WEEK
from record.views.lists.today import day_view, today_view
from tests.desk.site import until_open
from tests.play import Play, programmes
from tests.record.lists.many import counted, few, multiply

EVERYBODY = ("", "sim-berg", "sim-tal", "sim-see", "sim-kasse", "nobody")
FILTERS = {
    "all": Filter(),
    "a kind": Filter(kind=K.SIGN_DECISION),
    "a stage": Filter(stage=Stage.FORMAL_CHECK),
    "a round": Filter(round="wir-fm-2018"),
    "another round": Filter(round="wir-fm-2017"),
    "a part of a name": Filter(recipient="KREIS K"),
    "the beginning of a key": Filter(recipient="0663"),
    "nobody of this name": Filter(recipient="Hintertupfingen"),
    "what is late": Filter(late=True),
    "several": Filter(round="wir-fm-2018", recipient="kreis", kind=K.EXAMINE, order=Order.AMOUNT),
    "by name": Filter(order=Order.RECIPIENT),
    "by amount": Filter(order=Order.AMOUNT),
}
"""By what people filter and sort."""


@pytest.fixture
def play(db: Database) -> Play:
    """Cases in several stages; one waits for a second signature that only one person can give, some are late.

    Some tasks are taken, of some the last who had it gave it back, and some are put on a day, late ones among them.
    """
    play = few(db)
    case = play.apply("06531")
    until_open(play, case, K.EXAMINE)
    with db.write() as session:
        for row in session.exec(select(TaskRow).where(col(TaskRow.kind).in_([K.EXAMINE, K.CALL_BACK]))):
            row.late = row.state == "open"
            session.add(row)
    tomorrow = play.today + timedelta(days=1)
    shared(play, K.EXAMINE, Act.LATER, until=tomorrow)
    shared(play, K.CHECK_COMPLETENESS, Act.TAKE)
    shared(play, K.CONFIRM_BANK_DETAILS, Act.LATER, until=tomorrow)
    for act in (Act.TAKE, Act.BACK):
        shared(play, K.SIGN_DECISION, act)
    return play


def shared(play: Play, kind: K, act: Act, **more: Any) -> None:
    """The first officer who may answer a task of a kind does something about who takes care of it."""
    case = next(name for name, state in sorted(play.states.items()) if state.open(kind))
    task = play.task(case, kind).id
    with play.db.write() as session:
        owner = session.get_one(TaskRow, task).owner
        by = next(o.id for o in officers(session, play.today) if owner in officer_roles(session, o.id, play.today))
        enter(session, Wish(act, task, by, **more))


def looked_at(play: Play, officer_id: str, chosen: Filter) -> dict[str, list[str]]:
    """By list the ids of all tasks, in order, each task looked at by itself."""
    with play.db.read() as session:
        now = legal_now(session)
        people = {o.id: officer_roles(session, o.id, play.today) for o in officers(session, play.today)}
        cases = {case.id: case for case in session.exec(select(Case))}
        known, held = hands(session, list(cases)), holdings(session, list(cases))
        found: dict[str, list[str]] = {str(part): [] for part in Part}
        for row in _sorted(session.exec(select(TaskRow)), chosen, cases):
            if row.state != "open" or row.owner == Role.APPLICANT or not row.case_id or not _fits(row, chosen, cases):
                continue
            able = [name for name, roles in people.items() if row.owner in roles and name not in barred(row, known)]
            mine = officer_id in able or not officer_id
            by = held.get(row.id)
            rests = by is not None and by.until is not None and by.until > play.today
            own = able == [officer_id] or not officer_id or (by is not None and by.holder == officer_id)
            open_to_me = "late" if row.late else "resting" if rests else "mine" if own else "take"
            part = open_to_me if mine else "others"
            found[part].append(row.id)
            found["week"] += [row.id] if row.due_at < now + WEEK else []
        return found


def _fits(row: TaskRow, chosen: Filter, cases: dict[str, Case]) -> bool:
    name = programmes().recipient(row.recipient, cases[row.case_id].opened_at.date()).name
    key = cases[row.case_id].recipient_key
    return (
        chosen.kind in {"", row.kind}
        and chosen.stage in {"", cases[row.case_id].stage}
        and row.case_id.startswith(chosen.round)
        and (chosen.recipient.casefold() in name.casefold() or key.startswith(chosen.recipient))
        and (row.late or not chosen.late)
    )


def _sorted(rows: Any, chosen: Filter, cases: dict[str, Case]) -> list[TaskRow]:
    due = sorted(rows, key=lambda row: (row.due_at, row.id))
    match chosen.order:
        case Order.RECIPIENT:
            names = {row.id: programmes().recipient(row.recipient, row.opened_at.date()).name.casefold() for row in due}
            return sorted(due, key=lambda row: names[row.id])
        case Order.AMOUNT:
            return sorted(due, key=lambda row: -next((row.brief[n] for n in AMOUNTS if row.brief.get(n)), 0))
    return due


@pytest.mark.slow
@pytest.mark.parametrize("chosen", FILTERS.values(), ids=FILTERS)
def test_each_list_holds_what_a_look_at_every_task_finds(play: Play, chosen: Filter) -> None:
    compared(play, chosen)


def compared(play: Play, chosen: Filter) -> None:
    """Every list of everybody, found by the database and by a look at every task."""
    seen = 0
    for officer in EVERYBODY:
        expected = looked_at(play, officer, chosen)
        with play.db.read() as session:
            for part in Part:
                one = Filter(**{**vars(chosen), "part": part})
                view = day_view(session, programmes(), officer, one, few=20)
                assert view["lists"][part] == expected[part], (officer, part)
                assert view["counts"][part] == len(expected[part]), (officer, part)
            whole = today_view(session, programmes(), officer, chosen)
        mine = {task["id"] for task in whole["tasks"] if task["mine"]}
        assert mine == {task for part in ("late", "mine", "take", "resting") for task in expected[part]}
        assert whole["counts"]["all"] == len(whole["tasks"]) == len(mine) + len(expected["others"])
        week = set(expected["week"]) & mine
        assert whole["counts"]["week_mine"] == len(week)
        seen += len(whole["tasks"])
    assert bool(seen) is (chosen.recipient != "Hintertupfingen" and chosen.round != "wir-fm-2017")


@pytest.mark.slow
def test_who_is_the_only_one_left_has_it_and_another_person_takes_that_away(play: Play) -> None:
    case = next(name for name, state in play.states.items() if state.open(K.SIGN_DECISION))
    task = play.task(case, K.SIGN_DECISION).id

    def part_of(officer: str) -> str:
        with play.db.read() as session:
            lists = day_view(session, programmes(), officer, Filter(), few=20)["lists"]
        return str(next(name for name, ids in lists.items() if task in ids))

    signers = [name for name in play.officers if part_of(name) != "others"]
    assert len(signers) > 1
    assert {part_of(name) for name in signers} == {"take"}
    with play.db.write() as session:
        for row in officers(session):
            if row.id in signers[1:]:
                row.valid_to = play.today.replace(year=2017)
                row.valid_from = row.valid_to
                session.add(row)
    assert part_of(signers[0]) == "mine"
    with play.db.write() as session:
        new = officers(session)[0].model_copy(
            update={"id": "neu", "roles": [Role.CO_SIGNER], "email": "neu@rp.example"}
        )
        add_officer(session, new)
    assert part_of(signers[0]) == part_of("neu") == "take"


def views(db: Database) -> dict[str, Callable[[], Any]]:
    """What officers open most, and what makes the database work most."""

    def seen(view: Any, *given: Any) -> Callable[[], Any]:
        def look() -> Any:
            with db.read() as session:
                return view(session, programmes(), *given)

        return look

    return {
        "my day": seen(day_view, "sim-berg", Filter(), 20),
        "second person": seen(day_view, "sim-tal", Filter(), 20),
        "a list": seen(day_view, "sim-tal", Filter(part=Part.TAKE, order=Order.AMOUNT), 20),
        "filtered": seen(day_view, "sim-berg", Filter(recipient="kreis", stage=Stage.FORMAL_CHECK), 20),
        "by name": seen(today_view, "sim-berg", Filter(order=Order.RECIPIENT, page=2)),
        "everybody": seen(today_view, "", Filter()),
    }


def asked(db: Database) -> dict[str, tuple[int, int]]:
    """Statements and rows of each view."""
    found = {}
    for name, look in views(db).items():
        with counted() as count:
            look()
        found[name] = (count.statements, count.rows)
    return found


MOST_STATEMENTS, MOST_ROWS = 45, 1_500
"""Of one page, however many cases there are."""


def bounded(play: Play, cases: int) -> None:
    """Statements and rows with many cases."""
    db = play.db
    multiply(db, sorted(play.states), cases)
    with db.read() as session:
        view = today_view(session, programmes(), "", Filter())
    assert view["counts"]["all"] >= cases * 4 // 5
    assert (len(view["tasks"]), view["pages"]) == (PAGE, -(-view["counts"]["all"] // PAGE))
    found = asked(db)
    assert {name: one for name, one in found.items() if one[0] > MOST_STATEMENTS or one[1] > MOST_ROWS} == {}


@pytest.mark.slow
def test_lists_are_right_and_read_no_more_for_more_cases(db: Database) -> None:
    play = few(db)
    compared(play, FILTERS["several"])
    bounded(play, 200)


@pytest.mark.slow
def test_ten_thousand_cases_are_read_as_two_hundred(db: Database) -> None:
    bounded(few(db), 10_000)
