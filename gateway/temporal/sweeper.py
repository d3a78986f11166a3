"""The sweeper: tells cases again of stored commands that they have not answered yet. The net below every receipt.

Different cases are told side by side, the commands of one case in their order. A command that gets no answer is set
aside for a pause that grows from try to try, so it delays no other command.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from models.contracts import Outcome
from models.tables import CommandRow
from record.database import failpoints

AT_ONCE: Final = 16
"""Cases told side by side."""

PATIENCE: Final = 10.0
"""Seconds a case has to answer one command."""

SLOW: Final = 1.0
"""A case that took longer over a command and gave no answer is told of its next ones in a later turn."""

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 120.0
"""Seconds between two tries of one command: doubled from the first to the longest."""

Tell = Callable[[CommandRow, float], Awaitable[Outcome | None]]

log = logging.getLogger(__name__)


@dataclass
class Pauses:
    """Which commands are set aside, and until when. Kept in memory: a restart tries all of them at once."""

    clock: Callable[[], float] = time.monotonic
    _tries: dict[str, int] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def is_due(self, command_id: str) -> bool:
        """Whether the command may be told now."""
        return self.clock() >= self._until.get(command_id, 0.0)

    def tries(self, command_id: str) -> int:
        """How often the command was told in vain."""
        return self._tries.get(command_id, 0)

    def failed(self, command_id: str) -> float:
        """The command was told in vain; gives the seconds until it is due again."""
        tries = self._tries[command_id] = self.tries(command_id) + 1
        pause: float = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
        self._until[command_id] = self.clock() + pause
        return pause

    def keep(self, waiting: Iterable[str]) -> None:
        """Forgets all commands but those that wait."""
        for gone in self._tries.keys() - set(waiting):
            del self._tries[gone], self._until[gone]


class Sweeper:
    """One a process; several processes may sweep one record.

    ``tell`` tells one case, never raises, and gives none when there is no answer. ``waiting`` reads the commands that
    wait, oldest first, and may raise ``SQLAlchemyError``. ``reachable``: whether Temporal answers at all; while it does
    not, nothing is tried and nothing is set aside.
    """

    def __init__(
        self,
        tell: Tell,
        waiting: Callable[[], list[CommandRow]],
        reachable: Callable[[], Awaitable[bool]],
        pauses: Pauses | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._tell, self._waiting, self._reachable = tell, waiting, reachable
        self._patience = patience
        self._pauses = pauses or Pauses()
        self._queue: deque[list[CommandRow]] = deque()
        """The commands of one case each; cases with a command that was never told come first."""
        self._being_told: set[str] = set()
        self._answered: set[str] = set()
        """Commands answered since the last reading began: what was read may still hold them."""
        self._tellers = 0

    async def run(self, every: float, stop: Callable[[], bool]) -> None:
        """Sweeps until cancelled or ``stop``, every so many seconds; a database that is away is waited for."""
        async with asyncio.TaskGroup() as tellers:
            while not stop():
                failpoints.reached("job_turn", "sweeper")
                try:
                    await self._look(tellers)
                except SQLAlchemyError as error:
                    log.warning("the sweeper waits for the database: %s", type(error).__name__)
                await asyncio.sleep(every)

    async def _look(self, tellers: asyncio.TaskGroup) -> None:
        """Lays out anew what is to be told. Tellers that are at work go on with the new list."""
        self._queue = deque(
            left for rows in self._queue if (left := [row for row in rows if row.id not in self._answered])
        )
        self._answered.clear()
        rows = [row for row in await asyncio.to_thread(self._waiting) if row.id not in self._answered]
        self._pauses.keep(row.id for row in rows)
        due: dict[str, list[CommandRow]] = {}
        for row in rows:
            if self._pauses.is_due(row.id):
                due.setdefault(row.case_id, []).append(row)
        if due and not await self._reachable():
            due.clear()
        self._queue = deque(sorted(due.values(), key=lambda found: min(self._pauses.tries(row.id) for row in found)))
        for _ in range(min(AT_ONCE - self._tellers, len(self._queue))):
            self._tellers += 1
            tellers.create_task(self._tell_cases())

    async def _tell_cases(self) -> None:
        """Case after case until the list is empty."""
        try:
            while self._queue:
                rows = self._queue.popleft()
                case_id = rows[0].case_id
                if case_id not in self._being_told:
                    self._being_told.add(case_id)
                    try:
                        await self._tell_case(rows)
                    finally:
                        self._being_told.discard(case_id)
        finally:
            self._tellers -= 1

    async def _tell_case(self, rows: list[CommandRow]) -> None:
        clock = asyncio.get_running_loop().time
        for row in rows:
            if row.id in self._answered or not self._pauses.is_due(row.id):
                continue  # it was told since the list was read
            began = clock()
            if await self._tell(row, self._patience) is not None:
                self._answered.add(row.id)
                continue
            pause = self._pauses.failed(row.id)
            log.info("command %s of %s is told again in %d s", row.id, row.case_id, pause)
            if clock() - began > SLOW:
                return
