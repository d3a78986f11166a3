"""Telephone numbers of contacts and officers: where each is known from, since when, and who entered it.

Numbers are entered and ended, never changed. A call-back about an account relies on a number that was on file before
the account was named: whoever sends a false account sends a false number with it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from models.content import phone, texts
from models.content.placeholders import is_placeholder
from models.errors import Code, RefusedError
from models.tables import Contact, Telephone
from record.database.clock import legal_now
from record.people import is_valid


@dataclass(frozen=True)
class NewNumber:
    """A number as it is entered. ``since``: first day on which the person is reached under it."""

    written: str
    source: str
    since: date


def add_telephone(
    session: Session, new: NewNumber, by: str, *, contact: int | None = None, officer: str = ""
) -> Telephone:
    """Enters a number of a contact or of an officer; the same one again is the same entry.

    Raises ``RefusedError`` (``bad_content`` with ``field`` and ``why``).
    """
    number, source = _number(new.written), _source(new.source)
    for known in telephones(session, contacts=[contact] if contact else [], officers=[officer] if officer else []):
        if known.number == number and known.valid_to is None:
            return known
    row = Telephone(
        contact_id=contact,
        officer_id=officer or None,
        number=number,
        written=phone.checked(new.written),
        source=source,
        valid_from=new.since,
        entered_at=legal_now(session),
        entered_by=by,
    )
    session.add(row)
    session.flush()
    return row


def end_telephone(session: Session, written: str, last_day: date, *, contact: int = 0, officer: str = "") -> Telephone:
    """Sets a number's last day. Raises ``RefusedError`` (``bad_content``): no such number, or it begins later."""
    number = _number(written)
    known = telephones(session, contacts=[contact] if contact else [], officers=[officer] if officer else [])
    found = next((one for one in known if one.number == number and one.valid_to is None), None)
    if found is None or last_day < found.valid_from:
        raise RefusedError(Code.BAD_CONTENT, field="phone" if found is None else "last_day")
    found.valid_to = last_day
    session.add(found)
    session.flush()
    return found


def telephones(
    session: Session, *, contacts: Collection[int | None] = (), officers: Collection[str] = ()
) -> list[Telephone]:
    """All numbers these people have or had, the one that was entered first at the top."""
    whose = or_(col(Telephone.contact_id).in_(contacts), col(Telephone.officer_id).in_(officers))
    return list(session.exec(select(Telephone).where(whose).order_by(col(Telephone.entered_at), col(Telephone.id))))


def on_file(session: Session, recipient: str, on: date) -> list[tuple[Telephone, Contact]]:
    """The numbers under which a recipient (its identity) is reached on a day, in the order contacts are written to."""
    return valid_on(numbers_of(session, [recipient])[recipient], on)


def numbers_of(session: Session, recipients: Collection[str]) -> dict[str, list[tuple[Telephone, Contact]]]:
    """All numbers there ever were of some recipients, each in the order contacts are written to."""
    rows = session.exec(
        select(Telephone, Contact)
        .join(Contact, col(Contact.id) == col(Telephone.contact_id))
        .where(col(Contact.recipient).in_(recipients))
        .order_by(col(Contact.rank), col(Contact.id), col(Telephone.id))
    )
    found: dict[str, list[tuple[Telephone, Contact]]] = {recipient: [] for recipient in recipients}
    for number, who in rows:
        found[who.recipient].append((number, who))
    return found


def valid_on(known: Iterable[tuple[Telephone, Contact]], on: date) -> list[tuple[Telephone, Contact]]:
    """Those that hold on a day, number and contact."""
    return [(number, who) for number, who in known if is_valid(number, on) and is_valid(who, on)]


def before(known: Iterable[tuple[Telephone, Contact]], declared_at: datetime) -> frozenset[str]:
    """Those that were entered before an account was declared, in their canonical writing."""
    return frozenset(number.number for number, _ in known if number.entered_at < declared_at)


def as_told(row: Telephone) -> dict[str, Any]:
    """``{number, written, source, since, until, entered_by}`` of a number."""
    return {
        "number": row.number,
        "written": row.written,
        "source": row.source,
        "since": row.valid_from.isoformat(),
        "until": row.valid_to.isoformat() if row.valid_to else None,
        "entered_by": row.entered_by,
    }


def _number(written: str) -> str:
    try:
        return phone.canonical(written)
    except ValueError:
        raise RefusedError(Code.BAD_CONTENT, field="phone", why="phone") from None


def _source(text: str) -> str:
    """Where a number is known from, in words of whoever enters it. Raises ``RefusedError``."""
    try:
        found = texts.one_line(text)
    except texts.ControlCharacterError as error:
        raise RefusedError(Code.BAD_CONTENT, field="phone_source", why=str(error)) from None
    if not found or is_placeholder(found):
        raise RefusedError(Code.BAD_CONTENT, field="phone_source", why="placeholder" if found else "string_too_short")
    return found
