"""A background job that ends in a real process ends the process: one line that names it, exit code 5."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from gateway.start.devserver import LAUNCH, free_port
from models.mail.orders import Template
from models.tables import Outbox
from record.database.failpoints import VARIABLE
from tests.activities.samples import LETTERS, letter
from tests.crash.processes import ROOT
from tests.crash.sink import CountingSink
from tests.crash.world import World, world
from tests.fixtures.postgres import Cluster
from tests.fixtures.temporal import TemporalServer
from tests.patience import PATIENCE

pytestmark = [pytest.mark.crash, pytest.mark.server]

JOBS = ("sweeper", *(pytest.param(job, marks=pytest.mark.slow) for job in ("mailroom", "inbox")))


@dataclass
class Ended:
    """What is left of a process."""

    code: int
    said: str


@asynccontextmanager
async def process(environment: Mapping[str, str], *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the project, which is ended at the latest with the block."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LAUNCH, sys.executable, *arguments),
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
            await asyncio.wait_for(started.wait(), PATIENCE)


async def ended(environment: Mapping[str, str], *arguments: str) -> Ended:
    """Runs a process to its end, which it finds by itself."""
    async with process(environment, *arguments) as started:
        said, _ = await asyncio.wait_for(started.communicate(), PATIENCE)
    assert started.returncode is not None
    return Ended(started.returncode, said.decode())


def is_told(job: str, end: Ended) -> None:
    last = end.said.splitlines()[-1]
    assert last.startswith(f"the background job '{job}' has ended (FailpointError at record/database/failpoints.py:"), (
        end.said
    )
    assert last.endswith("), so this process ends; start it again")
    assert "Traceback" not in end.said, end.said
    assert end.code == 5


@pytest.mark.postgres
@pytest.mark.parametrize("job", JOBS)
@pytest.mark.sample(1)
async def test_a_job_that_ends_ends_the_worker(
    temporal_server: TemporalServer, postgres: Cluster, tmp_path: Path, job: str
) -> None:
    async with world(await temporal_server.skipper(), tmp_path, postgres) as one:
        nobody = f"imap://wir@127.0.0.1:{free_port()}?starttls=never"
        more = {VARIABLE: f"error@job_turn/{job}:1", "WIR_IMAP_URL": nobody, "WIR_IMAP_PASSWORD": "simulated-password"}
        is_told(job, await ended(one.place.environment | more, "-m", "worker"))


class SlowSink(CountingSink):
    """A mail server that thinks about each mail until it is let go."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, port=port)
        self.thinking, self.go_on = threading.Event(), threading.Event()
        keep = self.mailbox.keep

        def slowly(sender: str, to: str, content: bytes) -> bool:
            self.thinking.set()
            self.go_on.wait(PATIENCE)
            return keep(sender, to, content)

        self.mailbox.keep = slowly  # type: ignore[method-assign]


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_mail_on_its_way_is_finished_first(
    temporal_server: TemporalServer, postgres: Cluster, tmp_path: Path
) -> None:
    async with world(await temporal_server.skipper(), tmp_path, postgres) as one:
        one.mail_server_ends()
        one.sink = slow = SlowSink(tmp_path / "mailbox", one.place.smtp)
        slow.start()
        put(one)
        armed = one.place.environment | {VARIABLE: "error@job_turn/sweeper:4"}
        async with process(armed, "-m", "worker") as worker:
            assert worker.stdout is not None
            said: list[bytes] = []
            while b"sweeper ended" not in (line := await asyncio.wait_for(worker.stdout.readline(), PATIENCE)):
                assert line, b"".join(said)
                said.append(line)
            assert slow.thinking.is_set(), "a mail is in the middle of its transaction"
            assert one.unsent() == ["on-its-way"]
            slow.go_on.set()
            rest = await asyncio.wait_for(worker.stdout.read(), PATIENCE)
            is_told("sweeper", Ended(await worker.wait(), (line + rest).decode()))
        with one.life.db.read() as session:
            assert session.exec(select(Outbox.state).where(Outbox.id == "on-its-way")).one() == "accepted"


def put(one: World) -> None:
    """A mail that may leave at once."""
    mail = LETTERS.write(letter(Template.AWARD, dedupe_key="on-its-way"))
    past = datetime(2017, 1, 2, tzinfo=UTC)
    with one.life.db.write() as session:
        session.add(
            Outbox(
                id="on-its-way",
                dedupe_key="on-its-way",
                message_id=mail.message_id,
                template="award",
                sender="wir@rp.example",
                to=mail.to,
                subject=mail.subject,
                mime=mail.mime,
                sha256=mail.sha256,
                queued_at=past,
                next_try_at=past,
            )
        )


@pytest.mark.slow
async def test_a_job_that_ends_ends_the_embedded_stack(tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("WIR_DESK_PORT", "WIR_PORTAL_PORT", "WIR_MAILBOX_PORT", "WIR_UI_PORT")}
    more = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", VARIABLE: "error@job_turn/sweeper:2"}
    environment = ports | more
    end = await ended(environment, "starter.py", "up", "--data", str(tmp_path / "data"))
    said, why, way = end.said.splitlines()[-3:]
    assert said.startswith("Ein Hintergrunddienst ist ausgefallen (sweeper)."), end.said
    assert why.startswith(
        "  the background job 'sweeper' has ended (FailpointError at record/database/failpoints.py:"
    ), end.said
    assert way.startswith("Bitte neu starten: ")
    assert "Traceback" not in end.said, end.said
    assert end.code == 5
    for port in ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0, "nothing of it runs on, as after Ctrl-C"
