"""Replies in the embedded mode: those mails in the sink's mailbox that go to the authority's own address.

A mail stays where it lies; which ones were taken in stands in the record.
"""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from activities.mail_in.mail_sources import LARGEST, Arrived, SourceError, headers_of

_NAME: Final = re.compile(r"\d{6}-[0-9a-f]{32}\.eml")
_TO: Final = b"delivered-to:"
_HEAD: Final = 4096

log = logging.getLogger(__name__)


class SinkSource:
    """The folder of :mod:`activities.sink.server`, and the address whose mail is ours, plain or with ``+key``."""

    name = "sink"

    def __init__(self, folder: Path, address: str, *, largest: int = LARGEST) -> None:
        self._folder, self._address, self._largest = folder, address.lower(), largest
        self._seen: set[str] = set()  # not ours, or taken in already

    def arrived(self, known: Callable[[str], bool]) -> Iterator[Arrived]:
        """Our mails, in the order they came."""
        for path in self._unseen():
            if known(path.name):
                self._seen.add(path.name)
                continue
            try:
                raw = path.read_bytes()
            except OSError as error:
                self._leave_out(path, error)
                continue
            cut = len(raw) > self._largest
            yield Arrived(path.name, headers_of(raw) if cut else raw, len(raw), cut)

    def done(self, mail: Arrived) -> None:
        """It stays in the folder and is not looked at again."""
        self._seen.add(mail.ref)

    def waits(self) -> bool:
        """Whether there is a mail to us that was not taken in."""
        return next(self._unseen(), None) is not None

    def close(self) -> None:
        """Nothing is open."""

    def _unseen(self) -> Iterator[Path]:
        try:
            paths = sorted(self._folder.iterdir())
        except OSError as error:
            raise SourceError(f"the mailbox cannot be read: {type(error).__name__}") from None
        for path in paths:
            if path.name in self._seen or not _NAME.fullmatch(path.name):
                continue
            try:
                ours = self._is_ours(path)
            except OSError as error:
                self._leave_out(path, error)
                continue
            if ours:
                yield path
            else:
                self._seen.add(path.name)

    def _leave_out(self, path: Path, error: OSError) -> None:
        """A file that cannot be read stays where it is until the next start, and the others come in."""
        log.error("mail %s cannot be read: %s", path.name, type(error).__name__)
        self._seen.add(path.name)

    def _is_ours(self, path: Path) -> bool:
        with path.open("rb") as file:
            lines = file.read(_HEAD).splitlines()[:2]  # the sink writes them first
        to = next((line for line in lines if line.lower().startswith(_TO)), b"")
        return belongs(to[len(_TO) :].decode("utf-8", "replace").strip(), self._address)


def belongs(address: str, own: str) -> bool:
    """Whether an address is our mailbox, plain or with a sub-address (``wir+…@``)."""
    local, _, domain = address.lower().strip("<>").rpartition("@")
    own_local, _, own_domain = own.lower().rpartition("@")
    return domain == own_domain and (local == own_local or local.startswith(f"{own_local}+"))
