"""Drafts of answers: what was typed so far, or what a reply prepared. A draft decides nothing and ends with its task.

Saving locks the task's row, so a draft is never left behind by the transaction that closes the task meanwhile.
"""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import Session, col

from models.content.answers import FileRef
from models.tables import Draft, TaskRow
from models.tasks import TaskState
from record.database.clock import legal_now


def load(session: Session, task_id: str) -> Draft | None:
    """The draft of a task, if there is one."""
    return session.get(Draft, task_id)


def save(
    session: Session,
    task_id: str,
    raw: dict[str, str],
    files: Sequence[FileRef],
    *,
    source: str = "portal",
    inbound_id: str = "",
) -> bool:
    """Replaces the task's draft; true when something was written.

    Nothing is written for a task that is not open, when text and files are what is stored already, and when both
    are empty and there is no draft. ``raw``: text as typed, by field.
    """
    task = session.get(TaskRow, task_id, with_for_update=True)
    if task is None or task.state != TaskState.OPEN:
        return False
    draft = session.get(Draft, task_id)
    wanted = [one.model_dump(mode="json") for one in files]
    if (raw, wanted) == ((draft.raw, draft.files) if draft else ({}, [])):
        return False
    draft = draft or Draft(task_id=task_id, updated_at=legal_now(session))
    draft.raw, draft.files = dict(raw), wanted
    draft.source, draft.inbound_id = source, inbound_id
    draft.updated_at = legal_now(session)
    session.add(draft)
    session.flush()
    return True


def clear(session: Session, *task_ids: str) -> None:
    """Removes the drafts of these tasks, if there are any."""
    session.execute(delete(Draft).where(col(Draft.task_id).in_(task_ids)))
