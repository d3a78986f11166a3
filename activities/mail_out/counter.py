"""The mailroom's counter: what its connections want of the outbox at the same time goes into one transaction.

A commit costs more than a mail. So those who ask wait for each other: until all connections have asked, or a moment
has passed, or the transaction that runs is over. A mail that was accepted waits a moment for company, and not longer
than until the same connection's next mail may go on: so what a crash leaves accepted and not written down is one mail
a connection, as without this.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError

from activities.mail_out.outbox import Claim, OutboxDesk, Settled
from record.database.background import in_short, log_failure

COMPANY: Final = 0.02  # seconds an accepted mail waits for others before it is written down
MOMENT: Final = 0.002  # seconds a mail that begins waits for others; a mail server a few rooms away takes as long

log = logging.getLogger(__name__)


@dataclass
class _Turn:
    """What goes into the next transaction."""

    settled: list[Settled] = field(default_factory=list)
    beginning: list[tuple[Claim, asyncio.Future[bool]]] = field(default_factory=list)

    def waiting(self) -> list[asyncio.Future[bool]]:
        """Those who still want to know; a connection may have been closed meanwhile."""
        return [word for _, word in self.beginning if not word.done()]

    def alone(self) -> list["_Turn"]:
        """Each of them in a turn of its own, in the same order; empty when there is one only."""
        turns = [_Turn(settled=[one]) for one in self.settled] + [_Turn(beginning=[one]) for one in self.beginning]
        return turns if len(turns) > 1 else []


class Counter:
    """Collects and commits. Used from one event loop. ``together``: how many can ask at the same time."""

    def __init__(self, desk: OutboxDesk, together: int) -> None:
        self._desk, self._together = desk, together
        self._next = _Turn()
        self._work: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def may_go_on(self, claim: Claim) -> bool:
        """Whether this mail, whose SMTP transaction has begun, may be sent: its task is open and not answered.

        All that was accepted before is written down by then, or could not be. Raises what the outbox raised.
        """
        word: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._next.beginning.append((claim, word))
        if len(self._next.beginning) >= self._together:
            self._start()
        else:
            self._start_within(MOMENT)
        return await word

    def accepted(self, settled: Settled) -> None:
        """The server took a mail: that is written down at once, or nearly."""
        self._next.settled.append(settled)
        self._start_within(COMPANY)

    async def clear(self) -> None:
        """Writes down what is left and returns when it is committed, or cannot be."""
        self._start()
        while self._work is not None:
            await asyncio.shield(self._work)

    def _start_within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is None or self._timer.when() > loop.time() + seconds:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_later(seconds, self._start)

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._work is None and (self._next.settled or self._next.beginning):
            self._work = asyncio.create_task(self._run(), name="the outbox's counter")
            self._work.add_done_callback(log_failure)

    async def _run(self) -> None:
        try:
            while self._next.settled or self._next.beginning:
                turn, self._next = self._next, _Turn()
                await self._commit(turn)
        finally:
            self._work = None

    async def _commit(self, turn: _Turn) -> None:
        """Raises nothing: whoever waits is told of the error, and one that is at fault alone fails alone."""
        claims = [claim for claim, _ in turn.beginning]
        try:
            begun = await asyncio.to_thread(self._desk.turn, turn.settled, claims)
        except Exception as error:  # noqa: BLE001 - whatever it was, connections wait for a word
            parts = [] if isinstance(error, OperationalError | InterfaceError) else turn.alone()
            for part in parts:
                await self._commit(part)
            if not parts:
                _give_up(turn, error)
            return
        for claim, word in turn.beginning:
            if not word.done():
                word.set_result(claim.id in begun)


def _give_up(turn: _Turn, error: Exception) -> None:
    """What was accepted keeps its lease and is sent again after it."""
    if turn.settled:
        log.error("%d mails were accepted, not written down: %s", len(turn.settled), in_short(error))
    for word in turn.waiting():
        word.set_exception(error)
