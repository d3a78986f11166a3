"""The sink's mailbox in a browser: a list, and each mail as its reader sees it. A simulated person may reply.

A mail's HTML is shown in a sandboxed frame: no script, no form, no access to this page.
"""

import asyncio
import smtplib
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from activities.letters.wording import LOCALE
from activities.sink.mailbox_reply import MOST_FILES, Attached, hand_over, reply_to
from activities.sink.server import Mailbox, SinkMail
from models.mail.smtp import SmtpServer
from templates.html import html_environment

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
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
    pages = _MailboxPages(Mailbox(folder), sink)
    return Starlette(
        routes=[
            Route("/", pages.listing),
            Route("/mail/{number:int}", pages.one),
            Route("/mail/{number:int}/html", pages.html),
            Route("/mail/{number:int}/text", pages.text),
            Route("/mail/{number:int}/reply", pages.reply, methods=["POST"]),
        ]
    )


class _MailboxPages:
    """The handlers."""

    def __init__(self, mailbox: Mailbox, sink: SmtpServer | None) -> None:
        self._mailbox, self._sink = mailbox, sink
        self._templates = html_environment(TEMPLATES / "mailbox")
        self._templates.filters["instant"] = _instant

    def _page(self, request: Request, template: str, **facts: Any) -> Response:
        page = self._templates.get_template(template).render(root=_root(request), **facts)
        return HTMLResponse(page, headers=HEADERS)

    def listing(self, request: Request) -> Response:
        """All mails, or those to one address, newest first."""
        address = request.query_params.get("to") or ""
        everything = self._mailbox.mails()
        mails = [mail for mail in everything if not address or mail.to.casefold() == address.casefold()]
        readers = sorted({mail.to for mail in everything})
        return self._page(request, "list.html", mails=mails[::-1], readers=readers, address=address)

    def one(self, request: Request) -> Response:
        """A mail with its frame."""
        return self._page(request, "mail.html", m=_found(self._mailbox, request), can_reply=self._sink is not None)

    async def reply(self, request: Request) -> Response:
        """A simulated person's reply, over SMTP to the sink."""
        mail = await asyncio.to_thread(_found, self._mailbox, request)
        if self._sink is None or not _from_here(request):
            raise HTTPException(403)
        async with request.form(max_files=MOST_FILES, max_fields=5) as data:
            text = data.get("text", "")
            uploads = [one for one in data.getlist("files") if isinstance(one, UploadFile) and one.filename]
            files = [Attached(one.filename or "", await one.read()) for one in uploads]
        if not isinstance(text, str) or not text.strip():
            raise HTTPException(400)
        try:
            await asyncio.to_thread(hand_over, self._sink, reply_to(mail, text, files))
        except ValueError:  # nobody to answer to, or text that cannot be written down
            raise HTTPException(400) from None
        except (OSError, smtplib.SMTPException):
            raise HTTPException(503) from None
        return self._page(request, "replied.html", m=mail)

    def html(self, request: Request) -> Response:
        """A mail's HTML alone."""
        # A base target lets the mail's links leave the frame, which may not navigate the page around it.
        content = _found(self._mailbox, request).html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(content, headers=FRAME_HEADERS)

    def text(self, request: Request) -> Response:
        """A mail's text alone."""
        return PlainTextResponse(_found(self._mailbox, request).text, headers=HEADERS)


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
