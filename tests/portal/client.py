"""A client that speaks ASGI to the portal, without a server and without a cookie jar's help."""

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


class Client:
    """One request at a time; redirects are not followed; a server's exceptions are raised here."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app, self._base = app, base_url

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request and its answer, read to the end."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
                return await client.request(method, path, **given)

        return asyncio.run(send())

    def get(self, path: str, **given: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", path, **given)
