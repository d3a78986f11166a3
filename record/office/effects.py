"""What each change of people writes. Called with a stored command only (:mod:`record.office.changes`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Session

from models import office as m
from models.errors import Code, RefusedError
from models.office import Change
from models.tables import Contact, Officer
from record import absences, people
from record.telephones import NewNumber, add_telephone, end_telephone

Entry = dict[str, Any]
Effect = Callable[[Session, Any, "Given"], Entry]


@dataclass(frozen=True)
class Given:
    """The command a change was asked for by: its id, who gave it, and when (legal time)."""

    command_id: str
    by: str
    at: datetime
    today: date


def _add_officer(session: Session, new: m.AddOfficer, given: Given) -> Entry:
    row = people.add_officer(
        session,
        Officer(
            id=new.officer,
            name=new.name,
            email=new.email,
            roles=[str(role) for role in new.roles],
            valid_from=new.since or given.today,
        ),
    )
    if new.phone:
        number = NewNumber(new.phone, new.phone_source, new.since or given.today)
        add_telephone(session, number, given.by, officer=row.id)
    return {"officer": row.id}


def _set_roles(session: Session, wanted: m.SetRoles, given: Given) -> Entry:
    people.set_roles(session, wanted.officer, wanted.roles, given.at, given.command_id)
    return {"officer": wanted.officer}


def _end_officer(session: Session, wanted: m.EndOfficer, given: Given) -> Entry:
    return {"officer": people.end_officer(session, wanted.officer, wanted.last_day).id}


def _revoke_officer(session: Session, wanted: m.RevokeOfficer, given: Given) -> Entry:
    return {"officer": people.revoke_officer(session, wanted.officer).id}


def _add_officer_number(session: Session, new: m.AddOfficerNumber, given: Given) -> Entry:
    officer = people.known_officer(session, new.officer).id
    number = NewNumber(new.number, new.source, new.since or given.today)
    return {"officer": officer, "telephone": add_telephone(session, number, given.by, officer=officer).id}


def _end_officer_number(session: Session, wanted: m.EndOfficerNumber, given: Given) -> Entry:
    officer = people.known_officer(session, wanted.officer).id
    return {"officer": officer, "telephone": end_telephone(session, wanted.number, wanted.last_day, officer=officer).id}


def _add_absence(session: Session, new: m.AddAbsence, given: Given) -> Entry:
    row = absences.add(session, new, given.by, given.at, given.command_id)
    return {"officer": new.officer, "absence": row.id}


def _end_absence(session: Session, wanted: m.EndAbsence, given: Given) -> Entry:
    row = absences.end(session, wanted, given.today, given.command_id)
    return {"officer": wanted.officer, "absence": row.id}


def _add_contact(session: Session, new: m.AddContact, given: Given) -> Entry:
    since = new.since or given.today
    row = people.add_contact(
        session,
        Contact(
            recipient=new.recipient,
            name=new.name,
            email=new.email,
            function=new.function,
            rank=new.rank,
            valid_from=since,
        ),
    )
    if new.phone:
        add_telephone(session, NewNumber(new.phone, new.phone_source, since), given.by, contact=row.id)
    return {"contact": row.id}


def _end_contact(session: Session, wanted: m.EndContact, given: Given) -> Entry:
    contact = _contact(session, wanted.recipient, wanted.contact)
    return {"contact": people.end_contact(session, contact, wanted.last_day).id}


def _add_contact_number(session: Session, new: m.AddContactNumber, given: Given) -> Entry:
    contact = _contact(session, new.recipient, new.contact)
    number = NewNumber(new.number, new.source, new.since or given.today)
    return {"contact": contact, "telephone": add_telephone(session, number, given.by, contact=contact).id}


def _end_contact_number(session: Session, wanted: m.EndContactNumber, given: Given) -> Entry:
    contact = _contact(session, wanted.recipient, wanted.contact)
    return {"contact": contact, "telephone": end_telephone(session, wanted.number, wanted.last_day, contact=contact).id}


EFFECTS: Final[Mapping[Change, Effect]] = {
    Change.ADD_OFFICER: _add_officer,
    Change.SET_ROLES: _set_roles,
    Change.END_OFFICER: _end_officer,
    Change.REVOKE_OFFICER: _revoke_officer,
    Change.ADD_OFFICER_NUMBER: _add_officer_number,
    Change.END_OFFICER_NUMBER: _end_officer_number,
    Change.ADD_ABSENCE: _add_absence,
    Change.END_ABSENCE: _end_absence,
    Change.ADD_CONTACT: _add_contact,
    Change.END_CONTACT: _end_contact,
    Change.ADD_CONTACT_NUMBER: _add_contact_number,
    Change.END_CONTACT_NUMBER: _end_contact_number,
}
"""What each change writes, and the entries it touched. Each raises ``RefusedError`` and then has written nothing."""


def _contact(session: Session, recipient: str, contact_id: int) -> int:
    """A contact of this recipient, not of another one."""
    found = session.get(Contact, contact_id)
    if found is None or found.recipient != recipient:
        raise RefusedError(Code.BAD_CONTENT, field="contact", contact=contact_id)
    return contact_id
