"""The people of the embedded mode: made up, marked as simulated, with addresses nobody can have."""

import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from models.content import phone
from models.recipients import Recipient
from models.tables import Contact, Officer, Telephone


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def simulated_officers() -> list[Officer]:
    """One officer and more for each role of the authority."""
    begin = _data()["valid_from"]
    return [Officer(**entry, simulated=True, valid_from=begin) for entry in _data()["officers"]]


def simulated_contacts(recipients: Iterable[Recipient]) -> list[Contact]:
    """Two contacts for each body; one that changed its key has the address of its first record."""
    return [
        _contact(recipient, rank, entry)
        for recipient in _first(recipients)
        for rank, entry in enumerate(_data()["contacts"], start=1)
    ]


def number_simulated(session: Session, recipients: Iterable[Recipient]) -> None:
    """Gives simulated people who have no telephone number one of those that reach nobody."""
    told = _data()["telephones"]
    numbered = {(row.contact_id, row.officer_id) for row in session.exec(select(Telephone))}
    for at, entry in enumerate(_data()["officers"]):
        if session.get(Officer, entry["id"]) is not None and (None, entry["id"]) not in numbered:
            session.add(_telephone(told["officers"] + at, officer_id=entry["id"]))
    known = {(one.recipient, one.email): one.id for one in session.exec(select(Contact).where(Contact.simulated))}
    for at, one in enumerate(simulated_contacts(recipients)):
        contact_id = known.get((one.recipient, one.email))
        if contact_id is not None and (contact_id, None) not in numbered:
            session.add(
                _telephone(told["contacts"] + at % (told["last"] + 1 - told["contacts"]), contact_id=contact_id)
            )


def _telephone(number: int, *, contact_id: int | None = None, officer_id: str | None = None) -> Telephone:
    """On file from the first day of simulated people on, so before any account was named."""
    told, since = _data()["telephones"], _data()["valid_from"]
    written = told["written"].format(number=number)
    return Telephone(
        contact_id=contact_id,
        officer_id=officer_id,
        number=phone.canonical(written),
        written=written,
        source=told["source"],
        valid_from=since,
        entered_at=datetime.combine(since, time(), UTC),
    )


def _first(recipients: Iterable[Recipient]) -> list[Recipient]:
    """The first record of each body."""
    first: dict[str, Recipient] = {}
    for recipient in recipients:
        first.setdefault(recipient.identity, recipient)
    return list(first.values())


def _contact(recipient: Recipient, rank: int, entry: dict[str, str]) -> Contact:
    return Contact(
        recipient=recipient.identity,
        name=entry["name"].format(name=recipient.name),
        function=entry["function"],
        email=entry["email"].format(key=recipient.key),
        rank=rank,
        simulated=True,
        valid_from=_data()["valid_from"],
    )
