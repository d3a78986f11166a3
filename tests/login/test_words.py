"""The words of the log-in: the same keys in both languages, one for each code, and every key of a page has its text."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from models.tasks import Role
from templates import look_up
from tests.login.desk import TEMPLATES, words

KEY = re.compile(r't\("([\w.]+)"')
PAGES = sorted((TEMPLATES / "desk" / "login").glob("*.html"))


def texts(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, found in table.items():
        yield from texts(found, f"{path}{key}.") if isinstance(found, Mapping) else [(f"{path}{key}", found)]


def test_both_languages_say_the_same_things_with_the_same_facts() -> None:
    german, english = dict(texts(words("de"))), dict(texts(words("en")))
    assert german.keys() == english.keys()
    facts = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in german.items()}
    assert facts == {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in english.items()}


def test_every_key_of_a_page_has_its_text() -> None:
    used = {key for page in PAGES for key in KEY.findall(page.read_text("utf-8"))}
    whole = {key for key in used if not key.endswith(".")}
    assert len(whole) > 40
    assert [key for key in sorted(whole) if look_up(words("de"), key) is None and not key.endswith("link")] == []


def test_every_role_of_an_officer_is_described() -> None:
    assert words("de")["login"]["does"].keys() == {str(role) for role in Role if role is not Role.APPLICANT}


def test_no_page_holds_words_of_its_own() -> None:
    for page in PAGES:
        bare = re.sub(r"\{[%{].*?[%}]\}|<[^>]*>", "", page.read_text("utf-8"))
        assert not re.search(r"\w", bare), f"{page.name}: {bare.strip()}"
