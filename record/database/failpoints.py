"""Named moments at which a test kills this process or lets it fail. Nothing happens unless ``WIR_FAILPOINT`` names one.

``WIR_FAILPOINT=point[/about]:count`` sends SIGKILL to the process itself when it comes to the point for the
``count``-th time, counting only what ``about`` names where it is given. ``WIR_FAILPOINT=error@point[/about]:count``
raises an error there instead, one that no code expects. It is no setting: in production, where unknown ``WIR_…``
names stop the start, it is refused.
"""

import os
import signal
import threading
from typing import Final

VARIABLE: Final = "WIR_FAILPOINT"

POINTS: Final = frozenset(
    {
        "worker_starts",  # all is connected, nothing is polled yet
        "before_commit",  # a step is written and not committed; about: the step's action
        "after_commit",  # a step is committed, its activity has not returned; about: the step's action
        "order_left",  # an order's file is on disk, the record does not know it yet
        "letters_tried",  # a notice's letters were tried, the activity has not returned
        "mail_claimed",  # a mail is marked as on its way, no SMTP transaction has begun
        "mail_taken",  # the mail server has said 250, the outbox does not know it yet
        "inbound_stored",  # a mail that came in is stored, it is not sorted
        "inbound_sorted",  # a mail is sorted with all that follows, its mailbox does not know it yet
        "command_stored",  # a command is committed, its case has not been told
        "job_turn",  # a background job begins a turn of its loop; about: the job's name
    }
)


ERROR: Final = "error@"


class FailpointError(Exception):
    """The error that a test wanted."""


class Failpoint:
    """One armed moment. Raises ``ValueError`` for a point that does not exist or no count."""

    def __init__(self, armed: str) -> None:
        self._fails = armed.startswith(ERROR)
        name, _, count = armed.removeprefix(ERROR).rpartition(":")
        self._point, _, self._about = name.partition("/")
        self._left = int(count)
        self._lock = threading.Lock()
        if self._point not in POINTS:
            raise ValueError(f"{VARIABLE}: no point {self._point!r}")

    def fatal(self, point: str, about: str) -> bool:
        """Whether this is the moment. True once."""
        if point != self._point or (self._about and about != self._about):
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0

    def happen(self, point: str) -> None:
        """The process dies here, or ``FailpointError`` is raised."""
        if self._fails:
            raise FailpointError(f"{VARIABLE} at {point}")
        os.kill(os.getpid(), signal.SIGKILL)


_armed: Final = Failpoint(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def reached(point: str, about: str = "") -> None:
    """The process has come to a point; it ends here if a test wants it to."""
    if _armed is not None and _armed.fatal(point, about):
        _armed.happen(point)
