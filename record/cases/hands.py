"""Who answered what: the four-eyes principle as lists show it. The record itself checks it anew with each answer."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel import Session, col, select

from models.errors import Code
from models.tables import Officer, TaskRow
from models.tasks import TaskKind, TaskState
from workflows.lifecycle import GRANT

Hands = dict[tuple[str, str], str]
"""By case and kind of task, who answered it last (officer id, recipient key)."""


def hands(session: Session, case_ids: Collection[str]) -> Hands:
    """Who answered each kind of task last in these cases."""
    rows = session.exec(
        select(TaskRow.case_id, TaskRow.kind, TaskRow.closed_by)
        .where(col(TaskRow.case_id).in_(case_ids), TaskRow.state == "answered")
        .order_by(col(TaskRow.closed_at), col(TaskRow.id))
    )
    return {(case_id, kind): by for case_id, kind, by in rows}


def barred(row: TaskRow, known: Hands) -> set[str]:
    """Who did what this task has to check, and so may not answer it."""
    return {known.get((row.case_id, str(first)), "") for first in GRANT.not_by(TaskKind(row.kind))}


def how_ended(session: Session, task_id: str) -> dict[str, str]:
    """By whom, when and with what a task ended: details for who comes late. Nothing for one that is open, or none.

    ``by``: the name of an officer; nothing where the municipality, the bank or a date ended it.
    """
    task = session.get(TaskRow, task_id)
    if task is None or task.closed_at is None:
        return {}
    officer = session.get(Officer, task.closed_by)
    told = {"task": task.id, "by": officer.name if officer else ""}
    if task.state != TaskState.ANSWERED:
        return told | {"ended_at": task.closed_at.isoformat()}
    answer = f"{task.kind}.{task.choice}" if task.choice else ""
    return told | {"answered_at": task.closed_at.isoformat(), "answer": answer}


def explained(session: Session, code: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """Details of a refusal; who comes too late for a task is told who was there before."""
    late = how_ended(session, str(details.get("task", ""))) if code == Code.TASK_CLOSED else {}
    return {**details, **late}
