"""What came from a municipality by post, fax, telephone or in person, and what an officer needs to record it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from models.content import answers as a
from models.errors import Code, RefusedError


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


def check(form: type[a.Content], channel: Channel, *, scan: bool, signed: bool) -> None:
    """Raises ``RefusedError``: ``not_by_telephone``, ``scan_missing``, ``signature_missing``."""
    match needed(form, channel):
        case Proof.NEVER:
            raise RefusedError(Code.NOT_BY_TELEPHONE)
        case Proof.SCAN if not scan:
            raise RefusedError(Code.SCAN_MISSING)
        case Proof.SIGNED if not (scan and signed):
            raise RefusedError(Code.SIGNATURE_MISSING)
        case _:
            if signed and not scan:
                raise RefusedError(Code.SIGNATURE_MISSING)
