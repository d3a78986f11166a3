"""What is new in a reply: without the mail it answers, without signature where that can be told.

The words by which mail programs introduce a quotation come from ``mail-parser-reply`` (German and English). Its
patterns are tried only where a line looks like one, on a few short lines, so that no text makes them slow.
"""

import re
from typing import Final

from mailparser_reply.parser import EmailMessage as ReplyWords  # type: ignore[import-untyped]

LONGEST_LINE: Final = 300
MOST_LINES: Final = 5_000
MOST_TRIES: Final = 30

_HEADER: Final = ReplyWords(text="", languages=["de", "en"]).HEADER_REGEX
_HINT: Final = re.compile(
    r"[>\s*]*(?:am\b.*|on\b.*|.*\b(?:schrieb|wrote)\b.*|(?:von|from|gesendet|sent|datum|date|an|to)\s*:.*)",
    re.IGNORECASE,
)
_INTRODUCTION: Final = re.compile(
    r"[>\s*]*(?:(?:am|on)\s.{4,200}\b(?:schrieb|wrote)\b.{0,120}:|.{3,120}\b(?:schrieb|wrote)\b.{0,80}:|"
    r"-{3,}\s*(?:ursprüngliche (?:nachricht|mail)|original(?:nachricht|[- ]message| e-?mail)|"
    r"urspr\. nachr\.)[^-]{0,40}-{2,}|"
    r"-{3,}\s*(?:weitergeleitet|forwarded|begin forwarded)[^-]{0,80}-*|anfang der weitergeleiteten.*|"
    r"\d{4}-\d\d-\d\d \d\d:\d\d.{1,120}<[^<>]{3,120}>:)\s*",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(
    r"[>\s*|]*\**(von|from|gesendet|sent|datum|date|an|to|kopie|cc|betreff|subject|antwort an|"
    r"reply-to)\s*\**:\**(?:\s|$)",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"\s*_{20,}\s*|\s*-{30,}\s*")
_PHONE: Final = re.compile(
    r"(?:von meinem .{2,40} gesendet|gesendet (?:von|mit|aus) .{2,80}|sent (?:from|via|with) .{2,80}|"
    r"get outlook for .{2,60}|"
    r"outlook für .{2,20} (?:beziehen|herunterladen|abrufen).{0,60}|holen sie sich outlook.{0,60}|"
    r"diese nachricht wurde von meinem .{2,80} gesendet.{0,40})\.?",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"(?:mit )?(?:(?:den )?(?:besten|freundlichen?|herzlichen|vielen|lieben|schönen|sonnigen)|freundliche|"
    r"beste|viele|liebe|"
    r"herzliche|schöne) (?:grüße[ns]?|gruß|grüssen?|gruss|gruessen?|empfehlungen)(?: (?:aus|von|"
    r"nach) .{2,40})?[,.!]?(?: i\.\s?[av]\.)?|"
    r"mit freundlichem gruß[,.]?|m\.?\s?f\.?\s?g\.?|hochachtungsvoll|i\.\s?a\.|im auftrag|"
    r"(?:(?:kind|best|warm|many) )?regards,?|yours (?:sincerely|faithfully),?|sincerely,?|best wishes,?|"
    r"(?:lg|vg|bg)[,.]?|gruß[,]?|grüße[,]?",
    re.IGNORECASE,
)
_ARMOUR: Final = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:Hash: [^\n]*\n)?\n?", re.MULTILINE)
_ARMOUR_END: Final = "\n-----BEGIN PGP SIGNATURE-----"
_POSTSCRIPT: Final = re.compile(r"\s*(?:p\.?\s?s\.?|nb|nachtrag)\s*[:.]", re.IGNORECASE)


def new_text(text: str) -> str:
    """The new part of a reply, top, bottom or in between; the whole body if nothing else would be left."""
    text = _ARMOUR.sub("", text).partition(_ARMOUR_END)[0]
    lines = [line.rstrip() for line in text.split("\n")[:MOST_LINES]]
    kept = _unsigned(_unquoted(lines))
    whole = "\n".join(_unquoted(lines)).strip()
    return "\n".join(kept).strip() or whole or text.strip()


def _unquoted(lines: list[str]) -> list[str]:
    """Lines without quotation. A block of address lines without ``>`` ends the reply, unless it stands at its top."""
    start = _first_header(lines)
    above = _not_quoted(lines if start is None else lines[:start])
    if start is None:
        return above
    below = lines[_after_header(lines, start) :]
    if any(line.startswith(">") for line in below):
        return [*above, "", *_not_quoted(below)]
    return above


def _not_quoted(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith(">")]


def _first_header(lines: list[str]) -> int | None:
    """The line in which the first quotation is introduced."""
    tries = 0
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE or not line.strip():
            continue
        if _INTRODUCTION.fullmatch(line) or _is_block(lines, number):
            return _with_rule(lines, number)
        if tries < MOST_TRIES and _HINT.match(line):
            tries += 1
            window = "\n".join(part[:LONGEST_LINE] for part in lines[number : number + 4])
            if _HEADER.match(window):
                return _with_rule(lines, number)
    return None


def _is_block(lines: list[str], number: int) -> bool:
    """Von:, Gesendet:, An:, Betreff: below each other: at least three different ones, sender or date first."""
    first = _FIELD.match(lines[number])
    if first is None or first[1].lower() not in {"von", "from", "gesendet", "sent", "datum", "date"}:
        return False
    names = {match[1].lower() for match in map(_FIELD.match, lines[number : number + 8]) if match}
    return len(names) >= 3


def _with_rule(lines: list[str], number: int) -> int:
    """The header's first line, or the line of underscores above it."""
    above = number - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and _RULE.fullmatch(lines[above]) else number


def _after_header(lines: list[str], start: int) -> int:
    """The line after an introduction that may go over up to three lines."""
    for number in range(start, min(start + 4, len(lines))):
        if lines[number].rstrip().endswith(":"):
            return number + 1
    return start + 1


def _unsigned(lines: list[str]) -> list[str]:
    """Lines up to the signature: ``-- ``, a closing formula with at most a few lines below it, a phone's line."""
    end = len(lines)
    for number, line in enumerate(lines):
        plain = line.strip()
        if plain == "--" or _RULE.fullmatch(line):
            end = number
            break
        if len(plain) <= 100 and _CLOSING.fullmatch(plain) and not _goes_on(lines[number + 1 :]):
            end = number
            break
    return [line for line in lines[:end] if len(line) > LONGEST_LINE or not _PHONE.fullmatch(line.strip())]


def _goes_on(below: list[str]) -> bool:
    """Whether more than a signature follows: a postscript, or a long text."""
    return any(_POSTSCRIPT.match(line) for line in below) or sum(len(line) for line in below) > 2_500
