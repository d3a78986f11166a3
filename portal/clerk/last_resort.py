"""What nobody foresaw ends in a page that carries every header, and in a log line that holds nothing typed.

Starlette's own last handler stands outside all middleware: its page would lack the headers, and the server would log
the error's text, in which there may be a name, an account or a link.
"""

import logging

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.security import Page

log = logging.getLogger("portal")


class LastResortMiddleware:
    """Shows ``page`` for any error that reaches it; once an answer has begun, the connection ends instead."""

    def __init__(self, app: ASGIApp, page: Page) -> None:
        self._app, self._page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 - the last place: logged by where it arose, answered with a page
            log.error("an error nobody foresaw: %s in %s", type(error).__name__, _place(error))  # noqa: TRY400
            if not begun:
                page = await self._page(Request(scope, receive))
                await page(scope, receive, send)


def _place(error: Exception) -> str:
    """File and line where an error arose, for whoever has to repair it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"
