"""Files of 1, 10 and 100 MiB: the same memory for each, a clear page over the limit, and nothing typed is lost."""

import asyncio
import http.client
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException

from portal.clerk.incoming import SPOOLED, UPLOADS_AT_ONCE, Turns, _steady
from record.files.uploads import MAX_FILE, MAX_TOTAL, MIB
from tests.patience import PATIENCE

BOUNDARY = "simulated"
BEFORE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="concept"\r\n\r\nUnser Konzept in Worten.\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="konzept.txt"\r\n'
    "Content-Type: text/plain\r\n\r\n"
).encode()
AFTER = f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="step"\r\n\r\ncheck\r\n--{BOUNDARY}--\r\n'.encode()


class Portal:
    """The process and what it is asked."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, path: str, temporary: Path) -> None:
        self.pid, self.port, self.path, self.temporary = process.pid, port, path, temporary

    def ask(self, method: str, path: str, body: Iterator[bytes] | None = None, length: int = 0) -> tuple[int, str]:
        """One request; the body goes out piece by piece."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(length)}
        connection.request(method, path, body=body, headers=headers if body else {})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def upload(self, size: int) -> tuple[int, str]:
        """A file of letters on the page of the concept."""
        length = len(BEFORE) + size + len(AFTER)
        return self.ask("POST", f"{self.path}/concept", _body(size), length)

    def spooled(self) -> int:
        """Bytes of temporary files that the process holds open now; they have no name in any folder."""
        size = 0
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                if str(entry.readlink()).startswith(str(self.temporary)):
                    size += entry.stat().st_size
        return size

    def peak(self) -> int:
        """Most memory held since the last :meth:`forget`, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024

    def forget(self) -> None:
        """The peak begins anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="ascii")


def _body(size: int) -> Iterator[bytes]:
    yield BEFORE
    for start in range(0, size, MIB):
        yield b"a" * min(MIB, size - start)
    yield AFTER


@pytest.fixture
def at_once() -> int:
    """Uploads that the portal reads at once."""
    return UPLOADS_AT_ONCE


@pytest.fixture
def portal(tmp_path: Path, at_once: int) -> Iterator[Portal]:
    """A portal in a process of its own."""
    command = [sys.executable, "-m", "tests.portal.files.upload_server", str(tmp_path), str(at_once)]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3], env=env
    ) as process:
        assert process.stdout is not None
        port, path = process.stdout.readline().split()
        yield Portal(process, int(port), path, temporary)
        process.terminate()


@pytest.mark.slow
def test_memory_is_the_same_for_every_size(portal: Portal) -> None:
    portal.upload(MIB)  # everything is loaded once
    peaks = {}
    for size in (1, 10, 100):
        portal.forget()
        status, text = portal.upload(size * MIB)
        peaks[size] = portal.peak()
        if size * MIB <= MAX_FILE:
            assert status == 303
        else:
            assert status == 422
            assert "ist größer als 10 MB" in text
            assert "Unser Konzept in Worten." in text
    assert max(peaks.values()) < 1.25 * min(peaks.values()), peaks
    status, text = portal.ask("GET", f"{portal.path}/concept")
    assert status == 200
    assert "Unser Konzept in Worten." in text


@pytest.mark.slow
def test_what_was_typed_beside_a_file_that_is_too_large_is_in_the_draft(portal: Portal) -> None:
    assert portal.upload(100 * MIB)[0] == 422
    assert "Unser Konzept in Worten." in portal.ask("GET", f"{portal.path}/concept")[1]


def most_spooled(portal: Portal, work: Callable[[], object]) -> int:
    """The most that lay in the folder for temporary files while ``work`` was done; looked at all the time."""
    done, seen = threading.Event(), [0]

    def watch() -> None:
        while not done.is_set():
            seen[0] = max(seen[0], portal.spooled())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return seen[0]


@pytest.mark.parametrize("at_once", [3, UPLOADS_AT_ONCE])
@pytest.mark.sample(1)
def test_twelve_clerks_on_the_last_day_are_all_served(portal: Portal, at_once: int) -> None:
    statuses: list[int] = []

    def burst() -> None:
        with ThreadPoolExecutor(12) as clerks:
            statuses.extend(status for status, _ in clerks.map(portal.upload, [9 * MIB] * 12))

    most = most_spooled(portal, burst)
    assert statuses == [303] * 12
    assert 0 < most <= at_once * SPOOLED


def _files(number: int, size: int) -> Iterator[bytes]:
    for place in range(number):
        yield (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="datei-{place}.txt"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        ).encode()
        for _ in range(size // MIB):
            yield b"abcdefgh"[place % 8 : place % 8 + 1] * MIB
        yield b"\r\n"
    yield BEFORE.partition(b"Unser")[0] + b"Unser Konzept in Worten." + AFTER


@pytest.mark.slow
def test_one_request_with_many_files_takes_no_more_than_an_answer_may_have(portal: Portal) -> None:
    length = sum(map(len, _files(22, 10 * MIB)))
    assert length > 220 * MIB
    answers: list[tuple[int, str]] = []
    most = most_spooled(
        portal, lambda: answers.append(portal.ask("POST", f"{portal.path}/concept", _files(22, 10 * MIB), length))
    )
    assert MAX_TOTAL < most <= SPOOLED
    status, text = answers[0]
    assert status == 422
    assert "25 MB" in text
    assert "Unser Konzept in Worten." in text
    assert portal.upload(MIB)[0] == 303, "others go on"


@pytest.mark.slow
def test_text_that_fits_no_form_is_not_held_in_memory(portal: Portal) -> None:
    portal.upload(MIB)
    before = portal.peak()
    portal.forget()
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(100 * MIB)}
    connection.request("POST", f"{portal.path}/concept", (b"a" * MIB for _ in range(100)), headers)
    assert connection.getresponse().status == 413
    connection.close()
    assert portal.peak() < 1.25 * before


async def test_a_form_that_gets_no_turn_is_asked_to_come_again() -> None:
    turns = Turns(1, wait=0.01)
    async with turns.turn():
        with pytest.raises(HTTPException) as refused:
            async with turns.turn():
                raise AssertionError("two at once")
    assert refused.value.status_code == 503
    async with turns.turn():
        pass


async def test_a_silent_sender_loses_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.clerk.incoming.SILENCE_SECONDS", 0.01)

    async def silent() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    body = _steady(silent())
    assert await anext(body) == b"first"
    with pytest.raises(HTTPException) as refused:
        await anext(body)
    assert refused.value.status_code == 408
