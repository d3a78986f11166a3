"""The officers' interface: JSON over HTTP, at the desk's address or on a Unix socket. ``starter.py`` is its client.

It shows views of the record and hands everything a person wants to the gateway. A refusal is a stable code with
details; words for people stand in the catalogue on the client's side. A GET changes nothing; that an officer opened a
case is on record (:mod:`record.opened` says why that is no change).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from models.content.texts import is_key, printable
from portal.interface.auth import Caller, by_login, by_name, logged_in
from portal.interface.bodies import LIMIT, Adopting, Answer, Applying, Days, Evidence, Start, json_object, parsed
from portal.interface.casework.addresses import addresses_view, new_address
from portal.interface.casework.registering import ROOM, Paper, Registering
from portal.interface.casework.sharing import noted, shared
from portal.interface.engine import Engine, Lapse
from portal.interface.errors import HANDLERS, NotFoundError, refused
from portal.interface.inbox import Incoming, file_bytes, inbox_view, mail_bytes, settled
from portal.interface.people import contacts_history, new_contact, new_officer, officers_history, officers_view
from portal.interface.result import Result
from portal.interface.service import Officers
from portal.interface.views.doctor import examined
from portal.login.service import Logins
from record.opened import Opened, note
from record.views.finding import recipient_of

Json = dict[str, Any]
View = Callable[[Session, Caller, str], Json]
Command = Callable[[Any, Caller], Awaitable[Json | Result]]


Doctor = Callable[[], Awaitable[Json]]
"""Examines the record and the engine (``gateway.doctor``); as JSON."""


def officers_interface(
    engine: Engine,
    lapse: Lapse | None = None,
    *,
    doctor: Doctor | None = None,
    logins: Logins | None = None,
    incoming: Incoming | None = None,
    mail_doctor: Doctor | None = None,
) -> ASGIApp:
    """The officers' interface of an engine. ``lapse``: embedded only; ``logins``: whose tokens count.

    Without ``logins`` callers name a simulated officer. ``mail_doctor`` looks at the mail server and the DNS.
    Without a ``doctor`` the record alone is examined; without ``incoming`` mail that came in is only listed.
    """
    return JsonInterface(engine, lapse, doctor, logins, incoming, mail_doctor).app


class JsonInterface:
    """Builds the ASGI app (:attr:`app`)."""

    def __init__(
        self,
        engine: Engine,
        lapse: Lapse | None,
        doctor: Doctor | None,
        logins: Logins | None,
        incoming: Incoming | None,
        mail_doctor: Doctor | None,
    ) -> None:
        self._mail_doctor = mail_doctor
        self._db, self._directory = engine.db, engine.directory
        self._doctor, self._logins = doctor, logins
        officers = self._officers = Officers(engine, lapse)
        self.app = Starlette(
            routes=[
                Route("/today", self._today),
                Route("/case/{id:path}", self._get(officers.case, Opened.CASE)),
                Route("/round", self._get(lambda session, _, text: officers.round(session, text))),
                Route("/round/{id:path}", self._get(lambda session, _, text: officers.round(session, text))),
                Route("/doc/{id:path}", self._get(officers.document, Opened.TASK)),
                Route("/search", self._search),
                Route("/officers", self._get(lambda session, caller, _: officers_view(session, caller.today))),
                Route("/officers/history", self._get(lambda session, _, __: officers_history(session))),
                Route("/contacts", self._get(officers.contacts)),
                Route("/contacts/history", self._get(self._contacts_history)),
                Route("/doctor", self._examine),
                Route("/doctor/mail", self._check_mail),
                Route("/do", self._post(Answer, officers.do), methods=["POST"]),
                Route("/act", self._post(Start, officers.act), methods=["POST"]),
                Route("/apply", self._post(Applying, officers.apply), methods=["POST"]),
                Route("/bank", self._post(Evidence, officers.bank), methods=["POST"]),
                Route("/adopt", self._post(Adopting, officers.adopt), methods=["POST"]),
                Route("/forward", self._post(Days, officers.forward), methods=["POST"]),
                Route("/officers", self._change(new_officer), methods=["POST"]),
                Route("/contacts", self._change(self._new_contact), methods=["POST"]),
                Route("/address", self._get(self._addresses)),
                Route("/address", self._change(self._new_address), methods=["POST"]),
                Route("/share", self._change(shared), methods=["POST"]),
                Route("/note", self._change(self._noted), methods=["POST"]),
                Route("/inbox", self._get(inbox_view)),
                Route("/inbox/{id}", self._get(inbox_view)),
                *(self._incoming_routes(incoming, Registering(engine, incoming.store)) if incoming else ()),
                *([Route("/logout", self._log_out, methods=["POST"])] if logins else ()),
            ],
            exception_handlers=HANDLERS,
        )

    def _incoming_routes(self, incoming: Incoming, registering: Registering) -> list[Route]:
        async def mail(request: Request) -> Response:
            return await asyncio.to_thread(self._handed_out, request, incoming)

        async def file(request: Request) -> Response:
            await asyncio.to_thread(self._whoever, request)
            return await file_bytes(incoming, request.path_params["sha256"])

        change = self._change(lambda session, caller, sent: settled(incoming, session, caller, sent))
        return [
            Route("/inbox", change, methods=["POST"]),
            Route("/register", self._post(Paper, registering.record, ROOM), methods=["POST"]),
            Route("/inbox/{id}/raw", mail),
            Route("/inbox/{id}/file/{number:int}", mail),
            Route("/file/{sha256}", file),
        ]

    # reading ----------------------------------------------------------------------------------

    def _get(self, view: View, opens: Opened | None = None) -> Callable[[Request], Awaitable[Response]]:
        """``opens``: a view that shows a case; that it was opened is on record before it is handed out."""

        async def endpoint(request: Request) -> Response:
            about = (request.path_params.get("id") or request.query_params.get("recipient", "")).strip()
            _need_key(about)
            return JSONResponse(await asyncio.to_thread(self._read, request, view, about, opens))

        return endpoint

    async def _today(self, request: Request) -> Response:
        """A page of the day's list: ``?kind=…&recipient=…&page=2``."""

        def view(session: Session, caller: Caller, _: str) -> Json:
            return self._officers.today(session, caller, request.query_params)

        return JSONResponse(await asyncio.to_thread(self._read, request, view, "", None))

    async def _search(self, request: Request) -> Response:
        """What a caller may name: ``?q=…``."""
        typed = request.query_params.get("q", "")
        return JSONResponse(await asyncio.to_thread(self._read, request, self._found, typed, None))

    def _found(self, session: Session, _: Caller, typed: str) -> Json:
        return self._officers.search(session, typed)

    def _read(self, request: Request, view: View, about: str, opens: Opened | None) -> Json:
        who = self._who(request)
        with self._db.read() as session:
            caller = who(session)
            found = view(session, caller, about)
        if opens is not None and caller.known and "tasks" in found:
            note(self._db, caller.officer_id, found["case"], opens)
            self._officers.note_shown(caller, found)
        return found

    def _handed_out(self, request: Request, incoming: Incoming) -> Response:
        _need_key(request.path_params["id"])
        who = self._who(request)
        with self._db.read() as session:
            who(session)
            return mail_bytes(incoming, session, request)

    def _who(self, request: Request) -> Callable[[Session], Caller]:
        """What tells the caller, in whatever transaction. Raises ``ForbiddenError`` for nobody who is logged in."""
        if self._logins is None:
            return lambda session: by_name(session, request.headers)
        login = logged_in(self._logins, request.headers)
        fresh = self._logins.is_fresh(login)
        return lambda session: by_login(session, login, fresh=fresh)

    async def _log_out(self, request: Request) -> Response:
        """Ends the log-in of this token."""
        logins = self._logins

        def work() -> None:
            if logins is not None:
                logins.end_token(logged_in(logins, request.headers))

        await asyncio.to_thread(work)
        return JSONResponse({})

    async def _examine(self, request: Request) -> Response:
        await asyncio.to_thread(self._whoever, request)
        if self._doctor is not None:
            return JSONResponse(await self._doctor())
        return JSONResponse(await asyncio.to_thread(examined, self._db))

    async def _check_mail(self, request: Request) -> Response:
        await asyncio.to_thread(self._whoever, request)
        if self._mail_doctor is None:
            raise NotFoundError("mail")
        return JSONResponse(await self._mail_doctor())

    # changing ---------------------------------------------------------------------------------

    def _post(
        self, model: type[BaseModel], command: Command, limit: int = LIMIT
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await parsed(request, model, limit)
            caller = await asyncio.to_thread(self._whoever, request)
            answer = await command(body, caller)
            return _told(answer) if isinstance(answer, Result) else JSONResponse(answer)

        return endpoint

    def _change(
        self, work: Callable[[Session, Caller, Json], Json | Result]
    ) -> Callable[[Request], Awaitable[Response]]:
        """A change of people's entries, or of mail: one transaction, given up for a rehearsal."""

        async def endpoint(request: Request) -> Response:
            sent = await json_object(request)
            found = await asyncio.to_thread(self._changed, request, sent, work)
            return _told(found) if isinstance(found, Result) else JSONResponse(found)

        return endpoint

    def _changed(
        self, request: Request, sent: Json, work: Callable[[Session, Caller, Json], Json | Result]
    ) -> Json | Result:
        dry_run = sent.pop("dry_run", False) is True
        who = self._who(request)
        with self._db.write() as session:
            found = work(session, who(session), sent)
            if dry_run:
                session.rollback()
        return _rehearsed(found) if dry_run else found

    def _whoever(self, request: Request) -> Caller:
        who = self._who(request)
        with self._db.read() as session:
            return who(session)

    def _addresses(self, session: Session, _: Caller, key: str) -> Json:
        return addresses_view(session, recipient_of(session, self._directory, key))

    def _new_address(self, session: Session, caller: Caller, sent: Json) -> Json:
        recipient = recipient_of(session, self._directory, str(sent.get("recipient", "")))
        return new_address(session, caller, recipient, sent)

    def _noted(self, session: Session, caller: Caller, sent: Json) -> Json:
        return noted(session, caller, self._directory, sent)

    def _contacts_history(self, session: Session, _: Caller, text: str) -> Json:
        return contacts_history(session, recipient_of(session, self._directory, text))

    def _new_contact(self, session: Session, caller: Caller, sent: Json) -> Result:
        recipient = recipient_of(session, self._directory, str(sent.get("recipient", "")))
        return new_contact(session, caller, recipient, sent)


def _told(result: Result) -> Response:
    """A refusal is an error that carries the receipt, where one was given."""
    receipt = {"receipt": result.told["receipt"]} if "receipt" in result.told else {}
    return refused(result.refused, result.details, **receipt) or JSONResponse(result.told)


def _rehearsed(found: Json | Result) -> Json | Result:
    """What was given up again has no receipt and made nothing."""
    if isinstance(found, Result) and found.refused:
        return Result({}, found.refused, found.details)
    told = dict(found.told if isinstance(found, Result) else found)
    told.pop("receipt", None)
    return {**told, "dry_run": True, "link": ""}


def _need_key(text: str) -> None:
    """Raises ``NotFoundError`` for what can name nothing: not every database would take it."""
    if not is_key(text):
        raise NotFoundError(printable(text))
