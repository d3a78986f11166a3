"""HTML of a mail as plain text. It is read, never shown: no style, no script, no picture, no foreign address."""

import re
from html.parser import HTMLParser
from typing import Final

LONGEST: Final = 200_000
MOST_TAGS: Final = 5_000
LONGEST_TAG: Final = 2_000
"""Of a longer mail the beginning is read: the standard parser is not linear on broken markup."""

_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe"})
_BLOCK: Final = frozenset(
    {"p", "div", "tr", "table", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article"}
    | {"header", "footer", "address", "pre", "form", "fieldset", "hr"}
)
_SPACES: Final = re.compile(r"[ \t\r\n\f\u00a0]+")


def html_to_text(html: str) -> str:
    """The text of the markup; quotations (``blockquote``) with ``> `` before each line, lists with ``- ``."""
    html = html[:LONGEST]
    html = html[: _place(html, "<", MOST_TAGS)]
    reader = _Reader()
    reader.feed(re.sub(rf"<(?![^>]{{0,{LONGEST_TAG}}}>)(?!!--)", "&lt;", html))
    reader.close()
    return reader.text()


def _place(text: str, what: str, times: int) -> int:
    at = -1
    for _ in range(times):
        at = text.find(what, at + 1)
        if at < 0:
            return len(text)
    return at


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._silent: list[str] = []
        self._quoted = 0
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Breaks lines at blocks, keeps silent in heads and scripts, notes quotations."""
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "body":
            self._silent.clear()  # a head without an end
        elif tag == "br":
            self._end_line()
        elif tag in {"td", "th"}:
            self._line.append(" ")
        elif tag == "li":
            self._block()
            self._line.append("- ")
        elif tag == "blockquote":
            self._block()
            self._quoted += 1
        elif tag in _BLOCK:
            self._block()
            self._pre += tag == "pre"
            if tag == "p":
                self._gap()

    def handle_endtag(self, tag: str) -> None:
        """Ends blocks and quotations."""
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag == "blockquote":
            self._block()
            self._quoted = max(self._quoted - 1, 0)
        elif tag in _BLOCK or tag == "li":
            self._block()
            self._pre = max(self._pre - (tag == "pre"), 0)
            if tag == "p":
                self._gap()

    def handle_data(self, data: str) -> None:
        """Text: white space counts as one space, except in ``pre``."""
        if self._silent:
            return
        if not self._pre:
            self._line.append(_SPACES.sub(" ", data))
            return
        for number, line in enumerate(data.split("\n")):
            if number:
                self._end_line()
            self._line.append(line)

    def _block(self) -> None:
        if "".join(self._line).strip():
            self._end_line()
        self._line.clear()

    def _gap(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append("> " * min(self._quoted, 5))

    def _end_line(self) -> None:
        text = "".join(self._line)
        self._line.clear()
        text = text.rstrip() if self._pre else _SPACES.sub(" ", text).strip()
        self._lines.append("> " * min(self._quoted, 5) + text)

    def text(self) -> str:
        """All lines so far."""
        self._block()
        return "\n".join(self._lines).strip("\n")
