"""An installation at the record whose inbox is fed by hand. Everybody in it is simulated."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import pikepdf
from sqlmodel import col, select

from activities.letters.correspondence import Correspondence, Post
from activities.mail_in.inbox import Inbox, Reader
from activities.mail_in.mail_sources import Arrived
from activities.sink.source import belongs
from models.tables import Contact, InboundMail, MailThread, Outbox, TaskRow
from models.tasks import TaskKind
from programmes.directory import Directory
from record.database.engine import Database
from record.files.mail_files import MailFiles
from record.inbound.acts import Consequences
from record.people import contacts
from tests.play import Play, letters, programmes

OURS = "wir@rp.example"
AUTHSERV = "mx.rp.example"
CASE = "wir-fm-2018-06631"


@dataclass
class Heap:
    """A mailbox whose mails are put there by a test. ``gone``: what was put away, in order."""

    name: str = "heap"
    mails: dict[str, bytes] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    largest: int = 35 * 1024 * 1024

    def arrived(self, known: Callable[[str], bool]) -> Iterator[Arrived]:
        """All that was not put away."""
        for ref, raw in list(self.mails.items()):
            yield Arrived(ref, raw, len(raw))

    def done(self, mail: Arrived) -> None:
        """Puts a mail away."""
        self.gone.append(mail.ref)
        self.mails.pop(mail.ref, None)

    def waits(self) -> bool:
        """Whether anything lies here."""
        return bool(self.mails)

    def close(self) -> None:
        """Nothing is open."""


def reading(db: Database, folder: Path, directory: Directory | None = None) -> tuple[MailFiles, Consequences, Reader]:
    """The parts that sort mail, put together as a worker does it."""
    writer = Correspondence(letters(), directory or programmes(), Post("http://127.0.0.1:1", OURS))
    files = MailFiles(folder / "files")
    consequences = Consequences(writer, lambda address: belongs(address, OURS), files.fit)
    return files, consequences, Reader(db, files, consequences, AUTHSERV)


class World:
    """A play with an inbox."""

    def __init__(self, db: Database, folder: Path, *, directory: Directory | None = None, year: int = 2018) -> None:
        self.db = db
        self.play = Play(db, directory=directory, year=year)
        self.files, self.consequences, self.reader = reading(db, folder, directory)
        self.heap = Heap()
        self.inbox = Inbox(db, self.heap, self.reader)
        self._numbers = count(1)

    # mail that comes in -------------------------------------------------------------------------

    def receive(self, *raws: bytes) -> None:
        """Lets mails arrive, be taken in, and everything come to rest."""
        for raw in raws:
            self.heap.mails[f"h{next(self._numbers)}"] = raw
        self.inbox.take_in()
        self.play.settle()

    def reply(self, text: str, to: Outbox, sender: str = "", **more: Any) -> bytes:
        """A reply to one of our mails, by its own reader unless somebody else is named. See :func:`written`."""
        with self.db.read() as session:
            key = session.exec(select(MailThread.key).where(MailThread.outbox_id == to.id)).one()
        headers = {"In-Reply-To": to.message_id, "References": to.message_id} | more.pop("headers", {})
        return written(
            text,
            sender or to.to,
            more.pop("recipient", f"wir+{key}@rp.example"),
            subject=more.pop("subject", f"Re: {to.subject}"),
            headers=headers,
            **more,
        )

    # looking ------------------------------------------------------------------------------------

    def sent(self, template: str = "") -> list[Outbox]:
        """Our mails of a template, or all, oldest first."""
        with self.db.read() as session:
            query = select(Outbox).order_by(col(Outbox.queued_at), col(Outbox.id))
            return list(session.exec(query.where(Outbox.template == template) if template else query))

    def came_in(self) -> list[InboundMail]:
        """All that was stored, oldest first."""
        with self.db.read() as session:
            return list(session.exec(select(InboundMail).order_by(col(InboundMail.stored_at), col(InboundMail.id))))

    def kinds(self) -> list[tuple[str, str]]:
        """Kind and reason of all that was stored."""
        return [(row.kind, row.reason) for row in self.came_in()]

    def task(self, kind: TaskKind) -> TaskRow:
        """The newest task of a kind."""
        with self.db.read() as session:
            query = select(TaskRow).where(TaskRow.kind == kind).order_by(col(TaskRow.opened_at).desc())
            return next(iter(session.exec(query)))

    def contact(self, recipient: str = "fulda-district") -> Contact:
        """The recipient's first contact."""
        with self.db.read() as session:
            return contacts(session, recipient)[0]

    def asked_for_items(self, case: str = CASE) -> Outbox:
        """An application with missing items; gives the mail that asks for them."""
        assert self.play.apply() == case
        assert self.play.answer(case, TaskKind.CHECK_COMPLETENESS, "incomplete") == ""
        return self.sent("items_request")[-1]


_NUMBERS = count(1)


def _pdf() -> bytes:
    """A sound document of one empty page."""
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(made, deterministic_id=True)
    return made.getvalue()


PDF = _pdf()


def written(
    text: str,
    sender: str,
    recipient: str = OURS,
    *,
    subject: str = "Nachricht",
    headers: dict[str, str] | None = None,
    files: tuple[tuple[str, bytes], ...] = (),
    verified: bool = False,
    message_id: str = "",
) -> bytes:
    """A mail as bytes. ``verified``: our own mail server found that the sender's domain is right."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Message-ID"] = message_id or f"<m{next(_NUMBERS)}@mail.example>"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    head = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
    if verified:
        domain = sender.rpartition("@")[2]
        head += f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}\r\n"
    return head.encode() + message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


__all__ = ["AUTHSERV", "CASE", "OURS", "PDF", "Heap", "World", "written"]
