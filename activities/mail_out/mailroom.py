"""The mailroom: sends what lies in the outbox, and nothing else. Owns connections, retries and the breaker.

At least once, with the same bytes and Message-ID: a receiver that drops repeats sees each mail exactly once.
A mail refused for good comes back to its case through ``on_failure``.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from activities.mail_out.breaker import Breaker
from activities.mail_out.counter import Counter
from activities.mail_out.outbox import ALTERED, LAST_ATTEMPT, Claim, OutboxDesk
from activities.mail_out.pace import Pace
from activities.mail_out.smtp_outcome import Outcome, Verdict
from activities.mail_out.smtp_pool import Connection, HaltedError, SmtpPool
from models.errors import RefusedError
from models.mail.smtp import SmtpServer
from record.database import failpoints
from record.database.background import in_short, log_failure
from record.database.engine import Database

OnFailure = Callable[[str, str], Awaitable[None]]

POLL: Final = 5.0  # seconds; mail of other processes and mail to be tried again is found by looking
FAREWELL: Final = 10.0
AT_ONCE: Final = 32
"""Mails taken from the outbox in one transaction. None of them begins before its turn comes."""

OWN_FAULT: Final = "internal error"
"""Stands where the server's words would, for a mail that failed on this side."""

log = logging.getLogger(__name__)


def open_mailroom(db: Database, server: SmtpServer, on_failure: OnFailure, *, sole: bool = False) -> "Mailroom":
    """The mailroom of an installation; see :class:`Mailroom`. Nothing is opened yet."""
    return Mailroom(OutboxDesk(db), SmtpPool(server), on_failure, sole=sole)


