"""How a text differs from the one before it, word by word."""

import pytest

from models.content.revisions import Mark, changed_paragraphs

BEFORE = "1. Entscheidung\nIhr Antrag wird abgelehnt.\n\n2. Gründe\nDas Vorhaben hatte begonnen.\n"


def said(before: str, now: str) -> list[list[tuple[str, str]]]:
    return [[(str(part.mark), part.text) for part in one] for one in changed_paragraphs(before, now)]


def test_only_what_differs_is_told_word_by_word() -> None:
    now = BEFORE.replace("hatte begonnen", "hatte am 1. September begonnen")
    assert said(BEFORE, now) == [
        [("same", "Das Vorhaben hatte "), ("added", "am 1. September "), ("same", "begonnen.")],
    ]


def test_another_word_is_struck_and_added() -> None:
    assert said(BEFORE, BEFORE.replace("begonnen.", "geendet.")) == [
        [("same", "Das Vorhaben hatte "), ("struck", "begonnen."), ("added", "geendet.")],
    ]


@pytest.mark.parametrize(("before", "now"), [("", BEFORE), (BEFORE, "")])
def test_a_text_that_was_or_is_empty_is_all_of_one_mark(before: str, now: str) -> None:
    (parts,) = said(before, now)
    assert [mark for mark, _ in parts] == [Mark.STRUCK if before else Mark.ADDED]
    assert parts[0][1].split() == BEFORE.split()


@pytest.mark.parametrize("now", [BEFORE, BEFORE.replace("\n\n", "\n"), BEFORE + "\n"])
def test_the_same_words_are_no_difference(now: str) -> None:
    assert said(BEFORE, now) == []


def test_both_texts_can_be_read_from_the_marks() -> None:
    now = "1. Entscheidung\nIhr Antrag wird zum Teil abgelehnt.\n2. Gründe\nSachausgaben.\nRechtsbehelf"
    for text, gone in ((BEFORE, Mark.ADDED), (now, Mark.STRUCK)):
        kept = " ".join(p.text for one in changed_paragraphs(BEFORE, now) for p in one if p.mark is not gone).split()
        assert [word for word in kept if word not in text.split()] == []
