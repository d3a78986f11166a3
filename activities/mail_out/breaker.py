"""The mailroom's breaker: when the server takes no mail at all, nothing is tried for a while and the queue is kept."""

import time
from collections.abc import Callable
from typing import Final

from activities.mail_out.smtp_outcome import Outcome, Verdict

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0


class Breaker:
    """Opens for seconds, then longer, when the server is away; for minutes at once when it refuses the login."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._resume_at = clock()
        self._pause = FIRST_PAUSE
        self.trouble = ""
        """Why no mail leaves, in the server's words without any address; empty when the last one was fine."""

    @property
    def is_open(self) -> bool:
        """Whether nothing is to be tried now."""
        return self._clock() < self._resume_at

    @property
    def rest(self) -> float:
        """Seconds until the next try; 0 when it may be now."""
        return max(0.0, self._resume_at - self._clock())

    def trip(self, outcome: Outcome) -> None:
        """The server took no mail."""
        if outcome.verdict is Verdict.HALT:
            self._pause = LONGEST_PAUSE
        self._resume_at = self._clock() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.trouble = outcome.reply

    def heal(self) -> None:
        """The server took a mail, or refused one for its own sake."""
        self.trouble, self._pause = "", FIRST_PAUSE
