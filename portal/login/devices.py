"""``/geraet``: a command line is logged in by a person in the browser, after the pattern of RFC 8628.

It asks for two codes, shows the short one, and asks again and again whether somebody has confirmed it. The token that
it then gets is of its own, ends with the limits of any log-in, and with a log-out everywhere.
"""

import asyncio
import json
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portal.login.device_codes import is_ours, new_device_code, short_code, shown, typed_code
from portal.login.parts import Page, current, go, need_csrf, typed
from portal.login.service import LoggedIn, Logins
from portal.login.ways import DEVICE, LOGIN, PROOF, with_next
from record.logins.devices import LASTS, claim, confirm, is_confirmed
from record.logins.events import key

_EVERY: Final = 2
"""Seconds between two questions of a command line."""
_FRESH: Final = 300
_LONGEST_BODY: Final = 4096
_PENDING: Final = "authorization_pending"
_EXPIRED: Final = "expired_token"


class Devices:
    """The page where a person confirms, and the two addresses that a command line asks."""

    def __init__(self, logins: Logins, page: Page) -> None:
        self._logins, self._page = logins, page

    async def codes(self, request: Request) -> Response:
        """Two new codes. Stores nothing."""
        installation_key = await asyncio.to_thread(self._key)
        device_code = new_device_code(installation_key, self._logins.now())
        told = {
            "device_code": device_code,
            "user_code": shown(short_code(installation_key, device_code)),
            "verification_path": DEVICE,
            "expires_in": int(LASTS.total_seconds()),
            "interval": _EVERY,
        }
        return JSONResponse(told)

    async def token(self, request: Request) -> Response:
        """The token, once somebody has confirmed; otherwise why not, in the words of RFC 8628."""
        device_code = await _device_code(request)
        error, token = await asyncio.to_thread(self._claim, device_code)
        if error:
            return JSONResponse({"error": error}, 400)
        return JSONResponse({"token": token, "expires_in": int(self._logins.limits.absolute.total_seconds())})

    async def show(self, request: Request) -> Response:
        """The page; it changes nothing, and a code in its address is not filled in: a link must not confirm."""
        found = await current(self._logins, request)
        if found is None:
            return go(with_next(LOGIN, DEVICE))
        return self._form(request, found)

    async def take(self, request: Request) -> Response:
        """The short code, typed by somebody who proved just now who they are."""
        form = await typed(request)
        found = await current(self._logins, request)
        if found is None:
            return go(with_next(LOGIN, DEVICE))
        need_csrf(self._logins, found, form)
        if not self._logins.proved_within(found, _FRESH):
            return go(with_next(PROOF, DEVICE))
        done = await asyncio.to_thread(self._confirm, found, form.get("code", ""))
        return self._form(request, found, done="yes") if done else self._form(request, found, error="unknown")

    def _form(self, request: Request, found: LoggedIn, *, error: str = "", done: str = "") -> Response:
        return self._page(
            "desk/login/device.html",
            status=422 if error else 200,
            request=request,
            csrf=found.csrf,
            error=error,
            errors=[("code", error)] if error else [],
            done=done,
        )

    def _confirm(self, found: LoggedIn, text: str) -> bool:
        with self._logins.db.write() as session:
            code = typed_code(key(session), text)
            if code is None:
                return False
            now = self._logins.now()
            return confirm(session, code, found.officer_id, found.login_id, found.proved_at, now)

    def _claim(self, device_code: str) -> tuple[str, str]:
        """Why there is no token yet or any more, or the token."""
        now = self._logins.now()
        with self._logins.db.read() as session:
            installation_key = key(session)
            if not is_ours(installation_key, device_code, now):
                return _EXPIRED, ""
            code = short_code(installation_key, device_code)
            if not is_confirmed(session, code):
                return _PENDING, ""
        with self._logins.db.write() as session:
            begun = claim(session, code, now)
        return ("", begun.token) if begun is not None else (_EXPIRED, "")

    def _key(self) -> str:
        with self._logins.db.read() as session:
            return key(session)


async def _device_code(request: Request) -> str:
    """The long code of a JSON body, or nothing."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            return ""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    code = found.get("device_code") if isinstance(found, dict) else None
    return code if isinstance(code, str) else ""
