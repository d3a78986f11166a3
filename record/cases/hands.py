"""Who answered what: the four-eyes principle as lists show it. The record itself checks it anew with each answer."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from models.tables import TaskRow
from models.tasks import TaskKind
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
