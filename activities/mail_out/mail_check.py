"""Looks at the mail server and at the sender domain's DNS as this installation uses them. No mail is sent.

What people read about each check stands in the catalogue under ``mail_check``.
"""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.resolver
from aiosmtplib import SMTP, SMTPException
from pydantic import BaseModel, ConfigDict

from activities.mail_out.smtp_outcome import Stage, classify
from models.mail.smtp import SmtpSecurity, SmtpServer

PATIENCE: Final = 10.0
SOON: Final = timedelta(days=14)
"""A certificate that ends sooner is a fault: it is renewed by people."""


class CheckCode(StrEnum):
    """What is looked at."""

    CONNECT = "connect"
    TLS = "tls"
    CERTIFICATE = "certificate"
    LOGIN = "login"
    NOOP = "noop"
    SIZE = "size"
    DSN = "dsn"
    SMTPUTF8 = "smtputf8"
    MX = "mx"
    SPF = "spf"
    DMARC = "dmarc"
    DKIM = "dkim"


SERVER: Final = (
    CheckCode.CONNECT,
    CheckCode.TLS,
    CheckCode.CERTIFICATE,
    CheckCode.LOGIN,
    CheckCode.NOOP,
    CheckCode.SIZE,
    CheckCode.DSN,
    CheckCode.SMTPUTF8,
)
WANTED: Final = frozenset({CheckCode.SIZE, CheckCode.DSN, CheckCode.SMTPUTF8})
"""Good to have; mail leaves without them."""


class Status(StrEnum):
    """What a check showed."""

    FINE = "fine"
    MISSING = "missing"
    NOT_ASKED = "not_asked"


class Check(BaseModel):
    """One check; ``found``: what the server or the DNS said, without any secret."""

    model_config = ConfigDict(frozen=True)

    code: CheckCode
    status: Status
    found: str = ""
    needed: bool = True


class Wanted(BaseModel):
    """What is to be checked. ``server``: none for the embedded sink, then nothing is asked at all."""

    model_config = ConfigDict(frozen=True)

    server: SmtpServer | None
    domain: str
    dkim_selector: str = ""
    dns_server: str = ""  # host:port; empty: as the system is set up
    plain_is_fine: bool = False


async def check_mail(wanted: Wanted, *, tls_context: ssl.SSLContext | None = None) -> dict[str, Any]:
    """``{held, sink, domain, checks: [{code, status, found, needed}]}``. Takes some seconds at most."""
    codes = [*SERVER, CheckCode.MX, CheckCode.SPF, CheckCode.DMARC, *([CheckCode.DKIM] if wanted.dkim_selector else [])]
    if wanted.server is None:
        checks = [Check(code=code, status=Status.NOT_ASKED, needed=code not in WANTED) for code in codes]
    else:
        checks = [*await _server(wanted.server, wanted.plain_is_fine, tls_context), *await _domain(wanted)]
    return {
        "held": not any(check.needed and check.status is Status.MISSING for check in checks),
        "sink": wanted.server is None,
        "domain": wanted.domain,
        "checks": [check.model_dump(mode="json") for check in checks],
    }


def _said(code: CheckCode, found: str, *, fine: bool, needed: bool | None = None) -> Check:
    status = Status.FINE if fine else Status.MISSING
    return Check(code=code, status=status, found=found, needed=code not in WANTED if needed is None else needed)


# the mail server ----------------------------------------------------------------------------------


async def _server(server: SmtpServer, plain_is_fine: bool, tls_context: ssl.SSLContext | None) -> list[Check]:
    """One connection, one NOOP; after the first thing that fails the rest was not asked."""
    start_tls = {SmtpSecurity.REQUIRED: True, SmtpSecurity.OPPORTUNISTIC: None}.get(server.security, False)
    client = SMTP(
        hostname=server.host,
        port=server.port,
        timeout=PATIENCE,
        use_tls=server.security is SmtpSecurity.IMPLICIT,
        start_tls=start_tls,
        tls_context=tls_context or ssl.create_default_context(),
    )
    checks: list[Check] = []
    try:
        await client.connect()
        checks.append(_said(CheckCode.CONNECT, f"{server.host}:{server.port}", fine=True))
        checks += _encryption(client, needed=not plain_is_fine)
        checks.append(await _login(client, server))
        checks.append(_said(CheckCode.NOOP, str((await client.noop()).code), fine=True))
        await client.ehlo()
        checks += [_offered(client, code) for code in (CheckCode.SIZE, CheckCode.DSN, CheckCode.SMTPUTF8)]
    except (SMTPException, OSError) as error:
        failed = SERVER[len(checks)]
        checks.append(_said(failed, classify(error, Stage.CONNECT).reply, fine=False))
    finally:
        with suppress(SMTPException, OSError):
            await client.quit(timeout=1)
        client.close()
    asked = {check.code for check in checks}
    rest = [code for code in SERVER if code not in asked]
    return checks + [Check(code=code, status=Status.NOT_ASKED, needed=code not in WANTED) for code in rest]


