"""Notes on a case: text, author and time, never changed. A later note corrects an earlier one; both stay."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from models.errors import Code, RefusedError
from models.tables import Case, CaseNote
from record.cases.commands import new_id
from record.database.clock import legal_now


@dataclass(frozen=True)
class NewNote:
    """What an officer wants to be known. ``corrects``: number of an earlier note; ``command_id``: twice is once."""

    case_id: str
    by: str
    text: str
    corrects: int | None = None
    command_id: str = ""


def write(session: Session, new: NewNote) -> CaseNote:
    """Adds a note. Raises ``RefusedError``: ``unknown_case``, ``unknown_note``, ``bad_content``."""
    if session.get(Case, new.case_id, with_for_update=True) is None:
        raise RefusedError(Code.UNKNOWN_CASE, case=new.case_id)
    known = session.get(CaseNote, new.command_id) if new.command_id else None
    if known is not None:
        if (known.case_id, known.by, known.text, known.corrects) != (new.case_id, new.by, new.text, new.corrects):
            raise RefusedError(Code.BAD_CONTENT, field="command_id")
        return known
    last = len(notes(session, new.case_id))
    if new.corrects is not None and not 0 < new.corrects <= last:
        raise RefusedError(Code.UNKNOWN_NOTE, number=new.corrects)
    row = CaseNote(
        command_id=new.command_id or new_id(),
        case_id=new.case_id,
        no=last + 1,
        text=new.text,
        corrects=new.corrects,
        by=new.by,
        at=legal_now(session),
        stored_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return row


def notes(session: Session, case_id: str) -> list[CaseNote]:
    """The notes of a case in the order they were written."""
    return list(session.exec(select(CaseNote).where(CaseNote.case_id == case_id).order_by(col(CaseNote.no))))
