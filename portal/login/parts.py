"""What the pages of the log-in share: the renderer they are given, forms as text, and the checks before an act."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal.login.service import LoggedIn, Logins
from portal.login.ways import NEXT, own_path

CSRF: Final = "csrf"
_MOST_FIELDS: Final = 20
_SLOW: Final = ThreadPoolExecutor(2, "passwords")
P = ParamSpec("P")
T = TypeVar("T")


class Page(Protocol):
    """Makes a page of ``templates/``: the desk's renderer. Where there are ``errors`` the title says so."""

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


async def slowly(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work with passwords, two at a time: each takes 64 MiB and a processor, and no other page waits behind it."""
    return await asyncio.get_running_loop().run_in_executor(_SLOW, partial(work, *args, **kwargs))


async def current(logins: Logins, request: Request) -> LoggedIn | None:
    """Who is logged in."""
    return await asyncio.to_thread(logins.current, request)


def need_csrf(logins: Logins, logged_in: LoggedIn, form: Mapping[str, str]) -> None:
    """Raises ``HTTPException`` (403) for a form that was not made for this log-in."""
    if not logins.csrf_ok(logged_in, form.get(CSRF)):
        raise HTTPException(403)
