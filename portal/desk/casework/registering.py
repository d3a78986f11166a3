"""What came by post, fax, telephone or in person: the municipality's own form, filled in by an officer.

Fields, checks and words are those of the clerk's pages; how it came stands above them.
"""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from models.content.answers import Acting, FileRef
from models.content.intake import BINDING, Channel
from models.errors import Code, RefusedError
from portal.clerk.filling import Filling, standing
from portal.clerk.sheets import asked, content_of, sheets
from portal.clerk.task_views import check_all
from portal.desk.casework.entering import day_of, typed_id
from portal.desk.frame import Ask, Frame
from portal.desk.wording import DeskWords
from portal.forms import ACTING, FORMS, Kind
from portal.interface.casework.registering import Registering, Sheet, attached
from portal.interface.errors import status_of
from portal.reading import FieldError, Reading, read
from portal.shown import Group, group, kind_word
from portal.words import word
from record.files.uploads import FileStore, UploadError
from record.opened import Opened
from record.views.clerk_shapes import ClerkTask

WAY: Final = ("channel", "received_on", "taken_by", "signed")

AT_FIELD: Final[Mapping[str, str]] = {
    Code.SCAN_MISSING: "scan",
    Code.SIGNATURE_MISSING: "scan",
    Code.NOT_BY_TELEPHONE: "channel",
}
"""What is refused for want of a sheet is said at the field that mends it."""


@dataclass
class Typed:
    """What was typed: how it came, the answer, and what is wrong with either."""

    sheet: Sheet | None
    filling: Filling
    reading: Reading
    way: dict[str, str] = field(default_factory=dict)  # as typed
    wrong: dict[str, str] = field(default_factory=dict)  # messages by field of ``way``
    scan: FileRef | None = None


class PaperPages:
    """The form of a municipality for an officer who holds its letter."""

    def __init__(self, frame: Frame, registering: Registering, store: FileStore) -> None:
        self._frame, self._registering, self._store = frame, registering, store

    async def form(self, ask: Ask) -> Response:
        """The empty form."""
        task = await self._task(ask)
        filling = standing(task)
        way = dict.fromkeys(WAY, "")
        return await self._page(ask, task, Typed(None, filling, Reading(), way))

    async def record(self, ask: Ask) -> Response:
        """Records it; what is wrong comes back with all that was typed, and the scan stays."""
        task = await self._task(ask)
        typed = await asyncio.to_thread(self._read, ask, task)
        content = None if typed.wrong or typed.reading.errors else _content(task, typed)
        if typed.sheet is None or content is None:
            return await self._page(ask, task, typed, status=400)
        try:
            result = await self._registering.store(task, content, typed.sheet, ask.caller, typed_id(ask.form))
        except RefusedError as refusal:
            return await self._refused(ask, task, typed, refusal.code, refusal.details)
        if result.refused:
            return await self._refused(ask, task, typed, result.refused, result.details)
        return RedirectResponse(f"/quittung/{result.told['receipt']['command_id']}", 303)

    async def _task(self, ask: Ask) -> ClerkTask:
        wanted = ask.part("id")

        def look() -> ClerkTask:
            with self._frame.db.read() as session:
                return self._registering.task(session, wanted)

        task = await asyncio.to_thread(look)
        if task.grant.id:
            await self._frame.opened(ask, task.grant.id, Opened.TASK)
        return task

    # reading ----------------------------------------------------------------------------------

    def _read(self, ask: Ask, task: ClerkTask) -> Typed:
        form = FORMS[task.kind]
        names = {one.name for one in (*form.fields, *ACTING) if one.kind is not Kind.FILES}
        filling = Filling(standing(task).raw | {name: ask.form.get(name, "") for name in names})
        reading = check_all(task, filling)
        people = read(ACTING, filling.raw)
        reading.values |= people.values
        reading.errors |= people.errors
        typed = Typed(None, filling, reading, {name: ask.form.get(name, "").strip() for name in WAY})
        typed.scan = self._scan(ask, typed.wrong)
        typed.sheet = _sheet(ask, typed)
        return typed

    def _scan(self, ask: Ask, wrong: dict[str, str]) -> FileRef | None:
        """The file that came with this form, or the one that came with it before."""
        if ask.file is None:
            sha256, _, name = ask.form.get("kept", "").partition("/")
            return self._store.find(sha256, name) if sha256 else None
        try:
            return self._store.add(ask.file.name, io.BytesIO(ask.file.data), ask.file.declared)
        except UploadError as error:
            wrong["scan"] = word("error", f"upload_{error.code}", file=error.name)
            return None

    # showing ----------------------------------------------------------------------------------

    async def _refused(
        self, ask: Ask, task: ClerkTask, typed: Typed, code: str, details: Mapping[str, Any]
    ) -> Response:
        message, way = ask.words.refusal(code, details)
        at = AT_FIELD.get(code)
        if at:
            typed.wrong[at] = f"{message} {way}"
            return await self._page(ask, task, typed, status=400)
        return await self._page(ask, task, typed, problem=f"{message} {way}", status=status_of(code))

    async def _page(self, ask: Ask, task: ClerkTask, typed: Typed, *, problem: str = "", status: int = 200) -> Response:
        groups = [*_groups(task, typed), _acting(ask.words, task, typed)]
        listed = [(f"w-{name}", f"{ask.words.t(f'paper.{name}')}: {text}") for name, text in typed.wrong.items()]
        fields = [one for found in groups for one in found.fields if one.error]
        listed += [(one.id, f"{one.label or one.confirm}: {one.error}") for one in fields]
        return self._frame.page(
            ask,
            "casework/paper.html",
            status=status,
            task=task,
            title=kind_word(task, "title"),
            groups=groups,
            channels=list(Channel),
            way=typed.way,
            wrong=dict.fromkeys((*WAY, "scan"), "") | typed.wrong,
            scan=typed.scan,
            binding=FORMS[task.kind].model in BINDING,
            command_id=typed_id(ask.form),
            problem=problem,
            errors=listed,
        )


