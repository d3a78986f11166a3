"""An answer of a municipality that an officer records from paper or a call: by which way it came, and who took it.

The answer is the municipality's; the officer stands beside it, on record for good.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from models.content.answers import FileRef
from models.content.intake import Channel, Proof, lacking
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.tables import CommandRow, Intake, TaskRow
from models.tasks import TASKS, TaskKind, TaskState
from record.cases.hands import how_ended
from record.database.clock import legal_now
from record.files.rows import remember
from workflows.lifecycle import GRANT

View = dict[str, Any]
WHY: Final = {
    Proof.SCAN: Code.SCAN_MISSING,
    Proof.SIGNED: Code.SIGNATURE_MISSING,
    Proof.NEVER: Code.NOT_BY_TELEPHONE,
}


@dataclass(frozen=True)
class Came:
    """How something came. ``taken_by``: who took the letter or the call; ``by``: the officer who records it."""

    channel: Channel
    received_on: date
    taken_by: str
    by: str
    scan: FileRef | None = None
    signed: bool = False


def may_record(session: Session, task_id: str, came: Came, command_id: str) -> str:
    """The choice by which this answers an open task of the municipality. Raises ``RefusedError``.

    An answer that is recorded already under its number is not judged again.

    Codes: ``unknown_task``, ``task_closed``, ``wrong_role`` for a task of the authority, ``in_future``, and what the
    way needs (:func:`models.content.intake.needed`).
    """
    task = session.get(TaskRow, task_id)
    if task is None:
        raise RefusedError(Code.UNKNOWN_TASK, task=task_id)
    kind = TaskKind(task.kind)
    if not GRANT.is_clerks(kind) or not TASKS[kind].choices:
        raise RefusedError(Code.WRONG_ROLE, role=GRANT.owner(kind))
    ((choice, form),) = TASKS[kind].choices.items()
    if session.get(Intake, command_id) is not None:
        return choice
    if task.state != TaskState.OPEN:
        raise RefusedError(Code.TASK_CLOSED, **{"task": task_id, **how_ended(session, task_id)})
    if came.received_on > legal_day(legal_now(session)):
        raise RefusedError(Code.IN_FUTURE, day=came.received_on.isoformat())
    missing = lacking(form.content, came.channel, scan=came.scan is not None, signed=came.signed)
    if missing is not Proof.NOTHING:
        raise RefusedError(WHY[missing])
    return choice


def remember_way(session: Session, command: CommandRow, came: Came) -> None:
    """Puts beside a stored answer how it came; once."""
    if session.get(Intake, command.id) is not None:
        return
    if came.scan is not None:
        remember(session, (came.scan,))
    session.add(
        Intake(
            command_id=command.id,
            case_id=command.case_id,
            channel=came.channel,
            received_on=came.received_on,
            scan_sha256=came.scan.sha256 if came.scan else None,
            scan_name=came.scan.name if came.scan else "",
            signed=came.signed,
            taken_by=came.taken_by,
            by=came.by,
            at=legal_now(session),
            stored_at=datetime.now(UTC),
        )
    )
    session.flush()


def intakes(session: Session, case_ids: Collection[str]) -> dict[str, Intake]:
    """What was recorded from paper or a call in some cases, by command."""
    rows = session.exec(select(Intake).where(col(Intake.case_id).in_(case_ids)))
    return {row.command_id: row for row in rows}


def came_view(row: Intake) -> View:
    """``{channel, received_on, taken_by, by, at, signed, scan}``; ``scan``: hash and name, none where there is none."""
    scan = {"sha256": row.scan_sha256, "name": row.scan_name} if row.scan_sha256 else None
    about = {"channel": row.channel, "received_on": row.received_on.isoformat(), "taken_by": row.taken_by}
    return about | {"by": row.by, "at": row.at.isoformat(), "signed": row.signed, "scan": scan}
