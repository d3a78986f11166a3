"""What a mail holds: its text for people and its files. Walks the parts once, within bounds."""

import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, Final

from activities.mail_in.parsing.headers import Fields, as_text, clean, decoded, eight_bit, known_charset
from activities.mail_in.parsing.markup import html_to_text
from models.mail.inbound import Attachment

LONGEST_TEXT: Final = 200_000
MOST_PARTS: Final = 500
DEEPEST: Final = 60
LONGEST_NAME: Final = 120

_SIGNATURES: Final = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "text/x-vcard"}
    | {"text/vcard", "text/directory", "application/pgp-encrypted"}
)
_OPAQUE: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_REPORTS: Final = frozenset({"message/delivery-status", "message/disposition-notification", "text/rfc822-headers"})
_PGP_BLOCK: Final = re.compile(r"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)
_FLOWED: Final = re.compile(r"(?m)^(?!-- $)([^>\n].*) \n(?![> \n]|-- $)")


@dataclass
class Content:
    """What was found so far: ``texts`` in order, files, the method of a calendar part, trouble codes."""

    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    calendar: bool = False
    calendar_method: str = ""
    trouble: dict[str, None] = field(default_factory=dict)
    parts: int = 0

    @property
    def text(self) -> str:
        """All text, the parts one below the other."""
        return "\n\n".join(text for text in self.texts if text.strip()).strip("\n")


def content(message: Message) -> Content:
    """Text and files of a mail; messages within it are files and are not opened."""
    found = Content()
    _take(message, found, 0)
    if _PGP_BLOCK.search(found.text):
        found.trouble["encrypted"] = None
    return found


def _take(part: Message, found: Content, depth: int) -> None:
    found.parts += 1
    if found.parts > MOST_PARTS or depth > DEEPEST:
        found.trouble["too_many_parts" if found.parts > MOST_PARTS else "too_deep"] = None
        return
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        _take_multipart(part, kind, found, depth)
    elif kind == "text/calendar" and part.get_content_disposition() != "attachment":
        found.calendar = True
        found.calendar_method = found.calendar_method or _calendar_method(part)
    elif kind in {"text/plain", "text/html"} and _is_body(part):
        found.texts.append(_body(part, found))
    elif kind not in _REPORTS:
        _take_file(part, kind, found)


def _take_multipart(part: Message, kind: str, found: Content, depth: int) -> None:
    children = [child for child in _payload(part) if isinstance(child, Message)]
    if kind == "multipart/encrypted":
        found.trouble["encrypted"] = None
    elif kind == "multipart/alternative":
        _take_alternative(children, found, depth)
    else:
        related = kind == "multipart/related"
        for child in children:
            if not (related and _is_picture_of_text(child)):
                _take(child, found, depth + 1)
            if found.parts > MOST_PARTS:
                break


def _take_alternative(children: list[Message], found: Content, depth: int) -> None:
    """One text of several that say the same: the plain one unless it is empty. Files of all of them count."""
    before = len(found.texts)
    versions: list[tuple[str, list[str]]] = []
    for child in children:
        _take(child, found, depth + 1)
        versions.append((child.get_content_type(), found.texts[before:]))
        del found.texts[before:]
    filled = [(kind, texts) for kind, texts in versions if "".join(texts).strip()]
    plain = [texts for kind, texts in filled if kind == "text/plain"]
    for texts in plain[:1] or [texts for _, texts in filled[:1]]:
        found.texts.extend(texts)


def _is_body(part: Message) -> bool:
    return part.get_content_disposition() != "attachment" and not file_name(part)


def _is_picture_of_text(part: Message) -> bool:
    """A logo or smiley that HTML refers to; a picture handed in is attached or stands beside the text."""
    referred = "Content-ID" in part or "Content-Location" in part
    return part.get_content_maintype() == "image" and referred and part.get_content_disposition() != "attachment"


def _payload(part: Message) -> list[Any]:
    payload = part.get_payload()
    return payload if isinstance(payload, list) else []


def _bytes(part: Message, found: Content) -> bytes:
    data = part.get_payload(decode=True)
    for defect in part.defects:
        name = type(defect).__name__
        if "Base64" in name:
            found.trouble["broken_base64"] = None
        elif "Boundary" in name or "Multipart" in name:
            found.trouble["broken_mime"] = None
    return data if isinstance(data, bytes) else b""


def _charset(part: Message) -> str:
    value = part.get_param("charset", "")
    return str(collapse_rfc2231_value(value)) if value else ""


def _body(part: Message, found: Content) -> str:
    data = _bytes(part, found)
    charset = _charset(part)
    if charset and not known_charset(charset):
        found.trouble["charset_unknown"] = None
    text = as_text(data[: LONGEST_TEXT * 4], charset)
    if part.get_content_type() == "text/html":
        text = html_to_text(_declared(data, charset) or text)
    elif str(part.get_param("format", "")).lower() == "flowed":
        text = _unflow(text)
    text = clean(text)
    if len(text) > LONGEST_TEXT:
        found.trouble["text_cut"] = None
    return text[:LONGEST_TEXT]


def _declared(data: bytes, charset: str) -> str:
    """HTML without a charset in its part, read in the one its ``meta`` names; "" if there is none."""
    if charset:
        return ""
    named = re.search(rb"(?i)<meta[^>]{0,200}charset=[\"']?([a-z0-9_-]{1,40})", data[:4_000])
    return as_text(data[: LONGEST_TEXT * 4], named[1].decode("ascii")) if named else ""


def _unflow(text: str) -> str:
    """Joins the soft line breaks of ``format=flowed`` outside quotations (RFC 3676)."""
    text = text.replace("\r\n", "\n")
    return _FLOWED.sub(r"\1 ", text) if len(text) <= LONGEST_TEXT else text


def _calendar_method(part: Message) -> str:
    method = str(part.get_param("method", "") or "").strip().upper()
    if not method:
        body = part.get_payload(decode=True)
        named = re.search(rb"(?im)^METHOD:([A-Z-]{1,30})", body[:20_000]) if isinstance(body, bytes) else None
        method = named[1].decode("ascii").upper() if named else ""
    return method if method.isascii() and len(method) <= 30 else ""


def _take_file(part: Message, kind: str, found: Content) -> None:
    if kind in _OPAQUE:
        smime = str(part.get_param("smime-type", "")).lower()
        found.trouble["signed_opaque" if smime == "signed-data" else "encrypted"] = None
        return
    name = file_name(part)
    if kind in _SIGNATURES or name.lower().endswith((".vcf", ".p7s")):
        return
    if kind in _TNEF or name.lower() == "winmail.dat":
        found.trouble["tnef"] = None
    if part.is_multipart():  # a message within the mail
        name, data = _message_file(part, name, found)
    else:
        data = _bytes(part, found)
    if data:
        found.attachments.append(Attachment(name=name, media_type=kind[:100], data=data))


def _message_file(part: Message, name: str, found: Content) -> tuple[str, bytes]:
    inner = _payload(part)[0] if _payload(part) else None
    if not isinstance(inner, Message):
        return name, b""
    try:
        data = inner.as_bytes()
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        found.trouble["attachment_unreadable"] = None  # a person opens the raw mail
        return name, b""
    return name or _short_name(Fields(inner).text("subject") or "Nachricht", ".eml"), data


def file_name(part: Message) -> str:
    """The name a part claims: its last path part, without what cannot be seen, at most 120 characters; "" if none."""
    value = part.get_param("filename", None, "content-disposition") or part.get_param("name", None, "content-type")
    if not value:
        return ""
    if isinstance(value, tuple):
        name = as_text(value[2].encode("latin-1", "replace"), str(value[0] or ""))
    else:
        name = _decoded_name(eight_bit(str(value)))
    name = re.split(r"[/\\]", decoded(name))[-1].strip()
    stem, dot, ending = name.rpartition(".")
    return _short_name(stem, f"{dot}{ending}") if dot and len(ending) <= 10 else name[:LONGEST_NAME]


def _short_name(stem: str, ending: str) -> str:
    return f"{stem[: LONGEST_NAME - len(ending)]}{ending}"


def _decoded_name(name: str) -> str:
    """A name in encoded words, which no standard allows within a parameter and many systems write."""
    if "=?" not in name:
        return name
    try:
        return "".join(p if isinstance(p, str) else as_text(p, c or "") for p, c in decode_header(name[:1_000]))
    except HeaderParseError:
        return name  # shown as it came
