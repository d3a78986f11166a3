"""A real SMTP server that misbehaves as told, in the test's own event loop."""

import asyncio
import ssl
import warnings
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from models.mail.smtp import SmtpSecurity, SmtpServer

DROP, HANG = "drop", "hang"


class Script:
    """Answers to MAIL, RCPT and to the final dot, first one first; when none is left all is well."""

    def __init__(self) -> None:
        self.mail: deque[str] = deque()
        self.rcpt: deque[str] = deque()
        self.data: deque[str] = deque()
        self.got: list[tuple[str, bytes]] = []
        self.arrived = asyncio.Event()
        self.release = asyncio.Event()
        self.connections = 0
        self.logins = 0
        self.login_right = False
        self.reports: list[str] = []  # what was ordered for reports (DSN), option by option
        self.senders: list[str] = []

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if self.mail:
            return self.mail.popleft()
        envelope.mail_from = address
        self.senders.append(address)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if self.rcpt and (answer := self.rcpt.popleft()):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        answer = self.data.popleft() if self.data else "250 2.0.0 queued as 1"
        assert isinstance(envelope.content, bytes)
        self.got.append((envelope.rcpt_tos[0], envelope.content))
        self.arrived.set()
        if answer == HANG:
            await self.release.wait()
            answer = "250 late"
        if answer == DROP:
            _cut(server)
        return answer

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        return AuthResult(success=self.login_right, handled=False)


class ReportingScript(Script):
    """A server that takes orders for reports, as RFC 3461 has it."""

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]


class _Session(SMTP):
    """aiosmtpd refuses the options of RFC 3461; here a server that offers them takes them and writes them down."""

    async def smtp_MAIL(self, arg: str | None) -> None:
        await super().smtp_MAIL(self._without(arg, "RET=", "ENVID="))

    async def smtp_RCPT(self, arg: str | None) -> None:
        await super().smtp_RCPT(self._without(arg, "NOTIFY=", "ORCPT="))

    def _without(self, arg: str | None, *names: str) -> str | None:
        script = self.event_handler
        if arg is None or not isinstance(script, ReportingScript):
            return arg
        words = arg.split(" ")
        script.reports += [word for word in words if word.startswith(names)]
        return " ".join(word for word in words if not word.startswith(names))


@asynccontextmanager
async def smtp_server(
    script: Script, *, login: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[SmtpServer]:
    """The server on a free port. With ``login`` it asks for one, and refuses it unless the script says otherwise.

    With ``tls`` it takes nothing before STARTTLS.
    """
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def protocol() -> SMTP:
        script.connections += 1
        extra: dict[str, Any] = {}
        if tls is not None:
            extra = {"tls_context": tls, "require_starttls": True}
        if login:
            extra |= {"authenticator": script.authenticate, "auth_required": True, "auth_require_tls": tls is not None}
        with warnings.catch_warnings():
            # aiosmtpd warns of logins without TLS; between two ends of one test there is nobody to listen.
            warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
            sessions.append(_Session(script, loop=loop, enable_SMTPUTF8=True, hostname="mail.test", **extra))
        return sessions[-1]

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        user = {"user": "wir", "password": "secret-of-the-test"} if login else {}
        security = SmtpSecurity.REQUIRED if tls is not None else SmtpSecurity.NEVER
        yield SmtpServer.model_validate({"host": "127.0.0.1", "port": port, "security": security} | user)
    finally:
        script.release.set()
        server.close()
        for session in sessions:
            _cut(session)
        await server.wait_closed()


def _cut(session: SMTP) -> None:
    """Ends the connection without a word."""
    if isinstance(session.transport, asyncio.WriteTransport):
        session.transport.abort()
