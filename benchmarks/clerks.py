"""From a clerk's POST to the durable receipt, and on to the applied answer and the receipt by mail.

Portal, worker, mail server and Temporal are processes of their own; the database synchronises to disk.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlmodel import func, select

from benchmarks.servers import LOOPBACK
from gateway.start.devserver import free_port
from models.mail.smtp import SmtpServer
from models.tables import Outbox
from record.database.engine import Database
from tests.crash.processes import Keeper, Place, until
from tests.crash.test_portal import listens
from tests.fixtures.temporal import TemporalServer
from tests.load.test_storm import Browsers
from tests.load.town import Town

CASES = 132
HANDS = 8


@dataclass(frozen=True)
class Times:
    """Seconds from POST to receipt of the portal and of the bare handler, in turns; answers a second (``rate``)."""

    portal: list[float]
    bare: list[float]
    rate: float


def percentile(values: list[float], share: int) -> float:
    """The ``share``-th percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


async def clerk_times(db: Database, temporal: TemporalServer, smtp: SmtpServer, folder: Path) -> Times:
    """Half of the cases one after the other, each beside the bare handler; the other half by several hands at once."""
    town = Town(db, (await temporal.skipper()).client)
    await asyncio.to_thread(town.open_tasks, CASES)
    place = Place(
        data=folder,
        database=db.url.render_as_string(hide_password=False),
        smtp=smtp.port,
        portal=free_port(),
        temporal=temporal.address,
        namespace=town.client.namespace,
    )
    browsers = Browsers(f"http://{LOOPBACK}:{place.portal}")
    async with Keeper("tests.load.portal", place), bare(place.database) as address:
        await listens(place)
        await town.adopt()
        keys = list(town.keys.values())
        portal, least = await asyncio.to_thread(latencies, browsers, address, keys[: CASES // 2])
        async with Keeper("tests.load.worker", place):
            await until(lambda: not town.waiting(), "the first half")
            rate = await end_to_end(town, browsers, keys[CASES // 2 :])
    browsers.close()
    return Times(portal, least, rate)


def latencies(browsers: Browsers, address: str, keys: list[str]) -> tuple[list[float], list[float]]:
    """Portal and bare handler in turns; each beginning warms up and does not count."""
    portal, least = [], []
    with httpx.Client() as http:
        for key in keys:
            page = browsers.filled(key)
            started = time.monotonic()
            page.press("Angaben absenden")
            portal.append(browsers.receipts[key] - started)
            started = time.monotonic()
            assert http.post(address, data={"answer": "Das Konzept liegt bei."}).status_code == 303
            least.append(time.monotonic() - started)
    return portal[5:], least[5:]


async def end_to_end(town: Town, browsers: Browsers, keys: list[str]) -> float:
    """Answers a second, from the first POST until every answer is applied and the last receipt's mail accepted."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(HANDS) as hands:
        pages = await asyncio.gather(*(loop.run_in_executor(hands, browsers.filled, key) for key in keys))
        started = time.monotonic()
        await asyncio.gather(*(loop.run_in_executor(hands, page.press, "Angaben absenden") for page in pages))
        await until(lambda: _receipts(town) == CASES, "all receipts")
    return len(keys) / (time.monotonic() - started)


def _receipts(town: Town) -> int:
    with town.db.read() as session:
        query = select(func.count()).where(Outbox.template == "receipt", Outbox.state == "accepted")
        return session.exec(query).one()


@asynccontextmanager
async def bare(database: str) -> AsyncIterator[str]:
    """The running bare handler."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.bare",
        database,
        str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield f"http://{LOOPBACK}:{port}/bare"
    finally:
        process.stdin.close()
        await process.wait()
