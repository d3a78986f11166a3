"""Reads a mail's bytes into facts."""

import email
from email import policy

from models.inbound import ParsedMail


def read_mail(raw: bytes, *, trusted_authserv: str = "") -> ParsedMail:
    """What stands in a mail. Never raises, whatever the bytes; what was wrong stands in ``trouble``."""
    message = email.message_from_bytes(raw, policy=policy.compat32)
    return ParsedMail(
        message_id=str(message.get("Message-ID", "")).strip(),
        subject=str(message.get("Subject", "")),
        trouble=() if trusted_authserv else ("no_authserv",),
    )
