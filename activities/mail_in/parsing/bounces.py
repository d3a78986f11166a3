"""Delivery reports: as RFC 3464 has them, or as text of servers that write none (qmail, older Exim, gateways)."""

import re
from email.message import Message
from typing import Any, Final

from activities.mail_in.parsing.bounce_texts import from_text
from activities.mail_in.parsing.headers import Fields, decoded, one_line
from models.mail.inbound import BounceReport

_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ORIGINAL_ID: Final = re.compile(r"(?im)^[>\s]{0,10}Message-ID:\s{0,5}(<[^<>\s]{1,500}>)")
_ACTIONS: Final = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_RANK: Final = {"failed": 0, "delayed": 1, "delivered": 2, "relayed": 3, "expanded": 4}
_MOST_BLOCKS: Final = 200


def bounce_report(message: Message, fields: Fields, text: str) -> BounceReport | None:
    """What a delivery report says; None if the mail is none. Of several recipients the worst off is reported."""
    parts = _children(message)
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    original = _original_id(parts, text)
    if status is None:
        return from_text(fields, text, original)
    blocks = [Fields(block) for block in _blocks(status)]
    recipients = [block for block in blocks if "action" in block or "final-recipient" in block or "status" in block]
    reports = [_report(block, blocks[0], original) for block in recipients]
    if not reports:
        return from_text(fields, text, original) or BounceReport(original_message_id=original)
    return min(reports, key=lambda report: _RANK[report.action])


def _children(message: Message) -> list[Message]:
    payload: Any = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(payload, list):
        return []
    return [part for part in payload if isinstance(part, Message)]


def _blocks(status: Message) -> list[Message]:
    """The groups of fields. The parser takes them apart, unless the part was encoded."""
    payload: Any = status.get_payload()
    if isinstance(payload, list):
        blocks = [block for block in payload[:_MOST_BLOCKS] if isinstance(block, Message)]
        filled = [block for block in blocks if block.keys()]
        if filled:
            return filled
        payload = "\n\n".join(str(block.get_payload()) for block in blocks)
    return _fields_in(payload if isinstance(payload, str) else "", status)


def _fields_in(text: str, status: Message) -> list[Message]:
    import email

    if str(status.get("Content-Transfer-Encoding", "")).strip().lower() in {"base64", "quoted-printable"}:
        holder = Message()
        holder["Content-Transfer-Encoding"] = str(status.get("Content-Transfer-Encoding")).strip()
        holder.set_payload(text)
        data = holder.get_payload(decode=True)
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
    groups = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())[:_MOST_BLOCKS]
    return [email.message_from_string(group + "\n\n") for group in groups if group.strip()]


def _report(block: Fields, whole: Fields, original: str) -> BounceReport:
    diagnostic = _typed(block.text("diagnostic-code"))
    status = _STATUS.search(block.text("status")) or _STATUS.search(diagnostic)
    action = block.text("action").split(" ")[0].lower()
    code = status[0] if status else ""
    if action not in _ACTIONS:
        action = "delayed" if code.startswith("4") else "delivered" if code.startswith("2") else "failed"
    recipient = _typed(block.text("final-recipient")) or _typed(block.text("original-recipient"))
    return BounceReport(
        action=action,
        status=code,
        final_recipient=recipient.strip("<>").lower()[:320],
        envelope_id=whole.text("original-envelope-id")[:200],
        original_message_id=original,
        diagnostic=diagnostic[:500],
        permanent=action == "failed" and _permanent(code, diagnostic),
        delayed=action == "delayed",
    )


def _permanent(code: str, diagnostic: str) -> bool:
    """5.x.x; without a code, an answer of the other server that begins with 5; given up without any reason too."""
    if code and code != "5.0.0":
        return code.startswith("5")
    reply = re.match(r"\D{0,40}?\b([45])\d\d\b", diagnostic)
    return reply is None or reply[1] == "5"


def _typed(value: str) -> str:
    """The value behind ``rfc822;`` or ``smtp;``."""
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and " " not in kind.strip() else value).strip()


def _original_id(parts: list[Message], text: str) -> str:
    """The Message-ID of the mail that did not arrive: from the returned message or its headers, else from the text."""
    for part in parts:
        payload: Any = part.get_payload()
        kind = part.get_content_type()
        if kind in {"message/rfc822", "message/global"} and isinstance(payload, list) and payload:
            return decoded(str(payload[0].get("Message-ID", "")))[:500]
        if kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            data = part.get_payload(decode=True)
            named = _ORIGINAL_ID.search(data[:100_000].decode("utf-8", "replace")) if isinstance(data, bytes) else None
            return one_line(named[1]) if named else ""
    named = _ORIGINAL_ID.search(text)
    return one_line(named[1]) if named else ""
