"""People as data: officers with their roles, contacts of recipients. Entries are ended, never deleted.

Four eyes: nobody changes their own entry. A new mail address moves no money by itself, because bank details count
only after a call-back by one officer and a confirmation by another.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlmodel import Session

from models.content.answers import Key, Line, OptionalLine, PersonName
from models.errors import Code, RefusedError
from models.recipients import Recipient
from models.tables import Contact, Officer, Telephone
from models.tasks import Role
from portal.interface.auth import Caller
from portal.interface.bodies import Id
from portal.interface.errors import OwnEntryError
from portal.login.service import system_now
from record.database.clock import installation
from record.logins.credentials import make_link
from record.people import (
    add_contact,
    add_officer,
    contacts,
    end_contact,
    end_officer,
    officer_roles,
    officers,
    revoke_officer,
)
from record.telephones import NewNumber, add_telephone, as_told, end_telephone, telephones

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
    phone: OptionalLine = ""
    phone_source: OptionalLine = ""

    def telephone(self, today: date) -> NewNumber | None:
        """The telephone number that comes with the person, if one does."""
        return NewNumber(self.phone, self.phone_source, self.valid_from or today) if self.phone else None


class _NewOfficer(_NewPerson):
    role: Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(Role))]


class _NewContact(_NewPerson):
    function: OptionalLine = ""
    rank: Annotated[int, Field(ge=0, le=1000)] = 0


class _NewNumber(_Form):
    """A telephone number, and where it is known from."""

    number: Key
    source: Line
    since: date | None = Field(default=None, alias="from")


class _Change(_Form):
    """Exactly one of ``add``, ``phone`` (a number more), ``end`` (last day) and, for officers, ``revoke`` (at once).

    With ``number`` a telephone number ends, not the person.
    """

    end: date | None = None
    number: Key | None = None
    phone: _NewNumber | None = None

    @model_validator(mode="after")
    def _one(self) -> "_Change":
        wanted = (self.end, self.phone, getattr(self, "add", None), getattr(self, "revoke", None))
        if sum(1 for one in wanted if one) != 1:
            raise ValueError("missing")
        if self.number and not self.end:
            raise ValueError("missing")
        return self

    def telephone(self, today: date) -> NewNumber | None:
        """The number to be entered for somebody who is on file, if one is."""
        found = self.phone
        return NewNumber(found.number, found.source, found.since or today) if found else None


class _OfficerChange(_Change):
    id: Annotated[Id, StringConstraints(to_lower=True)]
    add: _NewOfficer | None = None
    revoke: bool = False


class _ContactChange(_Change):
    recipient: Id
    id: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None
    add: _NewContact | None = None


def officers_view(session: Session, today: date) -> Json:
    """``{officers: [{id, name, email, roles, simulated, valid_from, valid_to, phones}]}``; roles include a deputy's."""
    people = officers(session, today)
    known = telephones(session, officers=[person.id for person in people])
    return {"officers": [_officer(person, officer_roles(session, person.id, today), known) for person in people]}


def contacts_view(session: Session, recipient: Recipient, today: date) -> Json:
    """``{recipient, contacts: [{id, name, email, function, rank, phones, …}]}`` in the order they are written to."""
    people = contacts(session, recipient.identity, today)
    known = telephones(session, contacts=[person.id for person in people])
    return {"recipient": recipient.key, "contacts": [_contact(person, known) for person in people]}


def new_officer(session: Session, caller: Caller, sent: Json) -> Json:
    """Adds an officer or a number, ends either, or revokes an officer at once. A new person's link is told once.

    It counts once and not for long. Raises ``OwnEntryError``, ``RefusedError`` and ``pydantic.ValidationError``.
    """
    wanted = _OfficerChange.model_validate(sent)
    by = caller.actor(Role.CO_SIGNER).id
    if by == wanted.id:
        raise OwnEntryError
    if wanted.add is not None:
        return _added_officer(session, caller, wanted.id, wanted.add)
    row = _changed_officer(session, caller, wanted, by)
    roles = frozenset[Role]() if wanted.revoke else frozenset(Role(role) for role in row.roles)
    return {"officer": _officer(row, roles, telephones(session, officers=[row.id]))}


