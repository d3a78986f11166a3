"""The way out, and a fresh proof on the way to an act that needs one."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from portal.login.entering import retry_after, told
from portal.login.oidc.flow import Purpose
from portal.login.parts import Page, current, go, need_csrf, typed, wanted
from portal.login.proving import Outcome, Passed, Proofs
from portal.login.service import LoggedIn, Logins, address_of
from portal.login.ways import LOGIN, PROOF, to_provider, with_next
from record.logins.events import NOWHERE, Origin
from record.logins.running import Way

OUT: Final = "/abmelden"
EVERYWHERE: Final = f"{OUT}/ueberall"
GONE: Final = "/abgemeldet"


class Leaving:
    """``/abmelden``, ``/abmelden/ueberall``."""

    def __init__(self, logins: Logins, page: Page) -> None:
        self._logins, self._page = logins, page

    async def out(self, request: Request) -> Response:
        """Ends this log-in."""
        response = go(LOGIN if self._logins.simulated else GONE)  # in play one leaves to change the person
        return await self._left(request, response, lambda _: self._logins.end(request, response))

    async def everywhere(self, request: Request) -> Response:
        """Ends all log-ins of this person."""
        response = go(GONE)
        return await self._left(request, response, lambda found: self._logins.end_everywhere(response, found))

    async def _left(self, request: Request, response: Response, end: Callable[[LoggedIn], object]) -> Response:
        """Ends what is to end, if anybody is logged in and the form is theirs."""
        form = await typed(request)
        found = await current(self._logins, request)
        if found is not None:
            need_csrf(self._logins, found, form)
            await asyncio.to_thread(end, found)
        return response

    async def gone(self, request: Request) -> Response:
        """Says that it is done."""
        return self._page("desk/login/gone.html", request=request)


class Proving:
    """``/bestaetigen``: the same person proves again who they are, and goes on where they were."""

    def __init__(self, logins: Logins, proofs: Proofs, page: Page) -> None:
        self._logins, self._proofs, self._page = logins, proofs, page

    async def show(self, request: Request) -> Response:
        """The page; it changes nothing."""
        further = wanted(request.query_params)
        found = await current(self._logins, request)
        if found is None:
            return _first_log_in(further)
        return self._form(request, found, further)

    async def take(self, request: Request) -> Response:
        """A code; in the embedded mode a click."""
        form = await typed(request)
        further = wanted(form)
        found = await current(self._logins, request)
        if found is None:
            return _first_log_in(further)
        need_csrf(self._logins, found, form)
        if found.way is Way.SIMULATED:
            return await self._go_on(found, further)
        outcome = await asyncio.to_thread(
            self._proofs.prove, found.officer_id, form.get("code", ""), address_of(request), self._logins.now()
        )
        if not isinstance(outcome, Passed):
            return self._form(request, found, further, outcome)
        return await self._go_on(found, further, outcome.origin)

    async def _go_on(self, found: LoggedIn, further: str, origin: Origin = NOWHERE) -> Response:
        response = go(further)
        if await asyncio.to_thread(self._logins.proved, response, found, origin=origin):
            return response
        return go(with_next(LOGIN, further))  # the log-in ended while the code was typed

    def _form(self, request: Request, found: LoggedIn, further: str, outcome: Outcome | None = None) -> Response:
        error, status, seconds = told(outcome, self._logins.now())
        again = self._logins.provider is not None and found.way is Way.OIDC
        response = self._page(
            "desk/login/prove.html",
            status=status,
            request=request,
            next=further,
            csrf=found.csrf,
            error=error,
            errors=[("code", error)] if error else [],
            seconds=seconds,
            simulated=found.way is Way.SIMULATED,
            provider=to_provider(Purpose.PROVE, further) if again else "",
        )
        return retry_after(response, seconds)


def _first_log_in(further: str) -> Response:
    return go(with_next(LOGIN, with_next(PROOF, further)))
