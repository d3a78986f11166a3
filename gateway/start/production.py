"""What production asks of the settings beyond being right: real servers, encryption, no secret that can be guessed."""

from sqlalchemy.engine import URL

from gateway.start.settings import Settings
from models.mail.imap import ImapServer

# Words people leave in a copied example. Compared in lower case, in production only.
KNOWN_DEFAULTS = frozenset(
    {
        "admin",
        "change-me",
        "change_me",
        "changeme",
        "default",
        "password",
        "postgres",
        "secret",
        "temporal",
        "test",
        "wir",
    }
)
SHORTEST_SECRET = 12  # characters; shorter ones are guessed, not generated


def unfit_for_production(settings: Settings, url: URL) -> list[str]:
    """What is fine on a desk and not for real grants, one line each. ``url``: the database's, with its password."""
    smtp = settings.smtp
    lines = []
    if url.get_backend_name() != "postgresql":
        lines.append("WIR_DATABASE_URL: production needs PostgreSQL: postgresql://user@host:5432/name")
    elif weakness := _weakness(str(url.password or "")):
        lines.append(f"WIR_DATABASE_PASSWORD: {weakness}")
    if smtp is None:
        lines.append("WIR_SMTP_URL: production needs a mail server: smtp://user@host:587?starttls=required")
    else:
        if not smtp.encrypted and not settings.smtp_allow_plain:
            lines.append(
                "WIR_SMTP_URL: mail would leave unencrypted; use starttls=required, or set WIR_SMTP_ALLOW_PLAIN=true"
            )
        if smtp.user and (weakness := _weakness(smtp.password.get_secret_value())):
            lines.append(f"WIR_SMTP_PASSWORD: {weakness}")
    lines += _unfit_imap(settings.imap)
    if not settings.public_url.startswith("https://"):
        lines.append("WIR_PUBLIC_URL: production needs an https:// address: the links in mails are keys")
    lines += _unfit_desk(settings)
    lines += _unfit_oidc(settings)
    lines += [f"WIR_{name.upper()}: must be set in production" for name in _left_as_default(settings)]
    if bool(settings.payee) != bool(settings.payee_iban):
        lines.append("WIR_PAYEE and WIR_PAYEE_IBAN: set both, or neither")
    if settings.budget:
        lines.append("WIR_BUDGET: only to play with; the budget of real grants stands in the programme file")
    if settings.portal_port == 0:
        lines.append("WIR_PORTAL_PORT: production needs a fixed port")
    return lines


def _unfit_desk(settings: Settings) -> list[str]:
    """Officers reach the desk encrypted; who they are is counted by the address they come from, so it must be known."""
    lines = []
    if not settings.desk_url.startswith("https://"):
        lines.append("WIR_DESK_URL: production needs an https:// address: officers log in there")
    elif settings.desk_url == settings.public_url:
        lines.append("WIR_DESK_URL: the desk needs a host name of its own, other than that of WIR_PUBLIC_URL")
    if not settings.desk_tls_cert and not settings.trusted_proxies:
        lines.append("WIR_DESK_PROXIES: name the proxy that speaks TLS, or set WIR_DESK_TLS_CERT and WIR_DESK_TLS_KEY")
    if settings.desk_port == 0:
        lines.append("WIR_DESK_PORT: production needs a fixed port")
    return lines


def _unfit_imap(imap: ImapServer | None) -> list[str]:
    """Mail that comes in is optional; where it does, it and its password travel encrypted."""
    if imap is None:
        return []
    lines = [] if imap.encrypted else ["WIR_IMAP_URL: mail would travel unencrypted; use imaps:// or starttls=required"]
    weakness = _weakness(imap.password.get_secret_value())
    return lines + ([f"WIR_IMAP_PASSWORD: {weakness}"] if weakness else [])


def _unfit_oidc(settings: Settings) -> list[str]:
    """The authority's log-in service is optional; where there is one, it is asked over an encrypted line."""
    if not settings.oidc_issuer:
        return []
    https = settings.oidc_issuer.startswith("https://")
    lines = [] if https else ["WIR_OIDC_ISSUER: production needs an https:// address: who officers are is told there"]
    weakness = _weakness(settings.oidc_client_secret.get_secret_value())
    return lines + ([f"WIR_OIDC_CLIENT_SECRET: {weakness}"] if weakness else [])


def _left_as_default(settings: Settings) -> list[str]:
    fields = type(settings).model_fields
    return [
        name for name in ("mail_from", "mail_domain", "office_phone") if getattr(settings, name) == fields[name].default
    ]


def _weakness(secret: str) -> str:
    """Why a secret will not do in production, or nothing. Never repeats it."""
    if not secret:
        return "must be set in production"
    if secret.lower() in KNOWN_DEFAULTS:
        return "is a well-known default; make one with: openssl rand -hex 24"
    if len(secret) < SHORTEST_SECRET:
        return f"is shorter than {SHORTEST_SECRET} characters; make one with: openssl rand -hex 24"
    return ""
