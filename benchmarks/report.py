"""``python -m benchmarks mail``: receipts, mails a second and the way between, written to ``docs/benchmarks.md``."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.clerks import Times, clerk_times, percentile
from benchmarks.mail import Rates, mail_rates
from benchmarks.servers import mail_server
from models.mail.smtp import SmtpServer
from record.database.engine import Database
from record.database.install import install
from tests.fixtures.databases import RECIPIENTS, START
from tests.fixtures.postgres import Cluster
from tests.fixtures.temporal import TemporalServer

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MAILS, TURNS = 1000, 3
DISTANCE = 0.005
"""Seconds to a mail server in the authority's own network, or in the data centre of the Land."""


async def measure(server: TemporalServer, folder: Path) -> str:
    """Measures and returns the page."""
    rates: dict[str, Rates] = {}
    with Cluster(durable=True) as cluster:
        for away in (0.0, DISTANCE):
            where = f"{away * 1000:.0f} ms away" if away else "next door"
            async with mail_server(away) as smtp:
                rates[f"PostgreSQL, mail server {where}"] = await _rates(cluster.url(cluster.create()), smtp)
                rates[f"SQLite, mail server {where}"] = await _rates(f"sqlite:///{folder / f'{away}.db'}", smtp)
        async with mail_server() as smtp:
            db = Database(cluster.url(cluster.create()))
            times = await clerk_times(db, server, smtp, folder)
            db.close()
    return page(rates, times)


async def _rates(url: str, smtp: SmtpServer) -> Rates:
    db = Database(url)
    install(db, "embedded", recipients=RECIPIENTS, now=START)
    found = await mail_rates(db, smtp, mails=MAILS, turns=TURNS)
    db.close()
    return found


def page(rates: dict[str, Rates], times: Times) -> str:
    """The page as Markdown. Rates vary from machine to machine; ratios of one run can be compared."""
    rows: list[Sequence[str]] = [("from POST to durable receipt", "portal", "bare handler, one commit", "ratio")]
    for share in (50, 99):
        ours, least = percentile(times.portal, share) * 1000, percentile(times.bare, share) * 1000
        rows.append((f"p{share}", f"{ours:.1f} ms", f"{least:.1f} ms", f"{ours / least:.1f}"))
    mails: list[Sequence[str]] = [("mails a second", "mailroom", "raw aiosmtplib, one commit a batch", "ratio")]
    for name, found in rates.items():
        room, raw = statistics.median(found.room), statistics.median(found.raw)
        mails.append((name, f"{room:.0f}", f"{raw:.0f}", f"{found.ratio:.2f}"))
    today = datetime.now(UTC).date().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    return f"""# Benchmarks

Written by `python -m benchmarks mail` ({today}; {machine}).
Ratios are of one run, in turns, on the same database and the same servers; rates alone say more about the machine.
Both databases synchronise to disk. What a case costs, `make bench` prints beside its committed bounds.

{_table(rows)}

{_table(mails)}

Both sides use four connections. The mailroom does more than the raw client: it asks the record before each mail whether
its task is open still, writes down each mail as accepted before the same connection's next one, and takes the keys out
of its links. A mail server next door that forgets what it takes shows the most that this can cost, for both sides share
the processors with it; a mail server at a distance is what an authority has. See
[decision 0006](decisions/0006-mail-in-a-hurry.md).

| from end to end | answers a second |
| --- | --- |
| POST → receipt → applied by its case → receipt accepted by the mail server | {times.rate:.1f} |
"""


def _table(rows: list[Sequence[str]]) -> str:
    lines = [" | ".join(row) for row in rows]
    lines.insert(1, " | ".join("---" for _ in rows[0]))
    return "\n".join(f"| {line} |" for line in lines)
