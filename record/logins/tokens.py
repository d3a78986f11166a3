"""Random values that open a door, what is stored of them, and what is derived from them."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

BYTES: Final = 32
"""256 bits: nobody guesses one, so a plain hash of it is enough."""


def new_token() -> str:
    """A random value for a cookie or an address."""
    return secrets.token_urlsafe(BYTES)


def new_code_secret() -> str:
    """A random secret for one-time codes: 160 bits in Base32, as RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def hashed(token: str) -> str:
    """SHA-256 in hex: what is stored, and what is looked up."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def keyed(key: str, text: str) -> str:
    """HMAC-SHA-256 in hex."""
    return hmac.new(key.encode(), _bytes(text), hashlib.sha256).hexdigest()


def csrf(key: str, login_id: str) -> str:
    """What a form of this log-in carries. It stays the same when a new proof renews the cookie: open forms go on."""
    return keyed(key, f"csrf {login_id}")


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, without telling by the time it takes where they differ."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    """Any text has some, also one that is no Unicode: a stranger typed it."""
    return text.encode("utf-8", "backslashreplace")
