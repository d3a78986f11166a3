"""Texts that the law asks of an authority's site and only the authority can write: one plain file each.

They lie in the folder of ``WIR_OFFICE_TEXTS``: ``impressum.txt`` (§ 5 DDG), ``datenschutz.txt`` (Art. 13 DSGVO) and
``barrierefreiheit.txt`` (what the accessibility statement cannot know: date of the last check, plain and sign
language). UTF-8; an empty line ends a paragraph, a line that begins with ``# `` is a heading.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAMES: Final = ("impressum", "datenschutz", "barrierefreiheit")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, or a heading."""

    text: str
    heading: bool = False


class StatutoryTexts:
    """The texts of a folder. Without a folder, or a file in it, a text is missing, and its page says so."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def paragraphs(self, name: str) -> list[Paragraph]:
        """A text in its paragraphs; none where it is missing. Raises ``OSError`` and ``UnicodeDecodeError``."""
        path = self._folder / f"{name}.txt" if self._folder else None
        if path is None or not path.is_file():
            return []
        blocks = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").split("\n\n")
        return [paragraph for block in blocks if (paragraph := _paragraph(block.strip())).text]

    def missing(self) -> list[str]:
        """Names of the texts that are not there, or empty."""
        return [name for name in NAMES if not self.paragraphs(name)]


def _paragraph(block: str) -> Paragraph:
    heading = block.startswith("# ") or block == "#"
    return Paragraph(block.removeprefix("#").strip() if heading else block, heading)
