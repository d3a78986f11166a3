"""SIGKILL of the worker at every named moment of one life: nothing is lost, nothing is done twice."""

import asyncio
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from models.tables import Order, Outbox
from record.database.engine import Database
from record.database.failpoints import POINTS
from tests.crash.life import MOMENTS, live
from tests.crash.processes import Keeper
from tests.crash.world import World, world
from tests.fixtures.postgres import Cluster
from tests.fixtures.temporal import TemporalServer
from tests.workflows.story import Story, differences, story

ELSEWHERE = {"command_stored", "inbound_stored", "inbound_sorted", "job_turn"}
"""Moments of the portal (``test_portal.py``), of the inbox (``tests/inbound/test_imap.py``) and of background jobs."""

pytestmark = [pytest.mark.crash, pytest.mark.server, pytest.mark.postgres]


@pytest.mark.slow
async def test_a_worker_killed_at_every_moment_loses_and_doubles_nothing(
    temporal_server: TemporalServer, postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    here, there = (tmp_path_factory.mktemp(name) for name in ("killed", "twin"))
    async with (
        world(await temporal_server.skipper(), here, postgres) as killed,
        world(await temporal_server.skipper(), there, postgres) as twin,
    ):
        async with asyncio.TaskGroup() as both:
            both.create_task(lived(killed, MOMENTS))
            both.create_task(lived(twin, ()))
        assert differences(told(killed.life.db), told(twin.life.db)) == []
        assert mails_came(killed) >= 1, "a mail was taken, the worker died before it noted that, and it was sent again"
        assert mails_came(twin) == 0


async def lived(one: World, moments: tuple[str, ...]) -> None:
    """Plays a life with a worker that dies at these moments, and looks at what is left."""
    async with Keeper("worker", one.place, moments, one.leases_run_out) as worker:
        stage = await live(one.life, worker)
    assert stage == "closed"
    assert worker.deaths == list(moments)
    assert "Traceback" not in worker.log, worker.log
    one.promises_are_kept()
    orders_left_once(one)


def test_there_are_ten_moments_and_every_point_of_the_worker_is_one() -> None:
    assert len(MOMENTS) >= 10
    assert len(set(MOMENTS)) == len(MOMENTS)
    assert {moment.partition(":")[0].partition("/")[0] for moment in MOMENTS} == POINTS - ELSEWHERE


def told(db: Database) -> Story:
    """All that counts, but for how often a mail was tried, and the daily mail to officers, which counts starts."""
    found = story(db)
    tried = {"attempts", "ambiguous", "smtp_reply"}
    found["Outbox"] = [{k: v for k, v in row.items() if k not in tried} for row in found["Outbox"] if row["case_id"]]
    in_order = {"StepRow", "CommandRow", "LedgerRow"}
    return {table: _sorted(rows) if table not in in_order else rows for table, rows in found.items()}


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=repr)


def orders_left_once(one: World) -> None:
    """One file for each order, with the bytes the record knows of, and nothing beside them."""
    with one.life.db.read() as session:
        orders = {f"{order.id}.json": order.file_sha256 for order in session.exec(select(Order))}
    assert len(orders) == 2
    assert files(one.place.data / "payments") == orders


def files(folder: Path) -> dict[str, str]:
    """Name and SHA-256 of each file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def mails_came(one: World) -> int:
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