def _sheet(ask: Ask, typed: Typed) -> Sheet | None:
    """How it came; none where that is wrong, with a message for each field."""
    way, wrong, t = typed.way, typed.wrong, ask.words.t
    if way["channel"] not in {*Channel}:
        wrong["channel"] = t("paper.choose")
    day = day_of(way["received_on"])
    if day is None or day > ask.caller.today:
        wrong["received_on"] = t("paper.future")
    if wrong or day is None:
        return None
    return Sheet(Channel(way["channel"]), day, way["signed"] == "yes", way["taken_by"][:200], typed.scan)


def _content(task: ClerkTask, typed: Typed) -> Acting | None:
    """The answer; none where its model says no to something the form did not see, which is then said."""
    form = FORMS[task.kind]
    try:
        return content_of(form, typed.reading.values | attached(task.kind, typed.scan))
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else form.fields[0].name
            typed.reading.errors.setdefault(name, FieldError("bad_content"))
        return None


def _groups(task: ClerkTask, typed: Typed) -> list[Group]:
    raw, errors = typed.filling.raw, typed.reading.errors
    plain = {one.name for one in asked(task, raw) if one.kind is not Kind.FILES}
    found = [
        group(task, sheet.key, [one for one in sheet.fields if one.name in plain], raw, errors)
        for sheet in sheets(task, raw)
    ]
    return [one for one in found if one.fields]


def _acting(words: DeskWords, task: ClerkTask, typed: Typed) -> Group:
    """Who wrote, signed or called; as typed, never who is on file."""
    shown = group(task, "", ACTING, typed.filling.raw, typed.reading.errors)
    fields = tuple(replace(one, hint="") for one in shown.fields)  # they speak to the clerk at the form
    return Group(words.t("paper.who"), words.t("paper.who_hint"), fields)
