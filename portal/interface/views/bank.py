"""A rehearsal of bank evidence: the file is read and matched, nothing is stored."""

from typing import Any

from sqlmodel import Session, select

from gateway.evidence import read_evidence
from models.tables import Order, TaskRow
from models.tasks import TaskKind
from record.database.engine import Database


def look_at(db: Database, text: str) -> dict[str, Any]:
    """How many lines there are and which references belong to no case. Raises ``RefusedError`` for a bad file."""
    _, entries = read_evidence(text)
    with db.read() as session:
        unmatched = [entry.reference for entry in entries if not _known(session, entry.reference)]
    return {"dry_run": True, "lines": len(entries), "unmatched": unmatched}


def _known(session: Session, reference: str) -> bool:
    if session.get(Order, reference) is not None:
        return True
    claim = select(TaskRow.id).where(TaskRow.kind == TaskKind.REPAY, TaskRow.subject == reference)
    return session.exec(claim).first() is not None
