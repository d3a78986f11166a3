"""Reads ``Authentication-Results`` (RFC 8601), only the topmost one that our own mail server wrote.

Anybody can write such a header; what our server wrote stands above what came with the mail, and our server is
expected to take away others in its name (RFC 8601, section 5).
"""

import re
from collections.abc import Iterator
from typing import Final

from models.mail.inbound import Authentication, Verdict

_METHOD: Final = re.compile(r"\s*(dmarc|dkim|spf)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY: Final = re.compile(r"\b(header\.(?:from|d|i))\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_MOST_RESULTS: Final = 50


def authentication(values: list[str], trusted_authserv: str, sender: str) -> Authentication:
    """The verdicts on ``sender``. ``values``: the header's values from the top; no trusted id, no verdict."""
    mine = _own(values, trusted_authserv)
    domain = sender.rpartition("@")[2]
    if mine is None or not domain:
        return Authentication()
    found: dict[str, list[Verdict]] = {"dmarc": [], "dkim": [], "spf": []}
    aligned = False
    for method, verdict, properties in _results(mine):
        if method == "dmarc" and properties.get("header.from", domain).rpartition("@")[2] != domain:
            continue  # a verdict about another domain
        found[method].append(verdict)
        signer = (properties.get("header.d") or properties.get("header.i", "")).rpartition("@")[2]
        aligned = aligned or (method == "dkim" and verdict == "pass" and _same_organisation(domain, signer))
    return Authentication(
        dmarc=_strictest(found["dmarc"]),
        dkim="pass" if "pass" in found["dkim"] else _strictest(found["dkim"]),  # one good signature is enough
        spf=_strictest(found["spf"]),
        aligned=aligned,
    )


def _own(values: list[str], trusted_authserv: str) -> str | None:
    """What follows our id in the topmost header that bears it."""
    for value in values if trusted_authserv else []:
        plain = _without_comments(value)
        head, _, rest = plain.partition(";")
        words = head.split()
        if words and words[0].strip('"').lower() == trusted_authserv.lower():
            return rest
    return None


def _without_comments(value: str) -> str:
    """The value without (comments), which nest; a bracket that is never closed ends it."""
    kept: list[str] = []
    depth, quoted = 0, False
    for char in value:
        if char == '"' and not depth:
            quoted = not quoted
        if char == "(" and not quoted:
            depth += 1
        elif char == ")" and depth and not quoted:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept)


def _results(text: str) -> Iterator[tuple[str, Verdict, dict[str, str]]]:
    for result in text.split(";")[:_MOST_RESULTS]:
        match = _METHOD.match(result)
        if match:
            word = match[2].lower()
            verdict: Verdict = "pass" if word == "pass" else "fail" if word in {"fail", "hardfail"} else "none"
            yield match[1].lower(), verdict, {p[1].lower(): p[2].lower() for p in _PROPERTY.finditer(match[3])}


def _strictest(verdicts: list[Verdict]) -> Verdict:
    return "fail" if "fail" in verdicts else "none" if "none" in verdicts or not verdicts else "pass"


def _same_organisation(domain: str, signer: str) -> bool:
    """Relaxed alignment without a list of public suffixes: one is the other or lies below it, two labels at least."""
    if signer.count(".") < 1 or domain.count(".") < 1:
        return False
    return domain == signer or domain.endswith(f".{signer}") or signer.endswith(f".{domain}")
