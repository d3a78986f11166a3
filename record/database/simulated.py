"""The people of the embedded mode: made up, marked as simulated, with addresses nobody can have."""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from functools import cache
from itertools import cycle
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
    """Gives simulated people who have no telephone number one of those that reach nobody, each the next that is free.

    Where there are more people than such numbers, the first ones reach several.
    """
    told = _data()["telephones"]
    rows = list(session.exec(select(Telephone)))
    numbered, taken = {(row.contact_id, row.officer_id) for row in rows}, {row.written for row in rows}
    for entry, written in zip(_data()["officers"], _numbers(told["officers"], taken), strict=False):
        if session.get(Officer, entry["id"]) is not None and (None, entry["id"]) not in numbered:
            session.add(_telephone(written, officer_id=entry["id"]))
    known = {(one.recipient, one.email): one.id for one in session.exec(select(Contact).where(Contact.simulated))}
    new = [known.get((one.recipient, one.email)) for one in simulated_contacts(recipients)]
    lacking = [one for one in new if one is not None and (one, None) not in numbered]
    for contact_id, written in zip(lacking, _numbers(told["contacts"], taken), strict=False):
        session.add(_telephone(written, contact_id=contact_id))


def _numbers(begin: int, taken: set[str]) -> Iterator[str]:
    told = _data()["telephones"]
    every = [told["written"].format(number=number) for number in range(begin, told["last"] + 1)]
    yield from (one for one in every if one not in taken)
    yield from cycle(every)


def _telephone(written: str, *, contact_id: int | None = None, officer_id: str | None = None) -> Telephone:
    """On file from the first day of simulated people on, so before any account was named."""
    told, since = _data()["telephones"], _data()["valid_from"]
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
