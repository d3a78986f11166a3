"""The inbox: takes mail from its mailbox into the record, sorts it, and puts it away. The counterpart of the mailroom.

Each mail goes through three steps, each of which may be repeated without doubling anything: its raw bytes are
committed; it is sorted, with all that follows, in a second commit; the mailbox is told. One thread does all of it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from activities.mail_in.mail_sources import Arrived, LoginError, Source, SourceError
from activities.mail_in.parsing.reading import read_mail
from activities.mail_in.parsing.sorting import correlate, sort
from models.content.answers import FileRef
from models.mail.inbound import Attachment, Correlation, MailKind, ParsedMail, Sorted
from models.tables import InboundMail
from record.database import failpoints
from record.database.again import again
from record.database.background import in_short
from record.database.engine import Database
from record.inbound import mails as inbound
from record.inbound.acts import Consequences, Read
from record.inbound.answers import Words

POLL: Final = 45.0  # seconds between looks into the mailbox
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
LOCKED_OUT: Final = 1800.0
"""Seconds after a refused login: trying again soon would lock the account."""

TRIES: Final = 3
"""Looks at a mail for which the database is away, while it answers otherwise, before an officer gets it."""

AWAY: Final = (OperationalError, InterfaceError, PoolTimeoutError)

log = logging.getLogger(__name__)


class Files(Protocol):
    """Where files of replies are stored after the same checks as uploads."""

    def add(self, name: str, data: bytes) -> FileRef | None:
        """Takes a file in; none when it is not taken."""
        ...

    def fit(self, files: tuple[FileRef, ...]) -> tuple[FileRef, ...]:
        """As many of the files, first ones first, as one answer may have."""
        ...


class Reader:
    """Reads stored mails, and brings them to their kind."""

    def __init__(self, db: Database, files: Files, consequences: Consequences, authserv: str = "") -> None:
        self._db, self._files, self._consequences, self._authserv = db, files, consequences, authserv
        self._tries: Counter[str] = Counter()
        """How often a mail met a database that is away, or says so of this mail only."""

    def read(self, raw: bytes) -> ParsedMail:
        """What stands in a mail."""
        return read_mail(raw, trusted_authserv=self._authserv)

    def words(self, mail: ParsedMail) -> Words:
        """What a mail would bring into an answer: its text, and those of its files that are taken."""
        taken, left_out = taken_in(self._files, mail.attachments)
        return Words(mail.new_text, taken, left_out)

    def bring(self, inbound_id: str) -> None:
        """Sorts a stored mail, once; what cannot be sorted, for whatever reason, is an officer's.

        Raises ``AWAY`` while the database seems to be away, and whatever keeps even that from being written down.
        """
        try:
            again(lambda: self._bring(inbound_id))
        except AWAY as error:
            self._tries[inbound_id] += 1
            if self._tries[inbound_id] < TRIES:
                raise
            self._give_up(inbound_id, error)
        except Exception as error:  # noqa: BLE001 - one mail, whatever is wrong with it, keeps no other from coming in
            self._give_up(inbound_id, error)
        self._tries.pop(inbound_id, None)

    def _give_up(self, inbound_id: str, why: Exception) -> None:
        log.error("mail %s could not be sorted (%s); an officer looks at it", inbound_id, in_short(why))
        with self._db.write() as session:
            row = session.get_one(InboundMail, inbound_id, with_for_update=True)
            if not row.kind:
                row.kind, row.reason = MailKind.TRIAGE, "failed"
                session.add(row)

    def _bring(self, inbound_id: str) -> None:
        with self._db.read() as session:
            row = session.get_one(InboundMail, inbound_id)
            mail = self.read(row.raw)
            first = _kind(row, mail, correlate(mail, inbound.Names(session)))
        # Files are stored before the transaction: it holds up everybody else, and a file that nobody names is harmless.
        words = self.words(mail) if first.kind is MailKind.ANSWER else Words(mail.new_text)
        with self._db.write() as session:
            inbound.in_turn(session)
            row = session.get_one(InboundMail, inbound_id, with_for_update=True)
            if row.kind:
                return
            found = correlate(mail, inbound.Names(session))
            self._consequences.follow(session, row, Read(mail, found, _kind(row, mail, found), words))


class Inbox:
    """Works on one mailbox. One a process; several processes may share a mailbox."""

    def __init__(self, db: Database, source: Source, reader: Reader, *, every: float = POLL) -> None:
        self._db, self._source, self._reader, self._every = db, source, reader, every
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._working = False
        self._known: set[str] | None = None
        self._aside: set[str] = set()
        """Mails that cannot even be stored, until this process ends: they stay in their mailbox."""
        self._pause = FIRST_PAUSE
        self.trouble = ""  # why no mail comes in at the moment, for the operator

    async def run(self) -> None:
        """Works until cancelled."""
        self._loop = asyncio.get_running_loop()
        while not self._closed:
            failpoints.reached("job_turn", "inbox")
            self._wake.clear()
            rest = await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), timeout=rest)

    async def look(self) -> float:
        """Takes in all that waits; gives the seconds until the next look is worth while."""
        self._working = True
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self.take_in)
        except SourceError as error:
            return self._troubled(str(error), LOCKED_OUT if isinstance(error, LoginError) else self._pause)
        except SQLAlchemyError as error:
            return self._troubled(f"the record cannot be written: {type(error).__name__}", self._pause)
        finally:
            self._working = False
        if self.trouble:
            log.warning("mail comes in again")
        self.trouble, self._pause = "", FIRST_PAUSE
        return self._every

    def take_in(self) -> None:
        """One look, in this thread: what was left unsorted, then what waits in the mailbox.

        One mail that fails keeps no other from coming in. Raises ``SourceError``, and ``SQLAlchemyError`` when the
        database was away for a mail, after all others.
        """
        late: list[SQLAlchemyError] = []
        for inbound_id in self._left():
            self._survive(partial(self._reader.bring, inbound_id), inbound_id, late)
        for mail in self._source.arrived(self._is_known):
            if self._closed:
                return
            if mail.ref not in self._aside and not self._survive(partial(self._take, mail), mail.ref, late):
                self._aside.add(mail.ref)
        if late:
            raise late[0]

    def _survive(self, work: Callable[[], None], what: str, late: list[SQLAlchemyError]) -> bool:
        """False when the mail failed by itself. Raises when mailbox or database are away."""
        try:
            work()
        except SourceError:
            raise
        except AWAY as error:
            self._left()  # raises when the database is away altogether
            log.warning("mail %s waits for the database: %s", what, in_short(error))
            late.append(error)
        except Exception as error:  # noqa: BLE001 - one mail, whatever is wrong with it, keeps no other from coming in
            log.error("mail %s could not be taken in and is set aside: %s", what, in_short(error))  # noqa: TRY400
            return False
        return True

    async def quiet(self) -> bool:
        """Whether nothing waits to be taken in or sorted."""
        return not self._working and not await asyncio.to_thread(lambda: self._source.waits() or self._left())

    def kick(self) -> None:
        """There may be new mail. May be called from any thread, and before :meth:`run`."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def close(self) -> None:
        """Finishes the mail at hand and lets go of the mailbox."""
        self._closed = True
        self._wake.set()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._source.close)
        self._thread.shutdown(wait=False)

    def _take(self, mail: Arrived) -> None:
        kept = again(lambda: self._keep(mail))
        failpoints.reached("inbound_stored")
        if kept.waits:
            self._reader.bring(kept.id)
        failpoints.reached("inbound_sorted")
        self._source.done(mail)
        if self._known is not None:
            self._known.add(mail.ref)

    def _keep(self, mail: Arrived) -> inbound.Kept:
        with self._db.write() as session:
            return inbound.keep(session, mail.raw, self._source.name, mail.ref, size=mail.size, cut=mail.cut)

    def _left(self) -> list[str]:
        with self._db.read() as session:
            return inbound.unsorted(session)

    def _is_known(self, ref: str) -> bool:
        if self._known is None:
            with self._db.read() as session:
                self._known = inbound.refs(session, self._source.name)
        return ref in self._known or ref in self._aside

    def _troubled(self, what: str, pause: float) -> float:
        """Said once, until it is something else or over."""
        if what != self.trouble:
            log.error("no mail comes in at the moment: %s", what)
        self.trouble = what
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return pause


def _kind(row: InboundMail, mail: ParsedMail, found: Correlation) -> Sorted:
    """The kind of a mail; of one that was too large only the headers are known, so a person looks."""
    if row.facts.get("cut"):
        return Sorted(kind=MailKind.TRIAGE, reason="too_large")
    return sort(mail, found)


def taken_in(files: Files, attachments: Iterable[Attachment]) -> tuple[tuple[FileRef, ...], tuple[str, ...]]:
    """The files that were taken, and the names of those that were not."""
    taken: list[FileRef] = []
    left_out: list[str] = []
    for number, one in enumerate(attachments, 1):
        stored = files.add(one.name or f"Anhang-{number}", one.data)
        if stored is None:
            left_out.append(one.name or f"Anhang-{number}")
        else:
            taken.append(stored)
    return tuple(taken), tuple(left_out)
