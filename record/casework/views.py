"""Who takes care of what, and notes, as plain values; and both as events of a case's history."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.tables import CaseNote, CommandRow, Intake, TaskHolding, TaskRow
from record.casework.holding import taken_over
from record.casework.intake import came_view
from record.casework.notes import notes

View = dict[str, Any]


def taken_view(row: TaskHolding | None, task: TaskRow, today: date) -> View:
    """``{taken, resting}`` of a task: who takes care of it since when, and whether it is out of the way until a day."""
    if row is None:
        return {"taken": None, "resting": False}
    until = row.until.isoformat() if row.until else ""
    put_off = row.until is not None and row.until > today and not task.late
    taken = {"officer": row.holder, "since": row.since.isoformat(), "act": row.act, "by": row.by, "before": row.before}
    return {"taken": taken | {"until": until, "reason": row.reason}, "resting": put_off}


def taken_over_view(session: Session, officer_id: str, most: int) -> list[View]:
    """What others took over from an officer, the newest ones: ``{task, kind, case, by, at}``."""
    found = taken_over(session, officer_id, most) if officer_id else []
    return [
        {"task": task.id, "kind": task.kind, "case": task.case_id, "by": row.by, "at": row.at.isoformat()}
        for row, task in found
    ]


def notes_view(session: Session, case_id: str) -> list[View]:
    """``[{no, at, by, text, corrects, corrected_by}]``, oldest first; 0 where none corrects or is corrected."""
    rows = notes(session, case_id)
    corrected = {row.corrects: row.no for row in rows if row.corrects is not None}
    return [_note(row) | {"corrected_by": corrected.get(row.no, 0)} for row in rows]


def _note(row: CaseNote) -> View:
    return {"no": row.no, "at": row.at.isoformat(), "by": row.by, "text": row.text, "corrects": row.corrects or 0}


def told(session: Session, case_id: str, timeline: Sequence[View]) -> list[View]:
    """A case's history with what officers shared and noted, each at its time."""
    rows = session.exec(
        select(TaskHolding, TaskRow.kind)
        .join(TaskRow, col(TaskRow.id) == col(TaskHolding.task_id))
        .where(TaskHolding.case_id == case_id)
    )
    events = [_event(row, kind) for row, kind in rows]
    came = session.exec(
        select(Intake, TaskRow.kind)
        .join(CommandRow, col(CommandRow.id) == col(Intake.command_id))
        .join(TaskRow, col(TaskRow.id) == col(CommandRow.task_id))
        .where(Intake.case_id == case_id)
    )
    events += [_recorded(row, kind) for row, kind in came]
    events += [_noted(one) for one in notes_view(session, case_id)]
    return _between(timeline, sorted(events, key=lambda event: str(event["at"])))


def _event(row: TaskHolding, kind: str) -> View:
    until = {"until": row.until.isoformat()} if row.until else {}
    about = {"kind": kind, "task": row.task_id, "to": row.holder, "before": row.before if row.before != row.by else ""}
    event: View = {"at": row.at.isoformat(), "what": f"casework.{row.act}", "who": f"officer:{row.by}"}
    return event | about | until | ({"reason": row.reason} if row.reason else {})


def _recorded(row: Intake, kind: str) -> View:
    event: View = {"at": row.at.isoformat(), "what": "casework.recorded", "who": f"officer:{row.by}", "kind": kind}
    found = came_view(row)
    return event | {"channel": row.channel, "received": found["received_on"], "taken": row.taken_by}


def _noted(note: Mapping[str, Any]) -> View:
    event: View = {"at": note["at"], "what": "casework.note", "who": f"officer:{note['by']}", "number": note["no"]}
    return event | ({"corrects": note["corrects"]} if note["corrects"] else {}) | {"reason": note["text"]}


def _between(steps: Sequence[View], events: Sequence[View]) -> list[View]:
    """The steps in their own order, and before each the events that are older."""
    found: list[View] = []
    left = list(events)
    for step in steps:
        while left and left[0]["at"] < step["at"]:
            found.append(left.pop(0))
        found.append(step)
    return found + left
