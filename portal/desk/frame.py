"""What each page of the desk stands on: who asks, in which language, and what is shown when something goes wrong."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.content.texts import is_key
from models.errors import NOT_FOUND, RefusedError
from models.tasks import reads_only
from portal.desk.pages import Head, Pages
from portal.desk.wording import DeskWords, preferred
from portal.interface.auth import Caller
from portal.interface.errors import NotFoundError, status_of
from portal.login.service import LoggedIn, Logins
from portal.login.ways import LOGIN, with_next
from portal.logs import without_token
from record.database.clock import legal_today
from record.database.engine import Database
from record.opened import Opened, note
from record.people import officer, officer_names, officer_roles
from record.views.inbound import number_waiting

log = logging.getLogger(__name__)

MAX_FIELDS: Final = 200
Facts = dict[str, Any]
Form = Mapping[str, str]


@dataclass(frozen=True)
class Sent:
    """A file that was sent with a form."""

    name: str
    data: bytes
    declared: str


class Ask:
    """A request of an officer: who it is, their words, and what they typed."""

    def __init__(
        self, request: Request, caller: Caller, words: DeskWords, head: Head, form: Form, file: Sent | None = None
    ) -> None:
        self.request, self.caller, self.words, self.head, self.form = request, caller, words, head, form
        self.file = file
        self.proof = ""
        """What is wrong with the proof that came with the form."""

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.request.query_params

    def part(self, name: str) -> str:
        """A part of the address. Raises ``NotFoundError`` for what can name nothing."""
        text = str(self.request.path_params[name]).strip()
        if not is_key(text):
            raise NotFoundError("")
        return text


class StaleFormError(Exception):
    """A form that was not made for this log-in: of another site, of a log-in that has ended, or without any."""


Page = Callable[[Ask], Awaitable[Response]]


def _wanted(request: Request) -> str:
    """The page that was asked for, to go on to after a log-in."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


class Frame:
    """Makes endpoints of pages. Without a log-in everyone is sent to the page where one begins."""

    def __init__(self, db: Database, logins: Logins, pages: Pages) -> None:
        self.db, self.logins, self.pages = db, logins, pages

    def shown(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """A page that only shows."""

        async def endpoint(request: Request) -> Response:
            ask = await asyncio.to_thread(self._asking, request, {})
            return await page(ask) if ask else RedirectResponse(with_next(LOGIN, _wanted(request)), 303)

        return endpoint

    def taken(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """A page that takes a form."""

        async def endpoint(request: Request) -> Response:
            async with request.form(max_files=1, max_fields=MAX_FIELDS) as sent:
                form = {name: value for name, value in sent.items() if not isinstance(value, UploadFile)}
                file: Sent | None = None
                files = [value for value in sent.values() if isinstance(value, UploadFile) and value.filename]
                if files:
                    file = Sent(files[0].filename or "", await files[0].read(), files[0].content_type or "")
                    form["file"] = file.data.decode("utf-8-sig", "surrogateescape")
            ask = await asyncio.to_thread(self._asking, request, form)
            if ask is None or not self.logins.csrf_ok(ask.head.login, form.get("csrf")):
                raise StaleFormError
            ask.file = file
            return await page(ask)

        return endpoint

    def words(self, request: Request, people: Mapping[str, str] | None = None) -> DeskWords:
        """The words in the language of the browser."""
        return DeskWords(preferred(request.headers.get("accept-language", "")), people)

    def page(self, ask: Ask, template: str, *, status: int = 200, **facts: Any) -> Response:
        """A page for an officer."""
        return self.pages.page(f"desk/{template}", ask.words, ask.head, status=status, **facts)

    async def read(self, view: Callable[[Session], Facts]) -> Facts:
        """A view of the record."""

        def work() -> Facts:
            with self.db.read() as session:
                return view(session)

        return await asyncio.to_thread(work)

    async def opened(self, ask: Ask, case_id: str, view: Opened) -> None:
        """Puts on record that this officer opened a case."""
        await asyncio.to_thread(note, self.db, ask.caller.officer_id, case_id, view)

    async def keep(self, ask: Ask, chosen: str) -> None:
        """Notes the filter of the lists for the rest of this log-in: like its use, no change of the legal record."""
        await asyncio.to_thread(self.logins.keep_filter, ask.head.login, chosen)

    def entering(self, template: str, *, status: int = 200, request: Request, **facts: Any) -> HTMLResponse:
        """A page of the log-in, on which nobody is logged in."""
        return self.pages.page(template, self.words(request), status=status, **facts)

    def _asking(self, request: Request, form: Form) -> Ask | None:
        login = self.logins.current(request)
        return self._ask(request, login, form) if login else None

    def _ask(self, request: Request, login: LoggedIn, form: Form) -> Ask | None:
        """The request with all that each page shows of its officer; none when the officer may act no more."""
        with self.db.read() as session:
            today = legal_today(session)
            words = self.words(request, officer_names(session))
            try:
                found = officer(session, login.officer_id, today)
            except RefusedError:
                return None
            roles = officer_roles(session, found.id, today)
            head = Head(
                login=login,
                name=found.name,
                roles=tuple(words.name("role", role) for role in sorted(roles)),
                today=words.day(today),
                mails=number_waiting(session),
                reads_only=reads_only(roles),
            )
            fresh = found.simulated or self.logins.is_fresh(login)
            caller = Caller(today, found.id, roles, found.simulated, login.login_id, fresh)
            return Ask(request, caller, words, head, form)

    # when something goes wrong ------------------------------------------------------------------

    async def refused(self, request: Request, error: Exception) -> Response:
        """A rule, or a name that names nothing, said no."""
        words = self.words(request)
        if isinstance(error, RefusedError):
            message, _ = words.refusal(error.code, error.details)
            status = 404 if error.code in NOT_FOUND else status_of(error.code)
            return await self.message(request, message, status=status)
        return await self.message(request, words.t("message.unknown"), status=404)

    async def stale(self, request: Request, error: Exception) -> Response:
        """A form without its log-in."""
        return await self.message(request, self.words(request).t("message.stale"), status=403)

    async def http(self, request: Request, error: Exception) -> Response:
        """No such address, or not in this way."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return await self.message(request, self.words(request).t("message.unknown"), status=status)

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """The record or the engine is not there. The name of what went wrong only: its text may hold what was typed."""
        log.warning("a page could not be made: %s", type(error).__name__)
        return await self.message(request, self.words(request).t("message.unavailable"), status=503)

    async def incident(self, request: Request, error: Exception) -> Response:
        """The edge: whatever else happened is logged under a number, and only the number is told."""
        number = uuid4().hex[:8]
        log.error("incident %s: %s %s", number, request.method, without_token(request.url.path), exc_info=error)
        return await self.message(request, self.words(request).t("message.incident", number=number), status=500)

    async def message(self, request: Request, text: str, *, status: int) -> Response:
        """A page with one sentence and the way back."""
        return self.pages.page("desk/message.html", self.words(request), status=status, text=text)
