"""What a mail is: each ends as exactly one kind. Pure, and the same for the same mail.

Order and matrix are those of the engineering research, sections 2.2 and 2.4, with one change: what a mail *is* by
its structure (delivery status, receipt, calendar reply) is asked before what only says that a robot sent it.

Reason codes, stable, by kind:

* ``bounce``: ``bounce_permanent``, ``bounce_temporary`` (given up, but may work another time), ``bounce_foreign``
  (of no mail of ours, or of more than one)
* ``note``: ``delivery_delayed`` (not given up yet), ``delivered``, ``receipt``, ``calendar_reply``
* ``auto``: the marker's code (``activities.mail_in.parsing.automatic``), e.g. ``auto_submitted``, ``subject_prefix``,
  or ``mailing_list``
* ``answer``: ``reply``; ``reply_unverified`` (right key and sender, but the sender's domain is not proved: warn);
  ``reply_by_headers`` and ``reply_by_subject`` (no key, but sender proved and one case)
* ``triage``: ``sender_doubtful`` (From is not one clean address), ``no_correlation``, ``not_unique``,
  ``other_person`` (not a contact on file of that recipient), ``not_verified`` (no key and domain not proved),
  ``forwarded``, ``encrypted``, ``unreadable``, ``nothing_in_it``, ``calendar_request``, ``to_bounce_address`` (only
  robots write there), ``maybe_automatic`` (sounds or looks like a robot, yet belongs to a case or carries files)
"""

import re
from typing import Final

from activities.mail_in.parsing.automatic import WEAK
from activities.mail_in.parsing.correlation import correlate
from models.mail.inbound import BounceReport, Correlation, MailKind, ParsedMail, Sorted

__all__ = ["correlate", "sort"]

FORWARDED: Final = re.compile(r"\s*(?:wg|fwd?|weitergeleitet|forwarded)\s*:", re.IGNORECASE)
_UNREADABLE: Final = frozenset(
    {"too_large", "too_many_parts", "too_deep", "header_too_long", "signed_opaque", "failed"}
)
_BY_HEADERS: Final = {"headers": "reply_by_headers", "subject": "reply_by_subject"}


def sort(mail: ParsedMail, found: Correlation) -> Sorted:
    """The one kind of a mail. A mail with any marker of a robot is never an answer."""
    return _by_structure(mail, found) or _by_robot(mail, found) or _by_person(mail, found)


def _by_structure(mail: ParsedMail, found: Correlation) -> Sorted | None:
    if mail.bounce is not None:
        return _bounce(mail.bounce, found)
    if mail.receipt:
        return Sorted(kind=MailKind.NOTE, reason="receipt")
    if mail.calendar and mail.calendar_method == "REPLY":
        return Sorted(kind=MailKind.NOTE, reason="calendar_reply")
    return None


def _bounce(report: BounceReport, found: Correlation) -> Sorted:
    if report.delayed:
        return Sorted(kind=MailKind.NOTE, reason="delivery_delayed")
    if report.action != "failed":
        return Sorted(kind=MailKind.NOTE, reason="delivered")
    if not found.outbox_id or not found.unique:
        return Sorted(kind=MailKind.BOUNCE, reason="bounce_foreign")
    return Sorted(kind=MailKind.BOUNCE, reason="bounce_permanent" if report.permanent else "bounce_temporary")


def _by_robot(mail: ParsedMail, found: Correlation) -> Sorted | None:
    listed = mail.mailing_list and not mail.automatic
    if not mail.automatic and not listed:
        return None
    ours = found.by != "none"
    if (listed and ours) or (mail.automatic in WEAK and mail.attachments):
        return Sorted(kind=MailKind.TRIAGE, reason="maybe_automatic")
    return Sorted(kind=MailKind.AUTO, reason=mail.automatic or "mailing_list")


def _by_person(mail: ParsedMail, found: Correlation) -> Sorted:
    reason = _why_not(mail, found)
    if reason:
        return Sorted(kind=MailKind.TRIAGE, reason=reason)
    if found.by in _BY_HEADERS:
        return Sorted(kind=MailKind.ANSWER, reason=_BY_HEADERS[found.by])
    verified = mail.authentication.verified
    return Sorted(kind=MailKind.ANSWER, reason="reply" if verified else "reply_unverified")


def _why_not(mail: ParsedMail, found: Correlation) -> str:
    """Why a person's mail is no answer; "" if it is one. The first reason that holds."""
    checks = (
        ("calendar_request", mail.calendar),
        ("sender_doubtful", not mail.sender),
        ("no_correlation", found.by == "none"),
        ("not_unique", not found.unique),
        ("to_bounce_address", found.by == "envelope"),
        ("other_person", not found.registered),
        ("not_verified", found.by != "address" and not mail.authentication.verified),
        ("encrypted", "encrypted" in mail.trouble),
        ("unreadable", not _UNREADABLE.isdisjoint(mail.trouble)),
        ("forwarded", FORWARDED.match(mail.subject) is not None),
        ("nothing_in_it", not mail.new_text.strip() and not mail.attachments),
    )
    return next((code for code, holds in checks if holds), "")
