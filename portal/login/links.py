"""``/zugang/…``: the one-time link with which a new person sets up password and codes, or connects the house's account.

The page shows the secret of the codes to whoever holds the link. So it counts once and not for long, and a used one
says no more than that it counts no more.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from models.deadlines import BERLIN
from portal.login import codes, passwords
from portal.login.oidc.flow import Purpose
from portal.login.parts import Page, go, slowly, typed
from portal.login.service import Logins
from portal.login.ways import HOME, to_provider
from record.logins.credentials import OpenLink, make_link, open_link, set_credential
from record.logins.running import Way


def invite(logins: Logins, officer_id: str, made_by: str) -> str:
    """A new link for a person, as a path: the only copy of it. Earlier ones are withdrawn.

    ``made_by``: an officer's id, or what else made it. Raises ``RefusedError`` for nobody who may act now.
    """
    with logins.db.write() as session:
        return make_link(session, officer_id, made_by, logins.now())


class Links:
    """The page of a link."""

    def __init__(self, logins: Logins, page: Page, service: str) -> None:
        self._logins, self._page, self._service = logins, page, service

    async def show(self, request: Request) -> Response:
        """The page; it changes nothing, so a mail program that looks at the link does not use it up."""
        link = await asyncio.to_thread(self._open, request)
        return self._form(request, link) if link else self._over(request)

    async def take(self, request: Request) -> Response:
        """A password and the first code."""
        form = await typed(request)
        link = await asyncio.to_thread(self._open, request)
        if link is None:
            return self._over(request)
        now, password = self._logins.now(), form.get("password", "")
        step = codes.step_of_code(link.totp_secret, form.get("code", ""), now)
        errors = _errors(link, password, form.get("again", ""), step)
        if errors or step is None:
            return self._form(request, link, errors)
        stored = await slowly(passwords.hashed, password)
        if not await asyncio.to_thread(self._set, link, stored, step, now):
            return self._over(request)
        response = go(HOME)
        await asyncio.to_thread(self._logins.begin, response, link.officer_id, request=request, way=Way.PASSWORD)
        return response

    def _open(self, request: Request) -> OpenLink | None:
        with self._logins.db.read() as session:
            return open_link(session, request.path_params["token"], self._logins.now())

    def _set(self, link: OpenLink, stored: str, step: int, now: datetime) -> bool:
        with self._logins.db.write() as session:
            return set_credential(session, link, stored, step, now)

    def _form(self, request: Request, link: OpenLink, errors: Mapping[str, str] = MappingProxyType({})) -> Response:
        address = codes.app_address(link.totp_secret, link.officer_id, self._service)
        return self._page(
            "desk/login/link.html",
            status=422 if errors else 200,
            request=request,
            person=link.name,
            name=link.officer_id,
            until=f"{link.expires_at.astimezone(BERLIN):%d.%m.%Y, %H:%M}",
            picture=codes.picture(address),
            secret=" ".join(link.totp_secret[i : i + 4] for i in range(0, len(link.totp_secret), 4)),
            shortest=passwords.SHORTEST,
            errors=list(errors.items()),
            wrong=set(errors),
            provider=to_provider(Purpose.CONNECT, link=request.path_params["token"]) if self._logins.provider else "",
        )

    def _over(self, request: Request) -> Response:
        return self._page("desk/login/link_over.html", status=410, request=request)


def _errors(link: OpenLink, password: str, again: str, step: int | None) -> dict[str, str]:
    """What is wrong, by field; a code each."""
    found = {}
    weakness = passwords.weakness(password, link.name, link.officer_id)
    if weakness:
        found["password"] = weakness
    elif password != again:
        found["again"] = "differs"
    if step is None:
        found["code"] = "code"
    return found
