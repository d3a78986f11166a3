"""The words of the desk: both languages have the same, each is used, and each that a page asks for is there."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from models.content.starts import START_CONTENT
from models.tasks import TASKS
from portal.desk.controls import LONG
from portal.desk.files import PARTS
from portal.desk.rounds import SORTED, answers
from portal.desk.wording import PAGES, DeskWords, own_words, preferred
from portal.fields import fields_of
from record.views.lists.filters import Order, Part
from record.views.tasks import ACCOUNT_WARNINGS
from templates import LANGUAGES

ROOT = Path(__file__).parents[2]
CODE = sorted((ROOT / "portal" / "desk").rglob("*.py"))
ASKED = re.compile(r"""\bt\(\s*f?["']([\w.]+)["'](\s*~)?""")
IN_PARTS: Mapping[str, tuple[str, ...]] = {
    "menu.": ("day", "rounds", "mail", "bank", "office"),
    "part.": tuple(part or "uebersicht" for part in PARTS),
    "filter.by_": tuple(Order),
    "list.": tuple(Part),
    "list_holds.": tuple(Part),
    "round.by_": tuple(SORTED),
    "round.who_": tuple(answers({"invitations": [], "cases": []})),
    "office.part_": ("personen", "kommunen", "programm", "behoerde", "verlauf"),
    "receipt.": ("applied", "refused", "received"),
    "warning.": ("already_begun", *ACCOUNT_WARNINGS),
}
"""Keys that a page puts together, by how they begin."""


BY_CODE = {"change", "certainty", "unit", "rule_value", "rule"}
"""Tables of the office's pages that are asked for by code; ``test_office_words`` compares them with the codes."""

APART = {"hint", "field", "option", "login", *BY_CODE}
"""Tables that are asked for by name of a field; those of the log-in are looked at in ``tests/login``."""


def asked() -> set[str]:
    found: set[str] = set()
    for path in (*PAGES.glob("*.html"), *PAGES.glob("office/*.html"), *PAGES.glob("casework/*.html"), *CODE):
        for key, joined in ASKED.findall(path.read_text(encoding="utf-8")):
            if key.partition(".")[0] not in BY_CODE:
                found |= {key + end for end in IN_PARTS[key]} if joined else {key}
    for path in CODE:
        found |= set(re.findall(r'_message\(frame, "([\w.]+)"', path.read_text(encoding="utf-8")))
    return found


def keys(table: Mapping[str, Any], at: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from keys(value, f"{at}{name}.")
        else:
            yield at + name


def test_both_languages_have_the_same_keys() -> None:
    german, english = (set(keys(own_words(lang))) for lang in LANGUAGES)
    assert german ^ english == set()


def test_each_word_that_is_asked_for_is_there_and_each_that_is_there_is_asked_for() -> None:
    there = {key for key in keys(own_words("de")) if key.partition(".")[0] not in APART}
    assert asked() - there == set()
    assert there - asked() == set()


def test_hints_fields_and_options_belong_to_fields_that_there_are() -> None:
    forms = [*(choice.content for task in TASKS.values() for choice in task.choices.values()), *START_CONTENT.values()]
    fields = {field["name"]: field for form in forms for field in fields_of(form)}
    named = {*fields, *(field["type"] for field in fields.values())}
    words = own_words("de")
    assert set(words["hint"]) | set(words["field"]) | LONG <= named
    for name, field in fields.items():
        for value in field.get("values", ()):
            assert DeskWords("de").name(name, value) != value, f"{name}: {value} has no words"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_values_stand_in_both_languages(lang: str) -> None:
    raw = tomllib.loads((PAGES / f"{lang}.toml").read_text(encoding="utf-8"))
    for key in keys(raw):
        mine, other = (DeskWords(one) for one in (lang, "de"))
        names = [sorted(re.findall(r"\{(\w+)\}", words.own(key))) for words in (mine, other)]
        assert names[0] == names[1], key


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("", "de"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.5", "en"),
        ("fr", "de"),
        (";;,,", "de"),
    ],
)
def test_the_language_is_the_browsers(accepted: str, lang: str) -> None:
    assert preferred(accepted) == lang
