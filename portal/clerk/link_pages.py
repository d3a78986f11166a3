"""Links that only the right person can use: a link once more, and a task for a colleague of the same municipality.

Nobody learns anything here: a link goes to the address on file, whatever was typed, and the answer is always the same.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from models.commands import Actor, ActorKind, reference_number
from models.content.answers import Colleague, LinkAgain
from models.content.names import fits_header
from models.errors import RefusedError
from portal.clerk.door import Door
from portal.clerk.incoming import MAX_FIELD, new_submission, submission_id, text
from portal.clerk.pages import Pages
from portal.clerk.task_views import reachable
from portal.forms import ACTING, OWN_ADDRESS, Field
from portal.reading import Reading, read
from portal.shown import shown, summary, title
from portal.words import refusal, word
from record.cases.papers import Directory
from record.database.engine import Database
from record.views.clerk import case_page, clerk_task
from record.views.clerk_shapes import ClerkCase, ClerkTask, Grant, OpenClerkTask

log = logging.getLogger("portal")

COLLEAGUE: Final = (
    Field("colleague_name"),
    Field("colleague_function"),
    Field("colleague_email", autocomplete="off"),
)


class LinkPages:
    """Handlers of ``/t/{token}/neuer-link``, ``/c/{token}/link`` and ``/t/{token}/weitergeben``."""

    def __init__(self, db: Database, door: Door, directory: Directory, pages: Pages) -> None:
        self._db, self._door, self._directory, self._pages = db, door, directory, pages

    # a link once more -------------------------------------------------------------------------

    async def ask_for_task(self, request: Request) -> Response:
        """POST from a link that is of no use any more: its own task, or another that is open in the case."""
        task = await self._task(request)
        if task is None:
            return self._unknown()
        home = f"/t/{request.path_params['token']}"
        return await self._again(request, task.grant, reachable(task), task.simulated, task.now, home)

    async def ask_for_case(self, request: Request) -> Response:
        """POST from the standing page of a case: one of its open tasks."""
        case = await self._case(request)
        if case is None:
            return self._unknown()
        home = f"/c/{request.path_params['token']}"
        tasks = case.tasks if case.link_live else ()
        return await self._again(request, case.grant, tasks, case.simulated, case.now, home)

    async def _again(
        self,
        request: Request,
        grant: Grant,
        tasks: tuple[OpenClerkTask, ...],
        simulated: bool,
        now: datetime,
        home: str,
    ) -> Response:
        async with request.form(max_files=0, max_fields=20, max_part_size=MAX_FIELD) as data:
            wanted, raw = text(data, "task"), {OWN_ADDRESS.name: text(data, OWN_ADDRESS.name)}
        reading = read((OWN_ADDRESS,), raw)
        if not reading.errors and "@" not in raw[OWN_ADDRESS.name]:
            reading.wrong(OWN_ADDRESS.name, "no_address")
        if reading.errors:
            field = shown(OWN_ADDRESS, raw, reading.errors, {})
            return self._pages.page(
                "ask_link.html",
                status=422,
                grant=grant,
                choices=_choices(tasks),
                wanted=wanted,
                field=field,
                errors=summary((field,)),
                action=request.url.path,
                back=home,
            )
        task = next((one for one in tasks if one.id == wanted), tasks[0] if len(tasks) == 1 else None)
        if task is not None and grant.id:
            await self._order(grant, task, simulated, now)
        return self._pages.page("link_asked.html", grant=grant, back=home)

    async def _order(self, grant: Grant, task: OpenClerkTask, simulated: bool, now: datetime) -> None:
        """At most one an hour for each task: the same hour makes the same command. What fails is logged, never told."""
        hour = int(now.timestamp()) // 3600
        command_id = str(uuid5(NAMESPACE_URL, f"link/{task.id}/{hour}"))
        try:
            await self._door.act(
                case_id=grant.id,
                kind="link",
                content=LinkAgain(task=task.id).model_dump(mode="json"),
                actor=Actor(kind=ActorKind.CLERK, id=grant.recipient, simulated=simulated),
                command_id=command_id,
                patience=0,
            )
        except (RefusedError, SQLAlchemyError, OSError) as failed:
            log.warning("a link of %s could not be ordered: %s", task.id, type(failed).__name__)

    # another person ---------------------------------------------------------------------------

    async def other_person(self, request: Request) -> Response:
        """GET: who should have this task instead."""
        task = await self._task(request)
        if task is None:
            return self._unknown()
        if not _can_be_handed_over(task):
            return self._pages.page("not_handed.html", grant=task.grant, back=_home(request), why="")
        return self._colleague(request, task, {}, Reading())

    async def hand_over(self, request: Request) -> Response:
        """POST: a colleague of the same municipality gets a link of their own, and the old ones die."""
        task = await self._task(request)
        if task is None:
            return self._unknown()
        if not _can_be_handed_over(task):
            return self._pages.page("not_handed.html", status=409, grant=task.grant, back=_home(request), why="")
        async with request.form(max_files=0, max_fields=20, max_part_size=MAX_FIELD) as data:
            raw = {one.name: text(data, one.name) for one in (*COLLEAGUE, *ACTING)}
            ticked, command_id = text(data, "declaration") == "yes", submission_id(text(data, "submission_id"))
        reading = read((*COLLEAGUE, *ACTING), raw)
        if not fits_header(reading.values.get("colleague_name", "")):
            reading.wrong("colleague_name", "name_signs")
        if not ticked:
            reading.wrong("declaration", "missing_tick")
        if reading.errors or not command_id:
            return self._colleague(request, task, raw, reading)
        return await self._give(request, task, raw, reading, command_id)

    async def _give(
        self, request: Request, task: ClerkTask, raw: Mapping[str, str], reading: Reading, command_id: str
    ) -> Response:
        told = reading.values
        content = Colleague(
            task=task.id,
            name=told["colleague_name"],
            function=told["colleague_function"],
            email=told["colleague_email"],
            acting_name=told["acting_name"],
            acting_function=told["acting_function"],
        )
        try:
            await self._door.act(
                case_id=task.grant.id,
                kind="hand_over",
                content=content.model_dump(mode="json"),
                actor=Actor(kind=ActorKind.CLERK, id=task.grant.recipient, simulated=task.simulated),
                command_id=command_id,
                patience=0,
            )
        except RefusedError as refused:
            domains = ", ".join(refused.details.get("domains", ()))
            if refused.details.get("field") == "email":
                reading.wrong("colleague_email", "other_domain" if domains else "no_address", domains=domains)
                return self._colleague(request, task, raw, reading)
            message, way = refusal(refused.code, refused.details)
            return self._pages.page(
                "not_handed.html", status=409, grant=task.grant, back=_home(request), why=f"{message} {way}"
            )
        except (SQLAlchemyError, OSError) as failed:
            log.warning("%s could not be handed over: %s", task.id, type(failed).__name__)
            return self._pages.page("unavailable.html", status=503)
        return self._pages.page("handed.html", grant=task.grant, name=content.name, number=reference_number(command_id))

    def _colleague(self, request: Request, task: ClerkTask, raw: Mapping[str, str], reading: Reading) -> Response:
        fields = tuple(shown(one, raw, reading.errors, {}) for one in COLLEAGUE)
        people = tuple(shown(one, raw, reading.errors, {}) for one in ACTING)
        tick = word("error", "missing_tick") if "declaration" in reading.errors else ""
        listed = summary((*fields, *people))
        if tick:
            listed.append(("f-declaration", f"{word('field.declaration', 'label')}: {tick}"))
        return self._pages.page(
            "colleague.html",
            status=422 if listed else 200,
            grant=task.grant,
            title=title(task),
            fields=fields,
            people=people,
            tick_error=tick,
            errors=listed,
            action=request.url.path,
            back=_home(request),
            submission_id=new_submission(),
        )

    # reading ----------------------------------------------------------------------------------

    def _unknown(self) -> Response:
        return self._pages.page("unknown.html", status=404)

    async def _task(self, request: Request) -> ClerkTask | None:
        def look() -> ClerkTask | None:
            with self._db.read() as session:
                return clerk_task(session, request.path_params["token"], self._directory)

        return await asyncio.to_thread(look)

    async def _case(self, request: Request) -> ClerkCase | None:
        def look() -> ClerkCase | None:
            with self._db.read() as session:
                return case_page(session, request.path_params["token"], self._directory)

        return await asyncio.to_thread(look)


def _choices(tasks: tuple[OpenClerkTask, ...]) -> list[tuple[str, str]]:
    return [(one.id, title(one)) for one in tasks]


def _can_be_handed_over(task: ClerkTask) -> bool:
    return task.open and not task.pending_since and bool(task.grant.id)


def _home(request: Request) -> str:
    return f"/t/{request.path_params['token']}"
