"""Ids of cases: they say line, year and the recipient's official key, so that a person can read and type them."""

import re
from typing import Final

from models.recipients import KEY
from models.rounds import round_id

_CASE_ID: Final = re.compile(rf"wir-[a-z]{{2,8}}-\d{{4}}-(?P<key>{KEY})(-[1-9]\d{{0,2}})?")
"""A key holds no hyphen, so the number after it stands apart."""


def case_id_of(line: str, year: int, key: str, number: int = 1) -> str:
    """``wir-fm-2018-06631``; the second application of a year, after a refusal or withdrawal, ends in ``-2``."""
    stem = f"{round_id(line, year)}-{key}"
    return stem if number == 1 else f"{stem}-{number}"


def recipient_key(text: str) -> str:
    """The official key in a case's id: the key valid on the day of the application. Empty for anything else."""
    found = _CASE_ID.fullmatch(text)
    return found["key"] if found else ""
