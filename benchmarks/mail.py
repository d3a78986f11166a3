"""Mails a second: the mailroom beside raw aiosmtplib with reused connections and one commit a batch.

Both send the same letters from the same table to the same server over as many connections, in turns.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from aiosmtplib import SMTP
from sqlalchemy import update
from sqlmodel import col, func, select

from activities.letters.rendering import Letters
from activities.mail_out.mailroom import Mailroom
from activities.mail_out.outbox import Claim, OutboxDesk, Settled
from activities.mail_out.smtp_pool import CONNECTIONS, SmtpPool
from models.mail.orders import Template
from models.mail.smtp import SmtpServer
from models.tables import Outbox, TaskRow
from record.database.engine import Database
from tests.activities.samples import letter

BATCH = 100
DUE = datetime(2018, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Rates:
    """Mails a second, a number for each turn."""

    room: list[float]
    raw: list[float]

    @property
    def ratio(self) -> float:
        """The median of what the mailroom reaches of the raw rate in the same turn."""
        return statistics.median(a / b for a, b in zip(self.room, self.raw, strict=True))


async def mail_rates(db: Database, server: SmtpServer, *, mails: int, turns: int) -> Rates:
    """Alternates; a first turn warms both up and does not count."""
    rates = Rates([], [])
    for _ in range(turns + 1):
        rates.raw.append(await _timed(db, mails, lambda: raw(db, server)))
        rates.room.append(await _timed(db, mails, lambda: mailroom(db, server, mails)))
    return Rates(rates.room[1:], rates.raw[1:])


async def _timed(db: Database, mails: int, work: Callable[[], Awaitable[None]]) -> float:
    fill(db, mails)
    started = time.perf_counter()
    await work()
    seconds = time.perf_counter() - started
    with db.read() as session:
        sent = session.exec(select(func.count()).where(Outbox.state == "accepted")).one()
    assert sent == mails, f"{sent} of {mails} were sent"
    return mails / seconds


def fill(db: Database, mails: int) -> None:
    """So many due reminders of open tasks, and nothing else."""
    letters, run = Letters("rp.example"), uuid4().hex
    with db.write() as session:
        session.connection().exec_driver_sql("DELETE FROM outbox")
        session.connection().exec_driver_sql("DELETE FROM task")
        for number in range(mails):
            name = f"{run}-{number}"
            mail = letters.write(letter(Template.DECLARATION_REMINDER, dedupe_key=name))
            session.add(_task(name))
            session.add(
                Outbox(
                    id=name,
                    dedupe_key=name,
                    message_id=mail.message_id,
                    template=Template.DECLARATION_REMINDER,
                    task_id=name,
                    sender="wir@rp.example",
                    to=mail.to,
                    subject=mail.subject,
                    mime=mail.mime,
                    sha256=mail.sha256,
                    queued_at=DUE,
                    next_try_at=DUE,
                )
            )


def _task(task_id: str) -> TaskRow:
    return TaskRow(
        id=task_id,
        kind="declare_acceptance",
        owner="applicant",
        recipient="fulda-district",
        opened_at=DUE,
        due_at=DUE,
    )


class _Watched(OutboxDesk):
    """Says when so many mails are written down as accepted: asking again and again would be measured too."""

    def __init__(self, db: Database, mails: int, done: Callable[[], object]) -> None:
        super().__init__(db)
        self._left, self._done = mails, done

    def turn(self, settled: Sequence[Settled], beginning: Sequence[Claim]) -> frozenset[str]:
        begun = super().turn(settled, beginning)
        self._left -= len(settled)
        if not self._left:
            self._done()
        return begun


async def mailroom(db: Database, server: SmtpServer, mails: int) -> None:
    """The mailroom works until all is sent."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    desk = _Watched(db, mails, lambda: loop.call_soon_threadsafe(done.set))
    room = Mailroom(desk, SmtpPool(server), _no_failure)
    running = asyncio.create_task(room.run())
    await done.wait()
    await room.close()
    await running


async def _no_failure(outbox_id: str, reply: str) -> None:
    raise AssertionError(f"{outbox_id} was refused: {reply}")


async def raw(db: Database, server: SmtpServer) -> None:
    """The least that can be done: read a batch, send it over open connections, one commit for the batch."""
    clients = [SMTP(hostname=server.host, port=server.port, start_tls=False) for _ in range(CONNECTIONS)]
    for client in clients:
        await client.connect()
        await client.ehlo()
    while batch := await asyncio.to_thread(_batch, db):
        shares = [batch[number :: len(clients)] for number in range(len(clients))]
        await asyncio.gather(*(_send(client, share) for client, share in zip(clients, shares, strict=True)))
        await asyncio.to_thread(_accepted, db, [row[0] for row in batch])
    for client in clients:
        await client.quit()


async def _send(client: SMTP, share: Sequence[tuple[str, str, str, bytes]]) -> None:
    for _, sender, to, mime in share:
        await client.mail(sender, options=[f"SIZE={len(mime)}"])
        await client.rcpt(to)
        await client.data(mime)


def _batch(db: Database) -> list[tuple[str, str, str, bytes]]:
    query = select(Outbox.id, Outbox.sender, Outbox.to, Outbox.mime).where(Outbox.state == "queued").limit(BATCH)
    with db.read() as session:
        return [tuple(row) for row in session.exec(query)]  # type: ignore[misc]


def _accepted(db: Database, ids: list[str]) -> None:
    with db.write() as session:
        session.execute(update(Outbox).where(col(Outbox.id).in_(ids)).values(state="accepted"))
