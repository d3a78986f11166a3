"""What is measured against, in processes of their own: an SMTP server that takes mail and forgets it.

``python -m benchmarks.servers SECONDS`` answers every command after so many seconds, as a server at a distance does.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session

from models.mail.smtp import SmtpSecurity, SmtpServer

LOOPBACK = "127.0.0.1"


class Forgetful:
    """Says yes to everything and keeps nothing, so that the server costs as little as it can."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return "250 2.0.0 taken"


class Distant(SMTP):
    """Each answer takes its time on the way."""

    distance = 0.0

    async def push(self, status: AnyStr) -> None:
        """Sends an answer."""
        if self.distance:
            await asyncio.sleep(self.distance)
        await super().push(status)


async def serve() -> None:
    """Runs until its input ends; says its port first."""
    loop = asyncio.get_running_loop()
    Distant.distance = float(sys.argv[1])
    server = await loop.create_server(
        lambda: Distant(Forgetful(), loop=loop, enable_SMTPUTF8=True, hostname="mail.example"), LOOPBACK, 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@asynccontextmanager
async def mail_server(distance: float = 0.0) -> AsyncIterator[SmtpServer]:
    """A running :class:`Forgetful`, ``distance`` seconds away."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        str(distance),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        yield SmtpServer(host=LOOPBACK, port=port, security=SmtpSecurity.NEVER)
    finally:
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve())
