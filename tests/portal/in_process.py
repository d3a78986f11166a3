"""Requests that are answered by the app itself, in this process: no socket and no server."""

import asyncio
import threading

import httpx
from starlette.types import ASGIApp

from tests.patience import PATIENCE


class InProcess(httpx.BaseTransport):
    """Answers requests by the app itself, in a loop of its own; several threads may ask at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._answering = httpx.ASGITransport(app)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="portal")
        self._thread.start()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request and its answer, read to the end."""
        request.read()
        return asyncio.run_coroutine_threadsafe(self._answered(request), self._loop).result(PATIENCE)

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        answer = await self._answering.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def close(self) -> None:
        """No more requests."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
