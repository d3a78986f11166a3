"""A folder belongs to one ``up``: whoever comes second changes nothing and reads who runs; a kill leaves no obstacle.

The folder's name holds everything that has broken a path somewhere: SQLite's and Temporal's URIs, shells, links.
"""

import hashlib
import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cli.call import SOCKET
from cli.client import DeskClient
from gateway.start.data_folder import LOCK
from gateway.start.settings import DESK_SOCKET
from tests.e2e.up import Up, free_ports, running_up
from tests.fixtures.clone import ROOT, outside
from tests.patience import PATIENCE

pytestmark = pytest.mark.server

QUIET_SECONDS = 1.0
"""A server that has written nothing for so long waits for the process that is stopped."""

NAME = "-ä ö?mode=ro&cache#1%20%s'\"$x"
PORTS = free_ports()
PROGRAM = shlex.quote(str(ROOT / "starter.py"))
"""The program in a shell line: the clone may stand in a folder with a space."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in a short path: the officers' socket stands in it."""
    return tmp_path_factory.mktemp("f") / NAME


@pytest.fixture(scope="module")
def up(data: Path) -> Iterator[Up]:
    """One installation in there, started from the folder above, by a relative path to the program."""
    line = shlex.join([relative(data.parent), "up", "--data", f"./{NAME}"])
    with running_up(line, data.parent, PORTS) as found:
        yield found


def relative(here: Path) -> str:
    """The program as it is called from there."""
    return f"{'../' * (len(here.parts) - 1)}{(ROOT / 'starter.py').relative_to('/')}"


def run(line: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A line in a shell, in that folder."""
    environ = {**outside(), **env}
    return subprocess.run(["sh", "-c", line], cwd=cwd, env=environ, capture_output=True, text=True, check=False)


def contents(folder: Path) -> Mapping[str, str]:
    """Everything in a folder: a hash of each file, what else is there by its kind and number."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(folder))] = f"{kind.st_mode:o} {kind.st_ino} {digest}"
    return found


def at_rest(folder: Path) -> Mapping[str, str]:
    """Everything in a folder once the server beside the stopped process has written what it had begun."""
    deadline = time.monotonic() + PATIENCE
    found: Mapping[str, str] = {}
    while found != (found := contents(folder)):
        assert time.monotonic() < deadline, "the server never comes to rest"
        time.sleep(QUIET_SECONDS)
    return found


def test_printed_lines_can_be_pasted(up: Up, data: Path) -> None:
    said = next(line for line in up.lines if " today " in line)
    line = said.partition(": ")[2]
    assert shlex.split(line) == [relative(data.parent), "today", "--data", f"./{NAME}"]
    pasted = run(line, data.parent)
    assert (pasted.returncode, pasted.stderr) == (0, "")
    assert "Außerdem möglich" in pasted.stdout
    start = next(text for text in pasted.stdout.splitlines() if "open-round" in text)
    opened = run(start, data.parent)
    assert (opened.returncode, opened.stderr) == (0, "")
    assert "Angestoßen" in opened.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "lang", "ports"),
    [
        ("up", "de", "same"),
        ("up", "en", "others"),
        ("demo", "en", "same"),
        ("demo", "de", "others"),
    ],
)
def test_a_second_one_changes_nothing_and_says_who_runs(up: Up, data: Path, line: str, lang: str, ports: str) -> None:
    up.tell(signal.SIGSTOP)  # so that every change is the second one's
    try:
        before = at_rest(data)
        env = PORTS if ports == "same" else free_ports()
        second = run(f"{PROGRAM} {line} --data {shlex.quote(str(data))}", data.parent, WIR_LANG=lang, **env)
        assert contents(data) == before
    finally:
        up.tell(signal.SIGCONT)
    assert (second.returncode, second.stdout) == (5, "")
    first, way = second.stderr.splitlines()
    owner = json.loads((data / LOCK).read_text())
    assert owner["pid"] == up.process.pid
    assert f"{'Prozess' if lang == 'de' else 'process'} {up.process.pid}, " in first
    assert re.search(r", seit .*\d\d:\d\d, " if lang == "de" else r", since .*\d\d:\d\d, ", first)
    assert f"http://127.0.0.1:{PORTS['WIR_PORTAL_PORT']}" in first
    assert ("Einen anderen Ordner nennt --data." if lang == "de" else "Another folder is named by --data.") in way
    pasted = run(way.partition(": ")[2], data.parent)
    assert (pasted.returncode, pasted.stderr) == (0, "")
    assert DeskClient(data / SOCKET).get("/today")


@pytest.mark.slow
def test_a_killed_one_leaves_no_obstacle(tmp_path: Path) -> None:
    line, env = f"{PROGRAM} up --data d", free_ports()
    with running_up(line, tmp_path, env) as first:
        first.kill()
        assert (tmp_path / "d" / DESK_SOCKET).exists()
        with running_up(line, tmp_path, env):  # at once, on the same ports
            assert run(f"{PROGRAM} today --data d", tmp_path).returncode == 0


@pytest.mark.slow
def test_up_speaks_english(tmp_path: Path) -> None:
    with running_up(f"{PROGRAM} up", tmp_path, {**free_ports(), "WIR_LANG": "en"}) as up:
        assert up.lines[0] == "The WIR grants are running. All people are simulated. Data: ./wir-data"
        assert f"In a second window: {PROGRAM} today --data ./wir-data" in up.lines
        up.process.send_signal(signal.SIGINT)
        assert up.process.stdout is not None
        assert up.process.stdout.read() == "Ended. The data are kept.\n"
    assert up.process.returncode == 0


def test_the_client_looks_where_the_service_listens() -> None:
    assert SOCKET == DESK_SOCKET
