"""A letter on paper: what its cover says, where it goes by post, and where its posting is entered."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from sqlmodel import Session, col, select

from models.deadlines import legal_day
from models.programme import FundingLine
from models.recipients import Recipient
from models.tables import Case, Notice, Outbox, PostalAddress, Round, TaskRow
from models.tasks import TaskKind, TaskState
from record.database.clock import legal_now
from record.database.words import mail_text
from workflows.procedure.plan import COPY

View = dict[str, Any]


class Directory(Protocol):
    """Letter heads by line, and names of recipients."""

    def line(self, code: str, year: int) -> FundingLine:
        """A funding line of a year."""
        ...

    def recipient(self, identity: str, on: date) -> Recipient:
        """A recipient as it is called on a day."""
        ...


def enter_address(session: Session, recipient: str, lines: Sequence[str], source: str, by: str) -> PostalAddress:
    """Where a recipient gets its post from now on; what is so already is entered once."""
    text = "\n".join(lines)
    known = addresses(session, recipient)
    if known and (known[0].lines, known[0].source) == (text, source):
        return known[0]
    row = PostalAddress(recipient=recipient, lines=text, source=source, entered_at=legal_now(session), entered_by=by)
    session.add(row)
    session.flush()
    return row


def addresses(session: Session, recipient: str) -> list[PostalAddress]:
    """The postal addresses of a recipient (its identity), the one that counts first."""
    query = select(PostalAddress).where(PostalAddress.recipient == recipient)
    return list(session.exec(query.order_by(col(PostalAddress.id).desc())))


def address_view(row: PostalAddress) -> View:
    """``{lines, source, entered_at, entered_by}``."""
    about = {"lines": row.lines.splitlines(), "source": row.source}
    return about | {"entered_at": row.entered_at.isoformat(), "entered_by": row.entered_by}


def letter_view(session: Session, directory: Directory, letter_id: str) -> View | None:
    """A notice or a mail with what its cover says; none for anything else.

    ``{id, kind, text, at, channel, notified_on, case, file_number, key, name, authority, address, task}``; ``address``
    as :func:`address_view` has it, or none; ``task``: the open one that asks for the day of posting, or "".
    """
    notice = session.get(Notice, letter_id)
    mail = None if notice else session.get(Outbox, letter_id)
    if notice is not None:
        case = session.get_one(Case, notice.case_id)
        notified = notice.notified_on.isoformat() if notice.notified_on else ""
        about = {"kind": notice.kind, "title": "", "text": notice.body, "at": notice.signed_at.isoformat()}
        about |= {"channel": notice.channel, "notified_on": notified}
        return {"id": notice.id} | about | _of_case(session, directory, case, letter_id)
    if mail is None:
        return None
    about = {"kind": "mail", "title": mail.subject, "text": mail_text(mail.mime), "at": mail.queued_at.isoformat()}
    about |= {"channel": "mail", "notified_on": ""}
    found = session.get(Case, mail.case_id) if mail.case_id else None
    cover = _of_case(session, directory, found, letter_id) if found else _of_round(session, directory, mail)
    return {"id": mail.id} | about | cover


def _of_case(session: Session, directory: Directory, case: Case, letter_id: str) -> View:
    body = directory.recipient(case.recipient, legal_day(case.opened_at))
    cover = _cover(session, directory.line(case.line, case.year), body)
    return cover | {
        "case": case.id,
        "file_number": case.file_number or case.id,
        "task": _posting(session, case.id, letter_id),
    }


def _of_round(session: Session, directory: Directory, mail: Outbox) -> View:
    """Of a mail that belongs to no case yet: an invitation."""
    task = session.get(TaskRow, mail.task_id) if mail.task_id else None
    found = session.get(Round, task.round_id) if task else None
    body = directory.recipient(mail.recipient, legal_day(mail.queued_at))
    line = directory.line(found.line, found.year) if found else None
    return _cover(session, line, body) | {"case": "", "file_number": found.id if found else "", "task": ""}


def _cover(session: Session, line: FundingLine | None, body: Recipient) -> View:
    known = addresses(session, body.identity)
    return {
        "key": body.key,
        "name": body.name,
        "authority": line.authority.splitlines() if line else [],
        "address": address_view(known[0]) if known else None,
    }


def _posting(session: Session, case_id: str, letter_id: str) -> str:
    """The open task that asks for the day on which a letter was posted."""
    query = select(TaskRow).where(
        TaskRow.case_id == case_id, TaskRow.kind == TaskKind.FIX_DELIVERY, TaskRow.state == TaskState.OPEN
    )
    found = session.exec(query)
    return next((row.id for row in found if letter_id in row.subject.removesuffix(COPY).split("|")), "")
