"""Mails and notices as orders: which letter, to whom, about what. Words stand in ``templates/``, never here.

A rule orders a mail (:class:`MailOrder`), the record adds addresses and links, ``activities.letters.rendering`` writes.
"""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Template(StrEnum):
    """Every mail there is; the value names its file in ``templates/email/``."""

    INVITATION = "invitation"
    APPLICATION_RECEIPT = "application_receipt"
    ITEMS_REQUEST = "items_request"
    RECEIPT = "receipt"  # of any other answer; the fact ``received`` says of which
    WAITLIST_NOTICE = "waitlist_notice"
    AWARD = "award"
    REFUSAL = "refusal"
    DECLARATION_REMINDER = "declaration_reminder"
    DRAWDOWN_INVITATION = "drawdown_invitation"
    DRAWDOWN_REFUSED = "drawdown_refused"
    PAYMENT_ADVICE = "payment_advice"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_BLOCKED = "payment_blocked"
    BLOCK_LIFTED = "block_lifted"
    PROOF_REMINDER = "proof_reminder"  # before it is due
    PROOF_REQUEST = "proof_request"
    PROOF_DUNNING_1 = "proof_dunning_1"
    PROOF_DUNNING_2 = "proof_dunning_2"
    PROOF_ITEMS_REQUEST = "proof_items_request"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    HEARING = "hearing"
    HEARING_DROPPED = "hearing_dropped"
    REVOCATION = "revocation"  # with the repayment claim
    CLAIM = "claim"  # repayment without a revocation: unspent money
    CLAIM_REMINDER = "claim_reminder"
    CLAIM_DEFERRED = "claim_deferred"
    REPAYMENT_RECEIVED = "repayment_received"
    CLOSING = "closing"
    WITHDRAWAL_CONFIRMED = "withdrawal_confirmed"  # of an application, or waiver of an award
    TASK_LINK = "task_link"  # of a task the clerk started, lost the link of, or was handed by a colleague
    TASK_HANDED_OVER = "task_handed_over"  # to the address on file
    REPLY_PREPARED = "reply_prepared"  # a reply by mail stands in the form and waits to be confirmed
    REPLY_REFUSED = "reply_refused"  # a reply by mail that could not be taken as an answer; the fact ``why`` says so
    OFFICER_DIGEST = "officer_digest"
    OFFICER_NUDGE = "officer_nudge"
    PORTAL_FEEDBACK = "portal_feedback"  # what somebody said about the clerks' pages


OFFICER_TEMPLATES = frozenset({Template.OFFICER_DIGEST, Template.OFFICER_NUDGE, Template.PORTAL_FEEDBACK})
AUTOMATIC_REPLIES = frozenset({Template.REPLY_PREPARED, Template.REPLY_REFUSED})
"""Mails that a mail which came in brings about; :mod:`record.inbound.guard` bounds them."""


class WhyRefused(StrEnum):
    """Why a reply by mail is no answer; the value is the key of its words in ``templates/email/words.toml``."""

    TASK_CLOSED = "task_closed"
    NEEDS_FORM = "needs_form"  # money and bank details are never read from a mail
    NO_TASK = "no_task"  # it belongs to no task, or to more than one
    OTHER_PERSON = "other_person"  # the sender is not on file
    NOT_VERIFIED = "not_verified"  # anybody may have written it
    NOT_UNDERSTOOD = "not_understood"  # empty, encrypted, forwarded or unreadable


class NoticeKind(StrEnum):
    """A letter with legal effect; the value names its file in ``templates/notices/``."""

    AWARD = "award"  # Zuwendungsbescheid
    REFUSAL = "refusal"  # Ablehnungsbescheid
    HEARING = "hearing"  # Anhörung
    REVOCATION = "revocation"  # Widerrufs- und Erstattungsbescheid
    CLAIM = "claim"  # Erstattungsbescheid
    EXTENSION = "extension"  # Änderungsbescheid: later date for the proof
    EXTENSION_REFUSED = "extension_refused"
    CLOSING = "closing"  # Abschlussschreiben


class MailOrder(BaseModel):
    """What a rule asks for. ``facts``: names of :class:`LetterFacts`, amounts in cents, dates ISO 8601."""

    model_config = ConfigDict(frozen=True)

    template: Template
    to: Literal["clerk", "officer"]
    officer_id: str = ""
    task_id: str = ""  # its link goes into the mail, and it must be open still when the mail leaves
    notice_id: str = ""  # its text goes into the mail
    facts: dict[str, Any] = Field(default_factory=dict)


class About(BaseModel):
    """What a mail to a recipient (by identity) is about: a case, or a round (then ``case_id`` is empty)."""

    model_config = ConfigDict(frozen=True)

    id: str
    line: str
    year: int
    recipient: str
    case_id: str = ""


class DigestTask(BaseModel):
    """A line of an officer's daily digest. ``kind`` is a :class:`models.tasks.TaskKind`.

    ``recipient``: name of the municipality; ``link``: the task's page at the desk, where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    kind: str
    case: str = ""
    recipient: str = ""
    link: str = ""
    due: date | None = None
    late: bool = False


class LetterFacts(BaseModel):
    """All facts a letter may name; what a letter is not given stays away, line and all.

    Unknown facts are dropped: a mail is sent again from what the record still knows.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    requested_cents: int | None = None
    proposed_cents: int | None = None
    awarded_cents: int | None = None
    amount_cents: int | None = None  # what this letter is about: an instalment, a claim, a repayment
    paid_cents: int | None = None
    left_cents: int | None = None
    spent_cents: int | None = None
    accepted_cents: int | None = None
    unspent_cents: int | None = None
    intended_cents: int | None = None
    claimed_cents: int | None = None
    interest_cents: int | None = None
    repaid_cents: int | None = None
    returned_cents: int | None = None  # sent back by the bank: another account is asked for
    open_cents: int | None = None
    late: bool = False
    reminder: bool = False  # of an invitation
    first: bool = False  # the first of several: the first dunning, the first reminder
    items: tuple[str, ...] = ()
    reason: str = ""
    details: str = ""
    change: str = ""
    received: str = ""  # kind of the answered task
    received_at: AwareDatetime | None = None
    kind: str = ""  # kind of the task a link opens, or of the notice
    stage: str = ""  # where a case ended
    reference: str = ""  # end-to-end id of an order, cash reference of a claim
    account: str = ""  # masked: letters and mails never hold a whole IBAN of a recipient
    instalment: int | None = None
    instalments: int | None = None
    budget_year: int | None = None
    until: date | None = None
    since: date | None = None
    booked_on: date | None = None
    use_by: date | None = None
    notified_on: date | None = None
    proof_due: date | None = None
    tasks: tuple[DigestTask, ...] = ()
    why: WhyRefused | None = None  # why a reply by mail is no answer
    ready: bool = False  # a prepared answer needs nothing but the confirmation
    # of notices only
    project_title: str = ""
    position_share_percent: int | None = None
    statement: str = ""  # the recipient's statement in the hearing
    award_id: str = ""
    award_signed_on: date | None = None
    interest_from: date | None = None
