"""The pages of one task: form, check, confirmation; and what a link says once its task is closed.

A visit reads. What a person types is kept as a draft, which decides nothing; only the last step, with the declaration
ticked and a name typed, stores an answer.
"""

import asyncio
import logging

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.intake import Wanted
from models.commands import Actor, ActorKind
from models.content.answers import Acting
from models.errors import RefusedError
from models.tasks import TaskKind
from portal.clerk.door import Door, Receipt
from portal.clerk.filling import Filling, emptied, is_typed, standing
from portal.clerk.incoming import Posted, receive
from portal.clerk.pages import Pages
from portal.clerk.sheets import Sheet, content_of, sheets
from portal.clerk.task_views import Link, TaskViews, check_all, check_sheet
from portal.forms import ACTING, FORMS
from portal.reading import FieldError, read
from record.cases.drafts import save
from record.cases.papers import Directory
from record.database.engine import Database
from record.files.rows import remember
from record.files.uploads import FileStore
from record.views.clerk import clerk_task, stored_answer
from record.views.clerk_shapes import ClerkTask, StoredAnswer

log = logging.getLogger("portal")

CHECK = "pruefen"
"""Address of the check page."""


class TaskPages:
    """Handlers of ``/t/{token}``. ``settle_seconds``: how long a receipt page waits for the case's word."""

    def __init__(
        self, db: Database, door: Door, directory: Directory, store: FileStore, pages: Pages, *, settle_seconds: float
    ) -> None:
        self._db, self._door, self._directory, self._store = db, door, directory, store
        self._views = TaskViews(pages)
        self._settle = settle_seconds

    # visits -----------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """GET: the form, where it begins, or where things stand."""
        link = await self._form_link(request)
        return self._views.first(link) if isinstance(link, Link) else link

    async def sheet(self, request: Request) -> Response:
        """GET of one page of a long form, with what stands in it."""
        link = await self._form_link(request)
        if not isinstance(link, Link):
            return link
        filling, key = standing(link.task), request.path_params["group"]
        found = _sheet(link, filling, key)
        if found is None:
            return self._elsewhere(link, key)
        reviewed = request.query_params.get("von") == CHECK
        errors = check_sheet(link.task, found, filling).errors if reviewed else {}
        return self._views.sheet(link, found, filling, errors, reviewed=reviewed)

    async def review(self, request: Request) -> Response:
        """GET of the check page: all that stands in the form, or the first page where something is missing."""
        link = await self._form_link(request)
        if not isinstance(link, Link):
            return link
        filling = standing(link.task)
        if (missing := _first_wrong(link, filling)) is not None:
            paged = FORMS[link.task.kind].paged
            return _to(f"{link.sheet(missing.key)}?von={CHECK}" if paged and link.task.draft else link.home)
        return self._views.check(link, filling, {})

    async def receipt(self, request: Request) -> Response:
        """GET: what was stored under this id for this task. Waits a moment for the case, so it can say more."""
        link = await self._link(request)
        command_id = str(request.path_params["command_id"])
        answer = await self._stored(command_id, link.task) if link else None
        if link is None or answer is None:
            return self._views.unknown()
        turns = 0.0
        while answer.state == "received" and turns < self._settle:
            turns += 0.05
            await asyncio.sleep(0.05)
            answer = await self._stored(command_id, link.task) or answer
        return self._views.receipt(link, answer)

    # posts ------------------------------------------------------------------------------------

    async def turn(self, request: Request) -> Response:
        """POST of one page of a long form: kept as a draft, then the next page or the one before."""
        link = await self._form_link(request, posting=True)
        if not isinstance(link, Link):
            return link
        before, key = standing(link.task), request.path_params["group"]
        found = _sheet(link, before, key)
        if found is None:
            return self._elsewhere(link, key)
        posted = await receive(request, found.fields, self._store, whole=False)
        filling = before.with_(posted)
        kept = await self._keep(link.task, before, posted)
        if posted.step == "back":
            return _to(_neighbour(link, filling, key, -1))
        reading = check_sheet(link.task, found, filling)
        if posted.file_error:
            reading.errors["files"] = posted.file_error
        if not is_typed(link.task, before, posted):
            for name in emptied(found.fields, before, posted):
                reading.wrong(name, "emptied")
        if reading.errors or not kept:
            return self._views.sheet(link, found, filling, reading.errors, failed=not kept, reviewed=posted.reviewed)
        return _to(link.sheet(CHECK) if posted.reviewed else _neighbour(link, filling, key, 1))

    async def take(self, request: Request) -> Response:
        """POST of a whole form: check, back to the form, or confirm."""
        link = await self._link(request)
        if link is None:
            return self._views.unknown()
        task = link.task
        if task.kind not in FORMS:
            return self._views.without_form(link) if task.open else self._views.closed(link)
        posted = await receive(request, FORMS[task.kind].fields, self._store)
        if posted.submission_id and await self._stored(posted.submission_id, task):
            return _to(link.sheet(posted.submission_id))
        if (shut := self._shut(link, not_taken=True)) is not None:
            return shut
        return await self._check_or_store(link, posted)

    async def _check_or_store(self, link: Link, posted: Posted) -> Response:
        task, before = link.task, standing(link.task)
        filling = before.with_(posted)
        reading = check_all(task, filling)
        if posted.file_error:
            reading.errors["files"] = posted.file_error
        if not is_typed(task, before, posted):
            for name in emptied(FORMS[task.kind].fields, before, posted):
                reading.wrong(name, "emptied")
        if reading.errors or posted.step != "confirm":
            await self._keep(task, before, posted)
            return self._again(link, filling, reading.errors, edit=posted.step == "edit")
        acted = read(ACTING, filling.raw)
        if not posted.ticked:
            acted.wrong("declaration", "missing_tick")
        if acted.errors or not posted.submission_id:
            await self._keep(task, before, posted)
            return self._views.check(link, filling, acted.errors, submission_id=posted.submission_id)
        try:
            content = content_of(FORMS[task.kind], reading.values | acted.values)
        except ValidationError as error:
            return self._again(link, filling, _wrong(link, error))
        return await self._store_answer(link, filling, content, posted.submission_id)

    def _again(self, link: Link, filling: Filling, errors: dict[str, FieldError], *, edit: bool = False) -> Response:
        """After a whole form came in: the page on which something is wrong, the form again, or the check page."""
        paged = FORMS[link.task.kind].paged
        if errors and paged:
            found = sheets(link.task, filling.raw)
            wrong = next((one for one in found if any(f.name in errors for f in one.fields)), found[0])
            return self._views.sheet(link, wrong, filling, errors, reviewed=True)
        if errors or (edit and not paged):
            return self._views.form(link, filling, {} if edit else errors)
        return _to(link.home) if edit else self._views.check(link, filling, {})

    async def _store_answer(self, link: Link, filling: Filling, content: Acting, command_id: str) -> Response:
        task = link.task
        actor = Actor(kind=ActorKind.CLERK, id=task.grant.recipient, simulated=task.simulated)
        try:
            if filling.files:
                await asyncio.to_thread(self._remember, filling)
            receipt = await self._give(task, content, actor, command_id)
        except RefusedError as refused:
            return self._views.refused(link, refused.code, refused.details)
        except (SQLAlchemyError, OSError) as failed:  # its text may hold what was typed: only its name is logged
            log.warning("an answer to %s could not be stored: %s", task.id, type(failed).__name__)
            return self._views.check(link, filling, {}, submission_id=command_id, failed=True)
        return _to(link.sheet(receipt.command_id))

    async def _give(self, task: ClerkTask, content: Acting, actor: Actor, command_id: str) -> Receipt:
        """The commit is the receipt; the case is told afterwards, so no page waits for it."""
        if task.kind is TaskKind.APPLY:
            grant = task.grant
            wanted = Wanted(grant.line, grant.year, grant.recipient_key, content)  # type: ignore[arg-type]
            return await self._door.apply(wanted, actor=actor, command_id=command_id, patience=0)
        return await self._door.answer(
            task_id=task.id,
            choice=FORMS[task.kind].choice,
            content=content.model_dump(mode="json"),
            actor=actor,
            command_id=command_id,
            patience=0,
        )

    def _remember(self, filling: Filling) -> None:
        with self._db.write() as session:
            remember(session, filling.files)

    async def _keep(self, task: ClerkTask, before: Filling, posted: Posted) -> bool:
        """Keeps what a person typed as the task's draft; false when it could not be stored."""
        if not is_typed(task, before, posted):
            return True
        earlier = task.draft.raw if task.draft else {}
        filling = Filling(earlier, before.files).with_(posted)

        def write() -> None:
            with self._db.write() as session:
                save(session, task.id, filling.raw, filling.files)

        try:
            await asyncio.to_thread(write)
        except (SQLAlchemyError, OSError) as failed:
            log.warning("a draft of %s could not be stored: %s", task.id, type(failed).__name__)
            return False
        return True

    # where a link stands ----------------------------------------------------------------------

    async def _form_link(self, request: Request, *, posting: bool = False) -> Link | Response:
        """The link when its form can be filled in; otherwise the page that says why not."""
        link = await self._link(request)
        if link is None:
            return self._views.unknown()
        return self._shut(link, not_taken=posting) or link

    def _shut(self, link: Link, *, not_taken: bool) -> Response | None:
        """The page that says why the task has no form now; none when it has one."""
        task = link.task
        if not task.open:
            return self._views.closed(link, not_taken=not_taken)
        if task.pending_since:
            return self._views.pending(link, not_taken=not_taken)
        blocked = task.kind is TaskKind.REQUEST_DRAWDOWN and task.grant.payment_block
        return self._views.without_form(link) if task.kind not in FORMS or blocked else None

    def _elsewhere(self, link: Link, key: str) -> Response:
        """A page that this form does not have, or that is not asked for just now."""
        form = FORMS[link.task.kind]
        return _to(link.sheet(CHECK)) if form.paged and key in form.groups else self._views.unknown()

    async def _link(self, request: Request) -> Link | None:
        token = request.path_params["token"]

        def look() -> ClerkTask | None:
            with self._db.read() as session:
                return clerk_task(session, token, self._directory)

        task = await asyncio.to_thread(look)
        return Link(task, f"/t/{token}") if task else None

    async def _stored(self, command_id: str, task: ClerkTask) -> StoredAnswer | None:
        def look() -> StoredAnswer | None:
            with self._db.read() as session:
                return stored_answer(session, command_id, task.id)

        return await asyncio.to_thread(look)


def _sheet(link: Link, filling: Filling, key: str) -> Sheet | None:
    if not FORMS[link.task.kind].paged:
        return None
    return next((one for one in sheets(link.task, filling.raw) if one.key == key), None)


def _wrong(link: Link, error: ValidationError) -> dict[str, FieldError]:
    """What the answer's model says no to and the form did not see: never a page without a word."""
    form = FORMS[link.task.kind]
    names = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
    return {name: FieldError("bad_content") for name in names} or {form.fields[0].name: FieldError("bad_content")}


def _first_wrong(link: Link, filling: Filling) -> Sheet | None:
    found = sheets(link.task, filling.raw)
    return next((one for one in found if check_sheet(link.task, one, filling).errors), None)


def _neighbour(link: Link, filling: Filling, key: str, by: int) -> str:
    """The path of the page after or before this one: at the ends the check page, or where the form begins."""
    keys = [one.key for one in sheets(link.task, filling.raw)]
    place = keys.index(key) + by if key in keys else len(keys)
    if place < 0:
        return link.home
    return link.sheet(keys[place] if place < len(keys) else CHECK)


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)
