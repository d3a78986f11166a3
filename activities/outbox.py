"""The outbox as the mailroom works on it: take a mail, write down what became of it. One transaction each.

Waiting between tries is transport and runs on the server's clock; when a mail was accepted is legal time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, and_, func, not_, or_, update
from sqlmodel import Session, col, select

from activities.mime import digest, redact
from activities.smtp_outcome import Outcome, Verdict, attempts_within, wait_before
from models.tables import Case, MailThread, Outbox, TaskRow
from models.tasks import TaskState
from record.clock import legal_now
from record.engine import Database

LEASE: Final = timedelta(minutes=15)
"""How long a worker may take over one mail; longer than all its timeouts together."""

WAITING: Final = ("queued", "retry", "sending")
LAST_ATTEMPT: Final = attempts_within()
TASK_CLOSED: Final = "task_closed"
ALTERED: Final = "the stored bytes do not match their hash"


@dataclass(frozen=True)
class Claim:
    """A mail this worker has taken. ``attempt`` guards against a worker that comes back too late."""

    id: str
    attempt: int
    sender: str
    to: str
    mime: bytes
    intact: bool
    envid: str  # comes back in the mail server's reports (RFC 3461)


class OutboxDesk:
    """The mailroom's view of the outbox table."""

    def __init__(self, db: Database, lease: timedelta = LEASE) -> None:
        self._db, self._lease = db, lease

    def claim(self, only: str = "") -> Claim | None:
        """Takes the next mail that is due (or this one, if it is); a mail whose task has ended is dropped."""
        with self._db.write() as session:
            while (row := self._next(session, only)) is not None:
                # The case's last step is read before its task: a step that comes between is seen by the second.
                begun = legal_now(session), _last_step(session, row.case_id)
                if self._needless(session, row):
                    row.state, row.smtp_reply = "dropped", TASK_CLOSED
                    session.add(row)
                    session.flush()
                    continue
                row.ambiguous += row.state == "sending"  # a worker died over it, perhaps after the final dot
                row.state, row.attempts = "sending", row.attempts + 1
                row.begun_at, row.begun_step = begun
                row.next_try_at = _now() + self._lease
                session.add(row)
                envid = _thread_key(session, row.id) or row.id
                intact = digest(row.mime) == row.sha256
                return Claim(row.id, row.attempts, row.sender, row.to, row.mime, intact, envid)
        return None

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Writes down what became of a mail. False when another worker has it by now.

        A mail the server took is accepted in any case: that is a fact, whoever holds the mail.
        """
        with self._db.write() as session:
            accepted = outcome.verdict is Verdict.ACCEPTED
            mine = and_(col(Outbox.state) == "sending", col(Outbox.attempts) == claim.attempt)
            values = self._values(session, claim, outcome)
            where = col(Outbox.state).in_(WAITING) if accepted else mine
            result = session.execute(update(Outbox).where(col(Outbox.id) == claim.id, where).values(values))
            return _changed(result) == 1

    def give_back(self, claim: Claim) -> None:
        """Puts a mail back untried: the server takes none now, which is not this mail's fault."""
        with self._db.write() as session:
            session.execute(
                update(Outbox)
                .where(col(Outbox.id) == claim.id, col(Outbox.attempts) == claim.attempt)
                .where(col(Outbox.state) == "sending")
                .values(state="retry", attempts=claim.attempt - 1, next_try_at=_now())
            )

    def take_over(self) -> int:
        """Takes what a dead worker left in the middle. Only for the one mailroom of an installation."""
        with self._db.write() as session:
            result = session.execute(update(Outbox).where(col(Outbox.state) == "sending").values(next_try_at=_now()))
            return _changed(result)

    def states(self, ids: Iterable[str]) -> list[str]:
        """The states of these mails."""
        with self._db.read() as session:
            return list(session.exec(select(Outbox.state).where(col(Outbox.id).in_(list(ids)))))

    def waiting(self) -> int:
        """How many mails are not at their end yet; those held until a later hour are not under way."""
        with self._db.read() as session:
            under_way = and_(col(Outbox.state).in_(WAITING), not_(held(legal_now(session))))
            return session.exec(select(func.count()).where(under_way)).one()

    def next_slot(self) -> datetime | None:
        """When the first of the held mails may leave, in legal time."""
        with self._db.read() as session:
            first = select(func.min(Outbox.next_try_at)).where(held(legal_now(session)))
            return session.exec(first).one()

    def due(self) -> int:
        """How many mails could be sent now."""
        with self._db.read() as session:
            return session.exec(select(func.count()).where(_due(session))).one()

    def _next(self, session: Session, only: str) -> Outbox | None:
        query = select(Outbox).where(_due(session)).order_by(col(Outbox.queued_at), col(Outbox.id)).limit(1)
        if only:
            query = query.where(Outbox.id == only)
        return session.exec(query.with_for_update(skip_locked=True)).first()

    def _needless(self, session: Session, row: Outbox) -> bool:
        """A mail of an ended task; a notice is served all the same, unless its reader has answered it."""
        if not row.task_id:
            return False
        state = session.exec(select(TaskRow.state).where(TaskRow.id == row.task_id)).first()
        return state == TaskState.ANSWERED if row.notice_id else state != TaskState.OPEN

    def _values(self, session: Session, claim: Claim, outcome: Outcome) -> dict[str, Any]:
        match outcome.verdict:
            case Verdict.ACCEPTED:
                values = {"state": "accepted", "accepted_at": legal_now(session), "mime": redact(claim.mime)}
            case Verdict.PERMANENT:
                values = {"state": "failed"}
            case _:
                wait = wait_before(claim.attempt, greylisted=outcome.greylisted)
                values = {"state": "retry", "next_try_at": _now() + wait}
                if outcome.verdict is Verdict.AMBIGUOUS:
                    values["ambiguous"] = Outbox.__table__.c.ambiguous + 1  # type: ignore[attr-defined]
        return values | {"smtp_reply": outcome.reply}


def _due(session: Session) -> ColumnElement[bool]:
    """Queued mail waits on legal time, tries on the server's; a lease that ran out frees a mail again."""
    now = _now()
    return or_(
        and_(col(Outbox.state) == "queued", not_(held(legal_now(session)))),
        and_(col(Outbox.state).in_(("retry", "sending")), col(Outbox.next_try_at) <= now),
    )


def held(legal: datetime) -> ColumnElement[bool]:
    """Written, and not to leave before an hour of legal time that has not come (:mod:`activities.mail_slots`)."""
    later = and_(col(Outbox.next_try_at) > col(Outbox.queued_at), col(Outbox.next_try_at) > legal)
    return and_(col(Outbox.state) == "queued", later)


def _thread_key(session: Session, outbox_id: str) -> str | None:
    """The key of a mail's reply address; mails to officers have none."""
    return session.exec(select(MailThread.key).where(MailThread.outbox_id == outbox_id)).first()


def _last_step(session: Session, case_id: str) -> int | None:
    """The last committed step of a case, so that it can be shown that no mail began after its task's answer."""
    return session.exec(select(Case.step_no).where(Case.id == case_id)).first() if case_id else None


def _changed(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _now() -> datetime:
    return datetime.now(UTC)
