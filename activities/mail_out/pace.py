"""How fast mail may leave: so many a second, so many an hour, as mail providers demand.

A token bucket a window, in the form of the generic cell rate algorithm: in whole nanoseconds of a given clock, so
that "at most n in any window" holds exactly, wherever the window begins.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

SECOND: Final = 1_000_000_000
HOUR: Final = 3600 * SECOND

Clock = Callable[[], int]
Pause = Callable[[int, asyncio.Event], Awaitable[None]]


@dataclass
class Bucket:
    """At most ``limit`` in any half-open ``window`` (ns). ``burst`` of them, less than the limit, may come at once."""

    limit: int
    window: int
    burst: int = 0
    _full_at: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.burst < self.limit:
            raise ValueError("the burst is smaller than the limit")
        self._step = -(-self.window // (self.limit - self.burst))

    def wait(self, now: int) -> int:
        """Nanoseconds until the next may go; 0 when it may at once."""
        return max(0, self._full_at - self.burst * self._step - now)

    def take(self, now: int) -> None:
        """One goes. Only when :meth:`wait` is 0."""
        self._full_at = max(now, self._full_at) + self._step

    def give_back(self) -> None:
        """The one that was taken last did not go."""
        self._full_at -= self._step


class Pace:
    """All limits of an installation's mail server, for one process. ``pause`` returns early when the event is set."""

    def __init__(
        self, per_second: int = 0, per_hour: int = 0, *, clock: Clock = time.monotonic_ns, pause: Pause | None = None
    ) -> None:
        wanted = ((per_second, SECOND, 0), (per_hour, HOUR, per_hour // 2))
        self._buckets: Sequence[Bucket] = [Bucket(n, window, burst) for n, window, burst in wanted if n > 0]
        self._clock, self._pause = clock, pause or _pause

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return bool(self._buckets)

    async def turn(self, stop: asyncio.Event) -> bool:
        """Waits until one more mail may leave. False when ``stop`` was set meanwhile: nothing was taken then."""
        while not stop.is_set():
            now = self._clock()
            wait = max((bucket.wait(now) for bucket in self._buckets), default=0)
            if wait == 0:
                for bucket in self._buckets:
                    bucket.take(now)
                return True
            await self._pause(wait, stop)
        return False

    def give_back(self) -> None:
        """The turn taken last was not used: there was no mail."""
        for bucket in self._buckets:
            bucket.give_back()


async def _pause(nanoseconds: int, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), nanoseconds / SECOND)
    except TimeoutError:
        return
