"""Mail as bytes: headers nobody can inject into, fixed boundaries, links that can be taken out again.

The same input gives the same bytes, so a mail sent twice is the same mail to the receiver (one Message-ID).
"""

import email
import hashlib
import quopri
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

BERLIN: Final = ZoneInfo("Europe/Berlin")
LONGEST_NAME: Final = 100
"""Characters of a person's or an authority's name that a header shows; the rest is cut."""
LONGEST_FILE_NAME: Final = 60
"""Characters of an attachment's name, and of its ending; the rest is cut."""
LINK: Final = re.compile(r"(https?://[^\s/<>\"]+/[tc]/)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
"""A task link (``/t/``) or the link of the standing case page (``/c/``): the last part is a key."""

_SOFT: Final = rb"(?:=\r\n)?"
_ENCODED_LINK: Final = re.compile(
    _SOFT.join((rb"(h", rb"t", rb"t", rb"ps?", rb":", rb"/", rb"/(?:=\r\n|[^\s/<>\"])+/", rb"[tc]", rb"/)"))
    + _SOFT.join([rb"", *[rb"[A-Za-z0-9_-]"] * 43])
    + rb"(?!(?:=\r\n)?[A-Za-z0-9_-])"
)
"""The same in quoted-printable, where a soft line break may stand anywhere."""

_ENCODING: Final = b"Content-Transfer-Encoding: "
_AS_IT_IS: Final = policy.compat32.clone(linesep="\r\n", max_line_length=0)


_ADDRESSES: Final = frozenset({"from", "to", "reply-to"})
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9'-]+(?: [A-Za-z0-9'-]+)*")
_LONGEST_PLAIN: Final = 40
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")


class _OwnHeaders(policy.EmailPolicy):
    """Writes names and subjects itself, so that every reader finds in them what was meant.

    The standard library quotes a name with commas or brackets, and drops the quotes again where it folds it: what
    stood between them becomes addresses. Between two words with umlauts it loses a space where it folds, and adds one
    in a long name (Python issue 92081: "für Geflüchtete" arrived as "fürGeflüchtete"). Its older way of writing encoded
    words does none of this, and an encoded word holds no sign that means anything in a header (RFC 2047, section 5).
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """A subject is kept as it is written: read as a header, encoded words typed into it would be decoded."""
        if name.lower() == "subject" and isinstance(value, str) and len(value.splitlines()) <= 1:
            return name, value
        return super().header_store_parse(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header as bytes."""
        kind = name.lower()
        if kind in _ADDRESSES:
            shown = ", ".join(_written(one, name) for one in value.addresses)
        elif kind == "subject" and not (str(value).isascii() and "=?" not in value):
            shown = _encoded(value, name)
        else:
            return super().fold_binary(name, value)
        return f"{name}: {shown}{self.linesep}".encode("utf-8" if self.utf8 else "ascii")


_SMTP: Final = _OwnHeaders(linesep="\r\n")


def _written(one: Address, name: str) -> str:
    """An address with its name: as it is where it is short and has nothing but plain words, else in encoded words."""
    shown = one.display_name
    if not shown:
        return one.addr_spec
    plain = len(shown) <= _LONGEST_PLAIN and _PLAIN_NAME.fullmatch(shown)
    return f"{shown if plain else _encoded(shown, name)} <{one.addr_spec}>"


def _encoded(text: str, name: str) -> str:
    return Header(text, "utf-8", header_name=name).encode(linesep="\r\n")


@dataclass(frozen=True)
class Envelope:
    """From whom to whom. Addresses as people write them, names as typed; ``in_reply_to`` is a message id or ""."""

    sender: str
    to: str
    to_name: str = ""
    sender_name: str = ""
    reply_to: str = ""
    in_reply_to: str = ""


def message_id(dedupe_key: str, case_id: str, domain: str) -> str:
    """The one message id of a dedupe key, e.g. ``<wir-fm-2018-06631.1f0c…@rp.example>``."""
    speaking = re.sub(r"[^A-Za-z0-9-]+", "-", case_id).strip("-") or "wir"
    return f"<{speaking}.{digest(dedupe_key.encode())[:32]}@{domain}>"


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def one_line(text: str) -> str:
    """Text as one line without control and direction characters, fit for a header or a table's cell."""
    visible = (c if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c.isspace() else "" for c in text)
    return " ".join("".join(visible).split())


