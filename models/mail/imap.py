"""One IMAP mailbox from which replies are taken, read from one address line. Pure: nothing is opened here."""

from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, SecretStr

from models.mail.server_url import security, split


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
    parts = split(url, "imap", FORM)
    if parts.fragment:
        raise ValueError(f"not an address of the form {FORM}")
    encryption = security(parts, ImapSecurity)
    secret = unquote(parts.password or "") or password
    if not parts.username or not secret:
        raise ValueError("a mailbox needs a user and a password")
    return ImapServer(
        host=parts.hostname or "",
        port=parts.port or PORTS[encryption],
        user=unquote(parts.username),
        password=SecretStr(secret),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        security=encryption,
    )
