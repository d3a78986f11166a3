"""SIGKILL of the worker at every named moment of one life: nothing is lost, nothing is done twice."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, update

from gateway.devserver import free_port
from models.tables import Alarm, Order, Outbox
from record.engine import Database
from record.failpoints import POINTS
from record.promises import check
from tests.crash.life import MOMENTS, Life, live
from tests.crash.processes import Keeper, Place
from tests.crash.sink import CountingSink
from tests.fixtures.postgres import Cluster
from tests.fixtures.temporal import TemporalServer
from tests.workflows.story import differences, story

pytestmark = [pytest.mark.crash, pytest.mark.server, pytest.mark.postgres, pytest.mark.slow]


@dataclass
class Lived:
    """A life that is over, and the world it was lived in."""

    life: Life
    sink: CountingSink
    worker: Keeper
    stage: str


Living = Callable[[str, tuple[str, ...]], Any]


@pytest.fixture
async def lived(
    temporal_server: TemporalServer, postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Living]:
    """``await lived(name, moments)`` plays a life in a world of its own."""
    lives: dict[str, Life] = {}

    async def play(name: str, moments: tuple[str, ...]) -> Lived:
        database = postgres.create()
        folder = tmp_path_factory.mktemp(name)
        async with world(temporal_server, folder, postgres.url(database), moments) as found:
            lives[database] = found.life
            found.stage = await live(found.life, found.worker)
        return found

    yield play
    for database, life in lives.items():
        life.db.close()
        postgres.drop(database)


@asynccontextmanager
async def world(
    temporal: TemporalServer, folder: Path, database: str, moments: tuple[str, ...]
) -> AsyncIterator[Lived]:
    """Database, mail sink and a worker that dies at these moments, until the block ends."""
    skipper = await temporal.skipper()
    sink = CountingSink(folder / "mailbox")
    port = sink.start().port
    life = Life(folder, skipper, database)
    place = Place(folder, database, port, free_port(), temporal.address, skipper.client.namespace)
    try:
        async with Keeper("worker", place, moments, lambda: leases_run_out(life.db)) as worker:
            yield Lived(life, sink, worker, "")
    finally:
        sink.stop()


def leases_run_out(db: Database) -> None:
    """A mail that a dead worker had in hand is taken again after a quarter of an hour; here it is over at once."""
    with db.write() as session:
        session.execute(update(Outbox).where(col(Outbox.state) == "sending").values(next_try_at=datetime.now(UTC)))


@pytest.mark.timeout(400)  # eleven starts of a worker, and each death is noticed after five seconds only
async def test_a_worker_killed_at_every_moment_loses_and_doubles_nothing(lived: Living) -> None:
    async with asyncio.TaskGroup() as both:
        playing = [both.create_task(lived(name, moments)) for name, moments in (("killed", MOMENTS), ("twin", ()))]
    killed, twin = (one.result() for one in playing)
    assert killed.worker.deaths == list(MOMENTS)
    assert twin.worker.deaths == []
    for one in (killed, twin):
        assert one.stage == "closed"
        assert "Traceback" not in one.worker.log, one.worker.log
        promises_are_kept(one.life.db)
        orders_left_once(one.life)
    assert differences(told(killed.life.db), told(twin.life.db)) == []
    assert mails_came(killed) >= 1, "a mail was taken, the worker died before it noted that, and it was sent again"
    assert mails_came(twin) == 0


def test_there_are_ten_moments_and_every_point_of_the_worker_is_one() -> None:
    assert len(MOMENTS) >= 10
    assert len(set(MOMENTS)) == len(MOMENTS)
    assert {moment.partition(":")[0].partition("/")[0] for moment in MOMENTS} == POINTS - {"command_stored"}


def told(db: Database) -> dict[str, list[dict[str, Any]]]:
    """All that counts, but for how often a mail was tried, and the daily mail to officers, which counts starts."""
    found = story(db)
    tried = {"attempts", "ambiguous", "smtp_reply"}
    found["Outbox"] = [{k: v for k, v in row.items() if k not in tried} for row in found["Outbox"] if row["case_id"]]
    in_order = {"StepRow", "CommandRow", "LedgerRow"}
    return {table: rows if table in in_order else sorted(rows, key=repr) for table, rows in found.items()}


def promises_are_kept(db: Database) -> None:
    """The checker's word, and no alarm."""
    with db.read() as session:
        assert check(session) == []
        assert session.exec(select(Alarm)).all() == []


def orders_left_once(life: Life) -> None:
    """One file for each order, with the bytes the record knows of, and nothing beside them."""
    with life.db.read() as session:
        orders = {f"{order.id}.json": order.file_sha256 for order in session.exec(select(Order))}
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (life.folder / "payments").iterdir()}
    assert len(files) == 2
    assert files == orders


def mails_came(one: Lived) -> int:
    """Each mail is in the mailbox once, or was not needed any more. Returns how many were taken more than once."""
    with one.life.db.read() as session:
        rows = session.exec(select(Outbox)).all()
    accepted = {row.message_id: row for row in rows if row.state == "accepted"}
    assert {row.state for row in rows} <= {"accepted", "dropped"}
    kept = Counter(mail.message_id for mail in one.sink.mails())
    assert kept == Counter(accepted.keys())
    taken = Counter(one.sink.taken)
    assert taken.keys() == accepted.keys()
    doubled = [message_id for message_id, times in taken.items() if times > 1]
    assert all(accepted[message_id].ambiguous > 0 for message_id in doubled)
    return len(doubled)
