"""Opens a mail's bytes within bounds: what would make the parser slow or deep is cut first and noted as trouble.

The standard parser takes quadratic time for long parameter lists and recurses once for each nested part, so the
bytes are looked over before it sees them. All looks are linear.
"""

import email
import re
from email import policy
from email.message import Message
from typing import Final

LARGEST: Final = 40 * 2**20
"""Bytes of a mail; 25 MiB of files are 34 MiB as base64. Of a larger one only the beginning is read, no file."""
BEGINNING: Final = 2**20
LONGEST_HEAD: Final = 256 * 2**10
LONGEST_FIELD: Final = 8 * 2**10
MOST_LINES: Final = 1_000_000
MOST_CONTAINERS: Final = 100
MOST_SEPARATORS: Final = 5_000
MOST_WORK: Final = 10_000_000
"""Lines times containers: the parser tries each line against each open boundary."""

_BLANK: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_CONTAINER: Final = re.compile(rb"(?i)content-type:[ \t\r\n]{0,20}(?:multipart|message)/")
_SEPARATOR: Final = re.compile(rb"[\r\n]--")
_FIELD: Final = re.compile(rb"(?i)(?:(?<=[\r\n])|\A)content-[a-z-]{1,40}:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*")


class Opened:
    """A parsed mail and what was wrong with its bytes. ``files`` is False where its attachments cannot be trusted."""

    def __init__(self, message: Message, trouble: tuple[str, ...], *, files: bool = True) -> None:
        """Plain facts."""
        self.message = message
        self.trouble = trouble
        self.files = files


def open_mail(raw: bytes) -> Opened:
    """The mail as the standard parser sees it (``compat32``: it looks into no header by itself)."""
    trouble: list[str] = []
    files = True
    if len(raw) > LARGEST:
        trouble.append("too_large")
        raw, files = raw[:BEGINNING], False
    raw = _short_head(raw, trouble)
    raw = _FIELD.sub(lambda match: match[0][:LONGEST_FIELD], raw)
    why = _too_much(raw)
    if why:
        trouble.append(why)
        return Opened(_flat(raw), tuple(trouble), files=False)
    return Opened(email.message_from_bytes(raw, policy=policy.compat32), tuple(trouble), files=files)


def _short_head(raw: bytes, trouble: list[str]) -> bytes:
    end = _BLANK.search(raw, 0, LONGEST_HEAD)
    if end is not None or len(raw) <= LONGEST_HEAD:
        return raw
    trouble.append("header_too_long")
    whole = max(raw.rfind(b"\n", 0, LONGEST_HEAD), 0)
    rest = _BLANK.search(raw, LONGEST_HEAD)
    return raw[:whole] + b"\n\n" + (raw[rest.end() :] if rest else b"")


def _too_much(raw: bytes) -> str:
    lines = raw.count(b"\n") + raw.count(b"\r")
    containers = sum(1 for _ in _CONTAINER.finditer(raw))
    if lines > MOST_LINES:
        return "too_large"
    if containers > MOST_CONTAINERS or lines * containers > MOST_WORK:
        return "too_deep"
    if sum(1 for _ in _SEPARATOR.finditer(raw)) > MOST_SEPARATORS:
        return "too_many_parts"
    return ""


def _flat(raw: bytes) -> Message:
    """The head alone, with the first of the body as plain text: nothing in it is taken apart."""
    end = _BLANK.search(raw)
    head = raw[: end.start()] if end else raw[:LONGEST_HEAD]
    message = email.message_from_bytes(head + b"\n\n", policy=policy.compat32)
    del message["Content-Type"]
    del message["Content-Transfer-Encoding"]
    body = raw[end.end() : end.end() + LONGEST_HEAD] if end else b""
    message.set_payload(body.decode("utf-8", "replace").encode("ascii", "replace").decode("ascii"))
    return message
