"""How mail scanners, link previews and other machines treat a link: each behaviour as one function.

Sources of the behaviours: engineering notes 1.1 (prefetch within seconds, headless browsers that run scripts and
press buttons, replays, rewriting proxies). A function gets the site and does its worst; what the record and the file
store hold afterwards is compared by the caller. Those that run no script speak HTTP, to a portal behind a socket or in
this process.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from urllib.parse import quote

from playwright.sync_api import Page

from tests.browser.answers import text_for
from tests.browser.chromium import Chromium
from tests.browser.robots import Filled, Form, Robot, all_ticked, as_found, emptied, forms
from tests.browser.scene import Site

Scanner = Callable[[Site], None]
Browsing = Callable[[Site, Chromium], None]

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/129.0.0.0",
    "Mozilla/5.0 (compatible; SafeLinks/1.0)",
    "BarracudaCentral/1.0",
    "Mimecast-URL-Protect/2.0",
    "Slackbot-LinkExpanding 1.0",
    "curl/8.5.0",
    "",
)


def doors(site: Site) -> list[str]:
    """The task's links, old and new, and the link of the case page."""
    return [*site.scene.links, *([site.scene.case_link] if site.scene.case_link else [])]


def prefetches_all_links(site: Site) -> None:
    """Every link of every mail in the mailbox, a few times."""
    for link in site.scene.all_links * 2:
        assert Robot(site.http).get(link).status_code < 500


def asks_for_heads_only(site: Site) -> None:
    """HEAD on each link."""
    for link in doors(site):
        assert Robot(site.http).get(link, "HEAD").status_code < 500


def tries_other_methods(site: Site) -> None:
    """OPTIONS, PUT, PATCH, DELETE and TRACE on each link."""
    for link in doors(site):
        for method in ("OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
            assert Robot(site.http).get(link, method).status_code < 500


def comes_under_many_names(site: Site) -> None:
    """GET with the names that scanners give themselves, and with ranges and conditions."""
    for agent in AGENTS:
        headers = {"User-Agent": agent, "Range": "bytes=0-99", "If-Modified-Since": "Mon, 01 Jan 2018 00:00:00 GMT"}
        for link in doors(site):
            Robot(site.http, headers).get(link)


def follows_everything(site: Site) -> None:
    """All links and redirects, three steps deep."""
    seen = [page for link in doors(site) for page in Robot(site.http).pages(link, 3)]
    assert len(seen) > len(doors(site)), "there was something to follow"


def presses(site: Site, filled: Filled, depth: int = 3) -> int:
    """Presses all there is, page by page; how often."""
    robot = Robot(site.http)
    pages = [page for link in doors(site) for page in robot.pages(link, depth)]
    return sum(robot.press(page, filled, depth) for page in pages)


def presses_every_button(site: Site) -> None:
    """Every button of every form, untouched."""
    presses(site, as_found)


def sends_every_form_empty(site: Site) -> None:
    """Every form with its fields emptied."""
    presses(site, emptied)


def ticks_every_box(site: Site) -> None:
    """Every box ticked and every first choice taken, nothing typed."""
    presses(site, all_ticked)


def replays_what_it_saw(site: Site) -> None:
    """A page is fetched, and its form is sent seconds later, three times, with the same id; also to the other links."""
    robot = Robot(site.http)
    for link in doors(site):
        seen = [form for page in list(robot.pages(link, 2)) for form in forms(page)]
        for form in seen * 3:
            robot.send(form, as_found(form))
        for form in seen:
            for other in doors(site):
                robot.send(Form(other, True, form.multipart, form.inputs, ()), as_found(form))


def takes_steps_out_of_order(site: Site) -> None:
    """Check before form, confirm without check, back without forth, with made-up ids."""
    robot = Robot(site.http)
    for link in site.scene.links:
        for step in ("confirm", "check", "edit", "save", "", "confirm"):
            for ticked in ({}, {"declaration": "yes"}):
                sent = {"step": step, "submission_id": "01890a5d-ac96-774b-bcce-b302099a8057", **ticked}
                robot.send(Form(link, True, True, (), ()), sent)
        for path in ("pruefen", "01890a5d-ac96-774b-bcce-b302099a8057", "start", "%2e%2e"):
            robot.get(f"{link}/{path}")
            robot.send(Form(f"{link}/{path}", True, False, (), ()), {"step": "confirm"})


def uses_an_old_reminders_link(site: Site) -> None:
    """The first mail's link after a second one went out."""
    robot = Robot(site.http)
    robot.press(robot.get(site.scene.links[0]), as_found, 2)


def garbles_links(site: Site) -> None:
    """Cut off, another case of letters, punctuation behind, percent-encoded, with tracking parameters."""
    robot = Robot(site.http)
    for link in doors(site):
        head, _slash, token = link.rpartition("/")
        for wrong in (token[:-1], token.upper(), token.lower(), token + ".", token + "%0A", token[::-1], ""):
            robot.get(f"{head}/{wrong}")
        for right in (
            f"{token}?utm_source=mail&x=1",
            quote(token, safe=""),
            f"{token}/",
            f"{token}#f-amount",
            f"/{token}",
        ):
            robot.get(f"{head}/{right}")


def prefetches_at_once(site: Site) -> None:
    """Twenty requests side by side."""
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda link: Robot(site.http).get(link).status_code, doors(site) * 20))
    assert max(answers) < 500


