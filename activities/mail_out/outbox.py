"""The outbox as the mailroom works on it: take a mail, write down what became of it. One transaction each.

Waiting between tries is transport and runs on the server's clock; when a mail was accepted is legal time.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, and_, func, not_, update
from sqlmodel import Session, col, select

from activities.letters.mime import digest, redact
from activities.mail_out import outbox_sql as sql
from activities.mail_out.outbox_sql import TASK_CLOSED, WAITING, held
from activities.mail_out.smtp_outcome import Outcome, Verdict, attempts_within, wait_before
from models.tables import Outbox
from record.database.clock import legal_now, offset
from record.database.engine import Database

__all__ = ["TASK_CLOSED", "WAITING", "Claim", "OutboxDesk", "Settled", "held"]

LEASE: Final = timedelta(minutes=15)
"""How long a worker may take over one mail; longer than all its timeouts together."""

LAST_ATTEMPT: Final = attempts_within()
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
    offset: timedelta = timedelta(0)  # of legal time, which stands still while a mail is on its way

    @property
    def now(self) -> datetime:
        """The legal instant."""
        return _now() + self.offset


Settled = tuple[Claim, Outcome]


class OutboxDesk:
    """The mailroom's view of the outbox table.

    A mail is taken, then begins, then is settled. What may begin is decided when its SMTP transaction has begun
    and nothing of the mail has been said yet: an answer that is committed before that stops it, one that is
    committed later comes after the transaction's begin.
    """

    def __init__(self, db: Database, lease: timedelta = LEASE) -> None:
        self._db, self._lease = db, lease

    def take(self, number: int = 1, only: str = "") -> list[Claim]:
        """Takes the next mails that are due (or this one, if it is), oldest first."""
        with self._db.write() as session:
            now, legal = _now(), offset(session)
            asked = {"now": now, "legal": now + legal, "number": number} | ({"only": only} if only else {})
            rows = session.connection().execute(sql.THIS if only else sql.NEXT, asked).all()
            if rows:
                taken = {"ids": [row.id for row in rows], "free_at": now + self._lease}
                session.connection().execute(sql.TAKEN, taken)
            return [_claim(row, legal) for row in rows]

    def turn(self, settled: Sequence[Settled], beginning: Sequence[Claim]) -> frozenset[str]:
        """One transaction: writes down which mails were accepted, and says which of those that begin may go on.

        Of the others, those whose task has ended are dropped; those whose task has an answer that waits to be
        applied are put back untried, and come again if it is refused. As long as more mails come it does not wait for
        the disk: after a failure of the machine those of the last moment go out once more, the same to the byte.
        """
        with self._db.hurried() if beginning else self._lasting() as connection:
            if settled:
                connection.execute(sql.ACCEPTED, [_accepted(claim, outcome) for claim, outcome in settled])
            if not beginning:
                return frozenset()
            taken = {"taken": [(claim.id, claim.attempt) for claim in beginning]}
            begun = frozenset(connection.execute(sql.BEGUN, taken | {"legal": beginning[0].now}).scalars())
            if len(begun) < len(beginning):
                taken = {"taken": [(claim.id, claim.attempt) for claim in beginning if claim.id not in begun]}
                connection.execute(sql.DROPPED, taken)
                connection.execute(sql.PUT_BACK, taken | {"now": _now()})
            return begun

    @contextmanager
    def _lasting(self) -> Generator[Connection]:
        with self._db.write() as session:
            yield session.connection()

    def claim(self, only: str = "") -> Claim | None:
        """Takes one mail that may begin at once."""
        while taken := self.take(1, only):
            if self.turn((), taken):
                return taken[0]
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

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Puts mails back untried: the server takes none now, or nobody is left to send them."""
        taken = {"taken": [(claim.id, claim.attempt) for claim in claims]}
        with self._db.write() as session:
            session.connection().execute(sql.PUT_BACK, taken | {"now": _now()})

    def note_trouble(self, reply: str) -> None:
        """Writes to each mail that could leave now why it does not; it is no try of that mail."""
        with self._db.write() as session:
            session.connection().execute(sql.TROUBLE, _times(session) | {"reply": reply})

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
            return int(session.connection().execute(sql.DUE, _times(session)).scalar_one())

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


def _accepted(claim: Claim, outcome: Outcome) -> dict[str, Any]:
    return {"mail": claim.id, "clean": redact(claim.mime), "reply": outcome.reply, "legal": claim.now}


def _claim(row: Any, legal: timedelta) -> Claim:
    intact = digest(row.mime) == row.sha256
    return Claim(row.id, row.attempts + 1, row.sender, row.to, row.mime, intact, row.key or row.id, legal)


def _times(session: Session) -> dict[str, datetime]:
    now = _now()
    return {"now": now, "legal": now + offset(session)}


def _changed(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _now() -> datetime:
    return datetime.now(UTC)
