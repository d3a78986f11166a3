"""Files of replies by mail go the way of uploads: the same store, the same checks, the same limits."""

import io
from pathlib import Path

from models.content.answers import FileRef
from record.files.uploads import FileStore, UploadError, fitting


class MailFiles:
    """Takes files of mails into the store below one folder. Blocks: call from a thread."""

    def __init__(self, folder: Path) -> None:
        self._store = FileStore(folder)

    def add(self, name: str, data: bytes) -> FileRef | None:
        """Takes a file in; none when it is not taken."""
        try:
            return self._store.add(name, io.BytesIO(data))
        except UploadError:
            return None

    def fit(self, files: tuple[FileRef, ...]) -> tuple[FileRef, ...]:
        """As many of the files, first ones first, as one answer may have."""
        taken: tuple[FileRef, ...] = ()
        for one in files:
            try:
                taken = fitting((*taken, one))
            except UploadError:
                continue
        return taken
