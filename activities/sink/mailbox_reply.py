"""Replies written in the sink's mailbox pages, embedded mode only: a simulated person answers a mail.

The reply is a mail like any other: built with the headers a mail program sets, handed to the sink over SMTP, and
taken in by the inbox. Nothing leaves this machine.
"""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from activities.letters.mime import envelope_address, one_line
from activities.sink.server import SinkMail
from models.mail.smtp import SmtpServer

MOST_FILES = 10
TIMEOUT = 10.0


@dataclass(frozen=True)
class Attached:
    """A file to send along."""

    name: str
    data: bytes


def reply_to(mail: SinkMail, text: str, files: Sequence[Attached] = ()) -> EmailMessage:
    """A reply as a mail program writes it: to the reply address, below its thread, with the old text quoted.

    Raises ``ValueError`` when the mail names no address to answer to.
    """
    reply = EmailMessage(policy=SMTP)
    reply["From"] = envelope_address(mail.to)
    reply["To"] = _address(mail.reply_to or mail.sender)
    subject = one_line(mail.subject)
    reply["Subject"] = subject if subject.lower().startswith(("re:", "aw:")) else f"AW: {subject}"
    reply["Date"] = format_datetime(datetime.now(UTC))
    reply["Message-ID"] = make_msgid(domain=mail.to.rpartition("@")[2] or "simulated.example")
    if mail.message_id:
        reply["In-Reply-To"] = reply["References"] = one_line(mail.message_id)
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    when = mail.date.strftime("%d.%m.%Y um %H:%M") if mail.date else ""
    reply.set_content(f"{text.strip()}\n\nAm {when} schrieb {one_line(mail.sender)}:\n{quoted}\n")
    for one in files:
        reply.add_attachment(one.data, maintype="application", subtype="octet-stream", filename=one_line(one.name))
    return reply


def _address(shown: str) -> str:
    """The address alone, of a header as people read it: a name before it may look like further addresses."""
    return envelope_address(shown.rpartition("<")[2].removesuffix(">"))


def hand_over(server: SmtpServer, reply: EmailMessage) -> None:
    """Hands a reply to the sink. Blocks; raises ``OSError`` or ``smtplib.SMTPException``."""
    with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT) as client:
        client.send_message(reply)
