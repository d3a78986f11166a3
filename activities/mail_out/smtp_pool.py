"""A few open connections to the mail server, used again, thrown away after any error.

Building a TLS context and logging in cost more than a mail, so one context serves all and a connection carries
up to a hundred mails.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from aiosmtplib import SMTP, SMTPException

from activities.mail_out.smtp_outcome import Outcome, Stage, Verdict, accepted, classify
from models.mail.smtp import SmtpSecurity, SmtpServer

CONNECTIONS: Final = 4
MAILS_PER_CONNECTION: Final = 100
IDLE_CHECK: Final = 15.0  # seconds; servers hang up silently
IDLE_LIFE: Final = 60.0
CONNECT_TIMEOUT: Final = 10.0
COMMAND_TIMEOUT: Final = 60.0
DATA_TIMEOUT: Final = 600.0  # RFC 5321 § 4.5.3.2.6: the server may take ten minutes after the final dot


class HaltedError(Exception):
    """No connection can be had now. ``outcome`` says whether it is worth trying soon."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reply)
        self.outcome = outcome


@dataclass
class Connection:
    """One logged-in connection."""

    client: SMTP
    data_timeout: float
    mails: int = 0
    broken: bool = False
    used_at: float = 0.0

    async def begin(self, sender: str, to: str, size: int, envid: str = "") -> Outcome | None:
        """Begins a mail's transaction; nothing has been said of the mail itself. None when the server is ready.

        ``envid``: letters and digits that come back in the server's reports, where it takes orders for reports.
        Never raises for what the server or the network does, as all methods here; a surprise of the library is raised.
        """
        self.mails += 1
        try:
            wide = not (sender + to).isascii()
            if wide and not self.client.supports_extension("smtputf8"):
                raise ValueError("the server takes no address with letters beyond ASCII")
            options = self._mail_options(size, wide, envid)
            await self.client.mail(sender, options=options, encoding="utf-8" if wide else "ascii")
        except (SMTPException, OSError, ValueError) as error:
            self.broken = True
            return classify(error, Stage.ENVELOPE)
        return None

    async def deliver(self, to: str, mime: bytes) -> Outcome:
        """Goes through with the transaction that has begun: one person, one text."""
        stage = Stage.ENVELOPE
        try:
            encoding = "ascii" if to.isascii() else "utf-8"
            await self.client.rcpt(to, options=self._rcpt_options(to), encoding=encoding)
            stage = Stage.DATA
            response = await self.client.data(mime, timeout=self.data_timeout)
        except (SMTPException, OSError, ValueError) as error:
            self.broken = True
            return classify(error, stage)
        return accepted(response.code, response.message)

    async def give_up(self) -> None:
        """Ends the transaction that has begun without a mail."""
        try:
            await self.client.rset()
        except Exception:  # noqa: BLE001 - the connection is thrown away, and the transaction with it
            self.broken = True

    async def send(self, sender: str, to: str, mime: bytes, envid: str = "") -> Outcome:
        """One mail to one person, from beginning to end."""
        return await self.begin(sender, to, len(mime), envid) or await self.deliver(to, mime)

    def _mail_options(self, size: int, wide: bool, envid: str) -> list[str]:
        options = [f"SIZE={size}"] if self.client.supports_extension("size") else []
        options += ["SMTPUTF8"] if wide else []
        return options + (["RET=HDRS", f"ENVID={envid}"] if envid and self.client.supports_extension("dsn") else [])

    def _rcpt_options(self, to: str) -> list[str]:
        """Reports are asked for failure and delay only (RFC 3461); an address beyond ASCII goes without its echo."""
        if not self.client.supports_extension("dsn"):
            return []
        echo = [f"ORCPT=rfc822;{_xtext(to)}"] if to.isascii() else []
        return ["NOTIFY=FAILURE,DELAY", *echo]


class SmtpPool:
    """At most ``size`` connections to one server. ``clock``: seconds, for how long a connection was not used."""

    def __init__(
        self,
        server: SmtpServer,
        *,
        size: int = CONNECTIONS,
        data_timeout: float = DATA_TIMEOUT,
        tls_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server, self.size, self._clock = server, size, clock
        self._free = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._data_timeout = data_timeout
        encrypted = server.security is not SmtpSecurity.NEVER
        self._tls = tls_context or (ssl.create_default_context() if encrypted else None)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for this block. Raises ``HaltedError`` when there is none to be had."""
        async with self._free:
            connection = await self._idle_one() or await self._connect()
            whole = False
            try:
                yield connection
                whole = not connection.broken and connection.mails < MAILS_PER_CONNECTION
            finally:
                if whole:
                    connection.used_at = self._clock()
                    self._idle.append(connection)
                else:
                    connection.client.close()

    async def close(self) -> None:
        """Takes leave of the server on every idle connection."""
        while self._idle:
            await _leave(self._idle.pop())

    async def close_idle(self) -> None:
        """Takes leave on connections that nobody used for a minute."""
        now = self._clock()
        old = [connection for connection in self._idle if now - connection.used_at >= IDLE_LIFE]
        self._idle = [connection for connection in self._idle if now - connection.used_at < IDLE_LIFE]
        for connection in old:
            await _leave(connection)

    async def _idle_one(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if self._clock() - connection.used_at < IDLE_CHECK:
                return connection
            try:
                await connection.client.noop(timeout=CONNECT_TIMEOUT)
            except Exception:  # noqa: BLE001 - whatever is wrong with it, there are others
                connection.client.close()
            else:
                return connection
        return None

    async def _connect(self) -> Connection:
        server = self._server
        start_tls = {SmtpSecurity.REQUIRED: True, SmtpSecurity.OPPORTUNISTIC: None}.get(server.security, False)
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password.get_secret_value() or None,
            timeout=CONNECT_TIMEOUT,
            use_tls=server.security is SmtpSecurity.IMPLICIT,
            start_tls=start_tls,
            tls_context=self._tls,
        )
        try:
            await client.connect()
            if client.last_ehlo_response is None:  # without TLS and login nobody has asked yet what the server can do
                await client.ehlo()
        except (SMTPException, OSError) as error:
            client.close()
            raise HaltedError(classify(error, Stage.CONNECT)) from error
        except Exception as error:  # a surprise of the library; no mail has been touched, and none is at fault
            client.close()
            raise HaltedError(Outcome(Verdict.TEMPORARY, f"no connection: {type(error).__name__}")) from error
        client.timeout = COMMAND_TIMEOUT
        return Connection(client, self._data_timeout)


def _xtext(text: str) -> str:
    """ASCII text as a value of an SMTP option (RFC 3461 § 4)."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)


async def _leave(connection: Connection) -> None:
    with suppress(Exception):  # whatever it answers, or does not: it is left
        await connection.client.quit(timeout=1)
    connection.client.close()
