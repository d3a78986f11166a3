"""The way to the provider of OpenID Connect and back.

The return is a link from the provider's site, so it comes without the cookie of the log-in, which is Strict; what it
needs stands in the sealed cookie of the way. And a redirect from there would not carry the new cookie either: the
return answers with a page of our own that goes on by itself.
"""

import asyncio
import logging
from datetime import datetime
from typing import Final

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.errors import RefusedError
from models.tables import Login
from portal.login.cookies import of_the_provider
from portal.login.oidc.flow import LASTS, Flow, Purpose, opened, sealed
from portal.login.oidc.provider import NotReachedError, Provider, ProviderError
from portal.login.parts import Page, current, wanted
from portal.login.service import Logins, address_of
from portal.login.ways import HOME, PURPOSE
from record.logins import running
from record.logins.credentials import connect_by_link, officer_of, open_link
from record.logins.events import STRANGER, EventKind, Origin, key, note, source_of
from record.logins.running import Ended, Way
from record.logins.tokens import keyed

log = logging.getLogger("portal.login")

_FRESH: Final = frozenset({Purpose.PROVE})


class _NotDoneError(Exception):
    """The provider's word leads to no log-in here. The message is a code for the page."""


class ProviderPages:
    """``/anmelden/haus`` and ``/anmelden/haus/zurueck``."""

    def __init__(self, logins: Logins, provider: Provider, page: Page) -> None:
        self._logins, self._provider, self._page = logins, provider, page
        self._cookie = of_the_provider(https=logins.https, lasts=int(LASTS.total_seconds()))

    async def send(self, request: Request) -> Response:
        """To the provider, with the cookie of the way."""
        purpose = request.query_params.get(PURPOSE, Purpose.LOGIN)
        if purpose not in set(Purpose):
            raise HTTPException(404)
        found = await current(self._logins, request)
        if purpose == Purpose.PROVE and found is None:
            purpose = Purpose.LOGIN
        try:
            sent = await self._provider.send(fresh=purpose in _FRESH)
        except NotReachedError as error:
            return self._problem(request, error)
        flow = Flow(
            Purpose(purpose),
            sent.state,
            sent.nonce,
            sent.verifier,
            wanted(request.query_params),
            self._logins.now().timestamp(),
            login_id=found.login_id if found else "",
            link=request.query_params.get("link", ""),
        )
        response = RedirectResponse(sent.address, status_code=303)
        self._cookie.set(response, sealed(flow, await asyncio.to_thread(self._key)))
        return response

    async def back(self, request: Request) -> Response:
        """From the provider. A GET that begins a log-in: the protocol has it so, and the state guards it."""
        flow = opened(self._cookie.read(request), await asyncio.to_thread(self._key), self._logins.now())
        if flow is None:
            return self._answer(request, "too_late")
        try:
            subject = await self._provider.subject(flow, request.query_params, fresh=flow.purpose in _FRESH)
            response = self._page("desk/login/returned.html", request=request, next=flow.next)
            await asyncio.to_thread(self._let_in, request, response, flow, subject)
        except ProviderError as error:
            return self._problem(request, error)
        except _NotDoneError as error:
            return self._answer(request, str(error))
        self._cookie.clear(response)
        return response

    def _let_in(self, request: Request, response: Response, flow: Flow, subject: str) -> None:
        """The purpose of the way, for whom the provider means. Raises ``_NotDoneError``."""
        now, issuer = self._logins.now(), self._provider.client.issuer
        with self._logins.db.write() as session:
            if flow.purpose is Purpose.CONNECT:
                self._connect(session, flow, issuer, subject, now)
            officer_id = officer_of(session, issuer, subject)
            origin = Origin(source_of(session, address_of(request)))
            if officer_id is None:
                who = STRANGER + keyed(key(session), f"subject {issuer} {subject}")
                note(session, EventKind.FAILED, who, now, origin=origin, why="subject")
        if officer_id is None:
            raise _NotDoneError("nobody")
        if flow.purpose is Purpose.PROVE:
            self._prove(response, flow, officer_id, origin)
            return
        try:
            self._logins.begin(response, officer_id, request=request, way=Way.OIDC, origin=origin)
        except RefusedError:
            raise _NotDoneError("nobody") from None
        self._end_before(flow, now)

    def _connect(self, session: Session, flow: Flow, issuer: str, subject: str, now: datetime) -> None:
        link = open_link(session, flow.link, now)
        if link is None or not connect_by_link(session, link, issuer, subject, now):
            raise _NotDoneError("link")

    def _prove(self, response: Response, flow: Flow, officer_id: str, origin: Origin) -> None:
        """The log-in from which the person went, if it is theirs and goes on, gets a new cookie."""
        with self._logins.db.read() as session:
            row = session.get(Login, flow.login_id)
            goes_on = row is not None and running.over(session, row, self._logins.limits, self._logins.now()) is None
        if row is None or not goes_on:
            raise _NotDoneError("too_late")
        if row.officer_id != officer_id:
            raise _NotDoneError("other_person")
        if not self._logins.proved_by_id(response, row.id, origin=origin):
            raise _NotDoneError("too_late")

    def _end_before(self, flow: Flow, now: datetime) -> None:
        if flow.login_id:
            with self._logins.db.write() as session:
                running.end(session, flow.login_id, Ended.REPLACED, now)

    def _key(self) -> str:
        with self._logins.db.read() as session:
            return key(session)

    def _problem(self, request: Request, error: ProviderError) -> Response:
        log.warning("the provider's log-in failed: %s", error)
        return self._answer(request, "unreachable" if isinstance(error, NotReachedError) else "not_accepted")

    def _answer(self, request: Request, why: str) -> Response:
        """A page that says why nobody was let in; the cookie of the way goes."""
        status = 503 if why == "unreachable" else 403
        response = self._page("desk/login/not_let_in.html", status=status, request=request, why=why, next=HOME)
        self._cookie.clear(response)
        return response
