"""What happened in a case, in words: one line for each way a step can come about. English, for operators.

Keys are the page's own words for what makes a step (:func:`workflows.procedure.triggers.trigger`); a test compares them
with the page. ``{s}`` is what the step is about: an instalment, an order, a claim, a mail.
"""

from models.errors import Code
from models.tasks import TASKS, TaskKind
from workflows.lifecycle import GRANT

VERBS = {
    "apply.submit": "applied",
    "check_completeness.complete": "found the application complete",
    "check_completeness.incomplete": "asked for what is missing",
    "check_completeness.refuse": "proposed a refusal",
    "complete_application.submit": "completed the application",
    "decide_incomplete.ask_again": "asked again for what is missing",
    "decide_incomplete.proceed": "went on without what is missing",
    "decide_incomplete.refuse": "proposed a refusal",
    "examine.award": "proposed an award",
    "examine.refuse": "proposed a refusal",
    "give_consent.agree": "agreed to the proposal",
    "give_consent.disagree": "disagreed with the proposal",
    "draft_decision.award": "drafted the award",
    "draft_decision.refuse": "drafted the refusal",
    "await_budget.refuse": "ended the wait for budget",
    "sign_decision.sign": "signed the decision",
    "sign_decision.send_back": "sent the draft back",
    "fix_delivery.resend": "had the mail{s} sent again",
    "fix_delivery.posted": "posted the mail{s}",
    "fix_delivery.noted": "noted that the mail{s} did not arrive",
    "declare_acceptance.declare": "accepted the award and declared bank details",
    "decide_declaration.remind": "gave more time for the declaration",
    "decide_declaration.hear": "began a hearing about the missing declaration",
    "call_back.confirmed": "had the bank details confirmed by telephone",
    "call_back.not_reached": "called about the bank details and reached nobody",
    "call_back.differs": "was told other bank details by telephone",
    "confirm_bank_details.confirm": "confirmed the bank details",
    "confirm_bank_details.reject": "rejected the bank details",
    "request_drawdown.request": "called drawdown{s}",
    "certify_drawdown.certify": "certified drawdown{s}",
    "certify_drawdown.refuse": "refused drawdown{s}",
    "approve_drawdown.approve": "approved the payment of drawdown{s}",
    "approve_drawdown.send_back": "sent drawdown{s} back",
    "repair_payment.retry": "had drawdown{s} paid once more",
    "repair_payment.new_bank_details": "asked for new bank details for drawdown{s}",
    "repair_payment.cancel": "cancelled drawdown{s}",
    "notify_change.notify": "told of a change",
    "lift_block.lift": "lifted the block of payments",
    "lift_block.hear": "began a hearing about what blocks payments",
    "prove_use.submit": "handed in the proof of use",
    "request_extension.request": "asked for more time for the proof",
    "decide_extension.grant": "proposed more time for the proof",
    "decide_extension.refuse": "refused more time for the proof",
    "sign_extension.sign": "signed the extension",
    "sign_extension.send_back": "sent the extension back",
    "decide_missing_proof.remind": "gave more time for the proof",
    "decide_missing_proof.hear": "began a hearing about the missing proof",
    "check_proof.accept": "accepted the proof",
    "check_proof.ask_again": "asked for missing items of the proof",
    "check_proof.finding": "began a hearing about the proof",
    "complete_proof.submit": "completed the proof",
    "approve_proof.approve": "approved the check of the proof",
    "approve_proof.send_back": "sent the check of the proof back",
    "state_position.state": "stated its position",
    "decide_revocation.drop": "dropped the revocation",
    "decide_revocation.partly": "drafted a revocation in part",
    "decide_revocation.fully": "drafted a revocation",
    "sign_revocation.sign": "signed the revocation",
    "sign_revocation.send_back": "sent the revocation back",
    "decide_claim.remind": "reminded of the claim",
    "decide_claim.defer": "deferred the claim",
    "close_case.close": "closed the file",
    "withdraw.withdraw": "withdrew",
    "clarify.noted": "clarified{s}",
    "open.notify_change": "began to tell of a change",
    "open.request_extension": "began to ask for more time",
    "open.withdraw": "began to withdraw",
    "start.notify_change": "told of a change for the recipient",
    "start.request_extension": "asked for more time for the recipient",
    "start.withdraw": "withdrew for the recipient",
    "start.block": "blocked payments",
    "start.resend": "had a letter sent again",
    "start.set_file_number": "set the file number",
    "start.link": "asked for a new link",
    "start.hand_over": "handed a task over to a colleague",
}
"""What somebody did; the one who owes or may start it stands before it."""

