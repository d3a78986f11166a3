"""The world of one life: a database, a mail sink, a Temporal to work on, and where processes find all of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import col, select, update
from temporalio.testing import TimeSkipper

from activities.mail_out.outbox import WAITING
from gateway.start.devserver import free_port
from models.tables import Alarm, CommandRow, Outbox, StepRow
from record.promises import check
from tests.crash.life import Life
from tests.crash.processes import Place
from tests.crash.sink import CountingSink
from tests.fixtures.postgres import Cluster


@dataclass
class World:
    """What is there before any process of the project runs."""

    life: Life
    place: Place
    sink: CountingSink

    def leases_run_out(self) -> None:
        """A mail that a dead worker had in hand is taken again after a quarter of an hour; here it is over at once."""
        self._now_due("sending")

    def all_delivered(self) -> bool:
        """Whether no mail waits any more; the minutes until one is tried again are over at once."""
        self._now_due("retry")
        return not self.unsent()

    def unsent(self) -> list[str]:
        """Mails that no server has taken yet."""
        with self.life.db.read() as session:
            return list(session.exec(select(Outbox.id).where(col(Outbox.state).in_(WAITING))))

    def _now_due(self, state: str) -> None:
        with self.life.db.write() as session:
            session.execute(update(Outbox).where(col(Outbox.state) == state).values(next_try_at=datetime.now(UTC)))

    def mail_server_ends(self) -> None:
        """Nobody listens any more."""
        self.sink.stop()

    def mail_server_returns(self) -> None:
        """It listens where it did, on the mailbox it had."""
        self.sink = CountingSink(self.sink.mailbox.folder, port=self.place.smtp)
        self.sink.start()

    def link(self, address: str) -> str:
        """The link to a task's form in the newest mail to somebody."""
        return [link for mail in self.sink.mails(address) for link in mail.task_links][-1]

    def told(self, task_id: str) -> tuple[list[str], int]:
        """The commands that answer a task, by state, and how many steps they made."""
        with self.life.db.read() as session:
            rows = session.exec(select(CommandRow).where(CommandRow.task_id == task_id)).all()
            steps = session.exec(select(StepRow).where(col(StepRow.command_id).in_([row.id for row in rows]))).all()
        return [row.state for row in rows], len(steps)

    def promises_are_kept(self) -> None:
        """The checker's word, and no alarm."""
        with self.life.db.read() as session:
            assert check(session) == []
            assert session.exec(select(Alarm)).all() == []


@asynccontextmanager
async def world(skipper: TimeSkipper, folder: Path, postgres: Cluster) -> AsyncIterator[World]:
    """A world on a database of its own, until the block ends."""
    name = postgres.create()
    sink = CountingSink(folder / "mailbox")
    found = World(
        Life(folder, skipper, postgres.url(name)),
        Place(
            data=folder,
            database=postgres.url(name),
            smtp=sink.start().port,
            portal=free_port(),
            temporal=skipper.client.service_client.config.target_host,
            namespace=skipper.client.namespace,
        ),
        sink,
    )
    try:
        yield found
    finally:
        found.sink.stop()
        found.life.db.close()
        postgres.drop(name)
