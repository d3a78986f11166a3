"""People as data: officers with their roles, contacts of recipients. Entries are ended, never deleted.

Four eyes: nobody changes their own entry. A new mail address moves no money by itself, because bank details count
only after a call-back by one officer and a confirmation by another.
"""

import secrets
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlmodel import Session

from models.content.answers import Key, OptionalLine, PersonName
from models.recipients import Recipient
from models.tables import Contact, Officer
from models.tasks import Role
from portal.interface.auth import Caller
from portal.interface.bodies import Id
from portal.interface.errors import OwnEntryError
from record.database.clock import installation
from record.people import (
    add_contact,
    add_officer,
    contacts,
    credential_hash,
    end_contact,
    end_officer,
    officer_roles,
    officers,
    revoke_officer,
)

Json = dict[str, Any]
MAX_NUMBER = 2**31 - 1
"""Numbers of entries and ranks are integer columns of 32 bits."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _NewPerson(_Form):
    """Fields that officers and contacts share. ``from`` is the first day, today unless given."""

    name: PersonName
    email: Key
    valid_from: date | None = Field(default=None, alias="from")


class _NewOfficer(_NewPerson):
    role: Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(Role))]


class _NewContact(_NewPerson):
    function: OptionalLine = ""
    rank: Annotated[int, Field(ge=0, le=1000)] = 0


class _Change(_Form):
    """Exactly one of ``add``, ``end`` (last day) and, for officers, ``revoke`` (at once)."""

    end: date | None = None

    @model_validator(mode="after")
    def _one(self) -> "_Change":
        wanted = (self.end, getattr(self, "add", None), getattr(self, "revoke", None))
        if sum(1 for one in wanted if one) != 1:
            raise ValueError("missing")
        return self


class _OfficerChange(_Change):
    id: Annotated[Id, StringConstraints(to_lower=True)]
    add: _NewOfficer | None = None
    revoke: bool = False


class _ContactChange(_Change):
    recipient: Id
    id: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None
    add: _NewContact | None = None


def officers_view(session: Session, today: date) -> Json:
    """``{officers: [{id, name, email, roles, simulated, valid_from, valid_to}]}``; roles include a deputy's."""
    people = officers(session, today)
    return {"officers": [_officer(person, officer_roles(session, person.id, today)) for person in people]}


def contacts_view(session: Session, recipient: Recipient, today: date) -> Json:
    """``{recipient, contacts: [{id, name, email, function, rank, …}]}`` in the order they are written to."""
    people = contacts(session, recipient.identity, today)
    return {"recipient": recipient.key, "contacts": [_contact(person) for person in people]}


def new_officer(session: Session, caller: Caller, sent: Json) -> Json:
    """Adds an officer, ends an entry, or revokes it at once. A new credential is told once; only its hash is stored.

    Raises ``OwnEntryError``, ``RefusedError`` and ``pydantic.ValidationError``.
    """
    wanted = _OfficerChange.model_validate(sent)
    if caller.actor(Role.CO_SIGNER).id == wanted.id:
        raise OwnEntryError
    if wanted.revoke:
        row = revoke_officer(session, wanted.id)
        return {"officer": _officer(row, frozenset())}
    if wanted.add is None:
        row = end_officer(session, wanted.id, wanted.end or caller.today)
        return {"officer": _officer(row, frozenset(Role(role) for role in row.roles))}
    credential = secrets.token_urlsafe(32) if installation(session).mode == "production" else ""
    row = add_officer(
        session,
        Officer(
            id=wanted.id,
            name=wanted.add.name,
            email=wanted.add.email,
            roles=[str(role) for role in wanted.add.role],
            valid_from=wanted.add.valid_from or caller.today,
            credential_hash=credential_hash(credential) if credential else None,
        ),
    )
    return {"officer": _officer(row, frozenset(wanted.add.role)), "credential": credential}


def new_contact(session: Session, caller: Caller, recipient: Recipient, sent: Json) -> Json:
    """Adds a contact of a recipient, or ends an entry. Raises ``RefusedError`` and ``pydantic.ValidationError``."""
    wanted = _ContactChange.model_validate(sent)
    caller.actor(Role.CASE_WORKER)
    if wanted.add is None:
        return {"contact": _contact(end_contact(session, wanted.id or 0, wanted.end or caller.today))}
    new = Contact(
        recipient=recipient.identity,
        name=wanted.add.name,
        email=wanted.add.email,
        function=wanted.add.function,
        rank=wanted.add.rank,
        valid_from=wanted.add.valid_from or caller.today,
    )
    return {"contact": _contact(add_contact(session, new))}


def _officer(person: Officer, roles: frozenset[Role]) -> Json:
    revoked = person.revoked_at.isoformat() if person.revoked_at else None
    return {"id": person.id, "roles": sorted(roles), **_person(person), "revoked_at": revoked}


def _contact(person: Contact) -> Json:
    return {"id": person.id, "function": person.function, "rank": person.rank, **_person(person)}


def _person(person: Officer | Contact) -> Json:
    return {
        "name": person.name,
        "email": person.email,
        "simulated": person.simulated,
        "valid_from": person.valid_from.isoformat(),
        "valid_to": person.valid_to.isoformat() if person.valid_to else None,
    }
