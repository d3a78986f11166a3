"""Servers beside others in one process: listening is checked before anything starts, signals belong to the process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

FAREWELL = 10
"""Seconds that requests on their way may take when the process ends."""

KEEP_ALIVE = 150
"""Seconds for which a connection stays open without a request: longer than a proxy in front or a client keeps one
(Caddy 120, nginx 60, httpx 5). Otherwise a form may be sent just when the server closes, and be lost."""


@dataclass(frozen=True)
class Certificate:
    """With what a server speaks TLS itself: two PEM files, of the certificate with its chain and of its key."""

    chain: Path
    key: Path


def page_server(app: ASGIApp, *, proxies: Sequence[str] = (), certificate: Certificate | None = None) -> uvicorn.Server:
    """A server for pages. Logs no request: addresses hold links that are keys.

    ``proxies``: addresses or networks whose word on where a request comes from counts; nobody else's does. Raises
    ``OSError`` for a certificate that cannot be read.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            ssl_certfile=certificate.chain if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=FAREWELL,
        )
    )


def listening(host: str, port: int) -> socket.socket:
    """A listening TCP socket. Raises ``OSError`` with a line for the operator.

    Its connections send at once. asyncio sees to that only for sockets it made itself: on this one a page's body waited
    40 ms for the other side to acknowledge the headers.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.create_server((host, port), family=family)
    except OSError as error:
        raise OSError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; is another installation running?"
        ) from None
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    return found


@asynccontextmanager
async def serving(server: uvicorn.Server, where: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    """Serves on a socket, which listens already, until the block ends; then finishes what is on its way.

    Gives the server's task, which ends before the block only when the server fails: :meth:`gateway.jobs.Jobs.watch`.
    """
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve([where]))
    try:
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait({task})  # how it failed is said by whoever watches it


@contextmanager
def _no_signals() -> Iterator[None]:
    """Signals belong to the process, not to one of its servers."""
    yield
