"""Files of answers, as officers read of them: name, type, size and hash. What is in them is shown by nobody here."""

import re
from collections.abc import Collection
from typing import Any, Final

from sqlmodel import Session, col, select

from models.tables import CommandRow, Intake, StoredFile
from record.casework.intake import intakes

SHORTEST: Final = 12
"""Characters of a hash that lists show, and the fewest by which a file may be named."""
_HASH: Final = re.compile(r"[0-9a-f]{12,64}")


def files_of(session: Session, case_id: str) -> list[dict[str, Any]]:
    """The files of a case's answers, in the order they came."""
    rows = session.exec(
        select(CommandRow).where(CommandRow.case_id == case_id).order_by(col(CommandRow.received_at), CommandRow.id)
    )
    found: list[dict[str, Any]] = []
    came = intakes(session, [case_id])
    for row in rows:
        content = row.content.get("application", row.content)
        for one in content.get("files") or ():
            about = {name: one[name] for name in ("sha256", "name", "size", "media_type")}
            found.append(about | {"at": row.received_at.isoformat(), "task": row.task_id})
        found += _scan(session, row, came.get(row.id), {one["sha256"] for one in found})
    return found


def _scan(session: Session, row: CommandRow, came: Intake | None, known: Collection[str]) -> list[dict[str, Any]]:
    """The sheet from which an officer recorded an answer, where it is not among the answer's files."""
    if came is None or came.scan_sha256 is None or came.scan_sha256 in known:
        return []
    file = session.get_one(StoredFile, came.scan_sha256)
    about = {"sha256": file.sha256, "name": came.scan_name, "size": file.size, "media_type": file.media_type}
    return [about | {"at": row.received_at.isoformat(), "task": row.task_id}]


def file_view(session: Session, wanted: str) -> dict[str, Any] | None:
    """One stored file by its hash or by how it begins; none where that names none, or more than one."""
    if _HASH.fullmatch(wanted) is None:
        return None
    rows = list(session.exec(select(StoredFile).where(col(StoredFile.sha256).startswith(wanted)).limit(2)))
    if len(rows) != 1:
        return None
    row = rows[0]
    return {
        "id": row.sha256,
        "kind": "file",
        "title": row.name,
        "text": "",
        "sha256": row.sha256,
        "size": row.size,
        "media_type": row.media_type,
    }
