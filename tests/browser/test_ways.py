"""The same tasks by keyboard alone, on a narrow screen, in large print, without style sheet and without script."""

import io
from typing import Any

import pikepdf
import pytest
from playwright.sync_api import Page

from models.tasks import TaskKind as K
from tests.browser.chromium import Chromium, barriers
from tests.browser.clerk import Clerk
from tests.browser.keyboard import Keyboard, order
from tests.browser.scene import Scenes, served
from tests.browser.test_kinds import LONG, sampled

pytestmark = pytest.mark.browser
NARROW = 320
SMALL = """() => ['a', 'button', 'input:not([type=hidden])', 'textarea', 'select']
  .flatMap(name => [...document.querySelectorAll(`main ${name}`)])
  .filter(e => e.getClientRects().length)
  .filter(e => !(e.tagName === 'A' && getComputedStyle(e).display === 'inline'))
  .map(e => [e.getBoundingClientRect(), e])
  .filter(([r]) => r.width < 24 || r.height < 24)
  .map(([r, e]) => `${e.tagName} ${e.name || e.textContent.trim()}: ${Math.round(r.width)}x${Math.round(r.height)}`)"""


@pytest.mark.parametrize("kind", sampled(K.DECLARE_ACCEPTANCE), ids=str)
def test_by_keyboard_alone(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    scene, hand = scenes.copy(kind), Keyboard()
    with served(scene) as site:
        before = len(scene.commands())
        link = site.address + scene.links[-1]
        assert "eingegangen" in chromium.visit(lambda page: Clerk(page, hand).answer(link), java_script_enabled=True)
        assert len(scene.commands()) == before + 1
    assert hand.unseen == []


@pytest.mark.parametrize("kind", sampled(), ids=str)
def test_on_a_narrow_screen(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    """No sideways scrolling at 320 pixels, and nothing to press is smaller than 24 by 24 (WCAG 2.2, 1.4.10, 2.5.8)."""
    found: list[str] = []

    def look(page: Page, when: str) -> None:
        if when == "open":
            heading = page.locator("h1").inner_text()
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            found.extend([f"{heading}: {wide} pixels wide"] if wide > NARROW else [])
            found.extend(f"{heading}: {small}" for small in page.evaluate(SMALL))

    finished(scenes, chromium, kind, look, viewport={"width": NARROW, "height": 640})
    assert found == []


@pytest.mark.parametrize("kind", sampled(of=LONG), ids=str)
def test_in_large_print(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    """Text at 200 percent on half a screen: nothing runs out of it."""
    found: list[str] = []

    def look(page: Page, when: str) -> None:
        if when == "open":
            page.add_style_tag(content="html { font-size: 200% !important }")
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            found.extend([f"{page.locator('h1').inner_text()}: {wide}"] if wide > 640 else [])

    finished(scenes, chromium, kind, look, viewport={"width": 640, "height": 800}, bypass_csp=True)
    assert found == []


@pytest.mark.parametrize("kind", sampled(K.DECLARE_ACCEPTANCE), ids=str)
def test_without_style_sheet_and_without_script(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    finished(scenes, chromium, kind, lambda page, when: None, styles=False, java_script_enabled=False)


@pytest.mark.parametrize("kind", sampled(K.DECLARE_ACCEPTANCE), ids=str)
def test_an_empty_form_says_what_is_missing(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    """The summary has the focus, its links lead to their fields, the title says so, and there is no barrier."""
    scene = scenes.copy(kind)

    def work(page: Page) -> None:
        clerk = Clerk(page)
        clerk.open(site.address + scene.links[-1])
        if clerk.main_form is None:
            clerk.go_on()
        for field in page.locator("main form input[type=text], main form input:not([type]), main form textarea").all():
            field.fill("")
        with page.expect_navigation(wait_until="load"):
            clerk.main_button.click()
        summary = page.locator("#fehlerliste")
        assert page.title().startswith("Fehler:"), page.title()
        assert summary.evaluate("e => e === document.activeElement || e.hasAttribute('autofocus')")
        targets = summary.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert targets
        for target in targets:
            assert page.locator(target).count() == 1, target
        summary.locator("a").first.click()
        focused = page.evaluate("() => document.activeElement.id || document.activeElement.name")
        assert focused == targets[0].lstrip("#"), "the link of the summary leads to its field"
        assert barriers(page) == []

    with served(scene) as site:
        chromium.visit(work)


@pytest.mark.parametrize("kind", sampled(of=LONG), ids=str)
def test_the_focus_goes_down_the_page(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    scene = scenes.copy(kind)

    def work(page: Page) -> list[tuple[int, int]]:
        clerk = Clerk(page)
        clerk.open(site.address + scene.links[-1])
        clerk.go_on()
        return order(page)

    with served(scene) as site:
        stops = chromium.visit(work)
    rows = [top // 40 for top, _ in stops[1:]]  # the first one is the link to the content, above all
    assert len(stops) > 4
    assert rows == sorted(rows)


@pytest.mark.parametrize("kind", sampled(of=(K.APPLY, K.WITHDRAW)), ids=str)
def test_the_receipt_prints_on_a_page_or_two(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    scene = scenes.copy(kind)

    def work(page: Page) -> tuple[bytes, str]:
        Clerk(page).answer(site.address + scene.links[-1])
        page.emulate_media(media="print")
        return page.pdf(format="A4"), page.locator("main").inner_text()

    with served(scene) as site:
        paper, words = chromium.visit(work)
    with pikepdf.open(io.BytesIO(paper)) as printed:
        assert 1 <= len(printed.pages) <= 2
    assert "Vorgangsnummer" in words


def finished(scenes: Scenes, chromium: Chromium, kind: K, look: Any, **how: Any) -> None:
    """The task from its link to its receipt, in a context of this kind; exactly one answer is stored."""
    scene = scenes.copy(kind)
    with served(scene) as site:
        before = len(scene.commands())
        link = site.address + scene.links[-1]
        assert "eingegangen" in chromium.visit(lambda page: Clerk(page, seen=look).answer(link), **how)
        assert len(scene.commands()) == before + 1
