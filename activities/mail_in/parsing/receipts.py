"""Read receipts (RFC 8098), and those that Outlook, Notes and GroupWise write in their own way."""

import re
from email.message import Message
from typing import Final

from activities.mail_in.parsing.bodies import Content

_PREFIX: Final = re.compile(
    r"\s*(?:gelesen|nicht gelesen|ungelesen gelöscht|read|not read|deleted without being read|übermittelt|"
    r"lesebestätigung|empfangsbestätigung|return receipt|read receipt|disposition notification)\b\s*(?::|\()",
    re.IGNORECASE,
)


def is_receipt(message: Message, subject: str, found: Content) -> bool:
    """By its structure; by its subject only where it holds nothing that a person would send: no file, hardly a word."""
    payload = message.get_payload()
    parts = payload if message.get_content_type() == "multipart/report" and isinstance(payload, list) else []
    if any(isinstance(p, Message) and p.get_content_type() == "message/disposition-notification" for p in parts):
        return True
    if str(message.get_param("report-type", "")).lower() == "disposition-notification":
        return True
    files = [one for one in found.attachments if one.name.lower() != "winmail.dat"]
    return _PREFIX.match(subject) is not None and not files and len(found.text) < 600
