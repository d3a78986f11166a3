"""The sink's mailbox in a browser: a list, and each mail as its reader sees it. A simulated person may reply.

A mail's HTML is shown in a sandboxed frame: no script, no form, no access to this page.
"""

import asyncio
import smtplib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from activities.mailbox_reply import MOST_FILES, Attached, hand_over, reply_to
from activities.sink import Mailbox, SinkMail
from activities.wording import LOCALE
from models.smtp import SmtpServer

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


def mailbox_app(folder: Path, sink: SmtpServer | None = None) -> ASGIApp:
    """Pages of the mailbox in ``folder``: ``/`` (``?to=ADDRESS``), ``/mail/{n}``, its ``/html``, ``/text``.

    With the address of its ``sink`` a mail has a form to reply with.
    """
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
        page = pages.get_template("mail.html").render(m=mail, root=_root(request), can_reply=sink is not None)
        return HTMLResponse(page, headers=HEADERS)

    async def reply(request: Request) -> Response:
        mail = await asyncio.to_thread(_found, mailbox, request)
        if sink is None or not _from_here(request):
            raise HTTPException(403)
        async with request.form(max_files=MOST_FILES, max_fields=5) as data:
            text = data.get("text", "")
            uploads = [one for one in data.getlist("files") if isinstance(one, UploadFile) and one.filename]
            files = [Attached(one.filename or "", await one.read()) for one in uploads]
        if not isinstance(text, str) or not text.strip():
            raise HTTPException(400)
        try:
            await asyncio.to_thread(hand_over, sink, reply_to(mail, text, files))
        except (OSError, smtplib.SMTPException):
            raise HTTPException(503) from None
        return HTMLResponse(pages.get_template("replied.html").render(m=mail, root=_root(request)), headers=HEADERS)

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
            Route("/mail/{number:int}/reply", reply, methods=["POST"]),
        ]
    )


def _found(mailbox: Mailbox, request: Request) -> SinkMail:
    mail = mailbox.mail(request.path_params["number"])
    if mail is None:
        raise HTTPException(404)
    return mail


def _from_here(request: Request) -> bool:
    """Whether a post comes from these pages: a page from elsewhere must not write in anybody's name."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:  # what the browser itself says; Origin is "null" where no referrer is sent
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _instant(mail: SinkMail) -> str:
    from babel.dates import format_datetime

    return format_datetime(mail.date, "dd.MM.y, HH:mm", tzinfo=mail.date.tzinfo, locale=LOCALE) if mail.date else ""
