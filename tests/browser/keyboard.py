"""Pages worked with the keyboard alone: Tab goes on, the focus is always seen, nothing holds it."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.browser.clerk import Control

MOST_TABS = 80
FOCUSED = """e => {
  const s = getComputedStyle(e), outline = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
  const label = e.labels && e.labels[0] ? getComputedStyle(e.labels[0]) : null;
  return outline || s.boxShadow !== 'none' || (label && label.boxShadow !== 'none');
}"""


class Keyboard:
    """A hand that only knows keys. ``unseen`` collects controls whose focus shows nothing."""

    def __init__(self) -> None:
        self.unseen: list[str] = []

    def type(self, page: Page, one: Control, text: str) -> None:
        """Types over what stands in a field."""
        self.reach(page, one.spot)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)

    def tick(self, page: Page, one: Control) -> None:
        """Ticks a box or a radio button."""
        self.reach(page, one.spot)
        page.keyboard.press("Space")
        assert one.spot.is_checked(), one.name

    def press(self, page: Page, button: Locator) -> None:
        """Presses a button or follows a link, and waits for the page that follows."""
        self.reach(page, button)
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("Enter")

    def choose(self, page: Page, option: Locator) -> None:
        """Chooses one of a group: Tab comes to it, the arrows go on in it."""
        group = option.locator("xpath=ancestor::fieldset[1]").get_by_role("radio")
        chosen = group.and_(page.locator(":checked"))
        self.reach(page, chosen if chosen.count() else group.first)
        page.keyboard.press("Space")
        for _ in range(group.count()):
            if option.is_checked():
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never come to {option}")

    def reach(self, page: Page, spot: Locator) -> None:
        """Tabs on until the control has the focus."""
        for _ in range(MOST_TABS):
            if spot.evaluate("e => e === document.activeElement"):
                return
            page.keyboard.press("Tab")
            self._look(page)
        raise AssertionError(f"the focus never comes to {spot}")

    def _look(self, page: Page) -> None:
        focused = page.evaluate_handle("() => document.activeElement").as_element()
        assert focused is not None
        name: str = focused.evaluate(
            "e => e.tagName + ' ' + (e.name || e.id || e.textContent || '').trim().slice(0, 40)"
        )
        if not name.startswith("BODY") and not focused.evaluate(FOCUSED):
            self.unseen.append(name)


def order(page: Page) -> list[tuple[int, int]]:
    """Where the focus goes, Tab by Tab, until it leaves the page: (y, x) of each stop, from the top of the page."""
    stops: list[tuple[int, int]] = []
    place: Callable[[], list[int] | None] = lambda: page.evaluate(  # noqa: E731 - read anew after each key
        """() => { const e = document.activeElement; if (e === document.body) return null;
        const r = e.getBoundingClientRect(); return [Math.round(r.top + scrollY), Math.round(r.left)]; }"""
    )
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = place()
        if found is None or (found[0], found[1]) in stops:
            return stops
        stops.append((found[0], found[1]))
    raise AssertionError("the focus never leaves the page")
