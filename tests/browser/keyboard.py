"""Pages worked with the keyboard alone: Tab goes on, the focus is always seen, nothing holds it.

Whoever only has keys takes the shortest way: on with Tab or back with Shift+Tab, or by a link to a part of the page.
"""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page

from tests.browser.clerk import Control

MOST_TABS = 80
MOST_STOPS = 300
SCROLLED: Final = 5.0
"""Seconds after which a page has scrolled to what has the focus, on a loaded machine too."""
UNSEEN: Final = """() => {
  const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
  const name = `${e.tagName} ${(e.name || e.id || e.textContent || '').trim().slice(0, 40)}`;
  if (e === document.body) return '';
  if (!r.width || !r.height || r.bottom <= 0 || r.top >= innerHeight) return name;
  const label = e.labels && e.labels[0] ? getComputedStyle(e.labels[0]) : null;
  if (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2)
    return s.boxShadow !== 'none' || (label && label.boxShadow !== 'none') ? '' : name;
  const far = parseFloat(s.outlineOffset) + parseFloat(s.outlineWidth) - 1;
  for (let box = e.parentElement; box && box !== document.body; box = box.parentElement) {
    const b = box.getBoundingClientRect(), flow = getComputedStyle(box).overflowX;
    const sideways = flow === 'auto' || flow === 'scroll';  // a browser leaves what is seen in part where it is
    if (flow !== 'visible' && (r.top - far < b.top || r.bottom + far > b.bottom || (sideways ?
        r.right < b.left + 12 || r.left > b.right - 12 : r.left - far < b.left || r.right + far > b.right)))
      return name;
  }
  return '';
}"""
"""The control that has the focus, where it is not on the screen with a ring that no box around it cuts off."""
KEYS_TO: Final = """spot => {
  const stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(e => e.type !== 'hidden' && !e.disabled && e.tabIndex >= 0 && e.checkVisibility()).filter(e => {
      if (e.type !== 'radio') return true;
      const all = [...(e.form || document).querySelectorAll('input[type=radio]')].filter(o => o.name === e.name);
      return e === (all.find(o => o.checked) || all[0]);
    });
  // Places are 2 * number of a stop; between two stops, where a link to a part of the page leads, they are odd.
  const before = part => {
    const at = stops.findIndex(
      e => e === part || part.contains(e) || part.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING);
    return 2 * (at < 0 ? stops.length : at) - 1;
  };
  const lead = e => {
    if (!e.hash || e.pathname !== location.pathname || e.search !== location.search) return null;
    const part = document.getElementById(decodeURIComponent(e.hash.slice(1)));
    return part && (stops.includes(part) ? 2 * stops.indexOf(part) : before(part));
  };
  const focused = document.activeElement, goal = 2 * stops.indexOf(spot);
  const start = focused === document.body ? -1 : stops.includes(focused) ? 2 * stops.indexOf(focused) : before(focused);
  const seen = new Set([start]), ways = [[start, []]];
  for (const [place, keys] of ways) {
    if (place === goal) return keys;
    const even = place % 2 === 0, next = [[place + (even ? 2 : 1), 'Tab'], [place - (even ? 2 : 1), 'Shift+Tab']];
    const part = even ? lead(stops[place / 2]) : null;
    if (part !== null) next.push([part, 'Enter']);
    for (const [to, key] of next)
      if (to > -2 && to < 2 * stops.length && !seen.has(to)) {
        seen.add(to);
        ways.push([to, [...keys, key]]);
      }
  }
  return null;
}"""
"""The fewest keys that lead to a control: with Tab and Shift+Tab, and with Enter at a link to a part of the page."""


class Keyboard:
    """A hand that only knows keys.

    ``unseen`` collects controls whose focus shows nothing; ``pressed`` counts keys, but for what is typed;
    ``longest``: the most that it took to come to one control.
    """

    def __init__(self) -> None:
        self.unseen: list[str] = []
        self.pressed: Counter[str] = Counter()
        self.longest = 0

    def type(self, page: Page, one: Control, text: str) -> None:
        """Types over what stands in a field."""
        self.write(page, one.spot, text)

    def write(self, page: Page, spot: Locator, text: str) -> None:
        """Types over what stands in a field."""
        self.reach(page, spot)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)

    def tick(self, page: Page, one: Control) -> None:
        """Ticks a box or a radio button."""
        self.check(page, one.spot)

    def check(self, page: Page, spot: Locator) -> None:
        """Ticks a box or a radio button."""
        self.reach(page, spot)
        self._press(page, "Space")
        assert spot.is_checked(), spot

    def press(self, page: Page, button: Locator) -> None:
        """Presses a button or follows a link, and waits for the page that follows."""
        self.reach(page, button)
        with page.expect_navigation(wait_until="load"):
            self._press(page, "Enter")

    def unfold(self, page: Page, summary: Locator) -> None:
        """Opens what is folded away."""
        self.reach(page, summary)
        self._press(page, "Enter")

    def attach(self, page: Page, field: Locator, file: Path) -> None:
        """Chooses a file: the space bar opens the window in which one is chosen."""
        with page.expect_file_chooser() as chooser:  # before the way there: the browser is told to keep the window shut
            self.reach(page, field)
            self._press(page, "Space")
        chooser.value.set_files(file)

    def choose(self, page: Page, option: Locator) -> None:
        """Chooses one of a group: Tab comes to it, the arrows go on in it."""
        group = option.locator("xpath=ancestor::fieldset[1]").get_by_role("radio")
        chosen = group.and_(page.locator(":checked"))
        self.reach(page, chosen if chosen.count() else group.first)
        self._press(page, "Space")
        for _ in range(group.count()):
            if option.is_checked():
                return
            self._press(page, "ArrowDown")
        raise AssertionError(f"the arrows never come to {option}")

    def reach(self, page: Page, spot: Locator) -> None:
        """Goes the shortest way until the control has the focus."""
        keys: list[str] | None = spot.evaluate(KEYS_TO)
        assert keys is not None, f"no key leads to {spot} on {page.url}"
        for key in keys:
            self._press(page, key)
            if key != "Enter":
                self._look(page)
        assert spot.evaluate("e => e === document.activeElement"), f"{keys} do not lead to {spot} on {page.url}"
        self.longest = max(self.longest, len(keys))

    def through(self, page: Page) -> int:
        """Goes through the whole page with Tab; how many stops it has."""
        skip = page.locator("a.skip").first
        for stops in range(MOST_STOPS):
            self._press(page, "Tab")
            self._look(page)
            if stops and skip.evaluate("e => [e, document.body].includes(document.activeElement)"):
                return stops
        raise AssertionError(f"the focus never leaves {page.url}")

    def _press(self, page: Page, key: str) -> None:
        self.pressed[key] += 1
        page.keyboard.press(key)

    def _look(self, page: Page) -> None:
        until = time.monotonic() + SCROLLED
        while (name := page.evaluate(UNSEEN)) and time.monotonic() < until:
            pass  # the page scrolls to it after a moment
        if name:
            self.unseen.append(f"{name} on {page.url.partition('?')[0]}")


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
