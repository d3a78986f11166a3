"""A provider of OpenID Connect on loopback, small but strict: what a client must not leave out, it refuses."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from portal.serving import listening, page_server, serving
from tests.login.desk import Clock
from tests.patience import PATIENCE

CLIENT: Final = "wir-desk"
SECRET: Final = "provider-secret-5d1c"
RETURN: Final = "https://desk.example/anmelden/haus/zurueck"


class OwnProvider:
    """``who``: the subject that is logged in there. ``false``: claims that it states wrongly; none leaves one out."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.issuer = clock, ""
        self.who, self.return_to = "s-4711", RETURN
        self.false: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.algorithm, self.auth_age = "RS256", 0
        self.asked: dict[str, str] = {}
        self.keys = [RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)]
        self.signing: Any = self.keys[0]
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._description),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
            ]
        )

    def change_keys(self) -> None:
        """Signs with a new key from now on and shows that one alone."""
        self.keys = [RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)]
        self.signing = self.keys[0]

    async def _description(self, request: Request) -> Response:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        found = {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in paths.items()}}
        return JSONResponse(found | self.described)

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse(KeySet([*self.keys]).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        asked = self.asked = dict(request.query_params)
        expected = {"client_id": CLIENT, "redirect_uri": self.return_to, "response_type": "code", "scope": "openid"}
        if asked | expected != asked or asked.get("code_challenge_method") != "S256" or not asked.get("nonce"):
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{self.return_to}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self._codes.pop(str(form.get("code")), None)
        verifier = str(form.get("code_verifier", ""))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != self.return_to
            or request.headers.get("authorization") != f"Basic {basic}"
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": self._signed(asked)}
        )

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(self.clock.now.timestamp())
        claims = {
            "iss": self.issuer,
            "sub": self.who,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now - self.auth_age,
            "nonce": asked["nonce"],
        } | self.false
        told = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            return ".".join([*(_in_base64(part) for part in ({"alg": "none"}, told)), ""])
        if self.algorithm == "HS256":
            return jwt.encode({"alg": "HS256"}, told, OctKey.import_key(SECRET), algorithms=["HS256"])
        header = {"alg": self.algorithm, "kid": self.signing.kid}
        return jwt.encode(header, told, self.signing, algorithms=[self.algorithm])


def _in_base64(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@contextmanager
def served(app: ASGIApp, where: socket.socket) -> Iterator[None]:
    """An application behind a real socket, in a thread of its own."""
    stop = threading.Event()

    async def serve() -> None:
        async with serving(page_server(app), where):
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="served")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)


@contextmanager
def running(provider: OwnProvider) -> Iterator[OwnProvider]:
    """The provider, where its issuer says."""
    where = listening("127.0.0.1", 0)
    provider.issuer = f"http://127.0.0.1:{where.getsockname()[1]}"
    with served(provider.app, where):
        yield provider
