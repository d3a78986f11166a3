"""A page as a person sees it: its heading, its texts, its forms; fields are found by what is written beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset({"input", "link", "meta", "br", "img"})
_READ: Final = frozenset({"label", "legend", "button", "h1", "dt", "dd", "textarea", "a"})
Pairs = list[tuple[str, str]]


class StumbleError(Exception):
    """A simulated person could not go on: a label, a button or a link is missing, or a page says no."""


@dataclass
class Control:
    """A field. ``label`` is what stands beside it, ``legend`` what stands above its group."""

    name: str
    kind: str
    value: str = ""
    id: str = ""
    checked: bool = False
    label: str = ""
    legend: str = ""


@dataclass
class Form:
    """A form: where it goes, its fields in order, its buttons (text, name, value)."""

    action: str = ""
    multipart: bool = False
    controls: list[Control] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def labels(self) -> set[str]:
        """What stands beside the fields, and above groups of choices."""
        return {one.legend if one.kind == "radio" else one.label for one in self.controls}

    def offers(self, button: str) -> bool:
        """Whether a button says this."""
        return any(text == button for text, *_ in self.buttons)

    def filled(self, answers: Mapping[str, str], button: str, *, tick_all: bool = False) -> Pairs:
        """What a browser would send. ``answers``: text by label; a box is ticked by any text, a choice by its own.

        Raises ``StumbleError`` for a label or a button that is not there.
        """
        if missing := [label for label in answers if label not in self.labels]:
            raise StumbleError(f"no field is called {missing[0]!r}; there are {sorted(self.labels - {''})}")
        options = {(one.legend, one.label) for one in self.controls if one.kind == "radio"}
        for legend in {legend for legend, _ in options} & answers.keys():
            if (legend, answers[legend]) not in options:
                raise StumbleError(f"{legend!r} cannot be answered by {answers[legend]!r}")
        pairs = [(one.name, text) for one in self.controls if (text := _sent(one, answers, tick_all)) is not None]
        pressed = next(((name, value) for text, name, value in self.buttons if text == button), None)
        if pressed is None:
            raise StumbleError(f"no button says {button!r}; there are {[text for text, *_ in self.buttons]}")
        return [*pairs, pressed] if pressed[0] else pairs


def _sent(control: Control, answers: Mapping[str, str], tick_all: bool) -> str | None:
    match control.kind:
        case "checkbox":
            ticked = bool(answers[control.label]) if control.label in answers else control.checked or tick_all
            return control.value if ticked else None
        case "radio":
            chosen = answers[control.legend] == control.label if control.legend in answers else control.checked
            return control.value if chosen else None
        case "file":
            return None
    return answers.get(control.label, control.value) if control.label else control.value


@dataclass
class Page:
    """What is on a page. ``facts``: terms and what they say; ``errors``: above a form; ``links``: by text."""

    heading: str = ""
    errors: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def form(self) -> Form:
        """The page's one form. Raises ``StumbleError`` without one."""
        if len(self.forms) != 1:
            raise StumbleError(f"the page {self.heading!r} has {len(self.forms)} forms")
        return self.forms[0]

    def form_with(self, button: str) -> Form:
        """The form that has this button. Raises ``StumbleError`` without one."""
        found = next((form for form in self.forms if form.offers(button)), None)
        if found is None:
            raise StumbleError(f"the page {self.heading!r} has no form with a button {button!r}")
        return found


def read_page(html: str) -> Page:
    """Reads a page of ours; they are well-formed, which another test holds."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._texts: dict[int, list[str]] = {}
        self._legends: list[str] = []
        self._term = ""
        self._labels: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what opens."""
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.page.forms.append(Form(told.get("action", ""), "multipart" in told.get("enctype", "")))
        elif tag == "fieldset":
            self._legends.append("")
        elif tag == "input":
            self._control(told, told.get("type", "text"), told.get("value", ""))
        if tag not in _VOID:
            self._open.append((tag, told))
            if tag in _READ:
                self._texts[len(self._open)] = []

    def handle_data(self, data: str) -> None:
        """Text belongs to everything that is open and read."""
        for text in self._texts.values():
            text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Notes what closes."""
        if not self._open or self._open[-1][0] != tag:
            return
        text = "".join(self._texts.pop(len(self._open), []))
        _, told = self._open.pop()
        if tag == "textarea":
            self._control(told, "textarea", text.removeprefix("\n"))
        elif tag in _READ:
            self._take(tag, told, " ".join(text.split()))
        elif tag == "fieldset":
            self._legends.pop()
        elif tag == "form":
            for one in self.page.forms[-1].controls:
                one.label = self._labels.get(one.id, "")

    def _control(self, told: dict[str, str], kind: str, value: str) -> None:
        if not self.page.forms or not any(tag == "form" for tag, _ in self._open):
            return
        legend = self._legends[-1] if self._legends else ""
        one = Control(told.get("name", ""), kind, value, told.get("id", ""), "checked" in told, legend=legend)
        self.page.forms[-1].controls.append(one)

    def _take(self, tag: str, told: dict[str, str], text: str) -> None:
        match tag:
            case "h1":
                self.page.heading = text
            case "label":
                self._labels[told.get("for", "")] = text.removesuffix("(freiwillig)").strip()
            case "legend":
                self._legends[-1] = text
            case "button":
                self.page.forms[-1].buttons.append((text, told.get("name", ""), told.get("value", "")))
            case "a" if told.get("href", "").startswith("#f-"):
                self.page.errors.append(text)
            case "a":
                self.page.links[text] = told.get("href", "")
            case "dt":
                self._term = text
            case "dd":
                self.page.facts[self._term] = text
