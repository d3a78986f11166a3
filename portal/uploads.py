"""Uploaded files: streamed to the content-addressed store, hashed on the way, checked by name and by content.

A file lies at ``ab/<sha256>`` below the store's folder. It is written beside its place, synchronised to disk and then
renamed, so a file under its hash is always whole. The forms carry only hash and name; what the store itself says of
size and type counts, not what comes back with the form.
"""

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from models.answers import FileRef

MIB: Final = 1024 * 1024
MAX_FILE: Final = 10 * MIB
MAX_TOTAL: Final = 25 * MIB
MAX_FILES: Final = 10
_CHUNK: Final = 64 * 1024
_HEX = frozenset("0123456789abcdef")
_MAX_NAME = 120
# What the standard library raises for a ZIP that is broken, cut off, encrypted or of an unknown version.
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError)


class UploadError(Exception):
    """A file that is not taken. ``code`` names the message, ``name`` the file as its owner calls it."""

    def __init__(self, code: str, name: str) -> None:
        super().__init__(code)
        self.code = code
        self.name = name


@dataclass(frozen=True)
class _Type:
    media_type: str
    fits: Callable[[Path], bool]


def _starts(*heads: bytes) -> Callable[[Path], bool]:
    def fits(path: Path) -> bool:
        with path.open("rb") as stored:
            return stored.read(max(map(len, heads))).startswith(heads)

    return fits


def _is_text(path: Path) -> bool:
    """No zero byte anywhere: every binary format has one, no text in an encoding of this country does."""
    with path.open("rb") as stored:
        return all(b"\x00" not in chunk for chunk in iter(lambda: stored.read(_CHUNK), b""))


def _holds(member: str) -> Callable[[Path], bool]:
    """An office document: a ZIP with that member and without macros."""

    def fits(path: Path) -> bool:
        names = _members(path)
        return member in names and not any("vbaproject" in name.lower() for name in names)

    return fits


def _is_odt(path: Path) -> bool:
    names = _members(path)
    if "mimetype" not in names or any(name.startswith("Basic/") for name in names):
        return False
    try:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as stored:
            return stored.read(64) == b"application/vnd.oasis.opendocument.text"
    except _BROKEN_ZIP:
        return False


def _members(path: Path) -> list[str]:
    """Names in a ZIP; nothing is unpacked. Empty for anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except _BROKEN_ZIP:
        return []


_OOXML = "application/vnd.openxmlformats-officedocument"
TYPES: Final[Mapping[str, _Type]] = {
    "pdf": _Type("application/pdf", _starts(b"%PDF-")),
    "png": _Type("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    "jpg": _Type("image/jpeg", _starts(b"\xff\xd8\xff")),
    "jpeg": _Type("image/jpeg", _starts(b"\xff\xd8\xff")),
    "txt": _Type("text/plain", _is_text),
    "csv": _Type("text/csv", _is_text),
    "odt": _Type("application/vnd.oasis.opendocument.text", _is_odt),
    "docx": _Type(f"{_OOXML}.wordprocessingml.document", _holds("word/document.xml")),
    "xlsx": _Type(f"{_OOXML}.spreadsheetml.sheet", _holds("xl/workbook.xml")),
}
"""What is taken, by extension."""


class FileStore:
    """The store below one folder. All methods block: call them from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where a file lies, whether or not it is there. Raises ``ValueError`` for anything but a hash."""
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise ValueError("not a SHA-256 in hex")
        return self._folder / sha256[:2] / sha256

    def add(self, name: str, source: BinaryIO) -> FileRef:
        """Takes a file in; the same bytes are stored once. Raises ``UploadError`` and then keeps nothing.

        1. Copied in small pieces, hashed and counted on the way; over the limit it stops.
        2. Checked by extension and content. 3. Synchronised. 4. Renamed to its hash, folder synchronised.
        """
        name = clean_name(name)
        known = _type_of(name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix="incoming-", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as target:
                sha256, size = _copy(name, source, target)
            if not known.fits(Path(temporary)):
                raise UploadError("content", name)
            self._keep(Path(temporary), self.path(sha256))
        finally:
            Path(temporary).unlink(missing_ok=True)
        return FileRef(sha256=sha256, name=name, size=size, media_type=known.media_type)

    def find(self, sha256: str, name: str) -> FileRef | None:
        """A stored file under the name its owner gave it; none if it is not there or is not what the name says."""
        try:
            path, name = self.path(sha256), clean_name(name)
            known = _type_of(name)
            if not path.is_file() or not known.fits(path):
                return None
        except (ValueError, UploadError):
            return None
        return FileRef(sha256=sha256, name=name, size=path.stat().st_size, media_type=known.media_type)

    def _keep(self, temporary: Path, place: Path) -> None:
        if place.exists():
            return
        place.parent.mkdir(mode=0o700, exist_ok=True)
        temporary.rename(place)
        for folder in (place.parent, self._folder):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


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
