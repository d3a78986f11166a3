"""The mail sink of the embedded mode: takes mail over SMTP on loopback, keeps it on disk, shows it in a browser.

One file a mail, written and synced before the server says 250; the same Message-ID to the same address is one
mail. Nothing ever leaves this machine.
"""

import email
import logging
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Lock
from typing import Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.letters.mime import LINK, digest
from models.mail.smtp import SmtpSecurity, SmtpServer

REFUSED: Final = "refused.txt"
_NAME = re.compile(r"(\d{6})-[0-9a-f]{32}\.eml")


@dataclass(frozen=True)
class SinkMail:
    """A mail in the mailbox. ``task_links`` and ``case_links`` as they stand in the text, first one first."""

    number: int
    to: str
    sender: str
    subject: str
    message_id: str
    date: datetime | None
    text: str
    html: str
    attachments: tuple[tuple[str, str], ...]
    reply_to: str = ""

    @property
    def task_links(self) -> tuple[str, ...]:
        """Links that open a task's form."""
        return tuple(link for link in _links(self.text) if "/t/" in link)

    @property
    def case_links(self) -> tuple[str, ...]:
        """Links of the standing case page."""
        return tuple(link for link in _links(self.text) if "/c/" in link)


class Mailbox:
    """The folder the mails lie in. Several objects, also in other processes, may read one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._parsed: dict[str, SinkMail] = {}  # a mail never changes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def mails(self, address: str | None = None) -> list[SinkMail]:
        """All mails, or those to one address, in the order they came."""
        found = (self._read(path) for path in self._paths())
        return [mail for mail in found if address is None or mail.to.casefold() == address.casefold()]

    def mail(self, number: int) -> SinkMail | None:
        """The mail with this number."""
        path = next(iter(self.folder.glob(f"{number:06d}-*.eml")), None)
        return self._read(path) if path else None

    def refuse(self, *addresses: str) -> None:
        """From now on mail to these addresses is refused for good (550), for simulated bounces."""
        with self._lock:
            self._write_refused(self.refused | {address.casefold() for address in addresses})

    def take_again(self, *addresses: str) -> None:
        """Mail to these addresses is taken again."""
        with self._lock:
            self._write_refused(self.refused - {address.casefold() for address in addresses})

    @property
    def refused(self) -> frozenset[str]:
        """Addresses that are refused, in lower case."""
        path = self.folder / REFUSED
        return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()

    def keep(self, sender: str, to: str, content: bytes) -> bool:
        """Writes one mail to disk and returns when it is safe there; False when it was there already."""
        headers = BytesHeaderParser(policy=policy.compat32).parsebytes(content)
        key = digest(f"{headers['Message-ID'] or digest(content)}\0{to.casefold()}".encode())[:32]
        with self._lock:
            names = sorted(path.name for path in self._paths())
            if any(name.endswith(f"{key}.eml") for name in names):
                return False
            number = int(names[-1][:6]) + 1 if names else 1
            head = f"Return-Path: <{sender}>\r\nDelivered-To: {to}\r\n".encode()
            self._write(self.folder / f"{number:06d}-{key}.eml", head + content)
        return True

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))

    def _write_refused(self, addresses: Iterable[str]) -> None:
        self._write(self.folder / REFUSED, "\n".join(sorted(addresses)).encode())

    def _write(self, path: Path, content: bytes) -> None:
        """All or nothing, on disk when it returns."""
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, path: Path) -> SinkMail:
        if path.name not in self._parsed:
            self._parsed[path.name] = self._parse(path)
        return self._parsed[path.name]

    def _parse(self, path: Path) -> SinkMail:
        message = email.message_from_bytes(path.read_bytes(), policy=policy.compat32)
        parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        bodies = [part for part in parts if part.get_content_disposition() != "attachment"]
        return SinkMail(
            number=int(path.name[:6]),
            to=_header(message, "Delivered-To"),
            sender=_header(message, "From"),
            subject=_header(message, "Subject"),
            message_id=_header(message, "Message-ID"),
            reply_to=_header(message, "Reply-To"),
            date=parsedate_to_datetime(message["Date"]) if message["Date"] else None,
            text=next((_text(part) for part in bodies if part.get_content_subtype() == "plain"), ""),
            html=next((_text(part) for part in bodies if part.get_content_subtype() == "html"), ""),
            attachments=tuple((part.get_filename() or "", _text(part)) for part in parts if part not in bodies),
        )


class MailSink:
    """The SMTP server in front of a mailbox. ``port`` 0 takes a free one; loopback only."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # below that aiosmtpd logs addresses, mails and keys
        self.mailbox = Mailbox(folder)
        self.on_mail: Callable[[], None] = lambda: None
        """Called, in a thread of its own, when a mail is safe."""
        self._controller = _Controller(_Handler(self), hostname=host, port=port, enable_SMTPUTF8=True)

    def start(self) -> SmtpServer:
        """Starts in a thread of its own and says where mail is to be handed over."""
        self._controller.start()
        return self.server

    def stop(self) -> None:
        """Stops taking mail; also where it never began."""
        self._controller.end()

    @property
    def server(self) -> SmtpServer:
        """Address for the mailroom."""
        return SmtpServer(host=self._controller.hostname, port=self._controller.port, security=SmtpSecurity.NEVER)

    def mails(self, address: str | None = None) -> list[SinkMail]:
        """All mails, or those to one address, in the order they came."""
        return self.mailbox.mails(address)


class _Controller(Controller):
    """Learns its port when it is free to choose."""

    def end(self) -> None:
        """Stops the thread; without one only the loop is closed, which was made for it."""
        if self._thread is not None:
            self.stop()
        elif not self.loop.is_closed():
            self.loop.close()

    def _trigger_server(self) -> None:
        sockets = getattr(self.server, "sockets", None)
        if self.port == 0 and sockets:
            self.port = sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Handler:
    """What the SMTP server asks for."""

    def __init__(self, sink: MailSink) -> None:
        self._sink, self._mailbox = sink, sink.mailbox

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.casefold() in self._mailbox.refused:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        for address in envelope.rcpt_tos:
            self._mailbox.keep(envelope.mail_from or "", address, content)
        self._sink.on_mail()
        return "250 2.0.0 kept"


def _header(message: Message, name: str) -> str:
    """A header as people read it, on one line."""
    return " ".join(str(make_header(decode_header(message[name]))).split()) if message[name] else ""


def _text(part: Message) -> str:
    raw = part.get_payload(decode=True)
    text = raw.decode(part.get_content_charset("utf-8"), "replace") if isinstance(raw, bytes) else ""
    return text.replace("\r\n", "\n")


def _links(text: str) -> list[str]:
    return [match.group(0) for match in LINK.finditer(text)]
