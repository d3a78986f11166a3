"""What came from a municipality by post, fax, telephone or in person, and what an officer needs to record it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from models.content import answers as a


class Channel(StrEnum):
    """The way by which it came."""

    POST = "post"
    FAX = "fax"
    TELEPHONE = "telephone"
    IN_PERSON = "in_person"


class Proof(StrEnum):
    """What has to be attached."""

    NOTHING = "nothing"
    SCAN = "scan"  # of what came
    SIGNED = "signed"  # the scan of a sheet with a signature
    NEVER = "never"  # it cannot be recorded by this way at all


BINDING: Final[frozenset[type[a.Content]]] = frozenset({a.Application, a.Declaration, a.DrawdownRequest, a.ProofOfUse})
"""Forms that somebody signs: application, declaration with account, call for funds, proof of use."""

NEEDED: Final[Mapping[Channel, tuple[Proof, Proof]]] = {
    Channel.POST: (Proof.SCAN, Proof.SIGNED),
    Channel.FAX: (Proof.NOTHING, Proof.SIGNED),
    Channel.TELEPHONE: (Proof.NOTHING, Proof.NEVER),
    Channel.IN_PERSON: (Proof.NOTHING, Proof.SIGNED),
}
"""By way: what any other form needs, and what one needs that somebody signs."""


def needed(form: type[a.Content], channel: Channel) -> Proof:
    """What has to be attached to record an answer."""
    other, binding = NEEDED[channel]
    return binding if form in BINDING else other


def lacking(form: type[a.Content], channel: Channel, *, scan: bool, signed: bool) -> Proof:
    """What is still missing to record an answer; nothing where it is complete, never where it cannot be."""
    need = needed(form, channel)
    if need is Proof.NEVER or (need is Proof.SCAN and not scan):
        return need
    if (need is Proof.SIGNED and not signed) or (signed and not scan):
        return Proof.SIGNED
    return Proof.NOTHING
