"""Postal addresses of recipients, for letters on paper. Entered, never changed; the newest counts."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from models.content.answers import Line
from models.recipients import Recipient
from models.tasks import Role
from portal.interface.auth import Caller
from portal.interface.bodies import Id
from record.casework.letters import address_view, addresses, enter_address

Json = dict[str, Any]


class Addressing(BaseModel):
    """An address below the recipient's name, line by line, and where it is known from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipient: Id
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=5)]
    source: Line


def addresses_view(session: Session, recipient: Recipient) -> Json:
    """``{recipient, addresses: [{lines, source, entered_at, entered_by}]}``, the one that counts first."""
    return {"recipient": recipient.key, "addresses": list(map(address_view, addresses(session, recipient.identity)))}


def new_address(session: Session, caller: Caller, recipient: Recipient, sent: Json) -> Json:
    """Enters an address. Raises ``RefusedError`` and ``pydantic.ValidationError``."""
    wanted = Addressing.model_validate(sent)
    by = caller.actor(Role.CASE_WORKER).id
    return {"address": address_view(enter_address(session, recipient.identity, wanted.lines, wanted.source, by))}
