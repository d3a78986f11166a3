"""Which signs a text may hold, and when a text is empty: one rule for every way in.

A NUL cannot be stored in PostgreSQL, a lone surrogate cannot be written as UTF-8, other controls steer terminals and
printers and stand in no letter. All of them are refused, never dropped in silence: nobody types them on purpose, so
something went wrong on the way and the words may be wrong too. Texts from mails are the exception (:func:`printable`):
they came by themselves, their bytes are kept, and there is nobody to ask.
"""

import re
import unicodedata
from typing import Final

_CONTROLS: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_REFUSED_IN_TEXT: Final = re.compile(f"[{_CONTROLS}]")
_REFUSED_IN_LINE: Final = re.compile(f"[{_CONTROLS}\t\n\r\u2028\u2029]")
_LINE_BREAK: Final = re.compile("\r\n|[\r\u2028\u2029]")
# Removed, not refused: telephones and chat programs put them around copied names and numbers, people cannot see them
# to take them out, and without them a text reads in the order in which it is stored, so it cannot show another one.
_DIRECTION: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
LOOK_EMPTY: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols of Unicode that are drawn as nothing: Hangul fillers, the empty Braille pattern."""
_NO_SIGN: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
"""Categories that show nothing when they stand alone; a combining mark needs a letter to stand on."""


class ControlCharacterError(ValueError):
    """A text holds a sign that no text may hold. The message is the stable code."""

    def __init__(self) -> None:
        super().__init__("control_characters")


def one_line(text: str) -> str:
    """A text of one line, stripped; "" when nothing of it can be seen. Raises ``ControlCharacterError``."""
    if _REFUSED_IN_TEXT.search(text) or _REFUSED_IN_LINE.search(text.strip()):
        raise ControlCharacterError
    return _visible(text)


def lines(text: str) -> str:
    """A text of several lines (LF), stripped; "" when nothing of it can be seen. Raises ``ControlCharacterError``."""
    if _REFUSED_IN_TEXT.search(text):  # before anything is stripped: Python counts some controls as spaces
        raise ControlCharacterError
    return _visible(_LINE_BREAK.sub("\n", text))


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return all(sign in LOOK_EMPTY or unicodedata.category(sign) in _NO_SIGN for sign in text)


def is_key(text: str) -> bool:
    """Whether a text can be looked up at all: ids, keys and names of documents never hold a control sign."""
    return _REFUSED_IN_LINE.search(text) is None


def printable(text: str) -> str:
    """What can be shown and stored of a text that came by itself (a mail): controls and direction signs left out."""
    return _REFUSED_IN_TEXT.sub("", _DIRECTION.sub("", _LINE_BREAK.sub("\n", text)))


def _visible(text: str) -> str:
    text = _DIRECTION.sub("", text).strip()
    return "" if is_blank(text) else text
