"""The demo speaks German and English, and says the same in both."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cli.words import Words
from demo.narration import Narrator, texts
from demo.play import the_cast
from templates import LANGUAGES

PLACES = re.compile(r"\{(\w+)\}")
GERMAN = re.compile(r"[äöüßÄÖÜ„]|\b(?:und|der|die|das|ist|wird|Kommunen|Bescheid|Antrag|Stelle)\b")


def leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, found in table.items():
        if isinstance(found, Mapping):
            yield from leaves(found, f"{path}{key}.")
        else:
            yield f"{path}{key}", found if isinstance(found, str) else "\n".join(found)


def test_both_languages_have_the_same_keys_and_places() -> None:
    told = {lang: dict(leaves(texts(lang))) for lang in LANGUAGES}
    assert list(told["de"]) == list(told["en"])
    assert [key for key in told["de"] if PLACES.findall(told["de"][key]) != PLACES.findall(told["en"][key])] == []
    names = {"short_name"}
    assert [key for key, text in told["en"].items() if GERMAN.search(text) and key.split(".")[0] not in names] == []


def test_whatever_the_year_says_it_says_in_both() -> None:
    said = [(work.said("de"), work.said("en")) for stop in the_cast().stops for work in stop.work]
    assert len([german for german, _ in said if german]) > 30
    for german, english in said:
        assert bool(german) == bool(english), german
        assert sorted(PLACES.findall(german)) == sorted(PLACES.findall(english)), german
        assert not GERMAN.search(english), english


@pytest.mark.parametrize(("lang", "seconds"), [("de", "64,3"), ("en", "64.3")])
def test_numbers_follow_the_language(lang: str, seconds: str) -> None:
    narrator = Narrator(Words(lang, "./starter.py"))
    assert narrator.seconds(64.28) == seconds


def test_the_language_is_the_one_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIR_LANG", "en")
    assert Narrator().text("report.title") == "Report"
    monkeypatch.delenv("WIR_LANG")
    assert Narrator().text("report.title") == "Bericht"
