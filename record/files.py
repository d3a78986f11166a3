"""Uploaded files in the record: what lies in the store, under which hash. The bytes themselves are on disk."""

from collections.abc import Iterable

from sqlmodel import Session

from models.answers import FileRef
from models.tables import StoredFile
from record.clock import legal_now


def remember(session: Session, files: Iterable[FileRef]) -> None:
    """Notes files that an answer brings, each hash once; the name it came with first stays."""
    for one in files:
        if session.get(StoredFile, one.sha256) is None:
            session.add(StoredFile(**one.model_dump(), stored_at=legal_now(session)))
            session.flush()
