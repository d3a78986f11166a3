"""What an officer records from a letter, a fax, a call or a visit of a municipality: its own answer to its own task."""

import asyncio
import binascii
import io
from base64 import b64decode
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlmodel import Session

from gateway.intake import Wanted
from models.commands import Actor, ActorKind
from models.content.answers import Application, Content, FileRef, Key, OptionalLine
from models.content.intake import Channel
from models.errors import Code, RefusedError
from models.tables import CommandRow, Officer, TaskRow
from models.tasks import TASKS, Role, TaskKind
from portal.fields import bind
from portal.forms import FORMS
from portal.interface.auth import Caller
from portal.interface.bodies import Body, CommandId, Id
from portal.interface.engine import Engine
from portal.interface.result import Result
from record.cases.hands import explained
from record.casework.intake import Came, may_record
from record.files.uploads import MAX_FILE, FileStore, UploadError
from record.views.clerk import task_on_paper
from record.views.clerk_shapes import ClerkTask
from record.views.finding import task_of

Json = dict[str, Any]
ROOM: Final = 2 * MAX_FILE
"""Bytes of a request with a scan, which is written as text."""

_NOT_TAKEN: Final = {"name": "scan", "option": "scan", "code": "not_taken"}


class Scan(BaseModel):
    """A scanned sheet: its name, and its bytes in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Key
    data: str


class Paper(Body):
    """An answer of a municipality, and how it came."""

    task: Id
    channel: Channel
    received_on: date
    signed: bool = False
    taken_by: OptionalLine = ""
    scan: Scan | None = None
    content: dict[str, JsonValue] = Field(default_factory=dict)
    command_id: CommandId = ""


@dataclass(frozen=True)
class Sheet:
    """How an answer came, as an officer said it. ``taken_by``: nobody else than the officer, unless named."""

    channel: Channel
    received_on: date
    signed: bool = False
    taken_by: str = ""
    scan: FileRef | None = None


class Registering:
    """Records answers in a municipality's name."""

    def __init__(self, engine: Engine, store: FileStore) -> None:
        self._engine, self._store = engine, store

    def task(self, session: Session, wanted: str) -> ClerkTask:
        """A task of a municipality with all that its form shows. Raises ``RefusedError``."""
        task_id = task_of(session, wanted)
        found = task_on_paper(session, task_id, self._engine.directory)
        if found is not None:
            return found
        row = session.get(TaskRow, task_id)
        if row is None:
            raise RefusedError(Code.UNKNOWN_TASK, task=wanted)
        raise RefusedError(Code.WRONG_ROLE, role=row.owner)

    async def record(self, body: Paper, caller: Caller) -> Result:
        """An answer with its fields by name. Raises ``RefusedError`` for what cannot be stored."""
        caller.actor(Role.CASE_WORKER)
        task = await asyncio.to_thread(self._task, body.task)
        ((_, choice),) = TASKS[task.kind].choices.items()
        scan = await asyncio.to_thread(self._taken, body.scan) if body.scan else None
        content = bind(choice.content, body.content | attached(task.kind, scan))
        if missing := _unsaid(task, content):
            raise RefusedError(Code.BAD_CONTENT, fields=missing)
        sheet = Sheet(body.channel, body.received_on, body.signed, body.taken_by, scan)
        if body.dry_run:
            return await asyncio.to_thread(self._rehearsed, task, sheet, caller)
        return await self.store(task, content, sheet, caller, body.command_id)

    async def store(
        self, task: ClerkTask, content: Content, sheet: Sheet, caller: Caller, command_id: str = ""
    ) -> Result:
        """Stores an answer with how it came. Raises ``RefusedError`` for what cannot be stored at all."""
        caller.actor(Role.CASE_WORKER)
        grant, came = task.grant, await asyncio.to_thread(self._came, sheet, caller)
        wanted = None
        if not grant.id and isinstance(content, Application):
            wanted = Wanted(grant.line, grant.year, grant.recipient_key, content)
        receipt = await self._engine.gateway.record_paper(
            task_id=task.id,
            content=content,
            came=came,
            actor=Actor(kind=ActorKind.CLERK, id=grant.recipient, simulated=caller.simulated),
            command_id=command_id or str(uuid4()),
            wanted=wanted,
        )
        outcome = receipt.outcome.model_dump(mode="json") if receipt.outcome else None
        told = {
            "receipt": receipt.model_dump(mode="json", include={"command_id", "case_id", "received_at"}),
            "outcome": outcome,
            "case": receipt.case_id,
            "task": task.id,
            "kind": task.kind,
            "channel": sheet.channel,
        }
        if receipt.outcome is None or receipt.outcome.applied:
            return Result(told)
        return Result(told, receipt.outcome.reason, await asyncio.to_thread(self._details, receipt.command_id))

    def _task(self, wanted: str) -> ClerkTask:
        with self._engine.db.read() as session:
            return self.task(session, wanted)

    def _rehearsed(self, task: ClerkTask, sheet: Sheet, caller: Caller) -> Result:
        """Whether it would be stored; nothing is."""
        came = self._came(sheet, caller)
        with self._engine.db.read() as session:
            may_record(session, task.id, came, "")
        return Result({"dry_run": True, "task": task.id, "kind": task.kind, "case": task.grant.id})

    def _came(self, sheet: Sheet, caller: Caller) -> Came:
        with self._engine.db.read() as session:
            name = sheet.taken_by or session.get_one(Officer, caller.officer_id).name
        return Came(sheet.channel, sheet.received_on, name, caller.officer_id, sheet.scan, sheet.signed)

    def _taken(self, scan: Scan) -> FileRef:
        try:
            return self._store.add(scan.name, io.BytesIO(b64decode(scan.data, validate=True)))
        except (UploadError, binascii.Error):
            raise RefusedError(Code.BAD_CONTENT, fields=[_NOT_TAKEN]) from None

    def _details(self, command_id: str) -> Json:
        with self._engine.db.read() as session:
            row = session.get(CommandRow, command_id)
            return explained(session, row.reason, row.details) if row else {}


def _unsaid(task: ClerkTask, content: Content) -> list[Json]:
    """Fields without an answer that may only be left out where nothing but another account is asked for."""
    once = [one.name for one in FORMS[task.kind].fields if one.once and not task.account_only]
    return [{"name": name, "option": name, "code": "missing"} for name in once if getattr(content, name) is None]


def attached(kind: TaskKind, scan: FileRef | None) -> Json:
    """The scan as the file of an answer, where its form takes files: who examines it opens it there."""
    return {"files": [scan.model_dump()]} if scan and FORMS[kind].uploads else {}
