"""Files of 1, 10 and 100 MiB: the same memory for each, a clear page over the limit, and nothing typed is lost."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.uploads import MAX_FILE, MIB

BOUNDARY = "simulated"
BEFORE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="concept"\r\n\r\nUnser Konzept in Worten.\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="konzept.txt"\r\n'
    "Content-Type: text/plain\r\n\r\n"
).encode()
AFTER = f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="step"\r\n\r\ncheck\r\n--{BOUNDARY}--\r\n'.encode()


class Portal:
    """The process and what it is asked."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, path: str) -> None:
        self.pid, self._port, self.path = process.pid, port, path

    def ask(self, method: str, path: str, body: Iterator[bytes] | None = None, length: int = 0) -> tuple[int, str]:
        """One request; the body goes out piece by piece."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
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
def portal(tmp_path: Path) -> Iterator[Portal]:
    """A portal in a process of its own."""
    command = [sys.executable, "-m", "tests.portal.upload_server", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        port, path = process.stdout.readline().split()
        yield Portal(process, int(port), path)
        process.terminate()


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


def test_what_was_typed_beside_a_file_that_is_too_large_is_in_the_draft(portal: Portal) -> None:
    assert portal.upload(100 * MIB)[0] == 422
    assert "Unser Konzept in Worten." in portal.ask("GET", f"{portal.path}/concept")[1]