def posts_from_elsewhere(site: Site) -> None:
    """A foreign page sends the whole form, well filled: the browser says whence it comes, and it is refused."""
    foreign = {"Origin": "https://fremd.example", "Sec-Fetch-Site": "cross-site"}
    robot = Robot(site.http)
    for link in doors(site):
        for page in list(robot.pages(link, 2)):
            for form in forms(page):
                sent = {one.name: one.value or text_for(one.name, long=one.kind == "textarea") for one in form.inputs}
                answer = Robot(site.http, foreign).send(form, sent | {"step": "confirm", "declaration": "yes"})
                assert answer.status_code == 403


def rewrites_links(site: Site) -> None:
    """A proxy that opens the link for somebody else, with its own headers, and then again for the reader."""
    via = {"Via": "1.1 safelinks.example", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "safelinks.example"}
    for link in doors(site):
        for _time in range(2):
            robot = Robot(site.http, via)
            robot.press(robot.get(link), as_found, 1)


def _in_browser(site: Site, chromium: Chromium, use: Callable[[Page], None]) -> None:
    for link in doors(site):

        def visit(page: Page, link: str = link) -> None:
            page.goto(site.address + link, wait_until="load")
            use(page)

        chromium.visit(visit)


def renders_with_script(site: Site, chromium: Chromium) -> None:
    """A headless browser renders, scrolls, hovers over everything and presses Enter in the first field."""

    def use(page: Page) -> None:
        page.mouse.wheel(0, 5_000)
        for one in page.locator("main a, main button").all()[:12]:
            one.hover()
        fields = page.locator("main input:not([type=hidden]):not([type=file])")
        if fields.count():
            fields.first.focus()
            page.keyboard.press("Enter")
            page.wait_for_load_state("domcontentloaded")

    _in_browser(site, chromium, use)


def clicks_everything_with_script(site: Site, chromium: Chromium) -> None:
    """A headless browser goes through the pages, and on each sends every form by script and by its buttons."""

    def use(page: Page) -> None:
        for _page in range(6):
            here, count = page.url, page.locator("main form").count()
            for number in range(count):
                with page.expect_navigation(wait_until="domcontentloaded"):
                    page.evaluate("number => document.querySelectorAll('main form')[number].submit()", number)
                page.goto(here, wait_until="domcontentloaded")
            for number in range(page.locator("main form button").count()):
                with page.expect_navigation(wait_until="domcontentloaded"):
                    page.locator("main form button").nth(number).click()
                page.goto(here, wait_until="domcontentloaded")
            way_on = page.locator("main a.kern-btn--primary, main form a")
            if not way_on.count():
                return
            with page.expect_navigation(wait_until="domcontentloaded"):
                way_on.first.click()

    _in_browser(site, chromium, use)


WITHOUT_SCRIPT: tuple[Scanner, ...] = (
    prefetches_all_links,
    asks_for_heads_only,
    tries_other_methods,
    comes_under_many_names,
    follows_everything,
    presses_every_button,
    sends_every_form_empty,
    ticks_every_box,
    replays_what_it_saw,
    takes_steps_out_of_order,
    uses_an_old_reminders_link,
    garbles_links,
    prefetches_at_once,
    posts_from_elsewhere,
    rewrites_links,
)
"""In the order they come."""

_BROWSING: tuple[Browsing, ...] = (renders_with_script, clicks_everything_with_script)


def with_script(chromium: Chromium) -> tuple[Scanner, ...]:
    """Those that run a page's scripts, in this browser."""
    return tuple(_driven(one, chromium) for one in _BROWSING)


def _driven(browsing: Browsing, chromium: Chromium) -> Scanner:
    @wraps(browsing)
    def scanner(site: Site) -> None:
        browsing(site, chromium)

    return scanner
