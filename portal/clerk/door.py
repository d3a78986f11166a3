"""What the portal needs of the gateway: three ways in, each of which stores a command before it returns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session

from gateway.intake import Wanted
from models.commands import Actor
from models.mail.orders import MailOrder


class Receipt(Protocol):
    """A stored command."""

    @property
    def command_id(self) -> str:
        """Its id; the reference number is its beginning."""
        ...

    @property
    def received_at(self) -> datetime:
        """When it was received, legal time."""
        ...


class Door(Protocol):
    """The gateway as the clerk's pages use it. All raise ``RefusedError``; the same command id is one command."""

    async def apply(self, wanted: Wanted, *, actor: Actor, command_id: str, patience: float) -> Receipt:
        """Stores an application. The same one again gives the first one's receipt."""
        ...

    async def answer(
        self, *, task_id: str, choice: str, content: Mapping[str, Any], actor: Actor, command_id: str, patience: float
    ) -> Receipt:
        """Stores the answer to a task; with no patience it returns at once and tells the case later."""
        ...

    async def act(
        self, *, case_id: str, kind: str, content: Mapping[str, Any], actor: Actor, command_id: str, patience: float
    ) -> Receipt:
        """Stores what somebody starts."""
        ...


class Post(Protocol):
    """Writes mails into the outbox."""

    def to_stranger(self, session: Session, address: str, order: MailOrder, key: str, at: datetime) -> None:
        """One finished mail to an address that belongs to no case."""
        ...
