"""Until when somebody is away, as an automatic reply says it: German and English, with or without a year."""

import re
from datetime import date, timedelta
from typing import Final

LONGEST: Final = 5_000
FURTHEST: Final = timedelta(days=800)
"""A day further away is a slip or a joke, and means nothing."""

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner january jan",
            "februar february feb",
            "märz maerz march mrz mär mar",
            "april apr",
            "mai may",
            "juni june jun",
            "juli july jul",
            "august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_NAME: Final = (
    r"(?:(?:mo|di|mi|do|fr|sa|so|mon|tue|wed|thu|fri|sat|sun)(?:ntag|enstag|ttwoch|nnerstag|eitag|mstag|"
    r"nnabend|day|sday|nesday|"
    r"rsday|urday)?\.?,?\s{1,3}(?:(?:den|dem|the)\s{1,3})?)?"
)
_DATE: Final = (
    rf"{_DAY_NAME}(?:(?P<iso>20\d\d-\d\d-\d\d)(?!\d)"
    r"|(?P<d1>[0-3]?\d)\.\s{0,2}(?P<m1>[01]?\d)(?:\.(?:\s{0,2}(?P<y1>20\d\d|"
    r"\d\d)(?![\d:.]))?)?(?![\d])(?!\s?(?:uhr|%))"
    r"|(?P<d2>[0-3]?\d)(?:\.|st|nd|rd|th)?\s{0,2}(?:of\s)?"
    rf"(?P<m2>{_MONTH})\b\.?,?(?:\s{{1,2}}(?P<y2>20\d\d)(?!\d))?"
    rf"|(?P<m3>{_MONTH})\.?\s{{1,2}}(?P<d3>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|:)(?:,?\s{{1,2}}(?P<y3>20\d\d)(?!\d))?"
    r"|(?P<a4>[0-3]?\d)/(?P<b4>[0-3]?\d)(?:/(?P<y4>20\d\d|\d\d)(?!\d))?)"
)
_UNTIL: Final = re.compile(
    r"(?:\bbis|\buntil|\btill|\bthrough|\bthru|\bup to|\b(?:vom|from|"
    r"between)\b[^\n.!?]{3,60}?\.?\s{0,2}(?:-|–|to|and)(?=\s{0,2}\S))\s{1,3}"
    r"(?:(?:und mit|mit|zum|einschl(?:ießlich|\.)?|inkl(?:usive|\.)?|incl(?:uding|usive|\.)?|"
    r"and including|the|voraussichtlich|"
    rf"einschließlich zum|zu)\s{{1,3}}){{0,3}}(?:dem\s{{1,3}})?{_DATE}",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(
    rf"\d{{1,2}}\.\s?(?:\d{{1,2}}\.(?:\d{{2,4}})?|(?:{_MONTH}))?\s{{0,2}}[-–]\s{{0,2}}{_DATE}", re.IGNORECASE
)
_BACK: Final = re.compile(
    r"(?:\b(?:wieder|erst wieder|zurück|erreichbar|im (?:büro|dienst|haus))\b[^.!?\n]{0,30}?\b(?:ab|am)|\ba[bm](?= )|"
    r"\b(?:return(?:ing)?|back|available)\b[^.!?\n]{0,40}?\b(?:on|from))\s{1,3}(?:(?:dem|den|the)\s{1,3})?" + _DATE,
    re.IGNORECASE,
)
_BACK_WORDS: Final = re.compile(r"wieder|zurück|erreichbar|im büro|im dienst|return|back|available", re.IGNORECASE)


def absent_until(text: str, sent: date) -> date | None:
    """The last day of the absence the text names, not before ``sent``; None if it names none that can be told.

    A day without a year is the next such day. "Back on the 16th" means away until the 15th.
    """
    text = " ".join(text[:LONGEST].split())
    for pattern in (_UNTIL, _SPAN):
        for match in pattern.finditer(text):
            day = _day(match, sent)
            if day is not None and sent <= day <= sent + FURTHEST:
                return day
    for match in _BACK.finditer(text):
        day = _day(match, sent)
        around = text[max(match.start() - 60, 0) : match.end() + 60]
        if day is not None and sent < day <= sent + FURTHEST and _BACK_WORDS.search(around):
            return day - timedelta(days=1)
    return None


def _day(match: re.Match[str], sent: date) -> date | None:
    part = match.groupdict()
    if part["iso"]:
        return _date(int(part["iso"][:4]), int(part["iso"][5:7]), int(part["iso"][8:]))
    if part["a4"]:
        day, month = _slashes(int(part["a4"]), int(part["b4"]))
        year = part["y4"]
    else:
        number = next(n for n in ("1", "2", "3") if part[f"d{n}"])
        named = part[f"m{number}"].lower()
        day, month, year = int(part[f"d{number}"]), _MONTHS.get(named) or int(named), part[f"y{number}"]
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    return _next(month, day, sent)


def _slashes(first: int, second: int) -> tuple[int, int]:
    """Day and month of 15/03 or 03/15; where both readings are possible none is taken (month 0)."""
    if first > 12:
        return first, second
    if second > 12:
        return second, first
    return (first, second) if first == second else (first, 0)


def _next(month: int, day: int, sent: date) -> date | None:
    found = (_date(year, month, day) for year in range(sent.year, sent.year + 2))
    return next((one for one in found if one is not None and one >= sent - timedelta(days=31)), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None  # "31.02." is no day
