"""Uploaded files in the record: what lies in the store, under which hash. The bytes themselves are on disk."""

from collections.abc import Iterable

from sqlmodel import Session, select

from models.content.answers import FileRef
from models.tables import Draft, StoredFile
from record.database.clock import legal_now


def remember(session: Session, files: Iterable[FileRef]) -> None:
    """Notes files that an answer brings, each hash once; the name it came with first stays."""
    for one in files:
        if session.get(StoredFile, one.sha256) is None:
            session.add(StoredFile(**one.model_dump(), stored_at=legal_now(session)))
            session.flush()


def needed(session: Session) -> frozenset[str]:
    """Hashes of all files that an answer or a draft names; nothing else is ever asked for again."""
    answers = session.exec(select(StoredFile.sha256))
    drafts = session.exec(select(Draft.files))
    return frozenset(answers) | {str(one["sha256"]) for files in drafts for one in files}
