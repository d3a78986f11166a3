"""One IMAP mailbox from which replies are taken, read from one address line. Pure: nothing is opened here."""

from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr


class ImapSecurity(StrEnum):
    """How the connection is encrypted."""

    IMPLICIT = "implicit"  # imaps://: TLS from the first byte (RFC 8314)
    REQUIRED = "required"  # STARTTLS or no mail
    NEVER = "never"  # plain text: loopback and evaluation only


PORTS: Final = {ImapSecurity.IMPLICIT: 993, ImapSecurity.REQUIRED: 143, ImapSecurity.NEVER: 143}
FORM: Final = "imaps://user@host:993/INBOX or imap://user@host:143/INBOX?starttls=required|never"


class ImapServer(BaseModel):
    """A mailbox's folder and how to log in. ``password`` never prints."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int
    user: str
    password: SecretStr
    folder: str = "INBOX"
    security: ImapSecurity = ImapSecurity.IMPLICIT

    @property
    def encrypted(self) -> bool:
        """True where neither mail nor password travels unencrypted."""
        return self.security is not ImapSecurity.NEVER


def parse_imap_url(url: str, password: str = "") -> ImapServer:
    """Read ``FORM``; ``password`` counts where the address has none. ``ValueError`` never quotes the secret."""
    parts = _split(url)
    security = _security(parts)
    secret = unquote(parts.password or "") or password
    if not parts.username or not secret:
        raise ValueError("a mailbox needs a user and a password")
    return ImapServer(
        host=parts.hostname or "",
        port=parts.port or PORTS[security],
        user=unquote(parts.username),
        password=SecretStr(secret),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        security=security,
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"not an address of the form {FORM}") from None  # urllib's text would quote the password
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or port == 0 or parts.fragment:
        raise ValueError(f"not an address of the form {FORM}")
    return parts


def _security(parts: SplitResult) -> ImapSecurity:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = set(options) - {"starttls"}
    if unknown:
        raise ValueError(f"unknown option {', '.join(sorted(unknown))}; only starttls is known")
    wanted = options.get("starttls")
    if parts.scheme == "imaps":
        if wanted is not None:
            raise ValueError("imaps:// is encrypted from the first byte; leave starttls out")
        return ImapSecurity.IMPLICIT
    if wanted is None:
        return ImapSecurity.REQUIRED
    if wanted not in (ImapSecurity.REQUIRED, ImapSecurity.NEVER):
        raise ValueError("starttls is required or never")
    return ImapSecurity(wanted)
