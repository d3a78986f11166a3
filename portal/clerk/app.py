"""The clerk's pages as one ASGI application: a form behind each link, the standing page of a case, a few plain pages.

No account, no cookie, no script, nothing from elsewhere. ``GET``, ``HEAD`` and ``OPTIONS`` change nothing, ever.
"""

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from models.errors import RefusedError
from portal.clerk.case_pages import CasePages
from portal.clerk.door import Door
from portal.clerk.feedback import FeedbackPages
from portal.clerk.incoming import BODY_LIMIT, MAX_TEXT, Turns
from portal.clerk.last_resort import LastResortMiddleware
from portal.clerk.link_pages import LinkPages
from portal.clerk.pages import STATIC, Office, Pages
from portal.clerk.statutory import StatutoryTexts
from portal.clerk.task_pages import CHECK, TaskPages
from portal.security import BodyLimitMiddleware, Page, SecurityMiddleware
from record.cases.papers import Directory
from record.database.engine import Database
from record.database.install import mode
from record.files.uploads import FileStore

log = logging.getLogger("portal")

_OWN_PAGES: Final = {400: "bad_request.html", 404: "unknown.html", 405: "unknown.html"}


def clerk_app(
    db: Database,
    gateway: Door,
    directory: Directory,
    *,
    store_folder: Path,
    base_url: str,
    office: Office,
    settle_seconds: float = 1.0,
) -> Starlette:
    """The application. ``base_url``: how clerks reach it; posts from elsewhere are refused.

    ``store_folder`` takes uploaded files; ``settle_seconds`` bounds how long a receipt page waits for the case's word.
    """
    pages = Pages(office, simulated=mode(db) == "embedded")
    task = TaskPages(db, gateway, directory, FileStore(store_folder), pages, settle_seconds=settle_seconds)
    case = CasePages(db, gateway, directory, pages)
    links = LinkPages(db, gateway, directory, pages)
    feedback = FeedbackPages(db, pages, office)
    application = Starlette(
        routes=[
            *_plain_routes(pages, office.texts),
            *_feedback_routes(feedback),
            *_link_routes(links),
            *_task_routes(task),
            *_case_routes(case),
        ],
        middleware=[
            Middleware(SecurityMiddleware, base_url=base_url, refused=_plain(pages, "foreign.html", 403)),
            Middleware(LastResortMiddleware, page=_plain(pages, "unavailable.html", 503)),
            Middleware(
                BodyLimitMiddleware,
                limit=BODY_LIMIT,
                text_limit=MAX_TEXT,
                too_large=_plain(pages, "too_large.html", 413),
            ),
        ],
        exception_handlers=_handlers(_Errors(pages)),
    )
    application.state.turns = Turns()
    return application


def _plain(pages: Pages, template: str, status: int = 200) -> Page:
    async def show(request: Request) -> Response:
        return pages.page(template, status=status)

    return show


def _plain_routes(pages: Pages, texts: StatutoryTexts) -> list[BaseRoute]:
    return [
        *_statutory_routes(pages, texts),
        Route("/", _plain(pages, "start.html")),
        Route("/kontakt", _plain(pages, "contact.html")),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
    ]


def _statutory_routes(pages: Pages, texts: StatutoryTexts) -> list[BaseRoute]:
    def shown(template: str, name: str) -> Page:
        async def show(request: Request) -> Response:
            return pages.page(template, name=name, paragraphs=await asyncio.to_thread(texts.paragraphs, name))

        return show

    return [
        Route("/impressum", shown("statutory.html", "impressum")),
        Route("/datenschutz", shown("statutory.html", "datenschutz")),
        Route("/barrierefreiheit", shown("accessibility.html", "barrierefreiheit")),
    ]


def _task_routes(task: TaskPages) -> list[BaseRoute]:
    return [
        Route("/t/{token}", task.show),
        Route("/t/{token}", task.take, methods=["POST"]),
        Route("/t/{token}/" + CHECK, task.review),
        Route("/t/{token}/{command_id:uuid}", task.receipt),
        Route("/t/{token}/{group}", task.sheet),
        Route("/t/{token}/{group}", task.turn, methods=["POST"]),
    ]


def _feedback_routes(feedback: FeedbackPages) -> list[BaseRoute]:
    return [
        Route("/rueckmeldung", feedback.show),
        Route("/rueckmeldung", feedback.take, methods=["POST"]),
    ]


def _link_routes(links: LinkPages) -> list[BaseRoute]:
    return [
        Route("/t/{token}/neuer-link", links.ask_for_task, methods=["POST"]),
        Route("/t/{token}/weitergeben", links.other_person),
        Route("/t/{token}/weitergeben", links.hand_over, methods=["POST"]),
        Route("/c/{token}/link", links.ask_for_case, methods=["POST"]),
    ]


def _case_routes(case: CasePages) -> list[BaseRoute]:
    return [
        Route("/c/{token}", case.show),
        Route("/c/{token}/start", case.back),
        Route("/c/{token}/start", case.start, methods=["POST"]),
        Route("/c/{token}/start/{command_id}", case.started),
    ]


def _handlers(errors: "_Errors") -> dict[Any, Any]:
    unavailable = dict.fromkeys((RefusedError, SQLAlchemyError, OSError, UnicodeDecodeError, 500), errors.unavailable)
    return {HTTPException: errors.http, **unavailable}


class _Errors:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def http(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return self._pages.page(_OWN_PAGES.get(status, "unavailable.html"), status=status)

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """The name of what went wrong only: its text may hold what somebody typed."""
        log.warning("a page could not be made: %s", type(error).__name__)
        return self._pages.page("unavailable.html", status=503)
