"""The officers' interface: JSON over HTTP on a Unix socket, or over TCP with credentials. ``starter.py`` is its client.

It shows views of the record and hands everything a person wants to the gateway. A refusal is a stable code with
details; words for people stand in the catalogue on the client's side. A GET changes nothing; that an officer opened a
case is on record (:mod:`record.opened` says why that is no change).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.intake import Wanted
from models.commands import Actor
from models.content.answers import Application
from models.content.starts import START_CONTENT
from models.content.texts import is_key, printable
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.programme import Rules
from models.tables import Case, CommandRow, Officer, TaskRow
from models.tasks import TASKS, Role, TaskKind, TaskState
from portal.fields import bind, stored
from portal.interface.auth import Caller, identify
from portal.interface.bank import look_at
from portal.interface.bodies import Adopting, Answer, Applying, Days, Evidence, Start, json_object, parsed
from portal.interface.doctor import examined
from portal.interface.effects import effect
from portal.interface.engine import Engine, Lapse
from portal.interface.errors import HANDLERS, NotEmbeddedError, NotFoundError, refused
from portal.interface.file import with_labels
from portal.interface.inbox import Incoming, file_bytes, inbox_view, mail_bytes, settled
from portal.interface.people import contacts_view, new_contact, new_officer, officers_view
from portal.interface.rounds import rounds_to_open
from portal.interface.steps import Steps
from portal.logs import without_token
from record.opened import Opened, note
from record.people import first_contact, with_role
from record.views.finding import case_of, document_of, owner_of, recipient_of, round_of, task_of
from record.views.officers import case_view, document_view, round_view, today_view
from record.views.tasks import task_view

Json = dict[str, Any]
View = Callable[[Session, Caller, str], Json]
Command = Callable[[Any, Caller], Awaitable[Json | Response]]


Doctor = Callable[[], Awaitable[Json]]
"""Examines the record and the engine (``gateway.doctor``); as JSON."""


def desk_app(
    engine: Engine,
    lapse: Lapse | None = None,
    *,
    doctor: Doctor | None = None,
    peers: Mapping[int, str] | None = None,
    incoming: Incoming | None = None,
    mail_doctor: Doctor | None = None,
) -> ASGIApp:
    """The officers' interface of an engine. ``lapse``: embedded only; ``peers``: officers by user id on the socket.

    ``mail_doctor`` looks at the mail server and the DNS.
    Without a ``doctor`` the record alone is examined; without ``incoming`` mail that came in is only listed.
    """
    return Desk(engine, lapse, doctor, peers or {}, incoming, mail_doctor).app


class Desk:
    """Builds the ASGI app (:attr:`app`)."""

    def __init__(
        self,
        engine: Engine,
        lapse: Lapse | None,
        doctor: Doctor | None,
        peers: Mapping[int, str],
        incoming: Incoming | None,
        mail_doctor: Doctor | None,
    ) -> None:
        self._mail_doctor = mail_doctor
        self._db, self._gateway, self._directory = engine.db, engine.gateway, engine.directory
        self._mode, self._lapse, self._doctor, self._peers = str(engine.settings.mode), lapse, doctor, peers
        self.app = Starlette(
            routes=[
                Route("/today", self._get(self._today)),
                Route("/case/{id:path}", self._get(self._case, Opened.CASE)),
                Route("/round", self._get(self._round)),
                Route("/round/{id:path}", self._get(self._round)),
                Route("/doc/{id:path}", self._get(self._document, Opened.TASK)),
                Route("/officers", self._get(lambda session, caller, _: officers_view(session, caller.today))),
                Route("/contacts", self._get(self._contacts)),
                Route("/doctor", self._examine),
                Route("/doctor/mail", self._check_mail),
                Route("/do", self._post(Answer, self._do), methods=["POST"]),
                Route("/act", self._post(Start, self._act), methods=["POST"]),
                Route("/apply", self._post(Applying, self._apply), methods=["POST"]),
                Route("/bank", self._post(Evidence, self._bank), methods=["POST"]),
                Route("/adopt", self._post(Adopting, self._adopt), methods=["POST"]),
                Route("/forward", self._post(Days, self._forward), methods=["POST"]),
                Route("/officers", self._change(new_officer), methods=["POST"]),
                Route("/contacts", self._change(self._new_contact), methods=["POST"]),
                Route("/inbox", self._get(inbox_view)),
                Route("/inbox/{id}", self._get(inbox_view)),
                *(self._incoming_routes(incoming) if incoming else ()),
            ],
            exception_handlers=HANDLERS,
        )

    def _incoming_routes(self, incoming: Incoming) -> list[Route]:
        async def mail(request: Request) -> Response:
            return await asyncio.to_thread(self._handed_out, request, incoming)

        async def file(request: Request) -> Response:
            await asyncio.to_thread(self._whoever, request)
            return await file_bytes(incoming, request.path_params["sha256"])

        change = self._change(lambda session, caller, sent: settled(incoming, session, caller, sent))
        return [
            Route("/inbox", change, methods=["POST"]),
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

    def _read(self, request: Request, view: View, about: str, opens: Opened | None) -> Json:
        with self._db.read() as session:
            caller = self._identify(session, request)
            found = view(session, caller, about)
        if opens is not None and caller.known and "tasks" in found:
            note(self._db, caller.officer_id, found["case"], opens)
        return found

    def _handed_out(self, request: Request, incoming: Incoming) -> Response:
        _need_key(request.path_params["id"])
        with self._db.read() as session:
            self._identify(session, request)
            return mail_bytes(incoming, session, request)

    def _identify(self, session: Session, request: Request) -> Caller:
        uid = request.scope.get("state", {}).get("peer_uid")
        return identify(session, self._mode, request.headers, uid, self._peers)

    def _complete(self, session: Session, caller: Caller, view: Json) -> Json:
        embedded = self._mode == "embedded"
        cashiers = with_role(session, Role.CASH_OFFICE, caller.today) if embedded else []
        return Steps(caller.today, embedded=embedded, cashiers=tuple(c.id for c in cashiers)).complete(view)

    def _today(self, session: Session, caller: Caller, _: str) -> Json:
        view = today_view(session, self._directory, caller.officer_id)
        starts = rounds_to_open(session, self._directory, caller.today, caller.officer_id)
        return self._complete(session, caller, {**view, "starts": starts})

    def _case(self, session: Session, caller: Caller, text: str) -> Json:
        case_id = case_of(session, self._directory, text)
        view = case_view(session, self._directory, case_id, caller.officer_id)
        tasks = [{**task, "effects": self._effects(session, caller, case_id, task)} for task in view["tasks"]]
        completed = self._complete(session, caller, {**view, "tasks": tasks})
        return with_labels(completed, session.get_one(Case, case_id).rules)

    def _round(self, session: Session, caller: Caller, text: str) -> Json:
        return round_view(session, self._directory, round_of(session, self._directory, text))

    def _document(self, session: Session, caller: Caller, doc_id: str) -> Json:
        """A document or a task; a link that still lives is left out: it opens a form in somebody else's name."""
        task = task_view(session, self._directory, task_of(session, doc_id), caller.officer_id)
        if task is not None:
            return self._about(session, caller, task)
        doc_id = document_of(session, doc_id)
        try:
            found = document_view(session, doc_id)
        except RefusedError:
            raise NotFoundError(doc_id) from None
        return {**found, "text": without_token(found["text"])}

    def _about(self, session: Session, caller: Caller, view: Json) -> Json:
        """A task with what its decision is about, and what each answer would do now."""
        effects = self._effects(session, caller, view["case"], view["tasks"][0])
        completed = self._complete(session, caller, {**view, "effects": effects})
        return with_labels(completed, session.get_one(Case, view["case"]).rules)

    def _effects(self, session: Session, caller: Caller, case_id: str, task: Json) -> list[Json]:
        """What each answer to an open task of the authority would do; signed by the caller, where they may sign."""
        if task["state"] != TaskState.OPEN:
            return []
        signer = session.get(Officer, caller.officer_id) if caller.known and task["mine"] else None
        rules = Rules.model_validate(session.get_one(Case, case_id).rules)
        foreseen = self._gateway.foresee(session, task["id"], signer)
        return [effect(one, rules, signer, caller.today) for one in foreseen]

    def _contacts(self, session: Session, caller: Caller, key: str) -> Json:
        return contacts_view(session, recipient_of(session, self._directory, key), caller.today)

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

    def _post(self, model: type[BaseModel], command: Command) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await parsed(request, model)
            caller = await asyncio.to_thread(self._whoever, request)
            answer = await command(body, caller)
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return endpoint

    def _change(self, work: Callable[[Session, Caller, Json], Json]) -> Callable[[Request], Awaitable[Response]]:
        """A change of people's entries: one transaction, given up for a rehearsal."""

        async def endpoint(request: Request) -> Response:
            sent = await json_object(request)
            return JSONResponse(await asyncio.to_thread(self._changed, request, sent, work))

        return endpoint

    def _changed(self, request: Request, sent: Json, work: Callable[[Session, Caller, Json], Json]) -> Json:
        dry_run = sent.pop("dry_run", False) is True
        with self._db.write() as session:
            found = work(session, self._identify(session, request), sent)
            if dry_run:
                session.rollback()
        return {**found, "dry_run": True, "credential": ""} if dry_run else found

    def _whoever(self, request: Request) -> Caller:
        with self._db.read() as session:
            return self._identify(session, request)

    async def _do(self, body: Answer, caller: Caller) -> Json | Response:
        task, content = await asyncio.to_thread(self._content, body)
        actor = caller.actor()
        about = {"task": task.id, "kind": task.kind, "choice": body.choice}
        if body.dry_run:
            preview = await self._gateway.preview_answer(
                task_id=task.id, choice=body.choice, content=content, actor=actor
            )
            return refused(preview.refused, preview.details) or _rehearsal(preview, about)
        receipt = await self._gateway.answer(
            task_id=task.id,
            choice=body.choice,
            content=content,
            actor=actor,
            command_id=body.command_id,
        )
        return await self._told(receipt, about)

    def _owner(self, text: str) -> str:
        with self._db.read() as session:
            return owner_of(session, self._directory, text)

    def _content(self, body: Answer) -> tuple[TaskRow, Json]:
        """The task that is named, and what was sent as its form wants it."""
        with self._db.read() as session:
            task_id = task_of(session, body.task)
            task = session.get(TaskRow, task_id)
        if task is None or not task.case_id:
            raise RefusedError(Code.UNKNOWN_TASK, task=task_id)
        choices = TASKS[TaskKind(task.kind)].choices
        if body.choice not in choices:
            raise RefusedError(Code.UNKNOWN_CHOICE, choice=body.choice, choices=list(choices))
        return task, stored(bind(choices[body.choice].content, body.content))

    async def _act(self, body: Start, caller: Caller) -> Json | Response:
        if body.kind not in START_CONTENT:
            raise RefusedError(Code.UNKNOWN_CHOICE, choice=body.kind, choices=sorted(START_CONTENT))
        content = stored(bind(START_CONTENT[body.kind], body.content))
        actor = caller.actor(Role.CASE_WORKER)
        body = body.model_copy(update={"case": await asyncio.to_thread(self._owner, body.case)})
        about = {"kind": body.kind, "case": body.case}
        if body.dry_run:
            preview = await self._gateway.preview_start(case_id=body.case, kind=body.kind, content=content, actor=actor)
            return refused(preview.refused, preview.details) or _rehearsal(preview, about)
        receipt = await self._gateway.act(
            case_id=body.case,
            kind=body.kind,
            content=content,
            actor=actor,
            command_id=body.command_id,
        )
        return await self._told(receipt, about)

    async def _apply(self, body: Applying, caller: Caller) -> Json | Response:
        actor = await asyncio.to_thread(self._actor, caller, Role.CASE_WORKER)
        acting = await asyncio.to_thread(self._acting, body.recipient, caller.today)
        content = bind(Application, acting | body.content)
        wanted = Wanted(body.line, body.year, body.recipient, content)
        if body.dry_run:
            preview = await self._gateway.preview_application(wanted, actor=actor)
            return refused(preview.refused, preview.details) or _rehearsal(preview, {})
        receipt = await self._gateway.apply(wanted, actor=actor, command_id=body.command_id)
        return await self._told(receipt, {})

    def _acting(self, key: str, today: date) -> Json:
        """Who acted for the municipality, where the application does not say: the contact on file."""
        with self._db.read() as session:
            contact = first_contact(session, self._directory.find(key, today).identity, today)
        if contact is None:
            return {}
        return {"acting_name": contact.name, "acting_function": contact.function or contact.name}

    def _actor(self, caller: Caller, role: Role) -> Actor:
        """The caller; in the embedded mode, where nobody was named, the first simulated officer with the role."""
        if caller.known or self._mode != "embedded":
            return caller.actor(role)
        with self._db.read() as session:
            people = with_role(session, role, caller.today)
        if not people:
            raise RefusedError(Code.WRONG_ROLE, role=role)
        return Caller(caller.today, people[0].id, frozenset({role}), people[0].simulated).actor(role)

    async def _bank(self, body: Evidence, caller: Caller) -> Json:
        actor = await asyncio.to_thread(self._actor, caller, Role.CASH_OFFICE)
        if body.dry_run:
            return await asyncio.to_thread(look_at, self._db, body.text)
        receipt = await self._gateway.bank(text=body.text, actor=actor)
        return receipt.model_dump(mode="json")

    async def _adopt(self, body: Adopting, caller: Caller) -> Json:
        await asyncio.to_thread(self._actor, caller, Role.CASE_WORKER)
        case_id = await asyncio.to_thread(self._owner, body.case)
        if not body.dry_run:
            await self._gateway.adopt(case_id)
        return {"case": case_id, "dry_run": body.dry_run}

    async def _forward(self, body: Days, caller: Caller) -> Json:
        if self._mode != "embedded" or self._lapse is None:
            raise NotEmbeddedError
        if body.dry_run:
            today = date.fromordinal(caller.today.toordinal() + body.days)
            return {"dry_run": True, "legal_today": today.isoformat()}
        return {"legal_today": legal_day(await self._lapse.forward(body.days)).isoformat()}

    def _new_contact(self, session: Session, caller: Caller, sent: Json) -> Json:
        recipient = recipient_of(session, self._directory, str(sent.get("recipient", "")))
        return new_contact(session, caller, recipient, sent)

    async def _told(self, receipt: Any, about: Json) -> Json | Response:
        """The receipt and what became of the command; a refusal is an error that carries the receipt."""
        given = {
            "receipt": receipt.model_dump(mode="json", include={"command_id", "case_id", "received_at"}),
            "outcome": receipt.outcome.model_dump(mode="json") if receipt.outcome else None,
            "case": receipt.case_id,
            **about,
        }
        if receipt.outcome is None or receipt.outcome.applied:
            return given
        details = await asyncio.to_thread(self._details, receipt.command_id)
        return refused(receipt.outcome.reason, details, receipt=given["receipt"]) or given

    def _details(self, command_id: str) -> Json:
        with self._db.read() as session:
            row = session.get(CommandRow, command_id)
            return dict(row.details) if row else {}


def _rehearsal(preview: Any, about: Json) -> Json:
    return {"dry_run": True, **preview.model_dump(mode="json", exclude={"refused", "details"}), **about}


def _need_key(text: str) -> None:
    """Raises ``NotFoundError`` for what can name nothing: not every database would take it."""
    if not is_key(text):
        raise NotFoundError(printable(text))
