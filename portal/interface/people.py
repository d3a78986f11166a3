"""People as data: officers with their roles, contacts of recipients. Entries are ended, never deleted.

Four eyes: nobody changes their own entry. A new mail address moves no money by itself, because bank details count
only after a call-back by one officer and a confirmation by another.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlmodel import Session

from models.commands import CommandState
from models.content.answers import Key, Line, OptionalLine, PersonName
from models.office import CHANGES, MAX_NUMBER, Change, Roles
from models.recipients import Recipient
from models.tables import CommandRow, Contact, Officer, OfficerAbsence, Telephone
from models.tasks import Role
from portal.interface.auth import Caller
from portal.interface.bodies import CommandId, Id
from portal.interface.result import Result
from portal.login.service import system_now
from record.absences import absences, is_to_come
from record.database.clock import installation
from record.logins.credentials import make_link
from record.office.changes import Wish, give
from record.office.history import history
from record.people import contacts, officer_roles, officers
from record.telephones import as_told, telephones

Json = dict[str, Any]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _NewPerson(_Form):
    """Fields that officers and contacts share. ``from`` is the first day, today unless given."""

    name: PersonName
    email: Key
    valid_from: date | None = Field(default=None, alias="from")
    phone: OptionalLine = ""
    phone_source: OptionalLine = ""

    def content(self) -> Json:
        """The same as the record's form wants it."""
        named = {"name": self.name, "email": self.email, "since": self.valid_from}
        return named | {"phone": self.phone, "phone_source": self.phone_source}


class _NewOfficer(_NewPerson):
    role: Roles


class _NewContact(_NewPerson):
    function: OptionalLine = ""
    rank: Annotated[int, Field(ge=0, le=1000)] = 0


class _NewNumber(_Form):
    """A telephone number, and where it is known from."""

    number: Key
    source: Line
    since: date | None = Field(default=None, alias="from")


class _NewAbsence(_Form):
    """From when until when somebody is away, and who stands in."""

    first_day: date = Field(alias="from")
    until: date | None = None
    deputy: Key


class _Change(_Form):
    """Exactly one of the things that can be wanted. With ``number``, a telephone number ends and not the person."""

    command_id: CommandId = ""
    end: date | None = None
    number: Key | None = None
    phone: _NewNumber | None = None

    @model_validator(mode="after")
    def _one(self) -> "_Change":
        wanted = (getattr(self, name, None) for name in ("end", "phone", "add", "revoke", "roles", "away", "back"))
        if sum(1 for one in wanted if one) != 1 or (self.number and not self.end):
            raise ValueError("missing")
        return self

    def told(self) -> tuple[str, Json]:
        """A change that officers and contacts share: how its name begins, and its content."""
        if self.phone is not None:
            return "add_{}_number", {
                "number": self.phone.number,
                "source": self.phone.source,
                "since": self.phone.since,
            }
        if self.number is not None:
            return "end_{}_number", {"number": self.number, "last_day": self.end}
        return "end_{}", {"last_day": self.end}


class _OfficerChange(_Change):
    """``add``; ``roles`` (all of them, from now on); ``end`` (last day); ``revoke`` (at once); ``phone`` (one more).

    ``away`` (an absence) and ``back`` (its last day).
    """

    id: Annotated[Id, StringConstraints(to_lower=True)]
    add: _NewOfficer | None = None
    revoke: bool = False
    roles: Roles | None = None
    away: _NewAbsence | None = None
    back: date | None = None
    absence: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None

    def told(self) -> tuple[str, Json]:
        if self.add is not None:
            return Change.ADD_OFFICER, self.add.content() | {"roles": self.add.role}
        if self.revoke:
            return Change.REVOKE_OFFICER, {}
        if self.roles is not None:
            return Change.SET_ROLES, {"roles": self.roles}
        if self.away is not None:
            away = {"first_day": self.away.first_day, "last_day": self.away.until}
            return Change.ADD_ABSENCE, away | {"deputy": self.away.deputy}
        if self.back is not None:
            return Change.END_ABSENCE, {"last_day": self.back, "absence": self.absence or 0}
        return super().told()


class _ContactChange(_Change):
    """``add``, ``end`` (last day), ``phone`` (a number more)."""

    recipient: Id
    id: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None
    add: _NewContact | None = None

    def told(self) -> tuple[str, Json]:
        if self.add is not None:
            return Change.ADD_CONTACT, self.add.content() | {"function": self.add.function, "rank": self.add.rank}
        name, content = super().told()
        return name, content | {"contact": self.id or 0}


def officers_view(session: Session, today: date) -> Json:
    """``{officers: [{id, name, email, roles, simulated, valid_from, valid_to, phones, absences}]}``."""
    people = officers(session, today)
    known = telephones(session, officers=[person.id for person in people])
    away = absences(session, [person.id for person in people])
    return {
        "officers": [
            _officer(person, officer_roles(session, person.id, today), known, away, today) for person in people
        ]
    }


