"""Where mail comes in from: what a source hands over, and how it is told that a mail is safe."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

MIB: Final = 1024 * 1024
LARGEST: Final = 35 * MIB
"""Bytes of a mail that is taken whole; of a larger one the headers are kept, and it stays in the mailbox."""


class SourceError(Exception):
    """A mailbox that cannot be read now. The message is one line for the operator, without password or address."""


class LoginError(SourceError):
    """The mailbox does not let us in: asking again soon would only lock the account."""


@dataclass(frozen=True)
class Arrived:
    """A mail as it lies in its mailbox. ``raw`` holds the headers alone when the mail is ``cut``."""

    ref: str
    raw: bytes
    size: int
    cut: bool = False


class Source(Protocol):
    """A mailbox. All methods block and are called from one thread; they raise ``SourceError``."""

    @property
    def name(self) -> str:
        """``sink`` or ``imap``."""
        ...

    def arrived(self, known: Callable[[str], bool]) -> Iterator[Arrived]:
        """The mails that wait, oldest first; those that are ``known`` and cannot be put away are left out."""
        ...

    def done(self, mail: Arrived) -> None:
        """The mail is stored and sorted: it is put away, never deleted."""
        ...

    def waits(self) -> bool:
        """Whether mail is known to wait, without asking any server."""
        ...

    def close(self) -> None:
        """Lets go of the mailbox. It may be used again."""
        ...


def headers_of(raw: bytes) -> bytes:
    """The headers of a mail, with the empty line that ends them."""
    ends = [at for mark in (b"\r\n\r\n", b"\n\n") if (at := raw.find(mark)) >= 0]
    return raw[: min(ends)] + b"\r\n\r\n" if ends else raw[:65536]
