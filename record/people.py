"""Officers, their roles and deputies, and the contacts of recipients: people with validity dates.

Nobody is deleted: who signed three years ago must still be found. Both days of a validity are inclusive. A revocation
counts from its instant: what an officer did before stays valid, and nothing is taken from this person afterwards.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, or_, select

from models.content import texts
from models.content.names import fits_header
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.tables import Contact, Officer, OfficerRoles, Telephone
from models.tasks import Role
from record.database.clock import installation, legal_now

_OFFICER_ID = re.compile(r"[a-z][a-z0-9-]{1,39}")


def officer_names(session: Session) -> dict[str, str]:
    """Names of all officers there ever were, by id."""
    return dict(session.exec(select(Officer.id, Officer.name)).all())


def officers(session: Session, on: date | None = None) -> list[Officer]:
    """Officers who act on a legal day and are not revoked, or all there ever were, by id."""
    query = select(Officer).order_by(col(Officer.id))
    if on is not None:
        query = query.where(*_valid(Officer, on), col(Officer.revoked_at).is_(None))
    return list(session.exec(query))


def officer(session: Session, officer_id: str, on: date) -> Officer:
    """A valid officer. Raises ``RefusedError`` (``unknown_officer``, ``officer_revoked``)."""
    found = session.get(Officer, officer_id)
    if found is None or not is_valid(found, on):
        raise RefusedError(Code.UNKNOWN_OFFICER, officer=officer_id)
    return not_revoked(found)


def not_revoked(found: Officer, at: datetime | None = None) -> Officer:
    """The officer, unless revoked by now, or by an instant. Raises ``RefusedError`` (``officer_revoked``)."""
    if _is_revoked(found, at):
        raise RefusedError(
            Code.OFFICER_REVOKED, officer=found.id, since=found.revoked_at.isoformat() if found.revoked_at else ""
        )
    return found


def officer_roles(session: Session, officer_id: str, on: date, at: datetime | None = None) -> frozenset[Role]:
    """Own roles, and those of the person deputised for; none for somebody unknown, not valid that day or revoked.

    A deputy has no more than the deputised person has on that day, and passes nothing on. ``at``: an instant of the
    past for which is asked; a revocation after it does not count.
    """
    found = session.get(Officer, officer_id)
    if found is None or not is_valid(found, on) or _is_revoked(found, at):
        return frozenset()
    roles = _own_roles(session, found, on, at)
    other = session.get(Officer, found.deputy_of) if found.deputy_of else None
    if other is not None and is_valid(other, on) and not _is_revoked(other, at):
        roles += _own_roles(session, other, on, at)
    return frozenset(Role(role) for role in roles)


def _own_roles(session: Session, person: Officer, on: date, at: datetime | None) -> list[str]:
    """Those of the entry, or of the last change by an instant; without an instant, by the end of the day."""
    changes = session.exec(
        select(OfficerRoles).where(OfficerRoles.officer_id == person.id).order_by(col(OfficerRoles.id).desc())
    )
    last = (one for one in changes if (one.at <= at if at is not None else legal_day(one.at) <= on))
    found = next(last, None)
    return list(found.roles if found else person.roles)


def with_role(session: Session, role: Role, on: date) -> list[Officer]:
    """Everybody who can act in a role on a day, deputies included."""
    return [found for found in officers(session, on) if role in officer_roles(session, found.id, on)]


def add_officer(session: Session, new: Officer) -> Officer:
    """Adds a person of the authority. In the embedded mode everybody is marked as simulated.

    Raises ``RefusedError`` (``bad_content`` with ``field``; ``unknown_officer`` for an unknown deputised person).
    """
    roles = {*Role} - {Role.APPLICANT}
    _need(_OFFICER_ID.fullmatch(new.id) is not None and session.get(Officer, new.id) is None, "id")
    name = _need_name(new.name)
    _need(new.valid_to is None or new.valid_to >= new.valid_from, "valid_to")
    _need(set(new.roles) <= roles and bool(new.roles or new.deputy_of), "roles")
    if new.deputy_of is not None and (new.deputy_of == new.id or session.get(Officer, new.deputy_of) is None):
        raise RefusedError(Code.UNKNOWN_OFFICER, officer=new.deputy_of)
    if new.deputy_of is not None:
        not_revoked(session.get_one(Officer, new.deputy_of))
    row = Officer(**new.model_dump() | {"name": name} | _checked(session, new.email))
    session.add(row)
    session.flush()
    return row


def known_officer(session: Session, officer_id: str, *, lock: bool = False) -> Officer:
    """A person of the authority, whenever they act. Raises ``RefusedError`` (``unknown_officer``)."""
    found = session.get(Officer, officer_id, with_for_update=lock or None)
    if found is None:
        raise RefusedError(Code.UNKNOWN_OFFICER, officer=officer_id)
    return found


def _acting(session: Session, officer_id: str) -> Officer:
    """A person to be changed who was not sent away, held until the change is made. Raises ``RefusedError``."""
    return not_revoked(known_officer(session, officer_id, lock=True))


def set_roles(session: Session, officer_id: str, roles: Iterable[Role], at: datetime, command_id: str) -> None:
    """Gives a person other roles from an instant on. Raises ``RefusedError``."""
    found = _acting(session, officer_id)
    names = [str(role) for role in roles]
    _need(Role.APPLICANT not in names, "roles")
    session.add(OfficerRoles(officer_id=found.id, roles=names, at=at, command_id=command_id))
    session.flush()


def end_officer(session: Session, officer_id: str, last_day: date) -> Officer:
    """Sets a person's last day; log-ins end with it. Raises ``RefusedError``."""
    found = known_officer(session, officer_id)
    _need(last_day >= found.valid_from, "last_day")
    found.valid_to = last_day
    session.add(found)
    session.flush()
    return found


