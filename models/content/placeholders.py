"""Texts that this product has offered as an example, and that are never somebody's own words.

A person who pastes a printed line must not decide with our word: "Begründung" once became the grounds of a notice. The
product prints no such texts any more; older lines are still about in notes and terminals. Labels of fields stand here
too: they are printed beside the options they name. ``tests/cli/test_own_words.py`` walks through everything that
is printed and compares. Texts that may be true ("Kassenleitung") are not refused; they are no longer printed.
"""

import re
import unicodedata
from typing import Final

_OFFERED: Final = (
    # de
    "Begründung",
    "Was fehlt",
    "Worum es geht",
    "M. Muster",
    "Text",
    "Name",
    "Einzelheiten",
    "fehlende Angabe",
    "Vermerk",
    "handelnde Person",
    "Funktion der handelnden Person",
    "Herkunft der Telefonnummer",
    "Gesprächsperson (Funktion)",
    "Aktenzeichen der Behörde",
    "Gesprächsperson",
    "gewählte Nummer",
    "Telefonnummer",
    "gehörte Endstellen der IBAN, mindestens vier",
    # en
    "Reason",
    "The reason",
    "What is missing",
    "What it is about",
    "M. Example",
    "Details",
    "Missing item",
    "Note",
    "Acting person",
    "Function of the acting person",
    "Source of the telephone number",
    "Spoken with (function)",
    "File number of the authority",
    "Person spoken with",
    "Number dialled",
    "Telephone number",
    "last digits of the IBAN that were heard, four at least",
    "Number",
    "Digits",
)
_DOTS: Final = frozenset(".…·•‥_")
_SPACES: Final = re.compile(r"\s+")


def normal(text: str) -> str:
    """A text for comparison: letters alike, case and spaces alike, no signs at its ends."""
    alike = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(sign for sign in alike if unicodedata.category(sign) != "Cf")
    words = _SPACES.sub(" ", seen)
    first = next((n for n, sign in enumerate(words) if sign.isalnum()), len(words))
    last = next((n for n in range(len(words), first, -1) if words[n - 1].isalnum()), first)
    return words[first:last]


_PLACEHOLDERS: Final = frozenset(map(normal, _OFFERED))


def is_placeholder(text: str) -> bool:
    """Whether a text only stands for one: an example of ours, whatever quotes or brackets are around it, or dots.

    A dash alone is no placeholder: the forms ask for one where nothing is to be said.
    """
    words = normal(text)
    if words:
        return words in _PLACEHOLDERS
    dots = [sign for sign in text if not sign.isspace() and sign not in "\"'„“”‚‘’«»‹›()[]{}<>"]
    return bool(dots) and all(sign in _DOTS for sign in dots)
