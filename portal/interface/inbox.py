"""Mail that came in and files of answers, for officers: shown as text, handed out as bytes, never opened here."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field, model_validator
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from models.content.answers import Text
from models.tasks import Role
from portal.interface.auth import Caller
from portal.interface.bodies import Body, Id, OptionalId
from portal.interface.errors import NotFoundError
from record.files.uploads import FileStore
from record.views.inbound import mail_view, waiting

Json = dict[str, Any]
INERT = {
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
}
"""Whatever was sent to us is handed out so that nothing shows or runs it by itself."""


class Part(Protocol):
    """Bytes with the name they came under."""

    @property
    def name(self) -> str:
        """The name."""
        ...

    @property
    def data(self) -> bytes:
        """The bytes."""
        ...


class InboxDesk(Protocol):
    """What is done with mails, inside the caller's transaction."""

    def note(self, session: Session, mail_id: str, officer_id: str, text: str) -> Json:
        """Settles a mail as seen."""
        ...

    def prepare(self, session: Session, mail_id: str, officer_id: str, task_id: str) -> Json:
        """Makes a mail the prepared answer to a task."""
        ...

    def raw(self, session: Session, mail_id: str) -> Part:
        """The mail as it came."""
        ...

    def file(self, session: Session, mail_id: str, number: int) -> Part:
        """One file of it."""
        ...


@dataclass(frozen=True)
class Incoming:
    """What the desk needs to show what came in. ``store``: the files of answers."""

    inbox: InboxDesk
    store: FileStore


class Settled(Body):
    """An officer's word on a mail: the task it answers, or a note that it was seen."""

    mail: Id
    task: OptionalId = ""
    note: Annotated[Text, Field(max_length=2000)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Settled":
        if bool(self.task) == (self.note is not None):
            raise ValueError("missing")
        return self


def inbox_view(session: Session, caller: Caller, mail_id: str) -> Json:
    """What waits, or one mail in full."""
    return mail_view(session, mail_id) if mail_id else {"mails": waiting(session)}


def settled(incoming: Incoming, session: Session, caller: Caller, sent: Json) -> Json:
    """Settles a mail in the caller's transaction. Raises ``RefusedError`` and ``pydantic.ValidationError``."""
    wanted = Settled.model_validate(sent)
    officer = caller.actor(Role.CASE_WORKER).id
    if wanted.note is not None:
        return incoming.inbox.note(session, wanted.mail, officer, wanted.note)
    return incoming.inbox.prepare(session, wanted.mail, officer, wanted.task)


def mail_bytes(incoming: Incoming, session: Session, request: Request) -> Response:
    """A mail as it came, or one of its files."""
    mail_id, number = request.path_params["id"], request.path_params.get("number")
    part = incoming.inbox.raw(session, mail_id) if number is None else incoming.inbox.file(session, mail_id, number)
    return Response(part.data, media_type="application/octet-stream", headers=INERT)


async def file_bytes(incoming: Incoming, sha256: str) -> Response:
    """A stored file. Raises ``NotFoundError``."""
    try:
        path = incoming.store.path(sha256)
    except ValueError:
        raise NotFoundError(sha256) from None
    if not await asyncio.to_thread(path.is_file):
        raise NotFoundError(sha256)
    return FileResponse(path, media_type="application/octet-stream", headers=INERT)
