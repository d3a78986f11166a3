"""Every word a person reads. This module loads the text catalogue; letters and pages stand beside it.

The catalogue is plain TOML, one file a language, with the same keys in both. It is loaded without any heavy
import, because ``starter.py --help`` needs it too.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("de", "en")
_TEXTS = Path(__file__).parent / "texts"


@cache
def catalogue(lang: str = "de") -> dict[str, Any]:
    """All texts of one language as nested tables; treat them as read-only. Raises ``KeyError`` for another one."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    return tomllib.loads((_TEXTS / f"{lang}.toml").read_text(encoding="utf-8"))


def look_up(texts: Mapping[str, Any], key: str) -> str | None:
    """The text under a dotted key (``choice.examine.award``), or none. Enum members serve as parts of a key."""
    found: Any = texts
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found if isinstance(found, str) else None
