"""A clerk in the browser: reads the page that is open, fills what it asks for, presses its main button, goes on.

Nothing here knows how many pages a task has. ``hand`` says how controls are worked: with the mouse or the keyboard.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from playwright.sync_api import Locator, Page

from tests.browser.answers import UNTICKED, text_for

MOST_PAGES: Final = 25
DONE: Final = "Vorgangsnummer"
FIELDS: Final = "input:not([type=hidden]):not([type=file]), textarea, select"


class StuckError(Exception):
    """A clerk cannot go on."""


@dataclass(frozen=True)
class Control:
    """A control to be worked. ``kind``: ``text``, ``long``, ``checkbox``, ``radio`` or ``select``."""

    spot: Locator
    kind: str
    name: str
    value: str
    mode: str
    checked: bool


class Hand(Protocol):
    """How a control is worked."""

    def type(self, page: Page, one: Control, text: str) -> None:
        """Types over what stands in a field."""

    def tick(self, page: Page, one: Control) -> None:
        """Ticks a box or a radio button."""

    def press(self, page: Page, button: Locator) -> None:
        """Presses a button and waits for the page that follows."""


class Mouse:
    """Clicks and types."""

    def type(self, page: Page, one: Control, text: str) -> None:
        """Types over what stands in a field."""
        one.spot.fill(text)

    def tick(self, page: Page, one: Control) -> None:
        """Ticks a box or a radio button, on its label, as people do."""
        one.spot.check()

    def press(self, page: Page, button: Locator) -> None:
        """Presses a button and waits for the page that follows."""
        with page.expect_navigation(wait_until="load"):
            button.click()


Seen = Callable[[Page, str], None]


class Clerk:
    """Works through a task. ``seen`` learns of each page when it is open (``open``) and when filled (``filled``)."""

    def __init__(self, page: Page, hand: Hand | None = None, seen: Seen = lambda page, when: None) -> None:
        self.page, self._hand, self._seen = page, hand or Mouse(), seen
        self.pages = self.fields = self.clicks = 0

    def answer(self, address: str) -> str:
        """From the link to the receipt; gives the receipt's heading. Raises ``StuckError``."""
        self.open(address)
        for _ in range(MOST_PAGES):
            if self.done:
                return self.heading
            self.step()
        raise StuckError(f"no receipt after {MOST_PAGES} pages; now: {self.heading}")

    def open(self, address: str) -> None:
        """Opens a link."""
        self.page.goto(address, wait_until="load")
        self._arrived()

    def step(self) -> None:
        """Fills this page and goes on."""
        self.fill()
        self._seen(self.page, "filled")
        self.go_on()

    def go_on(self) -> None:
        """Presses the main button."""
        button = self.main_button
        self.clicks += 1
        self._hand.press(self.page, button)
        self._arrived()

    def fill(self) -> None:
        """Fills every field of the form that the main button sends; a page without a form is only read."""
        if self.main_form is None:
            return
        answered: set[str] = set()
        for one in list(controls(self.form)):
            if one.kind == "radio":
                if one.name not in answered:
                    self._hand.tick(self.page, one)
                    self.clicks += 1
                answered.add(one.name)
            elif one.kind == "checkbox":
                if not one.checked and one.name not in UNTICKED:
                    self._hand.tick(self.page, one)
                    self.clicks += 1
            elif not (one.value and one.name not in {"acting_name", "acting_function"}):
                self._hand.type(self.page, one, text_for(one.name, mode=one.mode, long=one.kind == "long"))
                self.fields += 1

    @property
    def done(self) -> bool:
        """Whether this is a receipt."""
        return DONE in self.page.locator("main").inner_text() and self.main_form is None and not self._way_on.count()

    @property
    def heading(self) -> str:
        """The heading of the page."""
        return self.page.locator("h1").inner_text()

    @property
    def main_button(self) -> Locator:
        """The main button of the form that goes on, or the link that looks like one."""
        return self._way_on.first if self.main_form is None else self.form.locator("button.kern-btn--primary").first

    @property
    def _way_on(self) -> Locator:
        return self.page.locator("main a.kern-btn--primary")

    @property
    def form(self) -> Locator:
        """The form that goes on. Raises ``StuckError``."""
        found = self.main_form
        if found is None:
            raise StuckError(
                f"nothing to go on with on {self.heading!r}: {self.page.locator('main').inner_text()[:600]}"
            )
        return found

    @property
    def main_form(self) -> Locator | None:
        """The first form of the main part with a main button."""
        found = self.page.locator("main form:has(button.kern-btn--primary)")
        return found.first if found.count() else None

    def _arrived(self) -> None:
        self.pages += 1
        self._seen(self.page, "open")
        errors = self.page.locator("#fehlerliste")
        if errors.count():
            raise StuckError(f"{self.heading}: {errors.inner_text()}")


def controls(form: Locator) -> Iterator[Control]:
    """The visible controls of a form, in the order of the page."""
    told = form.locator(FIELDS).evaluate_all(
        """all => all.map(e => ({name: e.name, value: e.value, mode: e.inputMode, checked: !!e.checked,
        kind: e.tagName === 'TEXTAREA' ? 'long' : e.tagName === 'SELECT' ? 'select' :
          ['checkbox', 'radio'].includes(e.type) ? e.type : 'text', seen: e.getClientRects().length > 0}))"""
    )
    for number, one in enumerate(told):
        if one["seen"]:
            spot = form.locator(FIELDS).nth(number)
            yield Control(spot, one["kind"], one["name"], one["value"], one["mode"], one["checked"])
