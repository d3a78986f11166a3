"""A client that speaks ASGI to the portal, without a server and without a cookie jar's help."""

import asyncio
import re
from typing import Any

import httpx
from starlette.types import ASGIApp

from portal.words import PHONE

_CALL = re.compile(r"\b(?:(?<!wir )rufen Sie (?:uns )?(?:bitte )?an|Telefon)\b", re.IGNORECASE)
_NUMBER = re.compile(r": (?:<a class=\"kern-link\" href=\"tel:[+0-9]+\">)?[+0-9][0-9 ]{5,}[0-9]")


def _number_beside_each_request_to_call(page: str) -> None:
    """Whoever is asked to call finds the number in the same place, on every page that any test sees."""
    for asked in _CALL.finditer(page):
        assert _NUMBER.match(page, asked.end()), page[asked.start() - 80 : asked.end() + 80]
    assert PHONE not in page


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

        answer = asyncio.run(send())
        if answer.headers.get("content-type", "").startswith("text/html"):
            _number_beside_each_request_to_call(answer.text)
        return answer

    def get(self, path: str, **given: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", path, **given)
