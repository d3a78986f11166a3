"""Which mail of ours another one belongs to. Never a guess: two different cases named are none.

The order is that of the engineering research, section 1.3: the key in the address it was sent to; for a bounce the
envelope id and the message it quotes; ``In-Reply-To`` and ``References``; a case number in the subject.
"""

import re
from collections.abc import Iterator
from typing import Final

from models.mail.inbound import Correlation, Evidence, Lookup, ParsedMail, Thread

ADDRESS_KEY: Final = re.compile(r"^[^@]*\+(b-)?([a-z2-7]{16})@", re.IGNORECASE)
"""Our reply address ``local+key@domain`` and our envelope sender ``local+b-key@domain``."""
CASE_NUMBER: Final = re.compile(
    r"(?<![a-z0-9-])wir-[a-z]{2,6}-20\d\d-\d{5}(?:\d{3})?(?:-[2-9])?(?![a-z0-9])", re.IGNORECASE
)
MOST: Final = 20
"""Keys, message ids and case numbers looked at in one mail, each; a thread of ours is shorter."""


def correlate(mail: ParsedMail, lookup: Lookup) -> Correlation:
    """What the mail belongs to. Asks the record at most some sixty times; changes nothing."""
    found = list(_found(mail, lookup))
    known = lookup.contacts(mail.sender) if mail.sender else ()
    if not found:
        alone = known[0] if len({one.recipient for one in known}) == 1 else None
        return Correlation(
            recipient=alone.recipient if alone else "",
            contact_id=alone.contact_id if alone else None,
            registered=bool(known),
        )
    by, best = found[0]
    mine = [one for one in known if one.recipient == best.recipient]
    return Correlation(
        outbox_id=best.outbox_id,
        case_id=best.case_id,
        task_id=best.task_id,
        recipient=best.recipient,
        contact_id=mine[0].contact_id if mine else best.contact_id,
        by=by,
        registered=bool(mine),
        unique=len({_matter(thread) for _, thread in found}) == 1,
    )


def _matter(thread: Thread) -> str:
    """What a thread is about: a case, or the one mail of a round's invitation that has no case yet."""
    return thread.case_id or f"{thread.recipient}/{thread.task_id or thread.outbox_id}"


def _found(mail: ParsedMail, lookup: Lookup) -> Iterator[tuple[Evidence, Thread]]:
    """All that the mail names, best evidence first."""
    keys = [match for match in map(ADDRESS_KEY.match, mail.recipients) if match][:MOST]
    yield from _each("address", (lookup.by_reply_key(key[2].lower()) for key in keys if not key[1]))
    yield from _each("envelope", (lookup.by_reply_key(key[2].lower()) for key in keys if key[1]))
    if mail.bounce is not None:
        if mail.bounce.envelope_id:
            yield from _each("envelope", iter([lookup.by_envelope_id(mail.bounce.envelope_id)]))
        if mail.bounce.original_message_id:
            yield from _each("headers", iter([lookup.by_message_id(mail.bounce.original_message_id)]))
    ids = dict.fromkeys((*mail.in_reply_to[:MOST], *reversed(mail.references[-MOST:])))
    yield from _each("headers", (lookup.by_message_id(one) for one in ids))
    numbers = dict.fromkeys(match[0].lower() for match in CASE_NUMBER.finditer(mail.subject))
    yield from _each("subject", (lookup.by_case_number(one) for one in list(numbers)[:MOST]))


def _each(by: Evidence, threads: Iterator[Thread | None]) -> Iterator[tuple[Evidence, Thread]]:
    for thread in threads:
        if thread is not None:
            yield by, thread
