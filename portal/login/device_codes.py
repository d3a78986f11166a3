"""The two codes of a command line: a long one that it keeps, and a short one that a person reads and types.

The short one follows from the long one by the installation's key. So nothing has to be stored until somebody confirms
it, nobody can reckon it backwards, and a mistyped one is noticed by its check letters.
"""

import secrets
from datetime import datetime
from typing import Final

from record.logins.devices import LASTS
from record.logins.tokens import keyed, same

LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants: no words come out, and none is taken for a digit (RFC 8628, section 6.1)."""
_DRAWN: Final = 8
_CHECK: Final = 2


def new_device_code(key: str, now: datetime) -> str:
    """A long code, which says by itself since when it is there."""
    head = f"{int(now.timestamp())}.{secrets.token_urlsafe(32)}"
    return f"{head}.{_seal(key, head)}"


def is_ours(key: str, device_code: str, now: datetime) -> bool:
    """Whether a long code comes from here and can still be used: time to confirm it and time to exchange it."""
    head, _, seal = device_code.rpartition(".")
    if not same(seal, _seal(key, head)):
        return False
    return 0 <= now.timestamp() - int(head.partition(".")[0]) < 2 * LASTS.total_seconds()


def short_code(key: str, device_code: str) -> str:
    """The short code that belongs to a long one."""
    drawn = _letters(keyed(key, f"short {device_code}"), _DRAWN)
    return drawn + _check(key, drawn)


def shown(code: str) -> str:
    """A short code as people read it: ``BCDF-GHJK-LM``."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def typed_code(key: str, typed: str) -> str | None:
    """The short code that was typed, in whatever way; none when it is none."""
    code = "".join(sign for sign in typed.upper() if sign in LETTERS)
    drawn = code[:_DRAWN]
    return code if len(code) == _DRAWN + _CHECK and same(code[_DRAWN:], _check(key, drawn)) else None


def _check(key: str, drawn: str) -> str:
    return _letters(keyed(key, f"check {drawn}"), _CHECK)


def _seal(key: str, head: str) -> str:
    return keyed(key, f"device {head}")


def _letters(digest: str, number: int) -> str:
    """Letters of a hash in hex; each as likely as any other, but for a trace."""
    value, found = int(digest, 16), ""
    for _ in range(number):
        value, at = divmod(value, len(LETTERS))
        found += LETTERS[at]
    return found
