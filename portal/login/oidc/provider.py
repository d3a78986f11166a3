"""A provider of OpenID Connect: where a person is sent, and who came back. Code flow with PKCE, by Authlib.

Only what the provider has signed counts, and only for this desk and this very log-in: issuer, audience, expiry, nonce.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from portal.login.oidc.flow import Flow
from record.logins.tokens import same

_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""Signatures with a pair of keys. With a shared key whoever knows the client's secret could sign."""
_KEPT: Final = timedelta(hours=1)
_PATIENCE: Final = 10.0
_LEEWAY: Final = 60
"""Seconds by which clocks may differ."""
_FRESH: Final = timedelta(minutes=5)


class ProviderError(Exception):
    """The provider was not reached, or what came back does not count. The message is a code for the record."""


class NotReachedError(ProviderError):
    """The provider was not reached or said nothing that could be read."""


@dataclass(frozen=True)
class Client:
    """How the provider knows this desk. ``redirect_uri``: where people come back to, as registered there."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True)
class Sent:
    """Where to send the browser, and what it has to bring back or to prove later."""

    address: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider. Its description and keys are kept for an hour; a key that is not known is asked for at once."""

    def __init__(self, client: Client, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.client, self._now = client, clock
        self._described: Mapping[str, Any] = {}
        self._keys = KeySet([])
        self._asked = datetime.min.replace(tzinfo=UTC)

    async def send(self, *, fresh: bool = False) -> Sent:
        """Where to send a browser. ``fresh``: the person shall prove anew who they are. Raises ``NotReachedError``."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        again = {"prompt": "login", "max_age": "0"} if fresh else {}
        async with self._session() as session:
            described = await self._description(session)
            address, _ = session.create_authorization_url(
                described["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier, **again
            )
        return Sent(address, state, nonce, verifier)

    async def subject(self, flow: Flow, answer: Mapping[str, str], *, fresh: bool = False) -> str:
        """Who came back, by the name the provider knows them. Raises ``ProviderError``."""
        if not same(answer.get("state", ""), flow.state):
            raise ProviderError("state")
        if answer.get("iss", self.client.issuer) != self.client.issuer:  # RFC 9207: another provider's answer
            raise ProviderError("issuer")
        if "error" in answer or not answer.get("code"):
            raise ProviderError("refused")
        async with self._session() as session:
            token = await self._token(session, flow, answer["code"])
            claims = await self._claims(session, token, flow)
        if fresh and not _is_fresh(claims, self._now()):
            raise ProviderError("stale")
        return str(claims["sub"])

    def _session(self) -> Any:
        known = self.client
        return AsyncOAuth2Client(
            known.client_id,
            known.client_secret,
            scope="openid",
            redirect_uri=known.redirect_uri,
            code_challenge_method="S256",
            timeout=_PATIENCE,
        )

    async def _description(self, session: Any) -> Mapping[str, Any]:
        """The provider's own description. It must be the issuer's, and lead to nothing less safe than the issuer."""
        if not self._described or self._now() - self._asked > _KEPT:
            found = await _json(session, f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.client.issuer:
                raise NotReachedError("issuer")
            scheme = urlsplit(self.client.issuer).scheme
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if urlsplit(str(found.get(name, ""))).scheme not in {scheme, "https"}:
                    raise NotReachedError(name)
            self._described, self._asked = found, self._now()
            await self._ask_keys(session)
        return self._described

    async def _ask_keys(self, session: Any) -> None:
        found = await _json(session, self._described["jwks_uri"])
        try:
            usable = [one for one in found["keys"] if one.get("kty") in {"RSA", "EC"} and one.get("use") != "enc"]
            self._keys = KeySet.import_key_set({"keys": usable})
        except (JoseError, KeyError, TypeError, ValueError, AttributeError):
            raise NotReachedError("keys") from None

    async def _token(self, session: Any, flow: Flow, code: str) -> Mapping[str, Any]:
        described = await self._description(session)
        try:
            token = await session.fetch_token(
                described["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=flow.verifier,
                redirect_uri=self.client.redirect_uri,
            )
        except OAuthError:
            raise ProviderError("code") from None
        except (httpx2.HTTPError, ValueError):
            raise NotReachedError("token") from None
        return dict(token)

    async def _claims(self, session: Any, token: Mapping[str, Any], flow: Flow) -> Mapping[str, Any]:
        raw = str(token.get("id_token", ""))
        try:
            signed = self._verified(raw)
        except JoseError:
            await self._ask_keys(session)  # the provider may have changed its keys since
            try:
                signed = self._verified(raw)
            except (JoseError, ValueError):
                raise ProviderError("signature") from None
        except ValueError:
            raise ProviderError("signature") from None
        return self._checked(signed, token, flow)

    def _verified(self, raw: str) -> jwt.Token:
        return jwt.decode(raw, self._keys, algorithms=list(_ALGORITHMS))

    def _checked(self, signed: jwt.Token, token: Mapping[str, Any], flow: Flow) -> Mapping[str, Any]:
        known = self.client
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={
                "iss": {"essential": True, "value": known.issuer},
                "aud": {"essential": True, "value": known.client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
            },
            params={"nonce": flow.nonce, "client_id": known.client_id, "access_token": token.get("access_token")},
        )
        try:
            claims.validate(now=int(self._now().timestamp()), leeway=_LEEWAY)
        except JoseError as error:
            raise ProviderError(str(getattr(error, "claim", None) or error.error)) from None
        return claims  # type: ignore[no-any-return]


async def _json(session: Any, address: str) -> dict[str, Any]:
    """A document of the provider. Raises ``NotReachedError``."""
    try:
        answer = await session.request("GET", address, withhold_token=True)
        answer.raise_for_status()
        found = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise NotReachedError("unreachable") from None
    if not isinstance(found, dict):
        raise NotReachedError("unreachable")
    return found


def _is_fresh(claims: Mapping[str, Any], now: datetime) -> bool:
    """Whether the person proved who they are just now, as the provider tells it."""
    at = claims.get("auth_time")
    return isinstance(at, int) and -_LEEWAY <= now.timestamp() - at <= _FRESH.total_seconds() + _LEEWAY