def build(
    envelope: Envelope,
    *,
    identity: str,
    subject: str,
    date: datetime,
    text: str,
    html: str,
    attachment: tuple[str, str] | None = None,
) -> tuple[str, bytes]:
    """The envelope address and the finished bytes of a mail to one person.

    ``date`` is aware; ``attachment`` is (file name, text). Raises ``ValueError`` for an address no mail can go to, and
    for an ``identity`` that is no message id.
    """
    if not _MESSAGE_ID.fullmatch(identity):
        raise ValueError("not a message id")
    to = _address(envelope.to, envelope.to_name)
    message = EmailMessage(policy=_SMTP.clone(utf8=not to.addr_spec.isascii()))
    message["From"] = _address(envelope.sender, envelope.sender_name)
    message["To"] = to
    if envelope.reply_to:
        message["Reply-To"] = _address(envelope.reply_to)
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(date.astimezone(BERLIN))
    message["Message-ID"] = identity
    if envelope.in_reply_to != identity and _MESSAGE_ID.fullmatch(envelope.in_reply_to):
        message["In-Reply-To"] = message["References"] = envelope.in_reply_to
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    if attachment is not None:
        name, body = attachment
        message.add_attachment(body, subtype="plain", cte="quoted-printable", filename=_file_name(name))
    message["Content-Language"] = "de"  # last: every change of the content takes such headers away
    _fix_boundaries(message, identity)
    return to.addr_spec, message.as_bytes()


def redact(mime: bytes) -> bytes:
    """The mail with every key taken out of its links; a mail without links comes back as it is.

    Our own mails are quoted-printable throughout: there the keys are found without taking the mail apart, which
    costs thirty times as much. Any other mail is taken apart; its headers stay as they are, byte by byte.
    """
    parts = mime.count(_ENCODING)
    if parts and parts == mime.count(_ENCODING + b"quoted-printable"):
        head = _head(mime)
        return head + _ENCODED_LINK.sub(rb"\1=E2=80=A6=\r\n", mime[len(head) :])
    return _redact_parts(mime)


def _redact_parts(mime: bytes) -> bytes:
    message = email.message_from_bytes(mime, policy=_AS_IT_IS)
    found = False
    for part in message.walk():
        if part.get_content_maintype() != "text":
            continue
        body = bytes(part.get_payload(decode=True)).decode(part.get_content_charset("utf-8"))
        if LINK.search(body):
            found = True
            lines = LINK.sub(r"\1…", body).replace("\r\n", "\n").encode()
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = "quoted-printable"
            part.set_payload(quopri.encodestring(lines).decode("ascii"))
    if not found:
        return mime
    clean = message.as_bytes()
    return clean if not message.is_multipart() else _head(mime) + clean[len(_head(clean)) :]


def _head(mime: bytes) -> bytes:
    return mime.partition(b"\r\n\r\n")[0]


def envelope_address(address: str) -> str:
    """An address as the envelope names it, its domain in ASCII. Raises ``ValueError`` for what is none."""
    return _address(address).addr_spec


def _address(address: str, name: str = "") -> Address:
    """An address object: the domain in IDNA 2008, a local part of its own, a name of one line."""
    try:
        checked = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        raise ValueError("not a mail address") from None  # the address itself belongs in no log
    shown = one_line(name)[:LONGEST_NAME].rstrip()
    return Address(display_name=shown, username=checked.local_part, domain=checked.ascii_domain)


def _file_name(name: str) -> str:
    stem, dot, ending = re.sub(r"[^\w.-]+", "-", one_line(name)).strip(".-").rpartition(".")
    return f"{stem[:LONGEST_FILE_NAME]}{dot}{ending[:LONGEST_FILE_NAME]}".strip(".-") or "text.txt"


def _fix_boundaries(message: EmailMessage, identity: str) -> None:
    """Boundaries from the message id instead of chance; no line of quoted-printable text can hold "=_"."""
    for number, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"=_{digest(f'{identity}{number}'.encode())[:32]}")
