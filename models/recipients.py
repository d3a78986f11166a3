"""Who can receive a grant, under which official key and when; and the court that hears a suit.

A municipality keeps its `identity` when its key, kind or name changes (Hanau 2026); each such change is a
further record with its own validity. Names collide (Fulda is a town and a district), so a recipient is found
by key and day, never by name. What is said of a recipient has a source, by column or by record.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

FROZEN = ConfigDict(frozen=True, extra="forbid")

Word = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9-]{1,39}$")]
KEY: Final = "[0-9]{5}|[0-9]{8}|[a-z][a-z0-9]{2,19}"
Key = Annotated[str, StringConstraints(strict=True, pattern=f"^({KEY})$")]
"""Five digits (rural district), eight (town: the official municipality key), or a code for other bodies."""


class Certainty(StrEnum):
    """How sure a value of the programme data is."""

    FOUND = "found"  # in the named source
    OWN_KNOWLEDGE = "own_knowledge"  # believed, no source at hand
    INFERRED = "inferred"  # derived from found facts
    OPEN = "open"  # the sources leave it open: a preset that somebody has to confirm
    MADE_UP = "made_up"  # invented, for tests and play only


class Origin(BaseModel):
    """Where a value comes from: a code from the file's list of sources, and how sure it is."""

    model_config = FROZEN

    source: Word
    certainty: Certainty
    note: str = ""


class RecipientKind(StrEnum):
    """Kind of body. The first three are the 33 of the position lines; other lines admit the others."""

    RURAL_DISTRICT = "rural_district"  # Landkreis
    INDEPENDENT_CITY = "independent_city"  # kreisfreie Stadt
    SPECIAL_STATUS_TOWN = "special_status_town"  # Sonderstatusstadt, HGO § 4a
    MUNICIPALITY = "municipality"  # kreisangehörige Gemeinde
    ORGANISATION = "organisation"  # gemeinnütziger Träger


class Recipient(BaseModel):
    """One body under one key. `valid_from` and `valid_to` are inclusive days; none means no limit is known."""

    model_config = FROZEN

    key: Key
    identity: Code
    name: Word
    kind: RecipientKind
    court: Code
    district: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]  # Regierungsbezirk
    in_district: Key | None = None  # the rural district a town lies in; that one has its own grant
    valid_from: date | None = None
    valid_to: date | None = None
    aliases: tuple[Key, ...] = ()  # other keys under which registers know the same body
    origins: dict[str, Origin] = {}  # by field, where this record differs from its column

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def valid_on(self, day: date) -> bool:
        """Whether this record holds on a legal day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)

    def overlaps(self, other: "Recipient") -> bool:
        """Whether there is a day on which both records hold."""
        return self.valid_on(other.valid_from or date.min) or other.valid_on(self.valid_from or date.min)


class RecipientError(LookupError):
    """No recipient can be named for a key on a day."""


class UnknownRecipient(RecipientError):
    """A key nobody has. `similar` holds records valid that day that may have been meant, at most three."""

    def __init__(self, key: str, similar: tuple[Recipient, ...]) -> None:
        """Show at most 40 characters of what was given."""
        meant = ", ".join(f"{r.key} ({r.name}, {r.kind.value})" for r in similar)
        super().__init__(f"no recipient has the key {key[:40]!r}" + (f"; perhaps {meant}" if meant else ""))
        self.key = key
        self.similar = similar


class ExpiredKey(RecipientError):
    """A key that does not hold on that day. `successor` is the same body's record that does, if any.

    For a key used before its first day `successor` is the earlier record.
    """

    def __init__(self, record: Recipient, on: date, successor: Recipient | None) -> None:
        """Name the key's own time and the key to use instead."""
        begin, end = (str(day) if day else "…" for day in (record.valid_from, record.valid_to))
        instead = f"; use {successor.key} ({successor.name})" if successor else ""
        super().__init__(f"the key {record.key} ({record.name}) holds {begin} to {end}, not on {on}{instead}")
        self.key = record.key
        self.on = on
        self.successor = successor


class RecipientList(BaseModel):
    """All known recipients, with the sources of their columns."""

    model_config = FROZEN

    sources: dict[str, str]
    origins: dict[str, Origin]
    recipients: tuple[Recipient, ...]

    def find(self, key: str, on: date) -> Recipient:
        """The record with this official key on a legal day. Raises `UnknownRecipient` or `ExpiredKey`."""
        records = [r for r in self.recipients if r.key == key]
        if not records:
            raise UnknownRecipient(key, self._similar(key, on))
        for record in records:
            if record.valid_on(on):
                return record
        raise ExpiredKey(records[-1], on, self.known_as(records[-1].identity, on))

    def known_as(self, identity: str, on: date) -> Recipient | None:
        """The record under which a body is known on a day."""
        return next((r for r in self.recipients if r.identity == identity and r.valid_on(on)), None)

    def eligible(
        self, kinds: tuple[RecipientKind, ...], on: date, *, keys: tuple[str, ...] = ()
    ) -> tuple[Recipient, ...]:
        """All records of these kinds valid on a day, in the list's order; with `keys` only those of them."""
        return tuple(r for r in self.recipients if r.kind in kinds and r.valid_on(on) and (not keys or r.key in keys))

    def _similar(self, key: str, on: date) -> tuple[Recipient, ...]:
        """Help for a typing error or a name: nothing is ever matched by this."""
        wanted = key.strip().casefold()
        if len(wanted) < 3:
            return ()
        hits = (r for r in self.recipients if r.valid_on(on) and (wanted in r.name.casefold() or wanted in r.key))
        return tuple(hits)[:3]


class Court(BaseModel):
    """An administrative court; an instruction on remedies must name it and its seat (VwVfG § 37(6))."""

    model_config = FROZEN

    key: Code
    name: Word
    seat: Word


class CourtList(BaseModel):
    """The courts and the sources of their columns."""

    model_config = FROZEN

    sources: dict[str, str]
    origins: dict[str, Origin]
    courts: tuple[Court, ...]

    def find(self, key: str) -> Court:
        """The court with this key. Raises `KeyError`."""
        return {court.key: court for court in self.courts}[key]
