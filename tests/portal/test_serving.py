"""How pages leave the house."""

import asyncio
import socket

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.jobs import JobEndedError, Jobs
from portal.serving import listening, page_server, serving
from tests.patience import PATIENCE


def test_connections_send_at_once() -> None:
    """Without it a page's body waits for the acknowledgement of its headers, which may take 40 ms."""
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.slow
async def test_a_connection_is_open_for_longer_than_a_client_keeps_it() -> None:
    """httpx sends on a connection for five seconds after its last request; uvicorn's own limit is five seconds, too."""
    server = page_server(Starlette(routes=[Route("/", seen)]))
    with listening("127.0.0.1", 0) as listener:
        async with serving(server, listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            for pause in (0, 6):
                await asyncio.sleep(pause)  # what is measured: nobody asks for so long
                writer.write(b"HEAD / HTTP/1.1\r\nHost: here\r\n\r\n")
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            writer.close()
            await writer.wait_closed()


async def seen(request: Request) -> Response:
    """Where a request comes from, and how, as the application sees it."""
    return JSONResponse([request.client.host if request.client else "", request.url.scheme])


FORWARDED = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("proxies", "source", "told"),
    [
        ((), "127.0.0.1", ["127.0.0.1", "http"]),
        (("127.0.0.9",), "127.0.0.1", ["127.0.0.1", "http"]),
        (("127.0.0.9", "10.0.0.0/8"), "127.0.0.2", ["127.0.0.2", "http"]),
        (("127.0.0.9",), "127.0.0.9", ["192.0.2.7", "https"]),
        (("127.0.0.8/31",), "127.0.0.9", ["192.0.2.7", "https"]),
    ],
)
async def test_only_a_named_proxy_says_where_a_request_comes_from(
    proxies: tuple[str, ...], source: str, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own setting is nobody's here
    server = page_server(Starlette(routes=[Route("/", seen)]), proxies=proxies)
    with listening("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        async with (
            serving(server, listener),
            httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(local_address=source)) as client,
        ):
            assert (await client.get(address, headers=FORWARDED)).json() == told
            spoofed = FORWARDED | {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}  # a proxy adds whom it saw at the end
            assert (await client.get(address, headers=spoofed)).json() == told


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
