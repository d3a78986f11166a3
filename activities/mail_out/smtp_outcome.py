"""What became of an attempt to hand a mail over: one pure function over what the SMTP client raised.

Source of the table: engineering research, section 1.6 (RFC 5321, RFC 3463, RFC 1047). A mail has one recipient,
so a refusal is always this recipient's.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from activities.letters.mime import one_line

SHORTEST_WAIT: Final = timedelta(minutes=1)
GREYLIST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=4)
PATIENCE: Final = timedelta(days=5)

_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>]+>?")
_AUTHENTICATION = frozenset({530, 534, 535, 538})
_SIZE = frozenset({"5.2.3", "5.3.4"})


class Stage(StrEnum):
    """How far an attempt had come."""

    CONNECT = "connect"  # no mail touched yet: greeting, TLS, login
    ENVELOPE = "envelope"  # MAIL, RCPT: the server has no text yet
    DATA = "data"  # the text was on its way, or there already


class Verdict(StrEnum):
    """What to do with the mail."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"  # not accepted: again later
    PERMANENT = "permanent"  # not accepted, and never will be: a person decides
    AMBIGUOUS = "ambiguous"  # perhaps accepted: the same bytes again, counted
    HALT = "halt"  # not this mail's fault: stop sending, keep the queue, tell the operator


@dataclass(frozen=True)
class Outcome:
    """A verdict, and the server's words without any address."""

    verdict: Verdict
    reply: str
    greylisted: bool = False


def accepted(code: int, message: str) -> Outcome:
    """The server took the mail; its words often hold the queue id."""
    return Outcome(Verdict.ACCEPTED, _words(code, message))


def classify(error: Exception, stage: Stage) -> Outcome:
    """The outcome behind an exception of the SMTP client, of the network, or of a check of the address."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0] if error.recipients else error
    if isinstance(error, SMTPResponseException):
        return _answered(error, stage)
    if isinstance(error, SMTPNotSupported):
        return Outcome(Verdict.HALT if stage is Stage.CONNECT else Verdict.PERMANENT, _words(0, str(error)))
    if isinstance(error, SMTPException | OSError):
        lost = Verdict.AMBIGUOUS if stage is Stage.DATA else Verdict.TEMPORARY
        return Outcome(lost, _words(0, f"{type(error).__name__}: {error}"))
    return Outcome(Verdict.PERMANENT, _words(0, f"{type(error).__name__}: {error}"))


def wait_before(attempt: int, *, greylisted: bool = False) -> timedelta:
    """How long to wait after the ``attempt``-th try (1, 2, …): doubling, at most four hours."""
    doublings: int = 2 ** min(attempt - 1, 20)
    wait = min(SHORTEST_WAIT * doublings, LONGEST_WAIT)
    return max(wait, GREYLIST_WAIT) if greylisted else wait


def attempts_within(patience: timedelta = PATIENCE) -> int:
    """How many tries fit into the time a mail is kept; the last one decides."""
    attempt, waited = 1, timedelta()
    while (waited := waited + wait_before(attempt)) <= patience:
        attempt += 1
    return attempt


def _answered(error: SMTPResponseException, stage: Stage) -> Outcome:
    code, message = error.code, error.message
    reply = _words(code, message)
    match = _ENHANCED.match(message)
    enhanced = ".".join(match.groups()) if match else ""
    if isinstance(error, SMTPAuthenticationError) or code in _AUTHENTICATION or enhanced == "5.7.8":
        return Outcome(Verdict.HALT, reply)
    kind = int(match[1]) if match else code // 100
    if kind == 4:
        return Outcome(Verdict.TEMPORARY, reply, greylisted=stage is Stage.ENVELOPE and code in {450, 451})
    if kind == 5:
        own_fault = isinstance(error, SMTPSenderRefused) and code != 552 and enhanced not in _SIZE
        halt = own_fault or stage is Stage.CONNECT
        return Outcome(Verdict.HALT if halt else Verdict.PERMANENT, reply)
    return Outcome(Verdict.AMBIGUOUS if stage is Stage.DATA else Verdict.TEMPORARY, reply)


def _words(code: int, message: str) -> str:
    text = _ADDRESS.sub("<…>", one_line(message))  # a server may send anything, also what no database stores
    return (f"{code} {text}" if code else text)[:500]
