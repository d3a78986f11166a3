"""A browser without script, style and cookies: pages parsed as a real one parses them, forms used by their labels.

Every page that is opened is checked against the house's rules of accessibility, so no test can walk past a bad one.
"""

from itertools import pairwise
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import html5lib

from tests.portal.client import Client

NOT_LABELLED = {"hidden", "submit", "button"}


class Page:
    """One page. ``press`` sends its form and gives the page that follows."""

    def __init__(self, client: Client, path: str, response: Any) -> None:
        self.client, self.path, self.status, self.html = client, path, response.status_code, response.text
        self.headers = response.headers
        self.root: Element = html5lib.parse(self.html, namespaceHTMLElements=False)
        self.problems = accessibility(self.root)
        assert not self.problems, (path, self.problems)
        self._fields: dict[str, list[str]] = {}
        self._files: list[tuple[str, tuple[str, bytes, str]]] = []

    @property
    def title(self) -> str:
        """The document's title."""
        return words(self.root.find("head/title"))

    @property
    def heading(self) -> str:
        """The one h1."""
        return words(self.root.find(".//h1"))

    @property
    def text(self) -> str:
        """All words of the main part."""
        return words(self.root.find(".//main"))

    @property
    def errors(self) -> list[str]:
        """The lines of the error summary."""
        return [words(a) for a in self.root.findall(".//*[@id='fehlerliste']//a")]

    def control(self, label: str) -> Element:
        """The control a label belongs to; the label's text begins like this."""
        for one in self.root.iter("label"):
            if words(one).startswith(label):
                found = self.root.find(f".//*[@id='{one.get('for')}']")
                assert found is not None
                return found
        raise LookupError(f"no label {label!r} on {self.title}")

    def type(self, typed: dict[str, str]) -> "Page":
        """Types into fields, by label."""
        for label, text in typed.items():
            self._fields[self.control(label).get("name", "")] = [text]
        return self

    def tick(self, *labels: str) -> "Page":
        """Ticks boxes and radio buttons, by label."""
        for label in labels:
            control = self.control(label)
            self._fields[control.get("name", "")] = [control.get("value", "")]
        return self

    def choose(self, question: str, option: str) -> "Page":
        """Chooses one of the options below a question, both by how they begin."""
        for group in self.root.iter("fieldset"):
            if words(group.find("legend")).startswith(question):
                for label in group.iter("label"):
                    if words(label).startswith(option):
                        control = self.root.find(f".//*[@id='{label.get('for')}']")
                        assert control is not None
                        self._fields[control.get("name", "")] = [control.get("value", "")]
                        return self
        raise LookupError(f"no option {option!r} below {question!r} on {self.title}")

    def untick(self, label: str) -> "Page":
        """Takes a tick away."""
        self._fields[self.control(label).get("name", "")] = []
        return self

    def attach(self, label: str, *files: tuple[str, bytes]) -> "Page":
        """Chooses files."""
        name = self.control(label).get("name", "")
        self._files += [(name, (file_name, content, "application/octet-stream")) for file_name, content in files]
        return self

    def has(self, label: str) -> bool:
        """Whether a control or a question begins like this."""
        questions = [*self.root.iter("label"), *self.root.iter("legend")]
        return any(words(one).startswith(label) for one in questions)

    def offers(self, text: str) -> bool:
        """Whether a button says this."""
        return any(words(one) == text for one in self.root.iter("button"))

    def go(self, link: str) -> "Page":
        """Follows a link by its text."""
        for one in self.root.iter("a"):
            if words(one) == link:
                return visit(self.client, urljoin(self.path, one.get("href") or ""))
        raise LookupError(f"no link {link!r} on {self.title}")

    def press(self, button: str) -> "Page":
        """Presses a button by its text and follows redirects."""
        for form in self.root.iter("form"):
            for one in form.iter("button"):
                if words(one) == button:
                    return self._send(form, one)
        raise LookupError(f"no button {button!r} on {self.title}")

    def _send(self, form: Element, button: Element) -> "Page":
        data: dict[str, list[str]] = {}
        for name, value in standing(form):
            data.setdefault(name, []).append(value)
        data |= {name: list(values) for name, values in self._fields.items()}
        if button.get("name"):
            data[button.get("name", "")] = [button.get("value", "")]
        target = urljoin(self.path, form.get("action") or self.path)
        files: Any = self._files
        if form.get("enctype") == "multipart/form-data":
            files = files or [("files", ("", b"", "application/octet-stream"))]
        response = self.client.post(target, data=data, files=files or None, headers={"Sec-Fetch-Site": "same-origin"})
        return follow(self.client, target, response)


