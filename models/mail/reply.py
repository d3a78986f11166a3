"""Reply addresses: a key in the address of our own mailbox, by which a reply or a bounce finds the mail it is about.

``wir+<key>@rp.example`` takes replies (Reply-To), ``wir+b-<key>@rp.example`` takes what mail servers send back
(the envelope's sender). Both reach the mailbox ``wir@rp.example`` (sub-addressing, RFC 5233). Domains are ASCII.
"""

import re
from typing import Final, NamedTuple

KEY_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
KEY_LENGTH: Final = 16
"""80 bits: nobody guesses one."""
LONGEST_LOCAL: Final = 64 - len("+b-") - KEY_LENGTH
"""Characters of the mailbox before the @, so that its reply addresses keep to the 64 of RFC 5321 § 4.5.3.1.1."""

_KEY: Final = re.compile(rf"[a-z2-7]{{{KEY_LENGTH}}}")


class Addressed(NamedTuple):
    """What a reply address says: the mail's key, and whether it is the address for bounces."""

    key: str
    bounce: bool


def reply_address(mailbox: str, key: str) -> str:
    """The address by which a reply finds its mail."""
    return _with(mailbox, key)


def bounce_address(mailbox: str, key: str) -> str:
    """The address to which mail servers send back what they cannot deliver."""
    return _with(mailbox, f"b-{key}")


def addressed(address: str, mailbox: str) -> Addressed | None:
    """What an address says; none when it is not a reply address of this mailbox. Upper case is taken as lower."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    own_local, _, own_domain = mailbox.lower().rpartition("@")
    if domain != own_domain or not local.startswith(f"{own_local}+"):
        return None
    detail = local.removeprefix(f"{own_local}+")
    bounce = detail.startswith("b-")
    key = detail.removeprefix("b-")
    return Addressed(key, bounce) if _KEY.fullmatch(key) else None


def _with(mailbox: str, detail: str) -> str:
    local, at, domain = mailbox.rpartition("@")
    return f"{local}+{detail}{at}{domain}"
