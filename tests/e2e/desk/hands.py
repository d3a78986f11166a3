"""How an officer works a page in a browser: with the mouse, or with nothing but keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab

from tests.browser.keyboard import Keyboard
from tests.desk.site import COOKIE
from tests.e2e.clerk import in_browser


class Hand(Protocol):
    """What an officer does on a page. The controls are found by their words."""

    tab: Tab

    def type(self, field: Locator, text: str) -> None:
        """Types into a field, over what stands there."""

    def choose(self, option: Locator) -> None:
        """Chooses one of several."""

    def tick(self, box: Locator) -> None:
        """Ticks a box."""

    def attach(self, field: Locator, file: Path) -> None:
        """Chooses a file."""

    def unfold(self, summary: Locator) -> None:
        """Opens what is folded away."""

    def press(self, control: Locator) -> None:
        """Presses a button or follows a link; the page that follows is there."""


class Mouse:
    """A hand that points and clicks."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def type(self, field: Locator, text: str) -> None:
        """Types into a field, over what stands there."""
        field.fill(text)

    def choose(self, option: Locator) -> None:
        """Chooses one of several."""
        option.check()

    def tick(self, box: Locator) -> None:
        """Ticks a box."""
        box.check()

    def attach(self, field: Locator, file: Path) -> None:
        """Chooses a file."""
        field.set_input_files(file)

    def unfold(self, summary: Locator) -> None:
        """Opens what is folded away."""
        summary.click()

    def press(self, control: Locator) -> None:
        """Presses a button or follows a link; the page that follows is there."""
        with self.tab.expect_navigation(wait_until="load"):
            control.click()


class Keys:
    """A hand that only knows keys: Tab goes on, the focus must be seen wherever it is."""

    def __init__(self, tab: Tab) -> None:
        self.tab, self.keyboard = tab, Keyboard()

    def type(self, field: Locator, text: str) -> None:
        """Types into a field, over what stands there."""
        self.keyboard.write(self.tab, field, text)

    def choose(self, option: Locator) -> None:
        """Chooses one of several: Tab comes to the group, the arrows go on in it."""
        self.keyboard.choose(self.tab, option)

    def tick(self, box: Locator) -> None:
        """Ticks a box."""
        self.keyboard.check(self.tab, box)

    def attach(self, field: Locator, file: Path) -> None:
        """Chooses a file."""
        self.keyboard.attach(self.tab, field, file)

    def unfold(self, summary: Locator) -> None:
        """Opens what is folded away."""
        self.keyboard.unfold(self.tab, summary)

    def press(self, control: Locator) -> None:
        """Presses a button or follows a link; the page that follows is there."""
        self.keyboard.press(self.tab, control)


@contextmanager
def at_mouse(*, script: bool = True) -> Iterator[Mouse]:
    """An officer with a mouse."""
    with in_browser(cookie=COOKIE, script=script) as browser:
        yield Mouse(browser.tab)


@contextmanager
def at_keyboard() -> Iterator[Keys]:
    """An officer without a mouse, whose browser runs no script; in the end no focus was unseen."""
    with in_browser(cookie=COOKIE, script=False) as browser:
        hand = Keys(browser.tab)
        yield hand
        assert hand.keyboard.unseen == [], hand.keyboard.unseen