def revoke_officer(session: Session, officer_id: str) -> Officer:
    """Sends a person away from this instant on: no log-in, no role, no task. Never taken back.

    What was received from this person before stays valid, also where its case takes it up later. Raises
    ``RefusedError`` (``unknown_officer``, ``officer_revoked``).
    """
    found = _acting(session, officer_id)
    found.revoked_at = legal_now(session)
    session.add(found)
    session.flush()
    return found


def contacts(session: Session, recipient: str, on: date | None = None) -> list[Contact]:
    """Contacts of a recipient (its identity) in the order they are written to; all there ever were without a day."""
    query = select(Contact).where(Contact.recipient == recipient).order_by(col(Contact.rank), col(Contact.id))
    return list(session.exec(query if on is None else query.where(*_valid(Contact, on))))


def first_contact(session: Session, recipient: str, on: date) -> Contact | None:
    """Whom to write to: lowest rank, valid that day, not bounced. None means somebody has to find an address."""
    return next((found for found in contacts(session, recipient, on) if found.bounced_at is None), None)


def add_contact(session: Session, new: Contact, *, checked: bool = False) -> Contact:
    """Adds a contact; with rank 0 it becomes the last of its recipient. Raises ``RefusedError`` (``bad_content``).

    ``checked``: a form has taken name and function in already; a step of the record must not fail on a newer rule.
    """
    _need(bool(new.recipient), "recipient")
    name = new.name if checked else _need_name(new.name)
    function = new.function if checked else _need_line(new.function, "function")
    _need(new.valid_to is None or new.valid_to >= new.valid_from, "valid_to")
    _need(new.rank >= 0, "rank")
    last = session.exec(select(func.max(Contact.rank)).where(Contact.recipient == new.recipient)).one() or 0
    set_here = {"id": None, "name": name, "function": function, "rank": new.rank or last + 1}
    row = Contact(**new.model_dump() | set_here | _checked(session, new.email))
    session.add(row)
    session.flush()
    return row


def end_contact(session: Session, contact_id: int, last_day: date) -> Contact:
    """Sets a contact's last day. Raises ``RefusedError`` (``bad_content``)."""
    found = _contact(session, contact_id)
    _need(last_day >= found.valid_from, "last_day")
    found.valid_to = last_day
    session.add(found)
    session.flush()
    return found


def mark_bounced(session: Session, contact_id: int, at: datetime | None) -> Contact:
    """Notes that an address refuses mail for good since ``at`` (legal, aware), or with none that it works again."""
    found = _contact(session, contact_id)
    found.bounced_at = at
    session.add(found)
    session.flush()
    return found


def is_valid(entry: Officer | Contact | Telephone, on: date) -> bool:
    """Whether an entry holds on a legal day: of a person, or of a number under which one is reached."""
    return entry.valid_from <= on and (entry.valid_to is None or on <= entry.valid_to)


def _is_revoked(person: Officer, at: datetime | None) -> bool:
    """Whether somebody was revoked by an instant, or by now: a revocation is never set ahead of time."""
    return person.revoked_at is not None and (at is None or person.revoked_at <= at)


def _valid(table: type[Officer] | type[Contact], on: date) -> tuple[Any, Any]:
    return col(table.valid_from) <= on, or_(col(table.valid_to).is_(None), col(table.valid_to) >= on)


def _contact(session: Session, contact_id: int) -> Contact:
    found = session.get(Contact, contact_id)
    if found is None:
        raise RefusedError(Code.BAD_CONTENT, field="contact", contact=contact_id)
    return found


def _need(holds: bool, field: str, **told: str) -> None:
    if not holds:
        raise RefusedError(Code.BAD_CONTENT, field=field, **told)


def _need_name(name: str) -> str:
    """A name that can be seen, of one line, without signs that build addresses. Raises ``RefusedError``."""
    found = _need_line(name, "name")
    _need(bool(found), "name", why="string_too_short")
    _need(fits_header(found), "name", why="name_signs")
    return found


def _need_line(text: str, field: str) -> str:
    """A text of one line. Raises ``RefusedError`` (``bad_content``, ``control_characters``)."""
    try:
        return texts.one_line(text)
    except texts.ControlCharacterError as error:
        raise RefusedError(Code.BAD_CONTENT, field=field, why=str(error)) from None


def normal_address(email: str) -> str:
    """An address as it will be written to. Raises ``RefusedError`` (``bad_content``) for anything else."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(email, check_deliverability=False).normalized
    except (EmailNotValidError, UnicodeError):  # a lone surrogate cannot even be looked at
        raise RefusedError(Code.BAD_CONTENT, field="email") from None


def _checked(session: Session, email: str) -> dict[str, Any]:
    """The address as it will be written to, and the mark of a simulated person in the embedded mode."""
    return {"email": normal_address(email), "simulated": installation(session).mode == "embedded"}
