"""Processes of the project that run, are killed at named moments, and are started again, as a host would do it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.start.devserver import LAUNCH
from record.database.failpoints import VARIABLE
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Place:
    """Where an installation's processes find everything. ``smtp``: port of the mail sink on loopback."""

    data: Path
    database: str
    smtp: int
    portal: int
    temporal: str
    namespace: str = "default"

    @property
    def desk(self) -> Path:
        """The officers' socket."""
        return self.data / "desk.sock"

    @property
    def environment(self) -> dict[str, str]:
        """The settings as a host gives them to a process; nothing of the tests' own environment but PATH."""
        return {
            "PATH": os.environ["PATH"],
            "WIR_MODE": "embedded",
            "WIR_DATA": str(self.data),
            "WIR_DATABASE_URL": self.database,
            "WIR_SMTP_URL": f"smtp://127.0.0.1:{self.smtp}?starttls=never",
            "WIR_PORTAL_PORT": str(self.portal),
            "WIR_LOG_LEVEL": "warning",
            "TEMPORAL_ADDRESS": self.temporal,
            "TEMPORAL_NAMESPACE": self.namespace,
        }


class Keeper:
    """Keeps ``python -m MODULE`` running: one that was killed at its armed moment is replaced at once.

    ``armed``: moments at which the processes die, one after the other (:mod:`record.database.failpoints`); the one
    after the last lives on. ``buried`` is called between a death and the next start. Any other end is a fault.
    """

    def __init__(
        self, module: str, place: Place, armed: tuple[str, ...] = (), buried: Callable[[], None] = lambda: None
    ) -> None:
        self._module, self._place, self._armed, self._buried = module, place, armed, buried
        self._log = place.data / f"{module}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.deaths: list[str] = []
        """The moments at which a process was killed so far."""

    async def __aenter__(self) -> "Keeper":
        self._process = await self._start()
        self._task = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Asks the last process to end; it must do so by itself, and cleanly."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        code = await self._ended()
        assert kind or code == 0, f"{self._module} ended with {code}:\n{self.log[-4000:]}"

    @property
    def log(self) -> str:
        """All that the processes have said."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    @property
    def armed(self) -> str:
        """The moment at which the process that runs now will die; empty: it lives on."""
        return self._armed[len(self.deaths)] if len(self.deaths) < len(self._armed) else ""

    async def died(self, number: int) -> None:
        """Waits until so many processes were killed. Raises what the keeper has against a process."""
        await until(lambda: len(self.deaths) >= number, f"the death at {self.armed}", also=self.fault)

    @property
    def mortal(self) -> bool:
        """Whether any process dies at all."""
        return bool(self._armed)

    def fault(self) -> None:
        """Raises what is wrong with the process that should run now, if anything is."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def _keep(self) -> None:
        while self._process is not None:
            moment = self.armed
            code = await self._process.wait()
            if code != -signal.SIGKILL or not moment:
                raise AssertionError(f"{self._module} ended with {code}, armed {moment!r}:\n{self.log[-4000:]}")
            await asyncio.to_thread(self._buried)
            self.deaths.append(moment)
            self._process = await self._start()

    async def _start(self) -> asyncio.subprocess.Process:
        environment: Mapping[str, str] = self._place.environment | ({VARIABLE: self.armed} if self.armed else {})
        with self._log.open("ab") as out:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                LAUNCH,
                sys.executable,
                "-m",
                self._module,
                cwd=ROOT,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    async def _ended(self) -> int:
        process = self._process
        assert process is not None
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), PATIENCE)
            except TimeoutError:
                process.kill()
        return await process.wait()


async def until(true: Callable[[], bool], what: str, *, also: Callable[[], None] = lambda: None) -> None:
    """Asks again and again; ``also`` may raise a better reason. Raises ``TimeoutError`` naming what did not come."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not await asyncio.to_thread(true):
        also()
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(what)
        await asyncio.sleep(0.02)
