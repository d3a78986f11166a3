"""Who looks over an officer's shoulder: for barriers on each page that is met, or for how much is to be read."""

import re
from typing import Final, Protocol

from playwright.sync_api import Page as Tab

from tests.browser.chromium import barriers
from tests.e2e.counts import Tally

WIDTHS: Final = (1280, 390)
NAMES: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27,}|wir-fm-2018[-\w.]*|\?.*")
HEADINGS: Final = "() => [...document.querySelectorAll('h1, h2, h3, legend, label')].map(e => e.textContent.trim())"


class Looks(Protocol):
    """Is told of each page that is met."""

    def look(self, tab: Tab) -> None:
        """Looks at the page that is open."""


class WordCount:
    """Counts the words of each page that is met: of what it is about, without head and foot."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def look(self, tab: Tab) -> None:
        """Counts the words of the page that is open."""
        self._tally.add("words", len(tab.get_by_role("main").inner_text().split()))


class Onlooker:
    """Each page is looked at once; two pages of one address with the same headings and labels are the same page."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.met: set[str] = set()

    def look(self, tab: Tab) -> None:
        """Notes what axe finds on the page that is open, and whether it is too wide."""
        address = NAMES.sub("…", tab.url.split("/", 3)[3])
        page = " | ".join([address, *tab.evaluate(HEADINGS)])
        if page in self.met:
            return
        self.met.add(page)
        usual = tab.viewport_size
        assert usual is not None
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 800})
            self.found += [f"/{address} at {width}: {line}" for line in barriers(tab)]
            wide = tab.evaluate("() => document.documentElement.scrollWidth")
            self.found += [f"/{address}: {wide} pixels wide at {width}"] if wide > width else []
        tab.set_viewport_size(usual)
