"""Telephone numbers as people write them: which are taken, and how a link dials them."""

import re
from typing import Final

SIMULATED: Final = "+49 69 90009 000"
"""Nobody answers here, ever: the Bundesnetzagentur keeps (0)69 90009 000 to 999 free for films and examples
(Mitteilung Nr. 148/2021, Amtsblatt 7/2021, "Rufnummern für Medienproduktionen")."""

_WRITTEN: Final = re.compile(r"\+?[0-9 ()/-]+")
_LEAST_DIGITS: Final = 6
_LONGEST: Final = 40


def checked(text: str) -> str:
    """A number with its spaces tidied. Raises ``ValueError`` with what is needed."""
    tidy = " ".join(text.split())
    digits = sum(sign.isdecimal() for sign in tidy)
    if not _WRITTEN.fullmatch(tidy) or digits < _LEAST_DIGITS or len(tidy) > _LONGEST:
        raise ValueError(
            f"a telephone number such as {SIMULATED} is needed: "
            f"digits, spaces, +, /, - and brackets, at least {_LEAST_DIGITS} digits"
        )
    return tidy


def link(text: str) -> str:
    """The address that dials a number (RFC 3966): ``tel:+496990009000``. A bracketed zero is not dialled abroad."""
    dialled = re.sub(r"\(0\)", "", text) if text.startswith("+") else text
    return "tel:" + re.sub(r"[^+0-9]", "", dialled)
