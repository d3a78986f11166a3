"""Looks into a file that somebody sent, in a process of its own with little time and memory.

Run as a script: ``python inspection.py KIND PATH`` prints a code, or nothing when the file may be taken. ``KIND`` is
``pdf``, ``odt``, ``docx`` or ``xlsx``. It imports nothing of this project, so that it starts quickly and sees nothing.
"""

import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

MEMORY: Final = 1024 * 1024 * 1024
SECONDS: Final = 10
MAX_ENTRIES: Final = 1_000
MAX_RATIO: Final = 100
HEAD: Final = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "odt": "mimetype"}
ODT: Final = b"application/vnd.oasis.opendocument.text"
ARCHIVES: Final = (".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".jar", ".iso", ".cab")
# What the standard library raises for a ZIP that is broken, cut off, encrypted or of an unknown version.
BROKEN_ZIP: Final = (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError, OSError)

ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Movie", "/Sound", "/Rendition", "/GoToE", "/GoToR"}
)
CARRIERS: Final = frozenset({"/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D"})


def inspect(kind: str, path: Path) -> str:
    """A code for what is wrong with the file, or nothing."""
    return _pdf(path) if kind == "pdf" else _office(kind, path)


def _office(kind: str, path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            return _members(members) or _fitting(kind, archive, {one.filename for one in members})
    except BROKEN_ZIP:
        return "content"


def _members(members: list[zipfile.ZipInfo]) -> str:
    names = [one.filename.lower() for one in members]
    if len(members) > MAX_ENTRIES or _bloated(members):
        return "bomb"
    if any(one.flag_bits & 1 for one in members):
        return "encrypted"
    if any("vbaproject" in name or name.startswith("basic/") or "activex" in name for name in names):
        return "macros"
    if any("embeddings/" in name or name.endswith(ARCHIVES) for name in names):
        return "nested"
    return ""


def _bloated(members: list[zipfile.ZipInfo]) -> bool:
    return sum(one.file_size for one in members) > MAX_RATIO * max(1, sum(one.compress_size for one in members))


def _fitting(kind: str, archive: zipfile.ZipFile, names: set[str]) -> str:
    if HEAD[kind] not in names:
        return "content"
    if kind != "odt":
        return ""
    with archive.open("mimetype") as stored:
        return "" if stored.read(64) == ODT else "content"


def _pdf(path: Path) -> str:
    import pikepdf

    try:
        with pikepdf.open(path) as document:
            if document.is_encrypted:
                return "pdf_password"
            return _opening(document) or _objects(document)
    except pikepdf.PasswordError:
        return "pdf_password"
    except pikepdf.PdfError:
        return "pdf_broken"


def _opening(document: Any) -> str:
    """What happens when the document is opened: to turn to a page is all it may do."""
    from pikepdf import Dictionary

    root, action = document.Root, document.Root.get("/OpenAction")
    if "/AA" in root or (isinstance(action, Dictionary) and str(action.get("/S", "")) != "/GoTo"):
        return "pdf_active"
    names, form = root.get("/Names", {}), root.get("/AcroForm", {})
    if "/JavaScript" in names or "/XFA" in form:
        return "pdf_active"
    return "pdf_files" if "/EmbeddedFiles" in names or "/AF" in root or "/Collection" in root else ""


def _objects(document: Any) -> str:
    return next((code for one in _dictionaries(document) if (code := _object(one))), "")


def _object(one: Any) -> str:
    if str(one.get("/S", "")) in ACTIONS or "/JS" in one or "/AA" in one:
        return "pdf_active"
    return "pdf_files" if str(one.get("/Subtype", "")) in CARRIERS or "/EF" in one else ""


def _dictionaries(document: Any) -> Iterator[Any]:
    """Every dictionary of the document, also those that stand in others; each once, without recursion."""
    from pikepdf import Array, Dictionary, Stream

    waiting = list(document.objects)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Dictionary | Stream):
            yield one
            parts = [part for _, part in one.items()]
        elif isinstance(one, Array):
            parts = list(one)
        else:
            continue
        waiting += [part for part in parts if isinstance(part, Array | Dictionary) and not part.is_indirect]


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    _limited()
    sys.stdout.write(inspect(sys.argv[1], Path(sys.argv[2])))
