"""One SMTP server as the mailroom needs it, read from one address line. Pure: nothing is opened or looked up here."""

from enum import StrEnum
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator


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
    parts = _split(url)
    security = _security(parts)
    return SmtpServer(
        host=parts.hostname or "",
        port=parts.port or PORTS[security],
        user=unquote(parts.username or ""),
        password=SecretStr(unquote(parts.password or "") or password),
        security=security,
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"not an address of the form {FORM}") from None  # urllib's text would quote the password
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == 0:
        raise ValueError(f"not an address of the form {FORM}")
    if parts.path.strip("/") or parts.fragment:
        raise ValueError(f"nothing may follow host and port but ?starttls=…: {FORM}")
    return parts


def _security(parts: SplitResult) -> SmtpSecurity:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = set(options) - {"starttls"}
    if unknown:
        raise ValueError(f"unknown option {', '.join(sorted(unknown))}; only starttls is known")
    wanted = options.get("starttls")
    if parts.scheme == "smtps":
        if wanted is not None:
            raise ValueError("smtps:// is encrypted from the first byte; leave starttls out")
        return SmtpSecurity.IMPLICIT
    if wanted is None:
        return SmtpSecurity.REQUIRED
    if wanted not in (SmtpSecurity.REQUIRED, SmtpSecurity.OPPORTUNISTIC, SmtpSecurity.NEVER):
        raise ValueError("starttls is required, opportunistic or never")
    return SmtpSecurity(wanted)
