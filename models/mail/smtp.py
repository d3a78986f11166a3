"""One SMTP server as the mailroom needs it, read from one address line. Pure: nothing is opened or looked up here."""

from enum import StrEnum
from typing import Self
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from models.mail.server_url import security, split


class SmtpSecurity(StrEnum):
    """How the connection is encrypted."""

    IMPLICIT = "implicit"  # smtps://: TLS from the first byte (RFC 8314)
    REQUIRED = "required"  # STARTTLS or no mail
    OPPORTUNISTIC = "opportunistic"  # STARTTLS where the server offers it
    NEVER = "never"  # plain text: loopback and evaluation only


PORTS = {
    SmtpSecurity.IMPLICIT: 465,
    SmtpSecurity.REQUIRED: 587,
    SmtpSecurity.OPPORTUNISTIC: 25,
    SmtpSecurity.NEVER: 25,
}
FORM = "smtp://user:password@host:port?starttls=required|opportunistic|never or smtps://user:password@host:port"


class SmtpServer(BaseModel):
    """Where mail is handed over. ``password`` never prints."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int
    user: str = ""
    password: SecretStr = SecretStr("")
    security: SmtpSecurity = SmtpSecurity.REQUIRED

    @property
    def encrypted(self) -> bool:
        """True where no mail leaves unencrypted, whatever the server or somebody in between says."""
        return self.security in (SmtpSecurity.IMPLICIT, SmtpSecurity.REQUIRED)

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if bool(self.user) != bool(self.password.get_secret_value()):
            raise ValueError("a user needs a password and a password needs a user")
        return self


def parse_smtp_url(url: str, password: str = "") -> SmtpServer:
    """Read ``FORM``; ``password`` counts where the address has none. ``ValueError`` never quotes the secret."""
    parts = split(url, "smtp", FORM)
    if parts.path.strip("/") or parts.fragment:
        raise ValueError(f"nothing may follow host and port but ?starttls=…: {FORM}")
    encryption = security(parts, SmtpSecurity)
    return SmtpServer(
        host=parts.hostname or "",
        port=parts.port or PORTS[encryption],
        user=unquote(parts.username or ""),
        password=SecretStr(unquote(parts.password or "") or password),
        security=encryption,
    )
