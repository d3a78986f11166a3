"""The standing page of a case: where things stand, what was sent, what can be started. It opens nothing itself.

What a clerk starts here becomes a task of its own, and that task's link goes by mail to the address on file.
"""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.commands import Actor, ActorKind, reference_number
from models.content.answers import StartTask
from models.errors import RefusedError
from models.tasks import TaskKind
from portal.clerk.door import Door
from portal.clerk.incoming import MAX_FIELD, new_submission, submission_id, text
from portal.clerk.pages import Pages
from portal.forms import OWN_ADDRESS, STARTING
from portal.reading import read
from portal.shown import Shown, shown, summary, summary_line, title
from portal.words import day_of, refusal, word
from record.cases.papers import Directory
from record.database.engine import Database
from record.views.clerk import case_page, stored_start
from record.views.clerk_shapes import ClerkCase, Event, StoredAnswer

log = logging.getLogger("portal")


class CasePages:
    """Handlers of ``/c/{token}``."""

    def __init__(self, db: Database, door: Door, directory: Directory, pages: Pages) -> None:
        self._db, self._door, self._directory, self._pages = db, door, directory, pages

    async def show(self, request: Request) -> Response:
        """GET: the page of the case."""
        case = await self._case(request)
        return self._page(case, request) if case else self._pages.page("unknown.html", status=404)

    async def start(self, request: Request) -> Response:
        """POST: starts one of the things on offer, chosen and with a name typed; anything less changes nothing."""
        case = await self._case(request)
        if case is None:
            return self._pages.page("unknown.html", status=404)
        async with request.form(max_files=0, max_fields=20, max_part_size=MAX_FIELD) as data:
            wanted, raw = text(data, "start"), {STARTING.name: text(data, STARTING.name)}
            command_id = submission_id(text(data, "submission_id"))
        if command_id and await self._stored(command_id, case):
            return self._to_started(request, command_id)
        errors = []
        if wanted not in case.startable:
            errors.append(("f-start", summary_line(word("field.start", "label"), word("error", "missing_option"))))
        acted = read((STARTING,), raw)
        field = shown(STARTING, raw, acted.errors, {})
        errors += summary((field,))
        if errors or not command_id:
            return self._page(case, request, errors=errors, wanted=wanted, who=field)
        return await self._open(request, case, TaskKind(wanted), acted.values[STARTING.name], command_id)

    async def back(self, request: Request) -> Response:
        """GET of the address that is only posted to (a reloaded page): to the page of the case."""
        return RedirectResponse(_own(request), status_code=303)

    async def started(self, request: Request) -> Response:
        """GET: says that the link is on its way."""
        case = await self._case(request)
        answer = await self._stored(request.path_params["command_id"], case) if case else None
        if case is None or answer is None:
            return self._pages.page("unknown.html", status=404)
        refused = refusal(answer.reason, answer.details) if answer.state == "refused" else None
        return self._pages.page(
            "started.html",
            grant=case.grant,
            answer=answer,
            wanted=word("start", str(answer.content.get("kind", ""))),
            number=reference_number(answer.command_id),
            refused=refused,
            back=_own(request),
        )

    async def _open(self, request: Request, case: ClerkCase, kind: TaskKind, name: str, command_id: str) -> Response:
        actor = Actor(kind=ActorKind.CLERK, id=case.grant.recipient, simulated=case.simulated)
        content = StartTask(kind=kind, acting_name=name).model_dump(mode="json")
        try:
            await self._door.act(
                case_id=case.grant.id, kind="open", content=content, actor=actor, command_id=command_id, patience=0
            )
        except RefusedError as refused:
            message, way = refusal(refused.code, refused.details)
            return self._page(case, request, errors=[("f-start", f"{message} {way}")], wanted=str(kind))
        except (SQLAlchemyError, OSError) as failed:
            log.warning("a start in %s could not be stored: %s", case.grant.id, type(failed).__name__)
            return self._pages.page("unavailable.html", status=503)
        return self._to_started(request, command_id)

    def _page(
        self,
        case: ClerkCase,
        request: Request,
        *,
        errors: list[tuple[str, str]] | None = None,
        wanted: str = "",
        who: Shown | None = None,
    ) -> HTMLResponse:
        return self._pages.page(
            "case.html",
            status=422 if errors else 200,
            case=case,
            grant=case.grant,
            history=[(day_of(event.at), line) for event in case.history if (line := _line(event))],
            tasks=[(title(task), task.due) for task in case.tasks],
            choices=[(task.id, title(task)) for task in case.tasks if case.link_live],
            ask_field=shown(OWN_ADDRESS, {}, {}, {}),
            link_action=f"{_own(request)}/link",
            startable=[(str(kind), word("start", kind)) for kind in case.startable],
            wanted=wanted,
            who=who or shown(STARTING, {}, {}, {}),
            errors=errors or [],
            action=f"{_own(request)}/start",
            submission_id=new_submission(),
        )

    async def _case(self, request: Request) -> ClerkCase | None:
        token = request.path_params["token"]

        def look() -> ClerkCase | None:
            with self._db.read() as session:
                return case_page(session, token, self._directory)

        return await asyncio.to_thread(look)

    async def _stored(self, command_id: str, case: ClerkCase) -> StoredAnswer | None:
        def look() -> StoredAnswer | None:
            with self._db.read() as session:
                return stored_start(session, command_id, case.grant.id)

        return await asyncio.to_thread(look)

    def _to_started(self, request: Request, command_id: str) -> RedirectResponse:
        return RedirectResponse(f"{_own(request)}/start/{command_id}", status_code=303)


def _own(request: Request) -> str:
    """The address of the case page itself, without host."""
    return f"/c/{request.path_params['token']}"


def _line(event: Event) -> str:
    """An event in plain words; nothing for what happens inside the office only."""
    return word("history", event.code, subject=event.subject)
