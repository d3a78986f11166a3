"""Officers and mail that came in: the prepared answer they make of it, its files, and the note that settles it."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from activities.mail_in.inbox import Reader
from models.errors import Code, RefusedError
from models.tables import InboundMail
from models.tasks import TaskKind
from record.cases.hands import how_ended
from record.inbound.acts import Consequences
from record.inbound.answers import FREE_TEXT, Words, open_for
from record.views.inbound import found, settle


@dataclass(frozen=True)
class Part:
    """A file of a mail, unchecked, under the name the mail gives it."""

    name: str
    data: bytes


class InboxDesk:
    """What officers do with mails. Works inside the caller's transaction; all methods block."""

    def __init__(self, reader: Reader, consequences: Consequences) -> None:
        self._reader, self._consequences = reader, consequences

    def note(self, session: Session, mail_id: str, officer_id: str, text: str) -> dict[str, Any]:
        """Settles a mail as seen. Raises ``RefusedError``."""
        row = settle(session, mail_id, officer_id, f"note: {text}")
        return {"mail": row.id, "settlement": row.settlement, "case": row.case_id}

    def prepare(self, session: Session, mail_id: str, officer_id: str, task_id: str) -> dict[str, Any]:
        """Makes a mail the prepared answer to an open task of a municipality; the clerk confirms. ``RefusedError``."""
        task = open_for(session, task_id)
        if task is None:
            raise RefusedError(Code.TASK_CLOSED, **{"task": task_id, **how_ended(session, task_id)})
        if TaskKind(task.kind) not in FREE_TEXT:
            raise RefusedError(Code.NEEDS_FORM, task=task_id)
        row = settle(session, mail_id, officer_id, f"task: {task.id}")
        prepared = self._consequences.prepare_for(session, row, task, self._words(row), row.sender)
        row.case_id, row.task_id = row.case_id or task.case_id, row.task_id or task.id
        session.add(row)
        return {"mail": row.id, "task": task.id, "kind": task.kind, "case": task.case_id, "left_out": prepared.left_out}

    def raw(self, session: Session, mail_id: str) -> Part:
        """The mail as it came."""
        row = found(session, mail_id)
        return Part(f"{row.id[:8]}.eml", row.raw)

    def file(self, session: Session, mail_id: str, number: int) -> Part:
        """The file with this number (from 1). Raises ``RefusedError`` (``unknown_inbound``)."""
        files = self._reader.read(found(session, mail_id).raw).attachments
        if not 1 <= number <= len(files):
            raise RefusedError(Code.UNKNOWN_INBOUND, mail=f"{mail_id}/{number}")
        return Part(files[number - 1].name, files[number - 1].data)

    def _words(self, row: InboundMail) -> Words:
        mail = self._reader.read(row.raw)
        words = self._reader.words(mail)
        return Words(words.text or mail.text, words.files, words.left_out)
