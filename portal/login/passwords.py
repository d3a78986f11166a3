"""Passwords: which ones will do, and the slow hash that is stored of them (argon2id, RFC 9106)."""

import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 200
_HASHER: Final = PasswordHasher()


def weakness(password: str, *names: str) -> str:
    """Why a new password will not do, as a code; nothing if it will. ``names``: what everybody knows of its person."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        return "short"
    if len(plain) > LONGEST:
        return "long"
    known = [part for name in names for part in name.casefold().replace("-", " ").split() if len(part) > 2]
    rest = plain.casefold()
    for part in sorted(known, key=len, reverse=True):
        rest = rest.replace(part, "")
    return "simple" if len(set(rest)) < 5 else ""


def hashed(password: str) -> str:
    """What is stored."""
    return _HASHER.hash(_normal(password))


def fits(stored: str | None, password: str) -> bool:
    """Whether it is the password. Takes as long for a person who has none (``stored`` is none)."""
    plain = _normal(password)[: LONGEST + 1]
    try:
        _HASHER.verify(stored or _nobodys(), plain)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys() -> str:
    """A hash with the usual cost that no password fits which anybody knows."""
    import secrets

    return _HASHER.hash(secrets.token_urlsafe(32))


def _normal(password: str) -> str:
    """The same letters whichever keyboard made them: an umlaut may come as one sign or as two."""
    return unicodedata.normalize("NFC", password.encode("utf-8", "replace").decode())
