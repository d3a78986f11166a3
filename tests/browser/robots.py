"""What a machine makes of a page: its links, its forms, and what it sends without understanding a word.

Pages are parsed as a browser parses them (html5lib). A robot follows, presses and sends; it never types.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import httpx

FOREIGN = ("mailto:", "tel:", "#")


@dataclass(frozen=True)
class Input:
    """A control of a form: ``kind`` is its type, ``textarea`` or ``select``; ``mode`` its ``inputmode``."""

    name: str
    kind: str
    value: str
    checked: bool
    mode: str = ""


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page; ``buttons``: (name, value) of each that sends it."""

    address: str
    post: bool
    multipart: bool
    inputs: tuple[Input, ...]
    buttons: tuple[tuple[str, str], ...]


Filled = Callable[[Form], dict[str, str]]


def as_found(form: Form) -> dict[str, str]:
    """What a browser sends when nothing was touched."""
    return {one.name: one.value for one in form.inputs if one.kind not in {"checkbox", "radio"} or one.checked}


def emptied(form: Form) -> dict[str, str]:
    """Every visible field empty, no box ticked; what is hidden goes along."""
    return {one.name: one.value if one.kind == "hidden" else "" for one in form.inputs if not _box(one)}


def all_ticked(form: Form) -> dict[str, str]:
    """Every box ticked, the first of each choice taken, nothing typed."""
    sent = as_found(form)
    for one in form.inputs:
        if one.kind == "checkbox":
            sent[one.name] = one.value
        elif one.kind == "radio":
            sent.setdefault(one.name, one.value)
    return sent


def _box(one: Input) -> bool:
    return one.kind in {"checkbox", "radio", "file"}


class Robot:
    """A client that follows redirects and keeps no cookie. ``headers`` go with every request."""

    def __init__(self, http: httpx.Client, headers: dict[str, str] | None = None) -> None:
        self._http, self._headers = http, headers or {}

    def get(self, address: str, method: str = "GET") -> httpx.Response:
        """A request without a body."""
        return self._http.request(method, address, headers=self._headers, follow_redirects=True)

    def send(self, form: Form, values: dict[str, str]) -> httpx.Response:
        """Sends a form."""
        if not form.post:
            return self._http.get(form.address, params=values, headers=self._headers, follow_redirects=True)
        how: dict[str, Any] = {"data": values}
        if form.multipart:
            how = {"files": {name: (None, value) for name, value in values.items()}}
        headers = {"Origin": str(self._http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"} | self._headers
        return self._http.post(form.address, headers=headers, follow_redirects=True, **how)

    def pages(self, start: str, depth: int) -> Iterator[httpx.Response]:
        """The page and all that its links lead to, ``depth`` steps far, each once."""
        seen, todo = {start}, [(start, 0)]
        while todo:
            address, far = todo.pop(0)
            page = self.get(address)
            yield page
            for link in links(page) if far < depth else ():
                if link not in seen:
                    seen.add(link)
                    todo.append((link, far + 1))

    def press(self, page: httpx.Response, filled: Filled, depth: int) -> int:
        """Presses every button of every form of a page, and of the pages that come back. How often it pressed."""
        pressed = 0
        for form in forms(page):
            for name, value in form.buttons or (("", ""),):
                answer = self.send(form, filled(form) | ({name: value} if name else {}))
                assert answer.status_code < 500, (form.address, answer.status_code)
                pressed += 1 + (self.press(answer, filled, depth - 1) if depth > 1 else 0)
        return pressed


def links(page: httpx.Response) -> list[str]:
    """Where the links of a page lead, as far as they stay with us."""
    targets = (one.get("href", "") for one in tree_of(page).iter("a"))
    whole = [urljoin(str(page.url), target) for target in targets if target and not target.startswith(FOREIGN)]
    return [one for one in whole if urlsplit(one).netloc == page.url.netloc.decode()]


def forms(page: httpx.Response) -> list[Form]:
    """All forms of a page."""
    return [form_of(one, str(page.url)) for one in tree_of(page).iter("form")]


def tree_of(page: httpx.Response) -> Element:
    """A page as a browser reads it; empty when it is none."""
    if "html" not in page.headers.get("content-type", ""):
        return Element("html")
    parsed: Element = html5lib.parse(page.text, namespaceHTMLElements=False)
    return parsed


def form_of(form: Element, page: str) -> Form:
    """A form as it stands on a page of this address."""
    controls = [one for one in form.iter() if one.tag in {"input", "textarea", "select"} and one.get("name")]
    buttons = [one for one in form.iter("button") if one.get("type", "submit") == "submit"]
    return Form(
        address=urljoin(page, form.get("action") or page),
        post=form.get("method", "get").lower() == "post",
        multipart=form.get("enctype") == "multipart/form-data",
        inputs=tuple(_input(one) for one in controls),
        buttons=tuple((one.get("name", ""), one.get("value", "")) for one in buttons),
    )


def _input(one: Element) -> Input:
    kind = one.get("type", "text") if one.tag == "input" else str(one.tag)
    value = "".join(one.itertext()) if kind == "textarea" else one.get("value", "on" if kind == "checkbox" else "")
    return Input(one.get("name", ""), kind, value, one.get("checked") is not None, one.get("inputmode", ""))
