"""A data folder belongs to one running installation: it is locked before anything in it is made, cleaned or opened.

The lock is the kernel's (``flock``), so a killed process leaves none behind. The Temporal server of the installation
holds it too: after a kill the folder is free only when the server has let go of its database.
"""

import errno
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from gateway.start.errors import StartCode, StartError
from gateway.start.settings import DESK_SOCKET, LONGEST_SOCKET_PATH

LOCK: Final = "running.lock"
ENDING_SECONDS: Final = 20.0
"""How long the Temporal server of a killed installation may take to end."""
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


@dataclass(frozen=True)
class Owner:
    """Who holds a folder. ``verb``: ``up`` or ``demo``; ``since``: ISO instant; addresses are empty while it starts."""

    verb: str
    pid: int
    since: str
    portal: str = ""
    mailbox: str = ""
    ui: str = ""


class FolderLock:
    """A folder that is ours until :meth:`release`. ``before``: who held it last, as far as it is known."""

    def __init__(self, folder: Path, fd: int, owner: Owner, before: Owner | None) -> None:
        self.folder, self.fd, self.before = folder, fd, before
        self._owner = owner
        self._write()

    def serves(self, *, portal: str, mailbox: str, ui: str) -> None:
        """Notes the addresses, for whoever finds the folder taken."""
        kept = self._owner
        self._owner = Owner(kept.verb, kept.pid, kept.since, portal, mailbox, ui)
        self._write()

    def release(self) -> None:
        """Lets go; twice is once. The file stays: it says who was here last."""
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def _write(self) -> None:
        content = json.dumps(asdict(self._owner)).encode()
        os.pwrite(self.fd, content, 0)
        os.ftruncate(self.fd, len(content))


def check_path(data: Path) -> None:
    """Refuses a folder whose path cannot work, before anything is made. Raises ``StartError``.

    A path is printed in command lines to be pasted, so all of it must be printable; the officers' socket stands in it.
    """
    data = data.absolute()
    if not str(data).isprintable():
        raise StartError(StartCode.UNPRINTABLE_PATH)
    if not os.environ.get("WIR_DESK_SOCKET") and len(os.fsencode(data / DESK_SOCKET)) > LONGEST_SOCKET_PATH:
        raise StartError(
            StartCode.LONG_PATH, bytes=len(os.fsencode(data)), limit=LONGEST_SOCKET_PATH - len(DESK_SOCKET) - 1
        )
    if data.exists() and not data.is_dir():
        raise StartError(StartCode.NOT_A_FOLDER, data=data)


def lock_folder(data: Path, verb: str = "up") -> FolderLock:
    """Makes the folder where there is none, and takes it. Waits only for the server of a process that was killed.

    Raises ``StartError``: somebody else has it, or its file system knows no locks; ``OSError`` when it is not writable.
    """
    check_path(data)
    data = data.absolute()
    deadline = monotonic() + ENDING_SECONDS
    while True:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            taken, before = _taken(fd), _read(fd)
            if taken and _stands(fd, data / LOCK):
                return FolderLock(data, fd, Owner(verb, os.getpid(), _now()), before)
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        if taken:
            continue  # the folder was moved away in between
        if before is None or _lives(before.pid):
            raise _in_use(data, before)
        if monotonic() > deadline:
            raise StartError(StartCode.ENDING, data=data, pid=before.pid)
        sleep(0.05)


def holder(data: Path) -> StartError | None:
    """The error that :func:`lock_folder` would raise because somebody has the folder; changes nothing."""
    try:
        fd = os.open(data / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _taken(fd) else _in_use(data, _read(fd))
    finally:
        os.close(fd)


def _taken(fd: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise StartError(StartCode.NO_LOCKS, [error.strerror or ""]) from None
        raise
    return True


def _stands(fd: int, path: Path) -> bool:
    """Whether the locked file is still the one at this path."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def _in_use(data: Path, owner: Owner | None) -> StartError:
    told = asdict(owner) if owner else {}
    return StartError(StartCode.IN_USE, data=data, **told)


def _read(fd: int) -> Owner | None:
    """Who wrote there; none for an empty file, or one that is just being written."""
    try:
        return Owner(**json.loads(os.pread(fd, 4096, 0)))
    except (ValueError, TypeError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
