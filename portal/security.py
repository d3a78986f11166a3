"""What every answer of the portal carries, and what it never takes: foreign posts and endless bodies.

There is no session and no cookie: the link itself is the capability. So a foreign page cannot act for anybody; its
posts are refused all the same. Pages hold no script, and the policy says so, which leaves nothing to inject into.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Page = Callable[[Request], Awaitable[Response]]

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_STATIC: Final = "/static/"
DRAIN: Final = 1024 * 1024 * 1024
"""So much of a body over the limit is read and thrown away, so that the browser shows our page and no broken line."""


class SecurityMiddleware:
    """Headers on everything; ``OPTIONS`` answered here; cross-site posts refused before anything is read."""

    def __init__(self, app: ASGIApp, base_url: str, refused: Page) -> None:
        self._app = app
        self._own = _origin(base_url)
        self._refused = refused
        self._headers = dict(HEADERS)
        if base_url.startswith("https://"):
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if not scope["path"].startswith(_STATIC):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={"Allow": "GET, HEAD, OPTIONS, POST"})(
                scope, receive, send_with_headers
            )
        elif scope["method"] not in _SAFE and self._foreign(Headers(scope=scope)):
            page = await self._refused(Request(scope, receive))
            await page(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)

    def _foreign(self, headers: Headers) -> bool:
        """Whether a browser says that the post comes from elsewhere.

        With ``Referrer-Policy: no-referrer`` browsers send ``Origin: null`` even for our own forms, so the newer
        ``Sec-Fetch-Site`` decides where it is there; a client that sends neither is no browser.
        """
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None or origin == "null":
            return False
        return _origin(origin) not in {self._own, _origin(f"{urlsplit(origin).scheme}://{headers.get('host', '')}")}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.scheme, parts.netloc.lower().removesuffix(default)


class BodyLimitMiddleware:
    """Refuses a body over the limit with a page; what is too much is read and dropped, never kept.

    ``text_limit``: for bodies without files, which are held in memory.
    """

    def __init__(self, app: ASGIApp, limit: int, text_limit: int, too_large: Page) -> None:
        self._app = app
        self._limit, self._text_limit = limit, min(limit, text_limit)
        self._too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with_files = headers.get("content-type", "").lower().startswith("multipart/form-data")
        limit = self._limit if with_files else self._text_limit
        length = headers.get("content-length", "")
        announced = int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else 0
        counter = _Counter(receive, limit)
        try:
            if announced > limit:
                raise _TooLargeError
            await self._app(scope, counter.receive, send)
        except _TooLargeError:
            await counter.drain()
            page = await self._too_large(Request(scope))
            await page(scope, receive, send)


class _TooLargeError(Exception):
    """The body has more bytes than it may."""


class _Counter:
    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit = receive, limit
        self._size, self._ended = 0, False

    async def receive(self) -> Message:
        """The next message, counted. Raises ``_TooLargeError``."""
        message = await self._next()
        if self._size > self._limit:
            raise _TooLargeError
        return message

    async def drain(self) -> None:
        while not self._ended and self._size <= DRAIN:
            await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self._ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message
