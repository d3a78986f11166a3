"""What the pages of the log-in share: the renderer they are given, forms as text, and the checks before an act."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal.login.service import LoggedIn, Logins
from portal.login.ways import LOGIN, NEXT, own_path, with_next

CSRF: Final = "csrf"
_MOST_FIELDS: Final = 20


class Page(Protocol):
    """Makes a page of ``templates/``: the desk's renderer."""

    def __call__(self, template: str, *, status: int = 200, request: Request, **facts: Any) -> HTMLResponse:
        """The page."""


async def typed(request: Request) -> Mapping[str, str]:
    """The fields of a form; a file is none of them."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    return {name: value for name, value in form.items() if not isinstance(value, UploadFile)}


def wanted(given: Mapping[str, str]) -> str:
    """Where to go on, as an address or a form says it; always a page of ours."""
    return own_path(given.get(NEXT, ""))


def go(path: str) -> Response:
    """On to a page of ours, by GET."""
    return RedirectResponse(path, status_code=303)


async def logged_in_or_away(logins: Logins, request: Request, back: str) -> LoggedIn:
    """Who is logged in. Raises :class:`AwayError` where nobody is: first to the log-in, then back."""
    found = await asyncio.to_thread(logins.current, request)
    if found is None:
        raise AwayError(with_next(LOGIN, back))
    return found


def need_csrf(logins: Logins, logged_in: LoggedIn, form: Mapping[str, str]) -> None:
    """Raises ``HTTPException`` (403) for a form that was not made for this log-in."""
    if not logins.csrf_ok(logged_in, form.get(CSRF)):
        raise HTTPException(403)


class AwayError(HTTPException):
    """A page that only somebody who is logged in may ask for: 303 to the log-in."""

    def __init__(self, path: str) -> None:
        super().__init__(303, headers={"Location": path})
