"""Uploaded files: streamed to the content-addressed store, hashed on the way, checked by name and by content.

A file lies at ``ab/<sha256>`` below the store's folder. It is written beside its place, synchronised to disk and then
renamed, so a file under its hash is always whole. The forms carry only hash and name; what the store itself says of
size and type counts, not what comes back with the form.
"""

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from models.content.answers import FileRef

MIB: Final = 1024 * 1024
MAX_FILE: Final = 10 * MIB
MAX_TOTAL: Final = 25 * MIB
MAX_FILES: Final = 10
_CHUNK: Final = 64 * 1024
_HEX = frozenset("0123456789abcdef")
_MAX_NAME = 120
INSPECTION: Final = Path(__file__).with_name("inspection.py")
INSPECTION_SECONDS: Final = 20.0
SWEEP_AFTER: Final = timedelta(days=7)
"""So old is a file that nothing names before it is removed."""

log = logging.getLogger(__name__)


class UploadError(Exception):
    """A file that is not taken. ``code`` names the message, ``name`` the file as its owner calls it."""

    def __init__(self, code: str, name: str) -> None:
        super().__init__(code)
        self.code = code
        self.name = name


@dataclass(frozen=True)
class _Type:
    """A kind of file that is taken. ``head``: a quick look at the bytes; ``inside``: kind of the full inspection."""

    media_type: str
    head: Callable[[Path], bool]
    inside: str = ""
    also_called: frozenset[str] = frozenset()


def _starts(*heads: bytes) -> Callable[[Path], bool]:
    def fits(path: Path) -> bool:
        with path.open("rb") as stored:
            return stored.read(max(map(len, heads))).startswith(heads)

    return fits


def _is_text(path: Path) -> bool:
    """No zero byte anywhere: every binary format has one, no text in an encoding of this country does."""
    with path.open("rb") as stored:
        return all(b"\x00" not in chunk for chunk in iter(lambda: stored.read(_CHUNK), b""))


