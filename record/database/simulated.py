"""The people of the embedded mode: made up, marked as simulated, with addresses nobody can have."""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from models.recipients import Recipient
from models.tables import Contact, Officer


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def simulated_officers() -> list[Officer]:
    """One officer and more for each role of the authority."""
    begin = _data()["valid_from"]
    return [Officer(**entry, simulated=True, valid_from=begin) for entry in _data()["officers"]]


def simulated_contacts(recipients: Iterable[Recipient]) -> list[Contact]:
    """Two contacts for each body; one that changed its key has the address of its first record."""
    first: dict[str, Recipient] = {}
    for recipient in recipients:
        first.setdefault(recipient.identity, recipient)
    return [
        _contact(recipient, rank, entry)
        for recipient in first.values()
        for rank, entry in enumerate(_data()["contacts"], start=1)
    ]


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
