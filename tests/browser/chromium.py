"""One real Chromium in a thread of its own: Playwright holds the loop of the thread it works in.

Each visit has a fresh context and is watched: it must leave no cookie and no complaint in the console, ask nobody
but our own portal, and break no request.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright

from tests.patience import PATIENCE

T = TypeVar("T")
PATH = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""The rules that a page is held to; the last group is axe's own."""


class Chromium:
    """``visit`` runs a function with a new tab and gives what it returns."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "chromium")
        self._driver: Playwright
        self._browser: Browser

    def __enter__(self) -> Self:
        self._thread.submit(self._start).result(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.submit(self._stop).result(PATIENCE)
        self._thread.shutdown()

    def visit(
        self, use: Callable[[Page], T], *, styles: bool = True, expect: str = "", cookie: str = "", **context: Any
    ) -> T:
        """A visit in a context of its own, by default with script, 1280 pixels wide.

        ``styles`` off: no style sheet arrives. ``expect``: a complaint that contains this is meant. ``cookie``: the
        only one that may be left.
        """
        return self._thread.submit(self._visit, use, styles, expect, cookie, context).result(PATIENCE)

    def _start(self) -> None:
        self._driver = sync_playwright().start()
        self._browser = self._driver.chromium.launch(executable_path=PATH, args=FLAGS)

    def _stop(self) -> None:
        self._browser.close()
        self._driver.stop()

    def _visit(self, use: Callable[[Page], T], styles: bool, expect: str, cookie: str, given: dict[str, Any]) -> T:
        context = self._browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | given)
        context.set_default_timeout(PATIENCE / 2 * 1_000)
        try:
            watch = _Watch(context, expect, cookie)
            if not styles:
                context.route("**/*.css", lambda route: route.fulfill(status=200, content_type="text/css", body=""))
            done = use(context.new_page())
            watch.judge()
            return done
        finally:
            context.close()


class _Watch:
    """What went on in a context."""

    def __init__(self, context: BrowserContext, expect: str, cookie: str) -> None:
        self._context, self._expect, self._cookie = context, expect, cookie
        self._complaints: list[str] = []
        self._hosts: set[str] = set()
        context.on("console", lambda said: self._note(f"{said.type}: {said.text}"))
        context.on("requestfailed", self._failed)
        context.on("request", lambda request: self._hosts.add(urlsplit(request.url).hostname or ""))

    def _failed(self, request: Request) -> None:
        """A font that was on its way when the page was left is no failure."""
        if request.failure != "net::ERR_ABORTED":
            self._note(f"failed: {request.url} {request.failure}")

    def _note(self, text: str) -> None:
        """Chromium also notes our own 4xx and 5xx: a form with an error is no failure."""
        ours = "the server responded with a status of" in text
        if not ours and not (self._expect and self._expect in text):
            self._complaints.append(text)

    def judge(self) -> None:
        assert self._complaints == [], self._complaints
        assert {one.get("name") for one in self._context.cookies()} <= {self._cookie}
        assert self._hosts <= {"127.0.0.1"}, self._hosts


def barriers(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """What axe finds on a page, in a line each: rule, what is wrong, where."""
    page.evaluate(AXE_SCRIPT + "\n;0")
    run = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", rules or WCAG
    )
    assert run["testEngine"]["name"] == "axe-core"
    assert run["passes"], "axe has looked at nothing"
    return [
        f"{one['id']}: {one['help']} – {node['target'][0]}: {node['html'][:120]}"
        for one in run["violations"]
        for node in one["nodes"]
    ]
