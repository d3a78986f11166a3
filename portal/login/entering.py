"""The log-in itself: one click in the embedded mode, otherwise name, password and code."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from models.errors import RefusedError
from portal.login.oidc.flow import Purpose
from portal.login.parts import Page, current, go, slowly, typed, wanted
from portal.login.proving import Outcome, Passed, Proofs
from portal.login.service import Logins, address_of
from portal.login.ways import to_provider
from record.database.clock import legal_today
from record.logins.running import Way
from record.logins.tries import Wait
from record.people import officer_roles, officers


@dataclass(frozen=True)
class Person:
    """A simulated officer to choose. ``roles``: codes, deputised ones included."""

    id: str
    name: str
    roles: tuple[str, ...]


class Entering:
    """``/anmelden``."""

    def __init__(self, logins: Logins, proofs: Proofs, page: Page) -> None:
        self._logins, self._proofs, self._page = logins, proofs, page

    async def show(self, request: Request) -> Response:
        """The page; it changes nothing."""
        further = wanted(request.query_params)
        if self._logins.simulated:
            return await self._choice(request, further)
        if await current(self._logins, request) is not None:
            return go(further)
        return self._form(request, further)

    async def take(self, request: Request) -> Response:
        """What was chosen or typed."""
        form = await typed(request)
        further = wanted(form)
        if self._logins.simulated:
            return await self._chosen(request, form.get("officer", ""), further)
        name = form.get("name", "")
        outcome = await slowly(
            self._proofs.log_in,
            name,
            form.get("password", ""),
            form.get("code", ""),
            address_of(request),
            self._logins.now(),
        )
        if isinstance(outcome, Passed):
            begun = await self._begin(request, outcome, further)
            if begun is not None:
                return begun
        return self._form(request, further, name=name, outcome=outcome)

    async def _begin(self, request: Request, passed: Passed, further: str) -> Response | None:
        """On with a new log-in; none for a person who may not act."""
        response = go(further)
        try:
            await asyncio.to_thread(
                self._logins.begin, response, passed.officer_id, request=request, way=Way.PASSWORD, origin=passed.origin
            )
        except RefusedError:
            return None
        return response

    def _form(self, request: Request, further: str, *, name: str = "", outcome: Outcome | None = None) -> Response:
        error, status, seconds = told(outcome, self._logins.now())
        response = self._page(
            "desk/login/enter.html",
            status=status,
            request=request,
            next=further,
            name=name,
            error=error,
            errors=[("name", error)] if error else [],
            seconds=seconds,
            provider=to_provider(Purpose.LOGIN, further) if self._logins.provider else "",
            **lasting(self._logins),
        )
        return retry_after(response, seconds)

    async def _choice(self, request: Request, further: str, *, error: str = "", status: int = 200) -> Response:
        people = await asyncio.to_thread(self._people)
        return self._page(
            "desk/login/choose.html", status=status, request=request, next=further, people=people, error=error
        )

    async def _chosen(self, request: Request, officer_id: str, further: str) -> Response:
        if officer_id not in {person.id for person in await asyncio.to_thread(self._people)}:
            return await self._choice(request, further, error="unknown", status=422)
        response = go(further)
        await asyncio.to_thread(self._logins.begin, response, officer_id, request=request, way=Way.SIMULATED)
        return response

    def _people(self) -> list[Person]:
        with self._logins.db.read() as session:
            today = legal_today(session)
            return [
                Person(one.id, one.name, tuple(sorted(officer_roles(session, one.id, today))))
                for one in officers(session, today)
            ]


def told(outcome: Outcome | None, now: datetime) -> tuple[str, int, int]:
    """What a page says about a proof that did not do: a code, the status, and the seconds to wait."""
    if outcome is None:
        return "", 200, 0
    if isinstance(outcome, Wait):
        return "wait", 429, max(1, ceil((outcome.until - now).total_seconds()))
    return "wrong", 401, 0


def retry_after(response: Response, seconds: int) -> Response:
    """The same answer, which tells programs too how long to wait."""
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


def lasting(logins: Logins) -> dict[str, Any]:
    """How long a log-in lasts, for the page."""
    return {
        "idle_minutes": int(logins.limits.idle.total_seconds() // 60),
        "hours": int(logins.limits.absolute.total_seconds() // 3600),
    }
