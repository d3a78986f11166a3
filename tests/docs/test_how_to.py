"""The how-tos name files that exist, and end with the command that proves that none was forgotten."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
FILE = re.compile(r"`([\w.-]+/[\w./-]*)`")
COMMAND = re.compile(r"^\.venv/bin/python -m pytest (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {*FILE.findall(text), *(part for line in COMMAND.findall(text) for part in line.split())}
    assert len(named) > 2
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_command_that_proves_completeness_is_named(page: Path) -> None:
    assert any("tests/agreement" in line for line in COMMAND.findall(page.read_text(encoding="utf-8")))


def test_each_how_to_is_found_from_the_readme() -> None:
    linked = set(re.findall(r"docs/how-to/([\w-]+)\.md", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert linked == {page.stem for page in PAGES}