def follow(client: Client, path: str, response: Any) -> Page:
    """The page at the end of all redirects."""
    while response.status_code in {301, 302, 303, 307}:
        path = urljoin(path, response.headers["location"])
        response = client.get(path)
    return Page(client, path, response)


def visit(client: Client, path: str) -> Page:
    """Opens an address."""
    return follow(client, path, client.get(path))


def standing(form: Element) -> list[tuple[str, str]]:
    """What a form would send if nobody touched it."""
    found = []
    for one in form.iter():
        name, kind = one.get("name"), one.get("type", "text")
        if not name or one.tag not in {"input", "textarea"} or kind == "file":
            continue
        if kind in {"checkbox", "radio"} and one.get("checked") is None:
            continue
        value = (one.text or "").removeprefix("\n") if one.tag == "textarea" else one.get("value", "")
        found.append((name, value))
    return found


def words(element: Element | None) -> str:
    """The text of an element and all within it, spaces made one."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def accessibility(root: Element) -> list[str]:
    """What is wrong with a page, in one line each."""
    wrong = []
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    wrong += [f"id twice: {one}" for one in set(ids) if ids.count(one) > 1]
    if root.get("lang") != "de":
        wrong.append("no language")
    if len(list(root.iter("h1"))) != 1:
        wrong.append("not exactly one h1")
    if not words(root.find("head/title")).strip():
        wrong.append("no title")
    labels = [one.get("for") for one in root.iter("label")]
    wrong += [f"label for nothing: {one}" for one in labels if one not in ids]
    for one in root.iter():
        wrong += _element(one, ids, labels)
    wrong += [
        f"fieldset without legend: {words(one)[:40]}" for one in root.iter("fieldset") if one.find("legend") is None
    ]
    return wrong + _summary(root) + _levels(root)


def _element(one: Element, ids: list[str | None], labels: list[str | None]) -> list[str]:
    wrong = []
    typed = one.tag in {"input", "textarea", "select"} and one.get("type") not in NOT_LABELLED
    if typed and labels.count(one.get("id")) != 1:
        wrong.append(f"not one label: {one.get('name')}")
    named = f"{one.get('aria-describedby') or ''} {one.get('aria-labelledby') or ''}".split()
    wrong += [f"described by nothing: {name}" for name in named if name not in ids]
    target = one.get("href") or ""
    if one.tag == "a" and target.startswith("#") and target[1:] not in ids:
        wrong.append(f"link to nothing: {target}")
    if one.tag == "a" and not words(one):
        wrong.append("link without words")
    if one.tag in {"script", "iframe", "object", "embed", "style"} or one.get("style"):
        wrong.append(f"active or inline: {one.tag}")
    if any(name.startswith("on") for name in one.attrib):
        wrong.append(f"handler: {one.tag}")
    return wrong


def _summary(root: Element) -> list[str]:
    """Errors: the title says so, each line leads to a control, and that control says it again."""
    summary = root.find(".//*[@id='fehlerliste']")
    said = words(root.find("head/title")).startswith("Fehler: ")
    if summary is None:
        return ["title says error, page does not"] if said else []
    wrong = [] if said else ["title does not say error"]
    if summary.get("role") != "alert":
        wrong.append("summary is no alert")
    for link in summary.iter("a"):
        target = root.find(f".//*[@id='{(link.get('href') or '')[1:]}']")
        if target is None or target.tag not in {"input", "textarea"}:
            wrong.append(f"error leads to no control: {link.get('href')}")
    return wrong


def _levels(root: Element) -> list[str]:
    levels = [int(one.tag[1]) for one in root.iter() if one.tag in {"h1", "h2", "h3", "h4"}]
    return [f"heading level jumps to {b}" for a, b in pairwise(levels) if b > a + 1]
