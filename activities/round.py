"""The activity of a funding round: records its next step, for the round's own workflow alone."""

from collections.abc import Callable
from typing import Any, Protocol

from temporalio import activity

from activities.own import require_own, translated
from models.contracts import RoundStepReply, RoundStepRequest
from record.database.engine import Database
from record.rounds.recorder import RoundRecorder


class Mailroom(Protocol):
    """The mailroom as a round needs it."""

    def kick(self) -> None:
        """There is mail."""
        ...


class RoundActivities:
    """The round's activities, bound to what they touch."""

    def __init__(self, db: Database, rounds: RoundRecorder, mailroom: Mailroom) -> None:
        self._db, self._rounds, self._mailroom = db, rounds, mailroom

    def all(self) -> list[Callable[..., Any]]:
        """To be registered with a worker."""
        return [self.record_round_step]

    @activity.defn(name="record_round_step", no_thread_cancel_exception=True)
    def record_round_step(self, request: RoundStepRequest) -> RoundStepReply:
        """The round's next step with all its mails in one transaction; a repetition returns what is stored."""
        require_own(self._db, request.round_id)
        reply = translated(lambda: self._rounds.step(request))
        if reply.step is not None and (reply.step.invited or reply.step.reminded):
            self._mailroom.kick()
        return reply
