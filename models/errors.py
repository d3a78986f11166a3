"""Refusals and their stable codes. The texts for people stand in the catalogue under the same key."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

MOST_CANDIDATES: Final = 12
"""Things that are named when a text may mean several; one that means more says too little."""


class Code(StrEnum):
    """Why something was refused. Stable: programs and the text catalogue rely on the values."""

    UNKNOWN_COMMAND = "unknown_command"
    UNKNOWN_CASE = "unknown_case"
    UNKNOWN_ROUND = "unknown_round"
    AMBIGUOUS = "ambiguous"
    UNKNOWN_TASK = "unknown_task"
    UNKNOWN_CHOICE = "unknown_choice"
    UNKNOWN_RECIPIENT = "unknown_recipient"
    EXPIRED_RECIPIENT = "expired_recipient"
    NO_CONTACT = "no_contact"
    UNKNOWN_LINE = "unknown_line"
    UNKNOWN_OFFICER = "unknown_officer"
    OFFICER_REVOKED = "officer_revoked"
    BAD_CONTENT = "bad_content"
    DUPLICATE_APPLICATION = "duplicate_application"
    OVER_CEILING = "over_ceiling"
    TASK_CLOSED = "task_closed"
    WRONG_ROLE = "wrong_role"
    FOUR_EYES = "four_eyes"
    OWN_ENTRY = "own_entry"
    DEPUTY_WITHOUT_ROLE = "deputy_without_role"
    NOT_DEPUTY = "not_deputy"
    NOT_NOW = "not_now"
    ALREADY_OPEN = "already_open"
    TOO_LATE = "too_late"
    BUDGET_EXHAUSTED = "budget_exhausted"
    OVER_AWARD = "over_award"
    PAYMENT_BLOCKED = "payment_blocked"
    BANK_DETAILS_OPEN = "bank_details_open"
    NOT_FINAL = "not_final"
    UNKNOWN_REFERENCE = "unknown_reference"
    AMOUNT_MISMATCH = "amount_mismatch"
    CASE_ENDED = "case_ended"
    ALREADY_BOOKED = "already_booked"
    DATE_NOT_LATER = "date_not_later"
    OVER_REQUEST = "over_request"
    OVER_PAID = "over_paid"
    IN_FUTURE = "in_future"
    UNKNOWN_MAIL = "unknown_mail"
    MAIL_UNDER_WAY = "mail_under_way"
    UNKNOWN_INBOUND = "unknown_inbound"
    MAIL_SETTLED = "mail_settled"
    NEEDS_FORM = "needs_form"
    REASON_MISSING = "reason_missing"
    DIGITS_DIFFER = "digits_differ"
    NUMBER_NOT_ON_FILE = "number_not_on_file"
    CALL_TOO_EARLY = "call_too_early"
    NOT_SHOWN = "not_shown"
    TASK_TAKEN = "task_taken"
    TASK_NOT_TAKEN = "task_not_taken"
    SCAN_MISSING = "scan_missing"
    SIGNATURE_MISSING = "signature_missing"
    NOT_BY_TELEPHONE = "not_by_telephone"
    UNKNOWN_NOTE = "unknown_note"
    UNFORESEEN = "unforeseen"  # a rule left the page of the lifecycle: a fault of the programme, with an alarm


CONFLICTS = frozenset(
    {
        Code.TASK_CLOSED,
        Code.FOUR_EYES,
        Code.NOT_SHOWN,
        Code.OWN_ENTRY,
        Code.DUPLICATE_APPLICATION,
        Code.ALREADY_OPEN,
        Code.ALREADY_BOOKED,
        Code.MAIL_UNDER_WAY,
        Code.MAIL_SETTLED,
        Code.TASK_TAKEN,
        Code.TASK_NOT_TAKEN,
    }
)
NOT_FOUND = frozenset(
    {
        Code.UNKNOWN_CASE,
        Code.UNKNOWN_ROUND,
        Code.AMBIGUOUS,
        Code.UNKNOWN_TASK,
        Code.UNKNOWN_COMMAND,
        Code.UNKNOWN_OFFICER,
        Code.UNKNOWN_LINE,
        Code.UNKNOWN_MAIL,
        Code.UNKNOWN_INBOUND,
        Code.UNKNOWN_NOTE,
    }
)


class RefusedError(Exception):
    """A rule says no. ``code`` is stable; ``details`` are plain values for the text (cents, days, keys)."""

    def __init__(self, code: Code, **details: Any) -> None:
        super().__init__(str(code))
        self.code = code
        self.details = details


def ambiguous(wanted: str, candidates: Sequence[Mapping[str, str]]) -> RefusedError:
    """A text names several things. ``candidates``: ``{id, name, kind}`` each, and ``stage`` of a case."""
    return RefusedError(Code.AMBIGUOUS, wanted=wanted, candidates=list(candidates[:MOST_CANDIDATES]))
