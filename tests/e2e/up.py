"""``starter.py up`` as a process of its own, started from a shell as people start it."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.start.devserver import free_port
from gateway.start.ports import PORTS, setting
from tests.fixtures.clone import outside

LAST = ("Strg-C beendet alles; die Daten bleiben.", "Ctrl-C ends everything; the data stay.")


def free_ports() -> dict[str, str]:
    """Ports that nobody has, as settings: others may use the usual ones at the same time."""
    return {setting(name): str(free_port()) for name in PORTS}


@dataclass
class Up:
    """A running ``up``: what it printed, and its process, which leads a group of its own with its Temporal server."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def tell(self, number: int) -> None:
        """A signal to the process and its server."""
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """Ends the process alone, without any warning."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_up(line: str, cwd: Path, env: Mapping[str, str]) -> Iterator[Up]:
    """Runs a shell line that ends in ``up …`` until the block ends; the block begins when all is printed."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {line}"],
        cwd=cwd,
        env={**outside(), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    up = Up(process)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        for text in process.stdout:
            up.lines.append(text.rstrip("\n"))
            if up.lines[-1] in LAST:
                break
        assert up.lines[-1:], process.stderr.read()
        assert up.lines[-1] in LAST, (up.lines, process.stderr.read())
        yield up
    finally:
        if process.poll() is None:
            up.tell(signal.SIGCONT)
            process.send_signal(signal.SIGINT)
        process.communicate()