def _encryption(client: SMTP, *, needed: bool) -> list[Check]:
    """How the connection is encrypted, and until when the server's certificate is good."""
    found: ssl.SSLObject | None = client.get_transport_info("ssl_object")
    if found is None:
        certificate = Check(code=CheckCode.CERTIFICATE, status=Status.NOT_ASKED, needed=needed)
        return [_said(CheckCode.TLS, "", fine=False, needed=needed), certificate]
    certified = found.getpeercert() or {}
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certified["notAfter"])), UTC)
    fine = ends - datetime.now(UTC) >= SOON
    return [
        _said(CheckCode.TLS, found.version() or "", fine=True),
        _said(CheckCode.CERTIFICATE, ends.date().isoformat(), fine=fine),
    ]


async def _login(client: SMTP, server: SmtpServer) -> Check:
    if not server.user:
        return Check(code=CheckCode.LOGIN, status=Status.NOT_ASKED)
    await client.login(server.user, server.password.get_secret_value())
    return _said(CheckCode.LOGIN, server.user.partition("@")[0], fine=True)


def _offered(client: SMTP, code: CheckCode) -> Check:
    offered = client.supports_extension(code)
    return _said(code, client.esmtp_extensions.get(code, "") if offered else "", fine=offered)


# the sender's domain --------------------------------------------------------------------------------


async def _domain(wanted: Wanted) -> list[Check]:
    ask = _Dns(wanted.dns_server)
    exchangers = await ask.records(wanted.domain, "MX")
    spf = [text for text in await ask.texts(wanted.domain) if text.lower().split(" ")[0] == "v=spf1"]
    policies = await ask.texts(f"_dmarc.{wanted.domain}")
    if not policies:  # a subdomain without one of its own is under that of its organisation (RFC 7489, 6.6.3)
        policies = await ask.texts(f"_dmarc.{'.'.join(wanted.domain.split('.')[-2:])}")
    dmarc = [text for text in policies if text.startswith("v=DMARC1")]
    checks = [
        _said(CheckCode.MX, "; ".join(exchangers), fine=bool(exchangers) and exchangers != ["0 ."]),
        _said(CheckCode.SPF, "; ".join(spf), fine=len(spf) == 1),  # two are none (RFC 7208, 3.2)
        _said(CheckCode.DMARC, "; ".join(dmarc), fine=len(dmarc) == 1),
    ]
    if wanted.dkim_selector:
        keys = await ask.texts(f"{wanted.dkim_selector}._domainkey.{wanted.domain}")
        good = [text for text in keys if _key_of(text)]
        checks.append(_said(CheckCode.DKIM, "; ".join(text[:60] for text in keys), fine=len(good) == 1))
    return checks


def _key_of(text: str) -> str:
    """The public key of a DKIM record; one without a key is revoked (RFC 6376, 3.6.1)."""
    tags = dict(part.strip().partition("=")[::2] for part in text.split(";") if part.strip())
    return tags.get("p", "").strip()


class _Dns:
    """Asks one resolver. What cannot be answered is nothing."""

    def __init__(self, server: str) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=not server)
        self._resolver.lifetime = PATIENCE
        if server:
            host, _, port = server.rpartition(":")
            self._resolver.nameservers, self._resolver.port = [host.strip("[]")], int(port)

    async def records(self, name: str, kind: str) -> list[str]:
        """The records of a name as text, in a fixed order."""
        return sorted(record.to_text() for record in await self._answer(name, kind))

    async def texts(self, name: str) -> list[str]:
        """The texts of a name, each put together from its parts."""
        found = await self._answer(name, "TXT")
        return sorted(b"".join(record.strings).decode("utf-8", "replace") for record in found)

    async def _answer(self, name: str, kind: str) -> list[Any]:
        try:
            return list(await self._resolver.resolve(name, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.NoNameservers, dns.exception.Timeout):
            return []
