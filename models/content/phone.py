"""Telephone numbers as people write them: which are taken, how they are compared, and how a link dials them."""

import re
from typing import Final

SIMULATED: Final = "+49 69 90009 000"
"""Nobody answers here, ever: the Bundesnetzagentur keeps (0)69 90009 000 to 999 free for films and examples
(Mitteilung Nr. 148/2021, Amtsblatt 7/2021, "Rufnummern für Medienproduktionen")."""

_WRITTEN: Final = re.compile(r"\+?[0-9 ()/-]+")
_LEAST_DIGITS: Final = 6
_LONGEST: Final = 40
_MOST_DIGITS: Final = 15
"""Of a number with its country, by ITU-T E.164."""

_HOME: Final = "49"
"""Country of a number that begins with one zero."""


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


def canonical(text: str) -> str:
    """The one writing by which numbers are compared (E.164): ``+496990009000``. Without a country it is a German one.

    Raises ``ValueError`` for what is no number, or has no area code: nobody could say whom it reaches.
    """
    tidy = checked(text)
    digits = re.sub(r"[^0-9]", "", re.sub(r"\(0\)", "", tidy) if tidy.startswith(("+", "00")) else tidy)
    if tidy.startswith("+"):
        whole = digits
    elif digits.startswith("00"):
        whole = digits[2:]
    elif digits.startswith("0"):
        whole = _HOME + digits[1:]
    else:
        raise ValueError(f"a telephone number with its area code is needed, such as {SIMULATED}")
    if whole.startswith("0") or not _LEAST_DIGITS <= len(whole) <= _MOST_DIGITS:
        raise ValueError(f"a telephone number such as {SIMULATED} is needed, of at most {_MOST_DIGITS} digits")
    return f"+{whole}"


def link(text: str) -> str:
    """The address that dials a number (RFC 3966): ``tel:+496990009000``. A bracketed zero is not dialled abroad."""
    dialled = re.sub(r"\(0\)", "", text) if text.startswith("+") else text
    return "tel:" + re.sub(r"[^+0-9]", "", dialled)
