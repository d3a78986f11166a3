"""Mail that comes in, as facts: what was read from its bytes, what it belongs to, and what it is.

Nothing here touches the world. ``activities.mail_in.parsing`` reads, correlates and sorts; the tables keep the result.
"""

import datetime
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

Verdict = Literal["pass", "fail", "none"]
"""What our own mail server found: passed, failed, or nothing that counts (not checked, temporary error, neutral)."""
Evidence = Literal["address", "envelope", "headers", "subject", "none"]
"""What tied a mail to one of ours: the key in its address, the bounce's key or id, its headers, its subject."""


class MailKind(StrEnum):
    """Each mail ends as exactly one of these; the values stand in the table ``inbound_mail``."""

    ANSWER = "answer"  # a person's reply to a task: becomes a prepared answer, decides nothing
    BOUNCE = "bounce"  # a mail of ours did not arrive
    AUTO = "auto"  # a robot: absence, ticket system, mailing list
    NOTE = "note"  # read receipt, delay, delivery notice, calendar reply
    TRIAGE = "triage"  # an officer looks


class Frozen(BaseModel):
    """Base of all facts here."""

    model_config = ConfigDict(frozen=True)


class Attachment(Frozen):
    """A file in a mail, unchecked. ``name`` and ``media_type`` are what the mail claims; ``name`` may be ""."""

    name: str
    media_type: str
    data: bytes


class Authentication(Frozen):
    """What our own server's ``Authentication-Results`` say. ``aligned``: a passing DKIM domain fits From's domain."""

    dmarc: Verdict = "none"
    dkim: Verdict = "none"
    spf: Verdict = "none"
    aligned: bool = False

    @property
    def verified(self) -> bool:
        """Whether the domain of From is proved. A failed DMARC is never outweighed."""
        return self.dmarc == "pass" or (self.dmarc == "none" and self.dkim == "pass" and self.aligned)


class BounceReport(Frozen):
    """A delivery status (RFC 3464, or read from a bounce's text). Fields are "" where it says nothing.

    ``delayed``: not given up yet. ``permanent``: given up for a reason that will not pass by itself (5.x.x).
    ``action`` is ``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``.
    """

    action: str = "failed"
    status: str = ""
    final_recipient: str = ""
    envelope_id: str = ""
    original_message_id: str = ""
    diagnostic: str = ""
    permanent: bool = False
    delayed: bool = False


class ParsedMail(Frozen):
    """What stands in a mail. All text is decoded and without control characters; addresses are in lower case.

    ``sender`` is "" when From is not exactly one clean address. ``new_text`` is what is new in a reply, without
    quotation and, where it can be told, without signature; ``text`` is everything. ``automatic`` is the code of the
    marker of a robot or "". ``trouble``: codes of what was wrong, see ``activities.mail_in.parsing.reading``.
    """

    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    return_path: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime.datetime | None = None
    text: str = ""
    new_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    authentication: Authentication = Authentication()
    bounce: BounceReport | None = None
    automatic: str = ""
    receipt: bool = False
    calendar: bool = False
    calendar_method: str = ""  # "REPLY", "REQUEST", "CANCEL" …
    mailing_list: bool = False
    absent_until: datetime.date | None = None
    trouble: tuple[str, ...] = ()


class Thread(Frozen):
    """The mail of ours that another one belongs to. A case number alone gives no ``outbox_id``."""

    outbox_id: str = ""
    case_id: str = ""
    task_id: str = ""
    recipient: str = ""
    contact_id: int | None = None  # to whom it went


class KnownContact(Frozen):
    """A contact on file with the asked address. One address may serve several recipients."""

    contact_id: int
    recipient: str


class Lookup(Protocol):
    """What correlating asks of the record. None or () where there is nothing; it raises for no input text."""

    def by_reply_key(self, key: str) -> Thread | None:
        """The mail whose reply or envelope address holds this key."""

    def by_envelope_id(self, envelope_id: str) -> Thread | None:
        """The mail with this SMTP envelope id (``ENVID``): its key or its outbox id, as it was sent."""

    def by_message_id(self, message_id: str) -> Thread | None:
        """The mail with this ``Message-ID``, angle brackets included."""

    def by_case_number(self, case_id: str) -> Thread | None:
        """The case with this number, e.g. ``wir-fm-2018-06631``; its one open clerk task if there is exactly one."""

    def contacts(self, address: str) -> tuple[KnownContact, ...]:
        """The valid contacts with this address (given in lower case; compare in lower case, the whole of it)."""


class Correlation(Frozen):
    """What a mail belongs to, and whether its sender is a contact on file of that recipient (``registered``).

    ``unique`` is False when it names two different cases: then nothing else in here may be relied upon.
    ``contact_id`` is the sender where registered, else the one our mail went to.
    """

    outbox_id: str = ""
    case_id: str = ""
    task_id: str = ""
    recipient: str = ""
    contact_id: int | None = None
    by: Evidence = "none"
    registered: bool = False
    unique: bool = True


class Sorted(Frozen):
    """What a mail is, and the code of the reason; the codes stand in ``activities.mail_in.parsing.sorting``."""

    kind: MailKind
    reason: str