class Mailroom:
    """Sends the outbox's mail. One a process; several processes may share an outbox.

    ``on_failure(outbox_id, reply)`` is awaited before the mail is marked as failed, so it may come twice for one
    mail and has to take that as once. ``sole``: no other mailroom works on this outbox.
    """

    def __init__(
        self,
        desk: OutboxDesk,
        pool: SmtpPool,
        on_failure: OnFailure,
        *,
        sole: bool = False,
        pace: Pace | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self._desk, self._pool, self._on_failure, self._sole = desk, pool, on_failure, sole
        self._pace, self._breaker = pace or Pace(), breaker or Breaker()
        self._counter = Counter(desk, pool.size)
        self._tray: deque[Claim] = deque()  # taken, not begun
        self._taking = asyncio.Lock()
        self._running: set[asyncio.Task[bool]] = set()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = asyncio.Event()

    @property
    def trouble(self) -> str:
        """Why no mail leaves at the moment, for the operator; empty when all is well."""
        return self._breaker.trouble

    async def run(self) -> None:
        """Works until cancelled. Mails on their way are finished by :meth:`close`."""
        self._loop = asyncio.get_running_loop()
        while not self._closing.is_set():
            failpoints.reached("job_turn", "mailroom")
            self._wake.clear()
            await self._work()
            await self._sleep()

    async def close(self) -> None:
        """Takes no new mail, waits a little for those on their way, and closes the connections."""
        self._closing.set()
        self._wake.set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=FAREWELL)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._counter.clear()
        await self._clear_tray()
        await self._pool.close()

    def kick(self) -> None:
        """There is new mail. May be called from any thread, and before :meth:`run`."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def send_now(self, outbox_ids: Iterable[str], patience_seconds: float) -> tuple[int, int]:
        """Tries these mails at once and says how many were accepted and how many still wait.

        What takes longer goes on in the background. Never raises for a server that cannot be reached.
        """
        ids = list(outbox_ids)
        tasks = [self._start(outbox_id) for outbox_id in ids]
        if tasks:
            await asyncio.wait(tasks, timeout=patience_seconds)
        states = await asyncio.to_thread(self._desk.states, ids)
        waiting = sum(state in {"queued", "sending", "retry"} for state in states)
        return states.count("accepted"), waiting

    async def quiet(self) -> bool:
        """Whether no mail waits, is on its way or is to be tried again."""
        return not self._running and await asyncio.to_thread(self._desk.waiting) == 0

    def next_slot(self) -> datetime | None:
        """When the first of the mails that are held until their hour may leave, in legal time."""
        return self._desk.next_slot()

    async def _work(self) -> None:
        """Sends what is due over several connections side by side, until nothing is due or the breaker opens."""
        try:
            await self._take_over()
            due = 0 if self._breaker.is_open else await asyncio.to_thread(self._desk.due)
        except SQLAlchemyError as error:
            log.warning("the outbox cannot be read: %s", type(error).__name__)
            return
        if due and self._breaker.trouble:  # one knocks; four refused logins at once lock an account
            await self._together(self._start(once=True))
        if due and not self._breaker.is_open:
            await self._together(*(self._start() for _ in range(min(due, self._pool.size))))
        await self._clear_tray()

    async def _together(self, *tasks: asyncio.Task[bool]) -> None:
        """Waits for all; cancelled, it leaves them to :meth:`close`. An error of no single mail ends the mailroom."""
        done, _ = await asyncio.wait(tasks)
        for task in done:
            task.result()

    async def _take_over(self) -> None:
        """Once, before the first mail; a database that is away is waited for."""
        if self._sole and (left := await asyncio.to_thread(self._desk.take_over)):
            log.warning("%d mails were on their way when the last mailroom stopped; sent again", left)
        self._sole = False

    async def _clear_tray(self) -> None:
        """Puts back what was taken and will not begin: the breaker is open, or the mailroom closes."""
        rest = list(self._tray)
        self._tray.clear()
        if rest:
            try:
                await asyncio.to_thread(self._desk.give_back, rest)
            except SQLAlchemyError as error:  # their lease frees them
                log.warning("%d mails could not be put back: %s", len(rest), type(error).__name__)

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=min(self._breaker.rest, POLL) or POLL)
        except TimeoutError:
            await self._pool.close_idle()

    def _start(self, only: str = "", *, once: bool = False) -> asyncio.Task[bool]:
        task = asyncio.create_task(self._send_all(only, once=once), name="sending mail")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(log_failure)
        return task

    async def _send_all(self, only: str, *, once: bool = False) -> bool:
        """Mail after mail until there is none; False when something outside was wrong."""
        try:
            while not self._closing.is_set() and not self._breaker.is_open:
                if not await self._send_one(only) or once:
                    return True
        except HaltedError as error:
            await self._halt(error.outcome)
        except SQLAlchemyError as error:  # the mail stays with its lease and is taken again
            log.warning("the outbox cannot be written: %s", type(error).__name__)
        finally:
            await self._counter.clear()
        return False

    async def _send_one(self, only: str) -> bool:
        """Its turn and a connection come first: nothing is taken that could not be sent.

        An error that nobody foresaw is the mail's own from the moment it was taken: it costs this mail a try.
        """
        if not await self._pace.turn(self._closing):
            return False
        claim: Claim | None = None
        try:
            async with self._pool.connection() as connection:
                claim = await self._take(only)
                if claim is None:
                    self._pace.give_back()
                    return False
                failpoints.reached("mail_claimed")
                outcome = await self._hand_over(connection, claim)
                if outcome is not None and outcome.verdict is Verdict.ACCEPTED:
                    failpoints.reached("mail_taken")
            if outcome is not None:
                await self._settle(claim, outcome)
        except (HaltedError, OperationalError, InterfaceError):
            raise
        except Exception as error:
            if claim is None:
                raise
            await self._set_aside(claim, error)
        return not only

    async def _set_aside(self, claim: Claim, error: Exception) -> None:
        """Perhaps the server took it: the same bytes again later, as often as any mail is tried; then a person decides.

        If that cannot be written down either, the mail keeps its lease and is taken again when that runs out.
        """
        log.error("mail %s could not be sent and is set aside: %s", claim.id, in_short(error))
        reply = f"{OWN_FAULT}: {type(error).__name__}"
        last = claim.attempt >= LAST_ATTEMPT
        outcome = Outcome(Verdict.PERMANENT if last else Verdict.AMBIGUOUS, reply)
        try:
            if not last or await self._report(claim, outcome):
                await asyncio.to_thread(self._desk.settle, claim, outcome)
        except Exception as another:  # noqa: BLE001 - the lease is what is left
            log.error("mail %s keeps its lease: %s", claim.id, in_short(another))  # noqa: TRY400 - one line

    async def _take(self, only: str) -> Claim | None:
        if only:
            return next(iter(await asyncio.to_thread(self._desk.take, 1, only)), None)
        async with self._taking:
            if not self._tray:
                number = 1 if self._pace.limited else AT_ONCE  # what waits for its turn is not taken yet
                self._tray.extend(await asyncio.to_thread(self._desk.take, number))
            return self._tray.popleft() if self._tray else None

    async def _hand_over(self, connection: Connection, claim: Claim) -> Outcome | None:
        """The transaction begins first, then the record is asked: so no mail begins after its task's answer.

        None when the mail may not go on.
        """
        if not claim.intact:
            return Outcome(Verdict.PERMANENT, ALTERED)
        refused = await connection.begin(claim.sender, claim.to, len(claim.mime), claim.envid)
        if refused is not None:
            return refused
        if not await self._counter.may_go_on(claim):
            await connection.give_up()
            return None
        return await connection.deliver(claim.to, claim.mime)

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        if outcome.verdict is Verdict.HALT:
            await asyncio.to_thread(self._desk.give_back, [claim])
            raise HaltedError(outcome)
        self._breaker.heal()
        log.info("mail %s: %s", claim.id, outcome.verdict)
        if outcome.verdict is Verdict.ACCEPTED:
            self._counter.accepted((claim, outcome))
            return
        if outcome.verdict is Verdict.TEMPORARY and claim.attempt >= LAST_ATTEMPT:
            outcome = Outcome(Verdict.PERMANENT, outcome.reply)
        if outcome.verdict is Verdict.PERMANENT and not await self._report(claim, outcome):
            return
        await asyncio.to_thread(self._desk.settle, claim, outcome)

    async def _report(self, claim: Claim, outcome: Outcome) -> bool:
        """Tells the case of a mail refused for good. False: the case could not be told; once more later."""
        try:
            await self._on_failure(claim.id, outcome.reply)
        except RefusedError as refusal:
            log.warning("mail %s failed, and its case takes no note of it: %s", claim.id, refusal.code)
        except Exception as error:  # noqa: BLE001 - whatever it was, the mail is not marked as failed before its case knows
            log.warning("mail %s failed, and its case could not be told: %s", claim.id, in_short(error))
            return False
        return True

    async def _halt(self, outcome: Outcome) -> None:
        """Opens the breaker, and says in the record why its mail waits: officers' list shows it."""
        self._breaker.trip(outcome)
        log.error("no mail leaves at the moment: %s", outcome.reply)
        try:
            await asyncio.to_thread(self._desk.note_trouble, outcome.reply)
        except SQLAlchemyError as error:
            log.warning("the outbox cannot be written: %s", type(error).__name__)
