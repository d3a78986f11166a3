"""Names of people: when two of them are one, and which can stand in a mail's header."""

import re
import unicodedata
from typing import Final

from models.content.texts import LOOK_EMPTY

_TITLES: Final = frozenset(
    {"dr", "doktor", "prof", "professor", "professorin", "frau", "herr", "fr", "hr", "mr", "mrs", "ms"}
)
_LIKE_LATIN: Final = str.maketrans(
    "АВЕЗІЈКМНОРСТУХЅҮаеіјкорсухѕһӏԁԛԝүΑΒΕΖΗΙΚΜΝΟΡΤΥΧανικορτυχωγ" + "ıłøđŁØĐ01|",
    "ABE3IJKMHOPCTYXSYaeijkopcyxshldqwyABEZHIKMNOPTYXavikoptuxwy" + "ilodLODol" + "l",
)
"""Letters of other scripts, and signs, that a reader takes for Latin ones (excerpt of Unicode's confusables)."""
_NOT_IN_NAMES: Final = re.compile(r'[<>@"\\;]')


def same_person(one: str, other: str) -> bool:
    """Whether two names, as typed, name one person to a reader.

    Alike are: letter case, accents and letters that only look alike; titles, dots, hyphens and spaces; signs that
    cannot be seen; and the order of the parts ("Muster, Erika" is "Erika Muster"). Two people of one name cannot be
    told apart, so they need their function or a middle name beside it.
    """
    return person_key(one) == person_key(other)


def person_key(name: str) -> tuple[str, ...]:
    """What is compared of a name: its parts in one order; of titles alone the titles."""
    parts = sorted(_folded(name).split())
    return tuple(part for part in parts if part not in _TITLES) or tuple(parts)


def fits_header(name: str) -> bool:
    """Whether a new name may be entered for somebody we write to.

    Refused is what builds addresses: ``< > @ " \\ ;``. Commas, colons and brackets stay allowed, because offices are
    called so ("Landkreis Fulda, Fachbereich 4 (Integration)"); :mod:`activities.letters.mime` writes every name so
    that it is one name in the header, also those that were stored before this rule.
    """
    return _NOT_IN_NAMES.search(name) is None


def _folded(name: str) -> str:
    """Small Latin letters where that is possible, and single spaces between the parts."""
    alike = unicodedata.normalize("NFKC", name).translate(_LIKE_LATIN).casefold().translate(_LIKE_LATIN)
    plain = unicodedata.normalize("NFKD", alike)
    return "".join(_letter(sign) for sign in plain)


def _letter(sign: str) -> str:
    if sign.isspace() or sign in LOOK_EMPTY:  # a gap is seen
        return " "
    if sign.isalnum():
        return sign
    return "" if unicodedata.category(sign)[0] in {"M", "C"} else " "
