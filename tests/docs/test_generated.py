"""Pages drawn from tables are never stale."""

import pytest

from scripts.diagrams import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_page_says_what_the_tables_say(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    assert page == PAGES[name](), "stale: run python -m scripts.diagrams"