_OOXML = "application/vnd.openxmlformats-officedocument"
_ZIP = _starts(b"PK\x03\x04")
_JPEG = _Type("image/jpeg", _starts(b"\xff\xd8\xff"), also_called=frozenset({"image/jpg", "image/pjpeg"}))
_TABLE = frozenset({"application/vnd.ms-excel", "application/csv", "text/plain", "text/comma-separated-values"})
TYPES: Final[Mapping[str, _Type]] = {
    "pdf": _Type("application/pdf", _starts(b"%PDF-"), "pdf", frozenset({"application/x-pdf"})),
    "png": _Type("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "txt": _Type("text/plain", _is_text),
    "csv": _Type("text/csv", _is_text, also_called=_TABLE),
    "odt": _Type("application/vnd.oasis.opendocument.text", _ZIP, "odt"),
    "docx": _Type(f"{_OOXML}.wordprocessingml.document", _ZIP, "docx"),
    "xlsx": _Type(f"{_OOXML}.spreadsheetml.sheet", _ZIP, "xlsx"),
}
"""What is taken, by extension."""

_ANYTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/force-download"})
"""What programs declare that do not know a file's type."""


def _inspect(known: _Type, path: Path, name: str) -> None:
    """Looks into a file in a process of its own, which may use little time and memory. Raises ``UploadError``."""
    if not known.head(path):
        raise UploadError("content", name)
    if not known.inside:
        return
    command = [sys.executable, "-I", str(INSPECTION), known.inside, str(path)]
    try:
        looked = subprocess.run(command, capture_output=True, timeout=INSPECTION_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise UploadError("too_costly", name) from None
    code = looked.stdout.decode("ascii", "replace").strip()
    if looked.returncode != 0:
        raise UploadError("too_costly", name)
    if code:
        raise UploadError(code, name)


class FileStore:
    """The store below one folder. All methods block: call them from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where a file lies, whether or not it is there. Raises ``ValueError`` for anything but a hash."""
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise ValueError("not a SHA-256 in hex")
        return self._folder / sha256[:2] / sha256

    def add(self, name: str, source: BinaryIO, declared: str = "") -> FileRef:
        """Takes a file in; the same bytes are stored once. Raises ``UploadError`` and then keeps nothing.

        1. Copied in small pieces, hashed and counted on the way; over the limit it stops.
        2. Checked by extension, ``declared`` media type and content. 3. Synchronised. 4. Renamed to its hash, folder
        synchronised.
        """
        name = clean_name(name)
        known = _type_of(name)
        said = declared.partition(";")[0].strip().lower()
        if said not in _ANYTHING | known.also_called | {known.media_type}:
            raise UploadError("content", name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix="incoming-", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as target:
                sha256, size = _copy(name, source, target)
            _inspect(known, Path(temporary), name)
            self._keep(Path(temporary), self.path(sha256))
        finally:
            Path(temporary).unlink(missing_ok=True)
        return FileRef(sha256=sha256, name=name, size=size, media_type=known.media_type)

    def find(self, sha256: str, name: str) -> FileRef | None:
        """A stored file under the name its owner gave it; none if it is not there or is not what the name says."""
        try:
            path, name = self.path(sha256), clean_name(name)
            known = _type_of(name)
            if not path.is_file() or not known.head(path):
                return None
            os.utime(path)  # somebody still needs it: the sweep begins to count anew
        except (ValueError, UploadError):
            return None
        return FileRef(sha256=sha256, name=name, size=path.stat().st_size, media_type=known.media_type)

    def sweep(self, needed: Callable[[], Set[str]], now: float) -> int:
        """Removes files that nothing names and nobody asked for since ``SWEEP_AFTER``; gives their number.

        ``needed`` gives the hashes that drafts and answers name; ``now`` is server time in seconds, as files have it.
        Another worker may sweep at the same time. A file that cannot be removed is logged, and the others are.
        """
        old = [path for path in self._folder.glob("??/*") if _is_old(path, now)]
        kept = needed() if old else frozenset()
        gone = [path for path in old if path.name not in kept]
        gone += [path for path in self._folder.glob("incoming-*") if _is_old(path, now)]
        return sum(_removed(path) for path in gone)

    def _keep(self, temporary: Path, place: Path) -> None:
        if place.exists():
            os.utime(place)
            return
        place.parent.mkdir(mode=0o700, exist_ok=True)
        temporary.rename(place)
        for folder in (place.parent, self._folder):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _is_old(path: Path, now: float) -> bool:
    try:
        return now - path.stat().st_mtime > SWEEP_AFTER.total_seconds()
    except FileNotFoundError:  # another worker has swept it
        return False


def _removed(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s could not be swept: %s", path.name, type(error).__name__)
        return False
    return True


def _copy(name: str, source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > MAX_FILE:
            raise UploadError("size", name)
        digest.update(chunk)
        target.write(chunk)
    if size == 0:
        raise UploadError("empty", name)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size


def clean_name(name: str) -> str:
    """The last part of a path, printable and short, with its extension kept."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    stem, dot, extension = shown.rpartition(".")
    return f"{stem[:_MAX_NAME]}{dot}{extension[:10]}" if dot else shown[:_MAX_NAME]


def _type_of(name: str) -> _Type:
    known = TYPES.get(name.rpartition(".")[2].lower()) if "." in name else None
    if known is None:
        raise UploadError("type", name)
    return known


def fitting(files: Iterable[FileRef]) -> tuple[FileRef, ...]:
    """The files of one answer, each once. Raises ``UploadError`` when they are too many or too much together."""
    once = tuple({(one.sha256, one.name): one for one in files}.values())
    if len(once) > MAX_FILES:
        raise UploadError("number", once[MAX_FILES].name)
    if sum(one.size for one in once) > MAX_TOTAL:
        raise UploadError("total", once[-1].name)
    return once
