"""The list of the day, one page of it, and what else needs an officer. Plain values, no words.

The names are a contract (``starter.py today --json``): :func:`today_view`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

from sqlmodel import Session, col, select

from models.deadlines import legal_day
from models.rounds import round_id
from models.tables import Case, TaskRow
from record.casework.holding import number_taken_over
from record.casework.views import taken_over_view
from record.database.clock import legal_now
from record.views.lists.filters import PAGE, Filter, Part
from record.views.lists.problems import problems
from record.views.lists.tasks import Recipients, Turn, Worklist
from record.views.tasks import Directory as Names
from record.views.tasks import Shown, View, iso, recipient_view, roles_today, standing_in, task_row

MOST_ROUNDS: Final = 40
"""Rounds that are offered to filter by; any other may be asked for all the same."""


class Directory(Names, Recipients, Protocol):
    """Names of recipients, and all of them."""


def today_view(session: Session, directory: Directory, officer_id: str = "", chosen: Filter | None = None) -> View:
    """What needs an officer now; for everybody without a name. One page, the officer's own tasks first.

    ``counts``: of all pages, by list; ``page`` of ``pages``; ``chosen``: what was asked for. ``late``: ids on it.
    ``taken_over``: what others took over from the officer, newest first; ``numbers`` counts all of what stands beside.
    """
    chosen = chosen or Filter()
    now = legal_now(session)
    worklist = _worklist(session, directory, officer_id, chosen, now)
    counts = worklist.counts()
    found = counts[chosen.part or "all"]
    tasks = _told(session, directory, officer_id, worklist.page(chosen.part, PAGE, chosen.page))
    return _head(session, officer_id, now) | {
        "chosen": chosen.told(),
        "page": chosen.page,
        "pages": max(1, -(-found // PAGE)),
        "counts": counts,
        "tasks": tasks,
        "late": [task["id"] for task in tasks if task["late"]],
        **_beside(session, officer_id, now),
    }


def day_view(session: Session, directory: Directory, officer_id: str, chosen: Filter, few: int) -> View:
    """*My day* of an officer: of each list the ``few`` that come first, or a page of the list that is wanted.

    ``lists``: tasks by list; ``kinds``, ``rounds``: what may be filtered by.
    """
    now = legal_now(session)
    worklist = _worklist(session, directory, officer_id, chosen, now)
    counts = worklist.counts()
    parts = [chosen.part] if chosen.part else [part for part in Part if part is not Part.WEEK and counts[part]]
    size, number = (PAGE, chosen.page) if chosen.part else (few, 1)
    rows = {part: worklist.page(part, size, number) for part in parts}
    told = _told(session, directory, officer_id, [row for found in rows.values() for row in found])
    tasks = {task["id"]: task for task in told}
    return _head(session, officer_id, now) | {
        "page": number,
        "pages": max(1, -(-counts[chosen.part] // PAGE)) if chosen.part else 1,
        "counts": counts,
        "tasks": told,
        "lists": {str(part): [tasks[row.id]["id"] for row in found] for part, found in rows.items()},
        "kinds": worklist.kinds(),
        "rounds": _rounds(session),
        **_beside(session, officer_id, now),
    }


def _head(session: Session, officer_id: str, now: datetime) -> View:
    roles = sorted(roles_today(session).get(officer_id, ()))
    return {
        "legal_today": legal_day(now).isoformat(),
        "legal_now": iso(now),
        "officer": {"id": officer_id, "roles": roles} if officer_id else None,
    }


def _beside(session: Session, officer_id: str, now: datetime) -> View:
    """What stands beside the lists: what others took over from the officer, and what has no task."""
    found, taken = problems(session, now), taken_over_view(session, officer_id, PAGE)
    number = len(taken) if len(taken) < PAGE else number_taken_over(session, officer_id)
    return found | {"taken_over": taken, "numbers": found["numbers"] | {"taken_over": number}}


def _worklist(session: Session, directory: Directory, officer_id: str, chosen: Filter, now: datetime) -> Worklist:
    return Worklist(
        session, directory, Turn(officer_id, roles_today(session), standing_in(session, officer_id)), chosen, now
    )


def _told(session: Session, directory: Directory, officer_id: str, rows: Sequence[TaskRow]) -> list[View]:
    """The tasks with all that a list shows of them; what belongs to several is read once for all."""
    cases = _cases(session, {row.case_id for row in rows})
    shown = Shown(session, directory, sorted(cases))
    return [
        task_row(session, row, officer_id, shown)
        | {"case": row.case_id, "recipient": recipient_view(directory, cases[row.case_id])}
        for row in rows
    ]


def _cases(session: Session, case_ids: Iterable[str]) -> dict[str, Case]:
    return {case.id: case for case in session.exec(select(Case).where(col(Case.id).in_(sorted(case_ids))))}


def _rounds(session: Session) -> list[str]:
    """The newest rounds that there are cases of, by id."""
    newest = select(Case.line, Case.year).distinct().order_by(col(Case.year).desc(), col(Case.line)).limit(MOST_ROUNDS)
    return [round_id(line, year) for line, year in session.exec(newest)]
