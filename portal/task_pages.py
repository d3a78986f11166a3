"""The pages of one task: form, check, confirmation; and what a link says once its task is closed.

A visit reads. Only the last step of the form, with the declaration ticked and a name typed, stores anything.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.intake import Wanted
from models.commands import Actor, ActorKind
from models.deadlines import legal_day
from models.errors import RefusedError
from models.tasks import TaskKind
from portal import rules
from portal.door import Door, Receipt
from portal.forms import ACTING, FORMS
from portal.incoming import Posted, new_submission, receive
from portal.pages import Pages
from portal.reading import FieldError, Reading, read
from portal.shown import acting, facts, file_line, groups, kind_word, rows, summary, typed
from portal.uploads import FileStore
from portal.words import deadline_sentence, refusal, word
from record.clerk_shapes import ClerkTask, StoredAnswer
from record.clerk_views import clerk_task, stored_answer
from record.engine import Database
from record.files import remember
from record.papers import Directory

log = logging.getLogger("portal")


class TaskPages:
    """Handlers of ``/t/{token}``. ``settle_seconds``: how long a receipt page waits for the case's word."""

    def __init__(
        self, db: Database, door: Door, directory: Directory, store: FileStore, pages: Pages, *, settle_seconds: float
    ) -> None:
        self._db, self._door, self._directory, self._store, self._pages = db, door, directory, store, pages
        self._settle = settle_seconds

    async def show(self, request: Request) -> Response:
        """GET: the form, or where things stand."""
        task = await self._task(request)
        if task is None:
            return self.unknown()
        if not task.open:
            return self._closed(task)
        if task.pending_since:
            return self._pending(task)
        if task.kind not in FORMS or self._blocked(task):
            return self._without_form(task)
        return self._form(task, Posted(raw=typed(task, task.earlier)), {})

    async def take(self, request: Request) -> Response:
        """POST: check, back to the form, or confirm."""
        task = await self._task(request)
        if task is None:
            return self.unknown()
        if task.kind not in FORMS:
            return self._without_form(task) if task.open else self._closed(task)
        posted = await receive(request, FORMS[task.kind], self._store)
        if posted.submission_id and await self._stored(posted.submission_id, task):
            return self._to_receipt(request, posted.submission_id)
        if not task.open:
            return self._closed(task, not_taken=True)
        if task.pending_since:
            return self._pending(task, not_taken=True)
        if self._blocked(task):
            return self._without_form(task)
        if posted.step == "edit":
            return self._form(task, posted, {})
        return await self._check_or_store(request, task, posted)

    async def receipt(self, request: Request) -> Response:
        """GET: what was stored under this id for this task. Waits a moment for the case, so it can say more."""
        task = await self._task(request)
        command_id = request.path_params["command_id"]
        answer = await self._stored(command_id, task) if task else None
        if task is None or answer is None:
            return self.unknown()
        turns = 0.0
        while answer.state == "received" and turns < self._settle:
            turns += 0.05
            await asyncio.sleep(0.05)
            answer = await self._stored(command_id, task) or answer
        return self._receipt(task, answer)

    def unknown(self) -> HTMLResponse:
        """The one neutral page for every link that is not known."""
        return self._pages.page("unknown.html", status=404)

    # the steps --------------------------------------------------------------------------------

    async def _check_or_store(self, request: Request, task: ClerkTask, posted: Posted) -> Response:
        reading = read(FORMS[task.kind].fields, posted.raw, posted.files)
        if posted.file_error:
            reading.errors["files"] = posted.file_error
        rules.check(task, reading)
        if reading.errors:
            return self._form(task, posted, reading.errors)
        if posted.step == "check":
            return self._check(task, posted, reading, {})
        acted = read(ACTING, posted.raw)
        if not posted.ticked:
            acted.wrong("declaration", "missing_tick")
        if acted.errors or not posted.submission_id:
            return self._check(task, posted, reading, acted.errors)
        try:
            content = FORMS[task.kind].model.model_validate(reading.values | acted.values)
        except ValidationError as error:
            wrong = {str(item["loc"][0]): FieldError("bad_content") for item in error.errors() if item["loc"]}
            return self._form(task, posted, wrong)
        return await self._store_answer(request, task, posted, reading, content)

    async def _store_answer(
        self, request: Request, task: ClerkTask, posted: Posted, reading: Reading, content: Any
    ) -> Response:
        actor = Actor(kind=ActorKind.CLERK, id=task.grant.recipient, simulated=task.simulated)
        try:
            if posted.files:
                await asyncio.to_thread(self._remember, posted)
            receipt = await self._give(task, content, actor, posted.submission_id)
        except RefusedError as refused:
            return self._refused(task, refused.code, refused.details)
        except (SQLAlchemyError, OSError) as failed:  # its text may hold what was typed: only its name is logged
            log.warning("an answer to %s could not be stored: %s", task.id, type(failed).__name__)
            return self._check(task, posted, reading, {}, failed=True)
        return self._to_receipt(request, receipt.command_id)

    async def _give(self, task: ClerkTask, content: Any, actor: Actor, command_id: str) -> Receipt:
        """The commit is the receipt; the case is told afterwards, so no page waits for it."""
        if task.kind is TaskKind.APPLY:
            grant = task.grant
            wanted = Wanted(grant.line, grant.year, grant.recipient_key, content)
            return await self._door.apply(wanted, actor=actor, command_id=command_id, patience=0)
        return await self._door.answer(
            task_id=task.id,
            choice=FORMS[task.kind].choice,
            content=content.model_dump(mode="json"),
            actor=actor,
            command_id=command_id,
            patience=0,
        )

    def _remember(self, posted: Posted) -> None:
        with self._db.write() as session:
            remember(session, posted.files)

    # the pages --------------------------------------------------------------------------------

    def _form(self, task: ClerkTask, posted: Posted, errors: Mapping[str, FieldError]) -> HTMLResponse:
        shown = groups(task, posted.raw, errors)
        return self._pages.page(
            "form.html",
            status=422 if errors else 200,
            groups=shown,
            errors=summary(tuple(one for group in shown for one in group.fields)),
            files=[(f"{file.sha256}/{file.name}", file_line(file)) for file in posted.files],
            uploads=FORMS[task.kind].uploads,
            raw=posted.raw,
            **self._about(task),
        )

    def _check(
        self,
        task: ClerkTask,
        posted: Posted,
        reading: Reading,
        errors: Mapping[str, FieldError],
        *,
        failed: bool = False,
    ) -> HTMLResponse:
        people = acting(posted.raw, errors)
        listed = summary(people)
        tick = word("error", "missing_tick") if "declaration" in errors else ""
        if tick:
            listed.append(("f-declaration", f"{word('field.declaration', 'label')}: {tick}"))
        status = 503 if failed else 422 if errors else 200
        return self._pages.page(
            "check.html",
            status=status,
            rows=rows(task, reading.values),
            figures=rules.figures(task, reading.values),
            hidden=[(one.name, posted.raw.get(one.name, "")) for one in FORMS[task.kind].fields if one.name != "files"],
            files=[f"{file.sha256}/{file.name}" for file in posted.files],
            people=people,
            tick_error=tick,
            errors=listed,
            failed=failed,
            submission_id=posted.submission_id
            if posted.step == "confirm" and posted.submission_id
            else new_submission(),
            **self._about(task),
        )

    def _receipt(self, task: ClerkTask, answer: StoredAnswer) -> HTMLResponse:
        form = FORMS[task.kind]
        content = form.model.model_validate(answer.content)
        no = refusal(answer.reason, answer.details) if answer.state == "refused" else None
        told = {one.name: getattr(content, one.name) for one in form.fields}
        people = [(word(f"field.{one.name}", "label"), getattr(content, one.name)) for one in ACTING]
        return self._pages.page(
            "receipt.html",
            answer=answer,
            number=reference_number(answer.command_id),
            refused=no,
            rows=[*rows(task, told, masked=True), *people],
            **self._about(task),
        )

    def _closed(self, task: ClerkTask, *, not_taken: bool = False) -> HTMLResponse:
        state = str(task.state) if task.state != "open" else "revoked"
        text = "settled_text" if state == "answered" and not task.closed_by_recipient else f"{state}_text"
        when = task.closed_at or task.now
        return self._pages.page(
            "closed.html",
            status=409 if not_taken else 200,
            heading=kind_word(task, "closed") if task.closed_by_recipient else word("closed", state),
            text=word("closed", text, day=legal_day(when)),
            not_taken=not_taken,
            **self._about(task),
        )

    def _pending(self, task: ClerkTask, *, not_taken: bool = False) -> HTMLResponse:
        """An answer is stored, and the case has not been told yet."""
        return self._pages.page(
            "closed.html",
            status=409 if not_taken else 200,
            heading=kind_word(task, "done"),
            text=word("closed", "pending_text", day=task.pending_since),
            not_taken=not_taken,
            **self._about(task),
        )

    def _without_form(self, task: ClerkTask) -> HTMLResponse:
        template = "repay.html" if task.kind is TaskKind.REPAY else "blocked.html"
        return self._pages.page(template, **self._about(task))

    def _refused(self, task: ClerkTask, code: str, details: Mapping[str, Any]) -> HTMLResponse:
        text, way = refusal(code, details)
        return self._pages.page("refused.html", status=409, text=text, way=way, **self._about(task))

    def _about(self, task: ClerkTask) -> dict[str, Any]:
        """What all pages of a task show."""
        return {
            "task": task,
            "grant": task.grant,
            "told": facts(task),
            "kind": lambda key: kind_word(task, key),
            "computed": deadline_sentence(task.due.deadline),
        }

    # reading ----------------------------------------------------------------------------------

    def _blocked(self, task: ClerkTask) -> bool:
        return task.kind is TaskKind.REQUEST_DRAWDOWN and task.grant.payment_block

    async def _task(self, request: Request) -> ClerkTask | None:
        token = request.path_params["token"]

        def look() -> ClerkTask | None:
            with self._db.read() as session:
                return clerk_task(session, token, self._directory)

        return await asyncio.to_thread(look)

    async def _stored(self, command_id: str, task: ClerkTask) -> StoredAnswer | None:
        def look() -> StoredAnswer | None:
            with self._db.read() as session:
                return stored_answer(session, command_id, task.id)

        return await asyncio.to_thread(look)

    def _to_receipt(self, request: Request, command_id: str) -> RedirectResponse:
        return RedirectResponse(f"{request.url.path}/{command_id}", status_code=303)


def reference_number(command_id: str) -> str:
    """The beginning of a command's id, as people can read it out: ``3F2A-91C0``."""
    short = command_id.replace("-", "")[:8].upper()
    return f"{short[:4]}-{short[4:]}"
