"""A desk as small as can be: the log-in's own pages, one page that says who is logged in, and browsers."""

import asyncio
import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from portal.login import codes
from portal.login.pages import login_routes
from portal.login.service import Logins
from portal.security import SecurityMiddleware
from templates import look_up

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE.parents[1] / "templates"
BASE: Final = "https://desk.example"
HOME_ADDRESS: Final = "192.0.2.10"
PASSWORD: Final = "Kastanie-Fluss-17"


class Clock:
    """The system clock of a test."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, 0, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **given: float) -> None:
        """Moves on."""
        self.now += timedelta(**given)


def words(lang: str) -> dict[str, Any]:
    """The words of the log-in."""
    return tomllib.loads((TEMPLATES / "desk" / f"login.{lang}.toml").read_text("utf-8"))


def t(key: str, **facts: Any) -> str:
    """As the desk's renderer has it. A key without a text is an error."""
    text = look_up(words("de"), key)
    if text is None:
        raise KeyError(key)
    return text.format(**facts)


_ENVIRONMENT: Final = Environment(
    loader=ChoiceLoader([FileSystemLoader(HERE / "pages"), FileSystemLoader(TEMPLATES)]),
    autoescape=True,
    undefined=StrictUndefined,
)
_ENVIRONMENT.globals["t"] = t


def page(template: str, *, status: int = 200, request: Request, **facts: Any) -> HTMLResponse:
    """The renderer."""
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(**{"errors": []} | facts), status)


def desk(logins: Logins) -> Starlette:
    """The application."""

    async def home(request: Request) -> Response:
        found = await asyncio.to_thread(logins.current, request)
        if found is None:
            return JSONResponse(None, 401)
        return JSONResponse(
            {
                "officer": found.officer_id,
                "login": found.login_id,
                "csrf": found.csrf,
                "fresh": logins.proved_within(found, 300),
            }
        )

    async def refused(request: Request) -> Response:
        return PlainTextResponse("foreign", 403)

    base = "https://desk.example" if logins.https else "http://127.0.0.1"
    return Starlette(
        routes=[Route("/", home), *login_routes(logins, page)],
        middleware=[Middleware(SecurityMiddleware, base_url=base, refused=refused)],
    )


@dataclass
class Browser:
    """One browser with its cookies, at one network address; follows nothing by itself."""

    app: ASGIApp
    address: str = HOME_ADDRESS
    base: str = BASE
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request and its answer."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(self.address, 50000))
            async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
                answer = await client.request(method, path, **given)
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())

    def get(self, path: str, **given: Any) -> httpx.Response:
        """GET."""
        return self.ask("GET", path, **given)

    def post(self, path: str, /, **form: str) -> httpx.Response:
        """POST of a form."""
        return self.ask("POST", path, data=form)

    def me(self) -> dict[str, Any] | None:
        """Who is logged in here."""
        found: dict[str, Any] | None = self.get("/").json()
        return found

    def token(self) -> str:
        """What the cookie of the log-in holds."""
        return next((value for name, value in self.cookies.items() if name.endswith("wir-desk")), "")

    def steal(self) -> "Browser":
        """Another browser that has the same cookies."""
        return Browser(self.app, self.address, self.base, httpx.Cookies(self.cookies))


def hidden(answer: httpx.Response, name: str) -> str:
    """A hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def secret_of(answer: httpx.Response) -> str:
    """The secret that a link's page shows."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", answer.text)
    assert found is not None, answer.text
    return found[1].replace(" ", "")


def code(secret: str, clock: Clock) -> str:
    """What the app shows."""
    return codes.code_at(secret, codes.step_of(clock.now))
