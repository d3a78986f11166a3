"""The two cookies of the desk, and nothing else ever: one of a log-in, one of a log-in that is on its way.

Both are for this host alone, for no script and for no other site. The prefix ``__Host-`` makes browsers refuse the same
name from a neighbouring host or without HTTPS. Over plain HTTP, on loopback only, they have neither prefix nor mark.
"""

from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

_PREFIX: Final = "__Host-"
DESK: Final = "wir-desk"
PROVIDER: Final = "wir-login"


@dataclass(frozen=True)
class Cookie:
    """One cookie. ``lasts``: seconds; none: until the browser is closed."""

    name: str
    https: bool
    same_site: Literal["strict", "lax"] = "strict"
    lasts: int | None = None

    @property
    def full_name(self) -> str:
        """The name as the browser knows it."""
        return f"{_PREFIX}{self.name}" if self.https else self.name

    def read(self, request: Request) -> str:
        """What the browser sent, or nothing."""
        return request.cookies.get(self.full_name, "")

    def set(self, response: Response, value: str) -> None:
        """Gives it to the browser."""
        response.set_cookie(
            self.full_name,
            value,
            max_age=self.lasts,
            path="/",
            secure=self.https,
            httponly=True,
            samesite=self.same_site,
        )

    def clear(self, response: Response) -> None:
        """Takes it from the browser."""
        response.delete_cookie(self.full_name, path="/", secure=self.https, httponly=True, samesite=self.same_site)


def of_the_desk(*, https: bool) -> Cookie:
    """Of a log-in. Strict: no other site can open a page in this log-in, not even by a link."""
    return Cookie(DESK, https)


def of_the_provider(*, https: bool, lasts: int) -> Cookie:
    """Of a log-in at the provider, until its return. Lax, because the return is a link from the provider's site."""
    return Cookie(PROVIDER, https, "lax", lasts)
