"""A clerk: opens the links of mails, types by labels, presses buttons by their words; every one of them is counted.

Two hands do the same: :class:`InBrowser` in a real Chromium, :class:`InPlain` with a parser that knows labels.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import httpx
from playwright.sync_api import Locator, Request, sync_playwright
from playwright.sync_api import Page as Tab

from tests.e2e.counts import Tally
from tests.patience import PATIENCE
from tests.portal.browse import Page, visit

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]

SENT_BACK = "the server responded with a status of 409"
"""So Chromium notes a form of ours that came too late; that is no complaint."""


class Hand(Protocol):
    """What a clerk does on pages. Labels and buttons are named by how they begin."""

    def open(self, link: str) -> None:
        """Opens a link."""

    def type(self, label: str, text: str) -> None:
        """Types into a field, over what stands there."""

    def tick(self, label: str) -> None:
        """Ticks a box."""

    def choose(self, question: str, option: str) -> None:
        """Chooses one of the options below a question."""

    def press(self, button: str) -> None:
        """Presses a button, or a link that looks like one."""

    @property
    def heading(self) -> str:
        """The heading of the page that is open."""

    @property
    def text(self) -> str:
        """All words of the page that is open."""


class InBrowser:
    """A tab of a real browser, without script."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def open(self, link: str) -> None:
        """Opens a link."""
        self.tab.goto(link)

    def type(self, label: str, text: str) -> None:
        """Types into a field, over what stands there."""
        self.tab.get_by_label(_beginning(label)).fill(text)

    def tick(self, label: str) -> None:
        """Ticks a box."""
        self.tab.get_by_label(_beginning(label)).check()

    def choose(self, question: str, option: str) -> None:
        """Chooses one of the options below a question."""
        self._group(question).get_by_label(_beginning(option)).check()

    def press(self, button: str) -> None:
        """Presses a button, or a link that looks like one."""
        named = self.tab.get_by_role("button", name=button, exact=True)
        named.or_(self.tab.get_by_role("link", name=button, exact=True)).click()

    @property
    def heading(self) -> str:
        """The heading of the page that is open."""
        return self.tab.get_by_role("heading", level=1).inner_text()

    @property
    def text(self) -> str:
        """All words of the page that is open."""
        return " ".join(self.tab.get_by_role("main").inner_text().split())

    def _group(self, question: str) -> Locator:
        return self.tab.get_by_role("group", name=question)


class InPlain:
    """Pages parsed and posted without a browser."""

    def __init__(self, http: httpx.Client) -> None:
        self._http: Any = http
        self.page: Page | None = None

    def open(self, link: str) -> None:
        """Opens a link."""
        self.page = visit(self._http, link)

    def type(self, label: str, text: str) -> None:
        """Types into a field, over what stands there."""
        self._shown.type({label: text})

    def tick(self, label: str) -> None:
        """Ticks a box."""
        self._shown.tick(label)

    def choose(self, question: str, option: str) -> None:
        """Chooses one of the options below a question."""
        self._shown.choose(question, option)

    def press(self, button: str) -> None:
        """Presses a button, or a link that looks like one."""
        shown = self._shown
        self.page = shown.press(button) if shown.offers(button) else shown.go(button)

    @property
    def heading(self) -> str:
        """The heading of the page that is open."""
        return self._shown.heading

    @property
    def text(self) -> str:
        """All words of the page that is open."""
        return self._shown.text

    @property
    def _shown(self) -> Page:
        assert self.page is not None, "no page is open"
        return self.page


class Clerk:
    """A clerk's work on one link, counted."""

    def __init__(self, hand: Hand, tally: Tally, shown: Callable[[str], None] = lambda name: None) -> None:
        """``shown`` is told of each page as it looks when the clerk is done with it: ``apply-1``, ``apply-2`` …"""
        self.hand, self._tally, self._shown = hand, tally, shown

    def answer(self, task: str, link: str, *steps: Mapping[str, Any]) -> str:
        """Fills page after page: ``type`` {label: text}, ``choose`` {question: option}, ``tick`` [label], ``press``.

        Gives the heading of the last page. ``task`` is the name under which it is counted.
        """
        self._tally.now = task
        self.hand.open(link)
        self._tally.add("pages")
        for number, step in enumerate(steps, 1):
            for label, text in step.get("type", {}).items():
                self.hand.type(label, text)
                self._tally.add("fields")
            for question, option in step.get("choose", {}).items():
                self.hand.choose(question, option)
                self._tally.add("clicks")
            for label in step.get("tick", ()):
                self.hand.tick(label)
                self._tally.add("clicks")
            self._shown(f"{task}-{number}")
            self.hand.press(step["press"])
            self._tally.add("clicks")
            self._tally.add("pages")
        self._shown(f"{task}-{len(steps) + 1}")
        return self.hand.heading


def _failed(request: Request) -> list[str]:
    """What failed; a font that was on its way when the page was left is no failure."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url} {request.failure}"]


@contextmanager
def in_browser(*, cookie: str = "", script: bool = False) -> Iterator[InBrowser]:
    """A fresh German Chromium; the visit leaves no complaint, no failed request, and no cookie but ``cookie``."""
    with sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
        context = browser.new_context(
            viewport={"width": 1024, "height": 768}, java_script_enabled=script, locale="de-DE"
        )
        tab = context.new_page()
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.extend([] if SENT_BACK in message.text else [message.text]))
        tab.on("requestfailed", lambda request: complaints.extend(_failed(request)))
        yield InBrowser(tab)
        assert complaints == []
        assert {one.get("name") for one in context.cookies()} <= {cookie}


@contextmanager
def in_plain() -> Iterator[InPlain]:
    """A client without a browser's help; redirects are followed by the page reader."""
    with httpx.Client(timeout=PATIENCE) as http:
        yield InPlain(http)
        assert not http.cookies


def _beginning(words: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(words)}")
