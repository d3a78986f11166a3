"""Mail that came in, in the record: stored before anything is done with it, sorted once, settled once.

Two commits: the first keeps the raw bytes, the second sorts them and does what follows. Both may be repeated, by
one process or by several, and have one effect.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.mail.inbound import KnownContact, MailKind, ParsedMail, Thread
from models.mail.orders import Template
from models.tables import Case, Contact, InboundMail, MailThread, Outbox, TaskRow
from models.tasks import Role, TaskState
from record.cases.commands import new_id
from record.database.clock import legal_now, legal_today
from record.people import is_valid

REPEATED_WITHIN: Final = timedelta(days=30)
"""The same words of the same sender in the same matter again within this time are one message."""

_TURN: Final = 0x57495203
"""Advisory lock of PostgreSQL: mails are sorted one at a time, so that the second sees what the first did."""


@dataclass(frozen=True)
class Kept:
    """A mail that is safe in the record. ``waits``: it has not been sorted yet."""

    id: str
    waits: bool


def keep(session: Session, raw: bytes, source: str, ref: str, *, size: int = 0, cut: bool = False) -> Kept:
    """Stores a mail's bytes, or finds them: the same bytes are one mail. ``cut``: ``raw`` holds the headers alone."""
    digest = hashlib.sha256(raw).hexdigest()
    known = session.exec(select(InboundMail.id, InboundMail.kind).where(InboundMail.sha256 == digest)).first()
    if known is not None:
        return Kept(known[0], waits=not known[1])
    row = InboundMail(
        id=new_id(),
        sha256=digest,
        raw=raw,
        source=source,
        source_ref=ref,
        received_at=legal_now(session),
        stored_at=datetime.now(UTC),
        facts={"size": size or len(raw)} | ({"cut": True} if cut else {}),
    )
    session.add(row)
    session.flush()
    return Kept(row.id, waits=True)


def unsorted(session: Session) -> list[str]:
    """Mails that are stored and not sorted yet, oldest first."""
    query = select(InboundMail.id).where(InboundMail.kind == "").order_by(col(InboundMail.stored_at))
    return list(session.exec(query))


def refs(session: Session, source: str) -> set[str]:
    """Where the mails of a source lay that are sorted already."""
    query = select(InboundMail.source_ref).where(InboundMail.source == source, InboundMail.kind != "")
    return set(session.exec(query))


def in_turn(session: Session) -> None:
    """Lets nobody else sort until the transaction ends. On SQLite a writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURN})


def identity(mail: ParsedMail, raw: bytes) -> str:
    """By what the same mail is known again that came by another way: its Message-ID, else its own part of the bytes."""
    if mail.message_id:
        return mail.message_id[:500]
    about = f"{mail.sender}\0{mail.date}\0{mail.subject}".encode() + body_of(raw)
    return f"<none.{hashlib.sha256(about).hexdigest()[:32]}>"


def body_of(raw: bytes) -> bytes:
    """What stands below a mail's headers: the part that no server on the way changes."""
    plain = raw.replace(b"\r\n", b"\n")
    return plain.partition(b"\n\n")[2].strip()


def earlier(session: Session, row: InboundMail) -> InboundMail | None:
    """The mail of the same identity and sender that was sorted before this one."""
    query = select(InboundMail).where(
        InboundMail.message_id == row.message_id,
        InboundMail.sender == row.sender,
        InboundMail.id != row.id,
        InboundMail.kind != "",
    )
    return session.exec(query.order_by(col(InboundMail.stored_at))).first()


def said_before(session: Session, row: InboundMail) -> bool:
    """Whether the same sender has written the same words in the same matter lately, and a file came with neither."""
    if not row.text or row.facts.get("files"):
        return False
    query = select(InboundMail).where(
        InboundMail.sender == row.sender,
        InboundMail.text == row.text,
        InboundMail.case_id == row.case_id,
        InboundMail.task_id == row.task_id,
        InboundMail.id != row.id,
        col(InboundMail.kind).in_((MailKind.ANSWER, MailKind.TRIAGE)),
        col(InboundMail.received_at) > legal_now(session) - REPEATED_WITHIN,
    )
    return session.exec(query.limit(1)).first() is not None


def feedback(session: Session, row: InboundMail) -> Outbox | None:
    """Our own mail about the clerks' pages that this one is by its id: back from the mailbox it was sent to."""
    query = select(Outbox).where(Outbox.message_id == row.message_id, Outbox.template == Template.PORTAL_FEEDBACK)
    return session.exec(query).first()


def waiting_of(session: Session, row: InboundMail) -> int:
    """How many mails of the same sender in the same matter wait for an officer."""
    query = select(func.count()).where(
        InboundMail.sender == row.sender,
        InboundMail.case_id == row.case_id,
        InboundMail.task_id == row.task_id,
        InboundMail.kind == MailKind.TRIAGE,
        col(InboundMail.settled_at).is_(None),
    )
    return session.exec(query).one()


class Names:
    """What correlating asks of the record."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_reply_key(self, key: str) -> Thread | None:
        """The mail whose reply or envelope address holds this key."""
        row = self._session.get(MailThread, key)
        if row is None:
            return None
        return Thread(
            outbox_id=row.outbox_id,
            case_id=row.case_id,
            task_id=row.task_id,
            recipient=row.recipient,
            contact_id=row.contact_id,
        )

    def by_envelope_id(self, envelope_id: str) -> Thread | None:
        """The mail that was sent under this envelope id."""
        return self.by_reply_key(envelope_id.lower()) or _thread(self._session.get(Outbox, envelope_id))

    def by_message_id(self, message_id: str) -> Thread | None:
        """The mail with this Message-ID."""
        return _thread(self._session.exec(select(Outbox).where(Outbox.message_id == message_id)).first())

    def by_case_number(self, case_id: str) -> Thread | None:
        """The case with this number, and its open clerk task if there is exactly one."""
        case = self._session.get(Case, case_id)
        if case is None:
            return None
        tasks = open_clerk_tasks(self._session, case_id)
        return Thread(case_id=case.id, recipient=case.recipient, task_id=tasks[0].id if len(tasks) == 1 else "")

    def contacts(self, address: str) -> tuple[KnownContact, ...]:
        """The valid contacts with this address."""
        today = legal_today(self._session)
        found = self._session.exec(
            select(Contact).where(func.lower(Contact.email) == address).order_by(col(Contact.rank), col(Contact.id))
        )
        return tuple(
            KnownContact(contact_id=one.id, recipient=one.recipient)
            for one in found
            if one.id is not None and is_valid(one, today)
        )


def open_clerk_tasks(session: Session, case_id: str) -> list[TaskRow]:
    """What the municipality owes in a case now."""
    query = select(TaskRow).where(
        TaskRow.case_id == case_id, TaskRow.state == TaskState.OPEN, TaskRow.owner == Role.APPLICANT
    )
    return list(session.exec(query.order_by(col(TaskRow.due_at), col(TaskRow.id))))


def _thread(row: Outbox | None) -> Thread | None:
    if row is None or not row.recipient:  # a mail to an officer belongs to no municipality
        return None
    return Thread(
        outbox_id=row.id,
        case_id=row.case_id,
        task_id=row.task_id,
        recipient=row.recipient,
        contact_id=row.contact_id,
    )


def listed(files: Iterable[Any]) -> list[dict[str, Any]]:
    """The files of a mail as facts: number, name, type and size, as the mail claims them."""
    return [
        {"no": number, "name": one.name, "media_type": one.media_type, "size": len(one.data)}
        for number, one in enumerate(files, 1)
    ]
