"""What a browser posted: the fields of a form, its files in the store, its step and id. Nothing is decided here."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from models.content.answers import FileRef
from portal.forms import ACTING, Field, Kind
from portal.reading import FieldError
from record.files.uploads import MAX_FILE, MAX_TOTAL, MIB, FileStore, UploadError, clean_name, fitting

BODY_LIMIT: Final = 256 * MIB
"""Up to here a body is read to its end in pieces: what is too large of its files is thrown away, the text stays."""

SPOOLED: Final = MAX_TOTAL + MIB
"""Bytes that the files of one request may take in the folder for temporary files, whatever was sent: what one answer
may have, and so much more as shows that there is more."""

UPLOADS_AT_ONCE: Final = 24
"""Forms with files that are read at a time; further ones wait their turn, unread. With ``SPOOLED`` this bounds the
folder for temporary files (``/tmp`` of docker-compose.yml, where a test compares)."""

TURN_SECONDS: Final = 60.0
"""A form waits so long for its turn; then its sender is asked to try again."""

SILENCE_SECONDS: Final = 30.0
"""A sender who is silent for so long loses the turn, so that nobody can hold all of them."""

MAX_FIELD: Final = 2 * MIB
MAX_TEXT: Final = 16 * MIB
"""All fields of one form together, since text is held in memory."""
STEPS: Final = ("check", "back", "edit", "confirm")


@dataclass(frozen=True)
class Posted:
    """A posted form. ``raw``: text as typed, by field; ``submission_id``: empty when none or no UUID came.

    ``files`` is none when the form had no place for files; ``reviewed``: the page is changed from the check page.
    """

    raw: dict[str, str]
    step: str = "check"
    submission_id: str = ""
    files: tuple[FileRef, ...] | None = None
    file_error: FieldError | None = None
    ticked: bool = False
    reviewed: bool = False


async def receive(request: Request, fields: Sequence[Field], store: FileStore, *, whole: bool = True) -> Posted:
    """Reads these fields and takes their files in. Raises ``HTTPException`` 400 for a body that is no form.

    ``whole``: the form may come in parts, so a box that is not there says nothing. On a page of its own (not
    ``whole``) a box that is not there is not ticked.
    """
    async with sparing(request) as data:
        step = text(data, "step")
        takes = any(one.kind is Kind.FILES for one in fields) and ("files" in data or "kept" in data)
        files, error = await asyncio.to_thread(_files, data, store) if takes else (None, None)
        raw = {one.name: text(data, one.name) for one in (*fields, *ACTING) if one.name in data}
        if not whole:
            raw = {one.name: "" for one in fields if one.kind is Kind.CONFIRM} | raw
        raw.pop("files", None)
        return Posted(
            raw=raw,
            step=step if step in STEPS else STEPS[0],
            submission_id=submission_id(text(data, "submission_id")),
            files=files,
            file_error=error,
            ticked=text(data, "declaration") == "yes",
            reviewed=text(data, "reviewed") == "yes",
        )


class Turns:
    """Who may send files now. One an application."""

    def __init__(self, number: int = UPLOADS_AT_ONCE, *, wait: float = TURN_SECONDS) -> None:
        self._free, self._wait = asyncio.Semaphore(number), wait

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn and keeps it. Raises ``HTTPException`` 503 when none comes in time."""
        try:
            await asyncio.wait_for(self._free.acquire(), self._wait)
        except TimeoutError:
            raise HTTPException(503) from None
        try:
            yield
        finally:
            self._free.release()


async def _steady(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """A body, as long as something of it comes. Raises ``HTTPException`` 408 for a sender who is silent."""
    while True:
        try:
            yield await asyncio.wait_for(anext(stream), SILENCE_SECONDS)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise HTTPException(408) from None


class _Sparing(MultiPartParser):
    """Writes no more of its files than shows that they are too large, and holds no more text than a form may have.

    ``cut``: files of which something was left out because all together are too large.
    """

    _read: int = 0
    _spooled: int = 0

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.cut: list[UploadFile] = []

    def on_part_begin(self) -> None:
        """A part begins."""
        super().on_part_begin()
        self._read = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Bytes of a part."""
        if self._current_part.file is None:
            self._text = getattr(self, "_text", 0) + end - start
            if self._text > MAX_TEXT:
                raise MultiPartException("More text than a form may have.")
        elif self._read > MAX_FILE:
            return
        elif self._spooled > MAX_TOTAL:
            self.cut.append(self._current_part.file)
            return
        else:
            self._spooled += end - start
        self._read += end - start
        super().on_part_data(data, start, end)


@asynccontextmanager
async def sparing(request: Request) -> AsyncIterator[FormData]:
    """The form of a request, read with constant memory, files in their turn.

    Raises ``HTTPException``: 400 for a body that is no form, 408 for a silent sender, 503 when no turn came.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        async with request.form(max_files=0, max_fields=200, max_part_size=MAX_FIELD) as data:
            yield data
        return
    async with request.app.state.turns.turn():
        stream = _steady(request.stream())
        parser = _Sparing(request.headers, stream, max_files=50, max_fields=200, max_part_size=MAX_FIELD)
        try:
            data = await parser.parse()
        except MultiPartException as error:
            raise HTTPException(400) from error
        for one in parser.cut:
            one.size = MAX_TOTAL + 1  # as much as is known of what was sent
        try:
            yield data
        finally:
            await data.close()


def text(data: FormData, name: str) -> str:
    """A field's text; a file in its place is no text."""
    value = data.get(name, "")
    return value if isinstance(value, str) else ""


def submission_id(value: str) -> str:
    """The id in its one writing, or nothing."""
    try:
        return str(UUID(value))
    except ValueError:
        return ""


def new_submission() -> str:
    """An id made when a page is shown; it is stored only if the page is sent."""
    return str(uuid4())


def _files(data: FormData, store: FileStore) -> tuple[tuple[FileRef, ...], FieldError | None]:
    """Files that came before (by hash) and new ones; the first one that is not taken has its message."""
    kept, error = _kept([value for value in data.getlist("kept") if isinstance(value, str)], store)
    for upload in data.getlist("files"):
        if not isinstance(upload, UploadFile) or not upload.filename:
            continue
        if (upload.size or 0) > MAX_TOTAL:
            error = error or FieldError("upload_total", {"file": clean_name(upload.filename)})
            continue
        try:
            kept.append(store.add(upload.filename, upload.file, upload.content_type or ""))
        except UploadError as refused:
            error = error or _upload_error(refused)
    try:
        return fitting(kept), error
    except UploadError as refused:
        return _most(kept), _upload_error(refused)


def _kept(values: Sequence[str], store: FileStore) -> tuple[list[FileRef], FieldError | None]:
    found: list[FileRef] = []
    error = None
    for value in values[:50]:
        sha256, _, name = value.partition("/")
        stored = store.find(sha256, name)
        if stored is None:
            error = FieldError("upload_lost", {"file": name[:120]})
        else:
            found.append(stored)
    return found, error


def _most(files: list[FileRef]) -> tuple[FileRef, ...]:
    """As many of the files, first ones first, as one answer may have."""
    taken: list[FileRef] = []
    for one in files:
        try:
            fitting([*taken, one])
        except UploadError:
            continue
        taken.append(one)
    return tuple(taken)


def _upload_error(refused: UploadError) -> FieldError:
    facts: dict[str, Any] = {"file": refused.name}
    return FieldError(f"upload_{refused.code}", facts)
