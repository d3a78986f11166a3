"""The sink's mailbox in a browser: a list, and each mail as its reader sees it. Shows, changes nothing.

A mail's HTML is shown in a sandboxed frame: no script, no form, no access to this page.
"""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from activities.sink import Mailbox, SinkMail
from activities.wording import LOCALE

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
STYLE = "style-src 'unsafe-inline'"
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; {STYLE}; frame-src 'self'; base-uri 'none'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
# The frame's own rules; links open in a new tab, everything else is shut.
FRAME_HEADERS: Final = HEADERS | {
    "Content-Security-Policy": (
        f"default-src 'none'; {STYLE}; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
    )
}


def mailbox_app(folder: Path) -> ASGIApp:
    """Pages of the mailbox in ``folder``: ``/`` (``?to=ADDRESS``), ``/mail/{n}``, its ``/html``, ``/text``."""
    mailbox = Mailbox(folder)
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES / "mailbox"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    pages.filters["instant"] = _instant

    def listing(request: Request) -> Response:
        address = request.query_params.get("to") or None
        everything = mailbox.mails()
        mails = [m for m in everything if address is None or m.to.casefold() == address.casefold()]
        readers = sorted({mail.to for mail in everything})
        page = pages.get_template("list.html").render(
            mails=mails[::-1], readers=readers, address=address or "", root=_root(request)
        )
        return HTMLResponse(page, headers=HEADERS)

    def one(request: Request) -> Response:
        mail = _found(mailbox, request)
        return HTMLResponse(pages.get_template("mail.html").render(m=mail, root=_root(request)), headers=HEADERS)

    def html(request: Request) -> Response:
        # A base target lets the mail's links leave the frame, which may not navigate the page around it.
        content = _found(mailbox, request).html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(content, headers=FRAME_HEADERS)

    def text(request: Request) -> Response:
        return PlainTextResponse(_found(mailbox, request).text, headers=HEADERS)

    return Starlette(
        routes=[
            Route("/", listing),
            Route("/mail/{number:int}", one),
            Route("/mail/{number:int}/html", html),
            Route("/mail/{number:int}/text", text),
        ]
    )


def _found(mailbox: Mailbox, request: Request) -> SinkMail:
    mail = mailbox.mail(request.path_params["number"])
    if mail is None:
        raise HTTPException(404)
    return mail


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _instant(mail: SinkMail) -> str:
    from babel.dates import format_datetime

    return format_datetime(mail.date, "dd.MM.y, HH:mm", tzinfo=mail.date.tzinfo, locale=LOCALE) if mail.date else ""
