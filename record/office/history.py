"""Who changed what of the office's people when: the stored changes themselves, refused ones included."""

from typing import Any

from sqlmodel import Session, col, select

from models.commands import CommandKind
from models.tables import CommandRow

Json = dict[str, Any]


def history(session: Session, recipient: str = "") -> list[Json]:
    """``{command, at, by, change, content, state, reason, details}`` of each change, the latest first.

    Of the authority's people; with a ``recipient`` (its identity) of its contacts.
    """
    rows = session.exec(
        select(CommandRow)
        .where(CommandRow.case_id == "", CommandRow.kind == CommandKind.OFFICE)
        .order_by(col(CommandRow.received_at).desc(), col(CommandRow.stored_at).desc())
    )
    return [told(row) for row in rows if row.content.get("recipient", "") == recipient]


def told(row: CommandRow) -> Json:
    """One change as :func:`history` tells it."""
    return {
        "command": row.id,
        "at": row.received_at.isoformat(),
        "by": f"{row.actor_kind}:{row.actor_id}",
        "change": row.choice,
        "content": row.content,
        "state": row.state,
        "reason": row.reason,
        "details": dict(row.details or {}),
    }