EVENTS = {
    "book_payment.handed_over": "payment order{s} was handed over",
    "book_payment.booked": "bank booked{s}",
    "book_payment.rejected": "bank rejected{s}",
    "book_payment.returned": "bank returned{s}",
    "repay.booked": "bank booked the repayment{s}",
    "await_budget.freed": "budget came free",
    "mail_failed": "a mail came back:{s}",
    "move": "the case went on in a new run",
    "unforeseen": "what nobody foresaw:{s}",
    "unknown": "an answer to nothing that is open",
    "open_round": "a case worker opened the round",
}
"""What happened without anybody of the case acting."""

UNSAID = "what no label says"
"""A command that was told before labels were, or under one that nobody knows."""

REASONS = {
    Code.UNKNOWN_COMMAND: "the record has no such command",
    Code.UNKNOWN_CASE: "there is no such case",
    Code.UNKNOWN_ROUND: "there is no such round",
    Code.AMBIGUOUS: "it may mean several things",
    Code.UNKNOWN_TASK: "there is no such task",
    Code.UNKNOWN_CHOICE: "the task has no such answer",
    Code.UNKNOWN_RECIPIENT: "not entitled under this line",
    Code.EXPIRED_RECIPIENT: "the recipient exists no more",
    Code.NO_CONTACT: "no contact of the recipient is on file",
    Code.UNKNOWN_LINE: "there is no such funding line or year",
    Code.UNKNOWN_OFFICER: "there is no such officer",
    Code.OFFICER_REVOKED: "the officer had left",
    Code.BAD_CONTENT: "something filled in is wrong",
    Code.DUPLICATE_APPLICATION: "there is an application already",
    Code.OVER_CEILING: "more than the line gives",
    Code.TASK_CLOSED: "the task had ended",
    Code.WRONG_ROLE: "somebody of another role owes it",
    Code.FOUR_EYES: "a second person has to do it",
    Code.NOT_SHOWN: "it was not read before",
    Code.OWN_ENTRY: "nobody changes their own entry",
    Code.DEPUTY_WITHOUT_ROLE: "the deputy has no role of the absent person",
    Code.NOT_DEPUTY: "the person stands in for somebody else",
    Code.NOT_NOW: "not in this stage",
    Code.ALREADY_OPEN: "it is open already",
    Code.TOO_LATE: "too late",
    Code.BUDGET_EXHAUSTED: "the budget does not suffice",
    Code.OVER_AWARD: "more than was awarded",
    Code.PAYMENT_BLOCKED: "payments are blocked",
    Code.BANK_DETAILS_OPEN: "the bank details are not confirmed",
    Code.NOT_FINAL: "the award is not final",
    Code.UNKNOWN_REFERENCE: "the case has no such order or claim",
    Code.AMOUNT_MISMATCH: "another amount than ordered",
    Code.CASE_ENDED: "the case is over",
    Code.ALREADY_BOOKED: "the bank had said so before, or says what cannot be",
    Code.DATE_NOT_LATER: "the date is not later than the one before",
    Code.OVER_REQUEST: "more than was asked for",
    Code.OVER_PAID: "more than was paid",
    Code.IN_FUTURE: "the day has not come yet",
    Code.UNKNOWN_MAIL: "there is no such mail",
    Code.MAIL_UNDER_WAY: "the mail is on its way",
    Code.UNKNOWN_INBOUND: "there is no such incoming mail",
    Code.MAIL_SETTLED: "the incoming mail is settled",
    Code.NEEDS_FORM: "it needs the form",
    Code.REASON_MISSING: "no reason was written",
    Code.DIGITS_DIFFER: "the digits heard are not those of the account",
    Code.NUMBER_NOT_ON_FILE: "the number was not on file before",
    Code.CALL_TOO_EARLY: "the account was not yet named",
    Code.TASK_TAKEN: "somebody else takes care of it",
    Code.TASK_NOT_TAKEN: "the officer does not take care of it",
    Code.SCAN_MISSING: "the letter is not attached",
    Code.SIGNATURE_MISSING: "the signed sheet is not attached",
    Code.NOT_BY_TELEPHONE: "it cannot be taken by telephone",
    Code.UNKNOWN_NOTE: "the case has no such note",
    Code.UNFORESEEN: "the procedure does not foresee it (see the alarm)",
}
"""Why something was refused. The grounds of a decision are an officer's words and stand in the record alone."""


def say(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def reason(code: str) -> str:
    """Why it was refused, in words."""
    return REASONS[Code(code)] if code in {*Code} else say(code)


def actor(about: str) -> str:
    """Who owes this, or may start it."""
    kind = about.partition(".")[0]
    return say(GRANT.owner(TaskKind(kind)) if kind in TASKS else GRANT.started_by(about))


def sentence(about: str, subject: str) -> str:
    """Who did what, or what happened; ``subject`` in words. Raises ``KeyError`` for what is neither."""
    said = f"{actor(about)} {VERBS[about]}" if about in VERBS else EVENTS[about]
    return said.format(s=f" {subject}" if subject else "").removesuffix(":")
