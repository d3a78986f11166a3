"""How pages leave the house."""

import asyncio
import socket

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from gateway.jobs import JobEndedError, Jobs
from portal.serving import listening, page_server, serving
from tests.patience import PATIENCE


def test_connections_send_at_once() -> None:
    """Without it a page's body waits for the acknowledgement of its headers, which may take 40 ms."""
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_server_that_fails_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    tick, fail = uvicorn.Server.on_tick, asyncio.Event()

    async def failing(server: uvicorn.Server, counter: int) -> bool:
        if fail.is_set():
            raise KeyError("content")
        return await tick(server, counter)

    async def work() -> None:
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 404, "it serves"
        fail.set()
        await asyncio.Event().wait()

    async def served() -> None:
        async with serving(page_server(Starlette()), listener) as task:
            jobs.watch("pages", task)
            await jobs.beside(work())

    monkeypatch.setattr(uvicorn.Server, "on_tick", failing)
    with listening("127.0.0.1", 0) as listener:
        port, jobs = listener.getsockname()[1], Jobs()
        with pytest.raises(JobEndedError, match=r"the background job 'pages' has ended \(KeyError at "):
            await asyncio.wait_for(served(), PATIENCE)
