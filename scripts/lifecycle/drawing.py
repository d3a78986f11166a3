"""The files of the pictures: the text that ``dot`` reads, and the SVG made of it, which names that text by its hash."""

import re
import subprocess
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final

from scripts.lifecycle.picture import Picture
from scripts.lifecycle.reading import ANY_TIME, phases
from workflows.notation import Heading, Line

PARTS: Final = {
    "Award": ("the decision", "acceptance and bank details", 6),
    "Proof of use": ("until it comes", "the check", 3),
}
"""Phases too wide for one picture: what its two parts show, and how many headings the first of them has."""


def pictures() -> dict[str, str]:
    """The text of each picture by its title. What goes on at any time makes no picture."""
    found: dict[str, str] = {}
    for name, lines in phases():
        if name != ANY_TIME:
            found |= {title: Picture(part).source() for title, part in _parts(name, lines)}
    return found


def titles(phase: str) -> tuple[str, ...]:
    """The titles of the pictures of a phase."""
    return tuple(f"{phase}: {part}" for part in PARTS[phase][:2]) if phase in PARTS else (phase,)


def file_name(title: str) -> str:
    """The name of a picture's files, without its ending."""
    return re.sub(r"[^a-z]+", "-", title.lower())


def hash_of(source: str) -> str:
    """What the SVG keeps of the text it was drawn from."""
    return sha256(source.encode()).hexdigest()


def draw(folder: Path) -> None:
    """Draws each picture whose text has changed. Raises ``FileNotFoundError`` where Graphviz is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    found = pictures()
    for title, source in found.items():
        stem = folder / file_name(title)
        svg = stem.with_suffix(".svg")
        stem.with_suffix(".dot").write_text(source, encoding="utf-8")
        if not svg.exists() or hash_of(source) not in svg.read_text(encoding="utf-8"):
            svg.write_text(_svg(title, source), encoding="utf-8")
    for path in folder.iterdir():
        if path.stem not in {file_name(title) for title in found}:
            path.unlink()


def _parts(name: str, lines: tuple[Line, ...]) -> list[tuple[str, tuple[Line, ...]]]:
    if name not in PARTS:
        return [(name, lines)]
    headings = [number for number, line in enumerate(lines) if isinstance(line, Heading)]
    start = headings[PARTS[name][2]]
    return list(zip(titles(name), (lines[:start], lines[start:]), strict=True))


def _svg(title: str, source: str) -> str:
    drawn = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, text=True, check=True).stdout
    body = drawn[drawn.index("<svg") :]
    body = re.sub(r"<!--.*?-->\n", "", body, flags=re.DOTALL)
    body = re.sub(r"<title>.*?</title>\n", "", body)  # names of nodes, which a browser would show as hints
    body = re.sub(r'width="(\d+)pt" height="(\d+)pt"', r'width="\1" height="\2" role="img"', body, count=1)
    body = re.sub(r'font-family="[^"]*"', 'font-family="Helvetica, Arial, sans-serif"', body)
    name = f"<title>{escape(title)}</title>\n<desc>drawn from {hash_of(source)}</desc>\n"
    head, _, rest = body.partition(">\n")
    return f"{head}>\n{name}{rest}"