def contacts_view(session: Session, recipient: Recipient, today: date) -> Json:
    """``{recipient, contacts: [{id, name, email, function, rank, phones, …}]}`` in the order they are written to."""
    people = contacts(session, recipient.identity, today)
    known = telephones(session, contacts=[person.id for person in people])
    return {"recipient": recipient.key, "contacts": [_contact(person, known) for person in people]}


def officers_history(session: Session) -> Json:
    """``{history: […]}`` of the authority's people, the latest change first."""
    return {"history": history(session)}


def contacts_history(session: Session, recipient: Recipient) -> Json:
    """``{recipient, history: […]}`` of a recipient's contacts, the latest change first."""
    return {"recipient": recipient.key, "history": history(session, recipient.identity)}


def new_officer(session: Session, caller: Caller, sent: Json) -> Result:
    """A change of a person of the authority. A new person's link for the first log-in is told once.

    Raises ``RefusedError`` for nobody known, and ``pydantic.ValidationError``.
    """
    wanted = _OfficerChange.model_validate(sent)
    again = bool(wanted.command_id) and session.get(CommandRow, wanted.command_id) is not None
    row = _given(session, caller, wanted, "officer", {"officer": wanted.id})
    if row.state == CommandState.REFUSED:
        return _refused(row)
    told: Json = {"officer": one_officer(session, wanted.id, caller.today)}
    if wanted.add is not None:
        told["link"] = "" if again else _first_link(session, wanted.id, caller)
    return _applied(row, told)


def _first_link(session: Session, officer_id: str, caller: Caller) -> str:
    """The link of a new person, who may act from today on; nothing where log-ins are not real."""
    begins = session.get_one(Officer, officer_id).valid_from
    if installation(session).mode != "production" or begins > caller.today:
        return ""
    return make_link(session, officer_id, caller.officer_id, system_now())


def new_contact(session: Session, caller: Caller, recipient: Recipient, sent: Json) -> Result:
    """A change of a recipient's contacts. Raises as ``new_officer`` does."""
    wanted = _ContactChange.model_validate(sent)
    row = _given(session, caller, wanted, "contact", {"recipient": recipient.identity})
    if row.state == CommandState.REFUSED:
        return _refused(row)
    found = session.get_one(Contact, row.details["contact"])
    return _applied(row, {"contact": _contact(found, telephones(session, contacts=[found.id]))})


def asked_for(session: Session, caller: Caller, change: Change, content: Json, command_id: str = "") -> Result:
    """A change with its content as the record's form wants it, as the desk's forms send it. Raises as the others do."""
    row = _stored(session, caller, change, content, command_id)
    return _refused(row) if row.state == CommandState.REFUSED else _applied(row, {})


def _given(session: Session, caller: Caller, wanted: _Change, kind: str, about: Json) -> CommandRow:
    """The command with what became of it."""
    name, content = wanted.told()
    return _stored(session, caller, Change(name.format(kind)), about | content, wanted.command_id)


def _stored(session: Session, caller: Caller, change: Change, content: Json, command_id: str) -> CommandRow:
    given = {key: value for key, value in content.items() if value is not None}
    return give(
        session,
        Wish(
            change=change,
            content=CHANGES[change].model_validate(given),
            actor=caller.actor(),
            command_id=command_id,
        ),
    )


def _applied(row: CommandRow, told: Json) -> Result:
    return Result({**told, "receipt": _receipt(row)})


def _refused(row: CommandRow) -> Result:
    return Result({"receipt": _receipt(row)}, row.reason, dict(row.details))


def _receipt(row: CommandRow) -> Json:
    return {"command_id": row.id, "case_id": "", "received_at": row.received_at.isoformat()}


def one_officer(session: Session, officer_id: str, today: date) -> Json:
    """A person of the authority, also one who is gone or is to come, as ``officers_view`` tells them."""
    person = session.get_one(Officer, officer_id)
    roles = officer_roles(session, person.id, max(today, person.valid_from))
    known, away = telephones(session, officers=[person.id]), absences(session, [person.id])
    return _officer(person, roles, known, away, today)


def _officer(
    person: Officer, roles: frozenset[Role], known: Sequence[Telephone], away: Sequence[OfficerAbsence], today: date
) -> Json:
    revoked = person.revoked_at.isoformat() if person.revoked_at else None
    phones = [as_told(one) for one in known if one.officer_id == person.id]
    mine = [_absence(one) for one in away if one.officer_id == person.id and is_to_come(one, today)]
    about = {"id": person.id, "roles": sorted(roles), **_person(person), "revoked_at": revoked, "phones": phones}
    return about | {"absences": mine}


def _absence(one: OfficerAbsence) -> Json:
    until = one.last_day.isoformat() if one.last_day else None
    return {"id": one.id, "deputy": one.deputy_id, "from": one.first_day.isoformat(), "until": until}


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