def _added_officer(session: Session, caller: Caller, officer_id: str, new: _NewOfficer) -> Json:
    row = add_officer(
        session,
        Officer(
            id=officer_id,
            name=new.name,
            email=new.email,
            roles=[str(role) for role in new.role],
            valid_from=new.valid_from or caller.today,
        ),
    )
    number = new.telephone(caller.today)
    known = [add_telephone(session, number, caller.officer_id, officer=row.id)] if number else []
    real = installation(session).mode == "production" and row.valid_from <= caller.today
    link = make_link(session, row.id, caller.officer_id, system_now()) if real else ""
    return {"officer": _officer(row, frozenset(new.role), known), "link": link}


def _changed_officer(session: Session, caller: Caller, wanted: _OfficerChange, by: str) -> Officer:
    if wanted.revoke:
        return revoke_officer(session, wanted.id)
    last_day, number = wanted.end or caller.today, wanted.telephone(caller.today)
    if number is None and wanted.number is None:
        return end_officer(session, wanted.id, last_day)
    row = session.get(Officer, wanted.id)
    if row is None:
        raise RefusedError(Code.UNKNOWN_OFFICER, officer=wanted.id)
    if number is not None:
        add_telephone(session, number, by, officer=row.id)
    if wanted.number is not None:
        end_telephone(session, wanted.number, last_day, officer=row.id)
    return row


def new_contact(session: Session, caller: Caller, recipient: Recipient, sent: Json) -> Json:
    """Adds a contact of a recipient or a number, or ends either.

    Raises ``RefusedError`` and ``pydantic.ValidationError``.
    """
    wanted = _ContactChange.model_validate(sent)
    by = caller.actor(Role.CASE_WORKER).id
    if wanted.add is None:
        row = _changed_contact(session, caller, recipient, wanted, by)
        return {"contact": _contact(row, telephones(session, contacts=[row.id]))}
    new = Contact(
        recipient=recipient.identity,
        name=wanted.add.name,
        email=wanted.add.email,
        function=wanted.add.function,
        rank=wanted.add.rank,
        valid_from=wanted.add.valid_from or caller.today,
    )
    row, number = add_contact(session, new), wanted.add.telephone(caller.today)
    return {"contact": _contact(row, [add_telephone(session, number, by, contact=row.id)] if number else [])}


def _changed_contact(
    session: Session, caller: Caller, recipient: Recipient, wanted: _ContactChange, by: str
) -> Contact:
    last_day, number = wanted.end or caller.today, wanted.telephone(caller.today)
    if number is None and wanted.number is None:
        return end_contact(session, wanted.id or 0, last_day)
    row = session.get(Contact, wanted.id or 0)
    if row is None or row.recipient != recipient.identity:
        raise RefusedError(Code.BAD_CONTENT, field="contact", contact=wanted.id)
    if number is not None:
        add_telephone(session, number, by, contact=row.id)
    if wanted.number is not None:
        end_telephone(session, wanted.number, last_day, contact=row.id or 0)
    return row


def _officer(person: Officer, roles: frozenset[Role], known: Sequence[Telephone]) -> Json:
    revoked = person.revoked_at.isoformat() if person.revoked_at else None
    phones = [as_told(one) for one in known if one.officer_id == person.id]
    return {"id": person.id, "roles": sorted(roles), **_person(person), "revoked_at": revoked, "phones": phones}


def _contact(person: Contact, known: Sequence[Telephone]) -> Json:
    phones = [as_told(one) for one in known if one.contact_id == person.id]
    return {"id": person.id, "function": person.function, "rank": person.rank, **_person(person), "phones": phones}


def _person(person: Officer | Contact) -> Json:
    return {
        "name": person.name,
        "email": person.email,
        "simulated": person.simulated,
        "valid_from": person.valid_from.isoformat(),
        "valid_to": person.valid_to.isoformat() if person.valid_to else None,
    }
