"""Header fields as text: decoded, of one line, bounded; addresses strictly, message ids as they are."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

LONGEST_VALUE: Final = 4_000
MOST_IDS: Final = 50
MOST_ADDRESSES: Final = 100

# What a reader must not see or be fooled by: control and direction characters, zero-width ones, lone surrogates.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_BREAK: Final = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_SAFE_CHARSET: Final = re.compile(
    r"utf[-_]?(?:7|8|16|16le|16be|32)|us-ascii|ascii|(?:iso[-_]?)?8859[-_]\d{1,2}|iso8859[-_]?\d{1,2}|latin[-_]?\d"
    r"|(?:windows|cp)[-_]?(?:125\d|437|850|852|874|932|936|949|950)|koi8[-_][ru]|mac[-_]?roman|macintosh|big5|gbk"
    r"|gb2312|gb18030|shift[-_]?jis|euc[-_](?:jp|kr)|iso-2022-(?:jp|kr)"
)
_LATIN: Final = re.compile(r"(?:iso[-_]?)?8859[-_]?1|iso8859[-_]?1|latin[-_]?1|us-ascii|ascii|macintosh")

_LOCAL: Final = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+)*"
)
_DOMAIN: Final = r"[A-Za-z0-9\u00a1-\U0010ffff](?:[A-Za-z0-9.\-\u00a1-\U0010ffff]*[A-Za-z0-9\u00a1-\U0010ffff])?"
_CLEAN: Final = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_BARE: Final = re.compile(r"\s*([^\s<>(),;:\"]+)\s*(?:\(([^()]*)\))?\s*")
_ANGLE: Final = re.compile(r"\s*(\"(?:[^\"\\]|\\.)*\"|[^<>\"(),;:]*)\s*<\s*([^\s<>]+)\s*>\s*(?:\([^()]*\))?\s*")
_ANY_ADDRESS: Final = re.compile(r"[^\s<>(),;:\"@\[\]]{1,128}@[^\s<>(),;:\"@\[\]]{1,255}")
_ID: Final = re.compile(r"<[^<>\s]{1,500}>")


class Sender(NamedTuple):
    """The one clean address of From in lower case or "", its display name, and why it is "" where it is."""

    address: str
    name: str
    trouble: str


class Fields:
    """The header fields of a mail by lower-case name, raw and in order. Nothing is decoded before it is asked for."""

    def __init__(self, message: Message) -> None:
        """Takes the fields of a message or part."""
        self._raw: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            self._raw.setdefault(name.lower(), []).append(str(value)[:LONGEST_VALUE])

    def __contains__(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self._raw

    def names(self) -> Iterable[str]:
        """All names, in lower case."""
        return self._raw.keys()

    def raw(self, name: str) -> list[str]:
        """The values with their encoded words still in, unfolded."""
        return [one_line(eight_bit(value)) for value in self._raw.get(name, ())]

    def text(self, name: str) -> str:
        """The first value, decoded; "" if there is none."""
        values = self._raw.get(name)
        return decoded(values[0]) if values else ""

    def addresses(self, *names: str) -> tuple[str, ...]:
        """All that looks like an address in these fields, in lower case, each once. For correlation, not for trust."""
        found = (match[0] for name in names for value in self.raw(name) for match in _ANY_ADDRESS.finditer(value))
        return tuple(dict.fromkeys(address.strip("'.").lower() for address in found))[:MOST_ADDRESSES]

    def message_ids(self, name: str) -> tuple[str, ...]:
        """Message ids with their angle brackets, each once."""
        found = (match[0] for value in self.raw(name) for match in _ID.finditer(value))
        return tuple(dict.fromkeys(found))[-MOST_IDS:]

    def date(self) -> datetime | None:
        """The time in Date; None if there is none that makes sense."""
        value = self.raw("date")
        try:
            return parsedate_to_datetime(value[0]) if value else None
        except (ValueError, TypeError, IndexError, OverflowError):
            return None  # what stands there is no date; ``read_mail`` notes it

    def sender(self) -> Sender:
        """From, strictly: one field, one address, nothing left over, no encoded word within the address."""
        values = self._raw.get("from", [])
        if len(values) != 1:
            return Sender("", "", "from_twice" if values else "no_from")
        raw = one_line(eight_bit(values[0]))
        if _INVISIBLE.search(eight_bit(values[0])) or len(values[0]) >= LONGEST_VALUE:
            return Sender("", one_line(decoded(raw))[:200], "from_doubtful")
        angle = _ANGLE.fullmatch(raw)
        bare = None if angle else _BARE.fullmatch(raw)
        match = angle or bare
        address = (angle[2] if angle else bare[1] if bare else "").lower()
        name = _unquoted((angle[1] if angle else bare[2] if bare else raw) or "")
        if match is None or not is_clean(address) or _names_other(angle[1] if angle else "", address):
            return Sender("", decoded(name)[:200], "from_doubtful")
        return Sender(address, decoded(name)[:200], "")


def is_clean(address: str) -> bool:
    """Whether this is one address as servers write it: no quoting, no encoded word, already normalised."""
    if len(address) > 320 or "=?" in address or ".." in address or _CLEAN.fullmatch(address) is None:
        return False
    return unicodedata.normalize("NFKC", address) == address


def _names_other(display: str, address: str) -> bool:
    """An unquoted display name that holds an ``@`` is a second address, unless it is the same one again."""
    plain = display.strip()
    return "@" in plain and not plain.startswith('"') and plain.lower() != address


def _unquoted(name: str) -> str:
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def eight_bit(value: str) -> str:
    """A raw value whose bytes beyond ASCII (kept as surrogates by the parser) are read as UTF-8, else Windows-1252."""
    if value.isascii():
        return value
    data = value.encode("utf-8", "surrogateescape") if _only_escapes(value) else value.encode("utf-8", "replace")
    return as_text(data, "")


def _only_escapes(value: str) -> bool:
    return not any("\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" for c in value)


def decoded(value: str) -> str:
    """A header value for people: encoded words read, on one line, nothing invisible."""
    value = one_line(eight_bit(value))[:LONGEST_VALUE]
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
    except HeaderParseError:
        return value  # a broken encoded word is shown as it came
    words = (part if isinstance(part, str) else as_text(part, charset or "") for part, charset in parts)
    return one_line("".join(words))


def as_text(data: bytes, charset: str) -> str:
    """Bytes as text in the charset they claim; else UTF-8, else Windows-1252. Only charsets of mail."""
    name = charset.strip().strip("'\"").lower()
    if _LATIN.fullmatch(name):
        name = ""  # what claims Latin-1 or ASCII is often UTF-8 or Windows-1252, which hold both
        if data.isascii():
            return data.decode("ascii")
    if name and _SAFE_CHARSET.fullmatch(name):
        try:
            return data.decode(name, "strict" if name.startswith("utf") and "8" in name else "replace")
        except (LookupError, UnicodeError):
            pass  # not that charset: below
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def known_charset(charset: str) -> bool:
    """Whether the charset is one of those read."""
    name = charset.strip().strip("'\"").lower()
    return bool(_LATIN.fullmatch(name) or _SAFE_CHARSET.fullmatch(name))


def one_line(text: str) -> str:
    """Text as one line, without what cannot be seen; NFC."""
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Text with plain line ends and without what cannot be seen; NFC line by line (long lines stay: it may be slow)."""
    plain = _INVISIBLE.sub("", _BREAK.sub("\n", text)).replace("\u00a0", " ")
    if plain.isascii() or unicodedata.is_normalized("NFC", plain):
        return plain
    lines = (unicodedata.normalize("NFC", line) if len(line) <= 2_000 else line for line in plain.split("\n"))
    return "\n".join(lines)
