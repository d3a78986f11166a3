"""A person without script and without a browser: reads pages, fills their forms, presses the main button, goes on.

Does what :class:`tests.browser.clerk.Clerk` does in Chromium, over HTTP alone.
"""

from typing import Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import httpx

from tests.browser.answers import UNTICKED, text_for
from tests.browser.clerk import DONE, MOST_PAGES, StuckError
from tests.browser.robots import Form, Input, Robot, form_of, tree_of

MAIN_BUTTON: Final = "kern-btn--primary"
ERRORS: Final = ".//*[@id='fehlerliste']"
NOT_TYPED: Final = frozenset({"hidden", "file", "select"})


def answer(http: httpx.Client, link: str) -> str:
    """From the link to the receipt; gives the receipt's heading. Raises ``StuckError``."""
    robot = Robot(http)
    page = robot.get(link)
    for _ in range(MOST_PAGES):
        main = tree_of(page).find(".//main")
        assert main is not None, page
        form, way_on = _main_form(main), _main(main, "a")
        if form is not None:
            sent = form_of(form, str(page.url))
            page = robot.send(sent, filled(sent) | _button(form))
            if page.status_code == 422:
                raise StuckError(f"{link}: {words(tree_of(page).find(ERRORS))}")
        elif way_on is not None:
            page = robot.get(urljoin(str(page.url), way_on.get("href") or ""))
        elif DONE in words(main):
            return words(main.find(".//h1"))
        else:
            raise StuckError(f"nothing to go on with: {words(main)[:600]}")
    raise StuckError(f"no receipt after {MOST_PAGES} pages")


def filled(form: Form) -> dict[str, str]:
    """What a person sends: every field typed that stands empty, every box ticked that goes along, first of a choice."""
    sent: dict[str, str] = {}
    for one in form.inputs:
        if one.kind == "checkbox":
            sent |= {one.name: one.value} if one.checked or one.name not in UNTICKED else {}
        elif one.kind == "radio":
            sent.setdefault(one.name, one.value)
        elif one.kind != "file":
            sent[one.name] = _typed(one)
    return sent


def _typed(one: Input) -> str:
    kept = one.kind in NOT_TYPED or (one.value and one.name not in {"acting_name", "acting_function"})
    return one.value if kept else text_for(one.name, mode=one.mode, long=one.kind == "textarea")


def _main_form(main: Element) -> Element | None:
    return next((form for form in main.iter("form") if _main(form, "button") is not None), None)


def _main(part: Element, tag: str) -> Element | None:
    return next((one for one in part.iter(tag) if MAIN_BUTTON in (one.get("class") or "").split()), None)


def _button(form: Element) -> dict[str, str]:
    button = _main(form, "button")
    name = button.get("name") if button is not None else None
    return {name: button.get("value") or ""} if button is not None and name else {}


def words(part: Element | None) -> str:
    """All that is to be read in a part of a page."""
    return " ".join("".join(part.itertext()).split()) if part is not None else ""
