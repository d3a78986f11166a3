"""The life of a grant on one page, in the guideline's order. The engine obeys it; docs/lifecycle.md is drawn from it.

``S.`` is a stage, ``K.`` a task, ``D.`` a date, ``R.`` a role. Under a stage stands who owes which task and which rule
makes its due date (none named: the office's own target; ``not_by``: not whoever did that task, who may only take it
back by ``send_back``). Under the task stands what each answer leads to: the next stage, the tasks owed next.
``maybe``: owed in some cases. ``ends``: owed no more. ``longer``: owed until another day. ``runs``: a date begins to
run. ``PAYS``: an order is made, and leaves before anything else happens. ``SERVED``: a signed notice goes out; who
takes none by mail gets it by post. ``STAYS``: nothing follows but letters. A line that stands twice is one or the
other. What is not done in time is late and stays owed, unless "due" says otherwise. What does not stand here for a
stage cannot be done in it.
"""

from models.stages import ENDED
from models.stages import Stage as S
from models.tasks import Role as R
from models.tasks import TaskKind as K
from workflows.notation import Date as D
from workflows.notation import Event as E
from workflows.notation import Mark, beside, ends, longer, may_start, maybe, on, owes, runs, stage, starts
from workflows.notation import Start as A
from workflows.page import Page

PAYS, SERVED, LATE, EXPIRES, STAYS = Mark.PAYS, Mark.SERVED, Mark.LATE, Mark.EXPIRES, Mark.STAYS

OPEN = tuple(where for where in S if where not in ENDED)
EXAMINED = (S.FORMAL_CHECK, S.INCOMPLETE, S.SUBSTANTIVE_REVIEW, S.SELECTION)
BEFORE_DECISION = (*EXAMINED, S.DRAFTING, S.WAITLIST, S.SIGNATURE_PENDING)
UNPAID = (S.AWARD_SENT, S.AWARD_NOTIFIED, S.DISBURSING)  # the last of them until the first order
PROOF = (S.PROOF_DUE, S.PROOF_OVERDUE, S.PROOF_CHECK, S.PROOF_INCOMPLETE)
HEARD = (S.HEARING, S.REVOCATION)
CAN_HEAR = (S.AWARD_NOTIFIED, S.DISBURSING, *PROOF)
AWARDED = (*UNPAID, *PROOF, *HEARD, S.RECOVERY, S.CLOSING)
SENT_AGAIN = (S.AWARD_NOTIFIED, S.DISBURSING, *PROOF, *HEARD, S.RECOVERY, S.CLOSING)
CALLS_BEGIN = (S.DISBURSING, maybe(K.REQUEST_DRAWDOWN), runs(D.PERIOD_END))
COMES_AGAIN = (runs(D.DECISION_LIMIT), runs(D.NOTIFIED), runs(D.FINAL), runs(D.PERIOD_END))
CALLS_END = ends(K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.REPAIR_PAYMENT)
HEARING_ENDS = ends(K.STATE_POSITION, K.DECIDE_REVOCATION, K.SIGN_REVOCATION, K.DECIDE_MISSING_PROOF)
EXTENSION_ENDS = ends(K.REQUEST_EXTENSION, K.DECIDE_EXTENSION, K.SIGN_EXTENSION)
CHECK_ENDS = ends(K.CHECK_PROOF, K.APPROVE_PROOF)  # nobody decides on the proof while the recipient is heard
BLOCK_SEEN_TO = maybe(K.LIFT_BLOCK)  # where payments are blocked and nobody has to look at that

APPLICATION = (
    stage(S.FORMAL_CHECK, "The application is in: entitled, on time, complete, signed, not begun?"),
    owes(R.APPLICANT, K.APPLY, "application_deadline"),
    on("submit").then(K.CHECK_COMPLETENESS, runs(D.DECISION_LIMIT)),
    owes(R.CASE_WORKER, K.CHECK_COMPLETENESS),
    on("complete").then(S.SUBSTANTIVE_REVIEW, K.EXAMINE),
    on("incomplete").then(S.INCOMPLETE, K.COMPLETE_APPLICATION),
    on("refuse").then(S.DRAFTING, K.DRAFT_DECISION),
    stage(S.INCOMPLETE, "Something is missing: the recipient is asked, twice at most, then an officer decides."),
    owes(R.APPLICANT, K.COMPLETE_APPLICATION, "missing_items_weeks"),
    on("submit").then(S.FORMAL_CHECK, K.CHECK_COMPLETENESS, ends(K.DECIDE_INCOMPLETE)),
    on("due").then(longer(K.COMPLETE_APPLICATION), when="asked once"),
    on("due").then(LATE, K.DECIDE_INCOMPLETE, when="asked twice"),
    owes(R.CASE_WORKER, K.DECIDE_INCOMPLETE),
    on("ask_again").then(K.COMPLETE_APPLICATION, ends(K.COMPLETE_APPLICATION)),
    on("proceed").then(S.SUBSTANTIVE_REVIEW, K.EXAMINE, ends(K.COMPLETE_APPLICATION)),
    on("refuse").then(S.DRAFTING, K.DRAFT_DECISION, ends(K.COMPLETE_APPLICATION)),
    stage(S.SUBSTANTIVE_REVIEW, "Concept and financing are examined; an award or a refusal is proposed."),
    owes(R.CASE_WORKER, K.EXAMINE),
    on("award", "refuse").then(S.DRAFTING, K.DRAFT_DECISION),
    on("award").then(S.SELECTION, K.GIVE_CONSENT, when="the line asks for the ministry's consent"),
    stage(S.SELECTION, "The ministry agrees, or does not."),
    owes(R.MINISTRY, K.GIVE_CONSENT, "consent_weeks"),
    on("agree", "disagree").then(S.DRAFTING, K.DRAFT_DECISION),
    beside(BEFORE_DECISION, "After three months without a decision every task that the authority owes is late."),
    on(D.DECISION_LIMIT).then(LATE),
    on(D.DECISION_LIMIT).then(STAYS, when="only the recipient owes something"),
)

AWARD = (
    stage(S.DRAFTING, "The decision is drafted; an award reserves its budget."),
    owes(R.CASE_WORKER, K.DRAFT_DECISION),
    on("award", "refuse").then(S.SIGNATURE_PENDING, K.SIGN_DECISION),
    on("award").then(S.WAITLIST, K.AWAIT_BUDGET, when="the budget does not suffice"),
    stage(S.WAITLIST, "The case waits in line; money that comes free is offered to the first it suffices for."),
    owes(R.BUDGET_OFFICER, K.AWAIT_BUDGET, "waitlist_until"),
    on("freed", "refuse").then(S.DRAFTING, K.DRAFT_DECISION),
    stage(S.SIGNATURE_PENDING, "A second person signs, or sends the draft back, which frees its budget."),
    owes(R.CO_SIGNER, K.SIGN_DECISION, not_by=K.DRAFT_DECISION),
    on("sign").then(S.AWARD_SENT, K.DECLARE_ACCEPTANCE, SERVED, runs(D.NOTIFIED), when="it is an award"),
    on("sign").then(S.REFUSAL_SENT, SERVED, runs(D.NOTIFIED), when="it is a refusal"),
    on("send_back").then(S.DRAFTING, K.DRAFT_DECISION),
    stage(S.REFUSAL_SENT, "The refusal is final when the period for a suit is over."),
    on(D.NOTIFIED).then(runs(D.FINAL)),
    on(D.FINAL).then(S.REJECTED, ends()),
    stage(S.AWARD_SENT, "The award counts as notified some days after it was sent."),
    on(D.NOTIFIED).then(S.AWARD_NOTIFIED, runs(D.FINAL)),
    on(D.NOTIFIED).then(S.AWARD_NOTIFIED, *CALLS_BEGIN, when="declared, confirmed, and suit waived before"),
    stage(S.AWARD_NOTIFIED, "Final, declared accepted, bank details confirmed: then money can be called."),
    on(D.FINAL).then(*CALLS_BEGIN, when="now final, declared and confirmed"),
    on(E.MAIL_FAILED).then(S.AWARD_SENT, K.FIX_DELIVERY, when="the award did not arrive"),
    beside(SENT_AGAIN, "An award that came back by mail counts anew; until it is final again nothing is paid."),
    on(D.NOTIFIED).then(runs(D.FINAL)),
    on(D.NOTIFIED, within=S.AWARD_NOTIFIED).then(*CALLS_BEGIN, when="declared, confirmed, and suit waived before"),
    on(D.FINAL).then(STAYS, when="nothing begins by it"),
    beside(AWARDED, "The award is accepted and bank details are declared; one officer calls back, another confirms."),
    owes(R.APPLICANT, K.DECLARE_ACCEPTANCE, "declaration_months", "grace_weeks"),
    on("declare").then(K.CALL_BACK, ends(K.DECIDE_DECLARATION)),
    on("declare", within=S.HEARING).then(S.AWARD_NOTIFIED, K.CALL_BACK, ends(K.STATE_POSITION, K.DECIDE_REVOCATION)),
    on("early").then(STAYS),
    on("due", "dunned").then(LATE, maybe(K.DECIDE_DECLARATION)),
    owes(R.CASE_WORKER, K.DECIDE_DECLARATION),
    on("remind").then(longer(K.DECLARE_ACCEPTANCE)),
    on("hear", within=CAN_HEAR).then(S.HEARING, K.STATE_POSITION, CHECK_ENDS),
    owes(R.CASE_WORKER, K.CALL_BACK),
    on("confirmed").then(K.CONFIRM_BANK_DETAILS),
    on("differs").then(K.DECLARE_ACCEPTANCE),
    on("not_reached").then(STAYS),
    owes(R.PAYMENT_APPROVER, K.CONFIRM_BANK_DETAILS, not_by=K.CALL_BACK),
    on("confirm").then(maybe(K.REQUEST_DRAWDOWN)),
    on("confirm", within=S.AWARD_NOTIFIED).then(*CALLS_BEGIN, when="now final, declared and confirmed"),
    on("reject").then(K.DECLARE_ACCEPTANCE),
)

DISBURSEMENT = (
    stage(S.DISBURSING, "Instalments are called and paid, two officers before each payment."),
    beside((S.DISBURSING, *HEARD), "Until the grant period ends instalments are called, while money and time last."),
    owes(R.APPLICANT, K.REQUEST_DRAWDOWN, "latest_drawdown"),
    on("request", within=S.DISBURSING).then(K.CERTIFY_DRAWDOWN),
    on("due").then(EXPIRES, maybe(K.REQUEST_DRAWDOWN)),
    on(D.PERIOD_END, within=S.DISBURSING).then(S.PROOF_DUE, K.PROVE_USE, ends(K.REQUEST_DRAWDOWN)),
    on(D.PERIOD_END, within=S.DISBURSING).then(S.CLOSING, K.CLOSE_CASE, ends(), when="nothing was paid"),
    on(D.PERIOD_END, within=HEARD).then(K.PROVE_USE, ends(K.REQUEST_DRAWDOWN)),
    on(D.PERIOD_END, within=HEARD).then(CALLS_END, when="nothing was paid: the hearing goes on"),
    beside((S.DISBURSING, *PROOF, *HEARD, S.CLOSING), "A payment: certified, approved by another, booked."),
    owes(R.PAYMENT_CERTIFIER, K.CERTIFY_DRAWDOWN),
    on("certify").then(K.APPROVE_DRAWDOWN),
    on("refuse").then(maybe(K.REQUEST_DRAWDOWN)),
    owes(R.PAYMENT_APPROVER, K.APPROVE_DRAWDOWN, not_by=K.CERTIFY_DRAWDOWN),
    on("approve").then(PAYS, K.BOOK_PAYMENT),
    on("send_back").then(K.CERTIFY_DRAWDOWN),
    owes(R.CASH_OFFICE, K.BOOK_PAYMENT),
    on("handed_over").then(STAYS),
    on("booked").then(maybe(K.REQUEST_DRAWDOWN)),
    on("rejected", "returned").then(K.REPAIR_PAYMENT),
    owes(R.PAYMENT_CERTIFIER, K.REPAIR_PAYMENT),
    on("retry").then(K.CERTIFY_DRAWDOWN),
    on("new_bank_details").then(K.DECLARE_ACCEPTANCE),
    on("cancel").then(maybe(K.REQUEST_DRAWDOWN)),
)

PROOF_OF_USE = (
    stage(S.PROOF_DUE, "The grant period is over; the proof of use is owed."),
    stage(S.PROOF_OVERDUE, "The proof of use did not come in time."),
    beside((S.PROOF_DUE, S.PROOF_OVERDUE, *HEARD), "The proof is owed: reminded, dunned, then an officer decides."),
    owes(R.APPLICANT, K.PROVE_USE, "proof_due", "proof_extension", "grace_weeks"),
    on("early").then(STAYS),
    on("submit").then(S.PROOF_CHECK, K.CHECK_PROOF, BLOCK_SEEN_TO, EXTENSION_ENDS, HEARING_ENDS),
    on("due", within=S.PROOF_DUE).then(S.PROOF_OVERDUE, LATE),
    on("dunned").then(LATE),
    on("grace").then(LATE, maybe(K.DECIDE_MISSING_PROOF)),
    may_start(R.APPLICANT, K.REQUEST_EXTENSION, "query_weeks", within=S.PROOF_DUE),
    on("request", within=S.PROOF_DUE).then(K.DECIDE_EXTENSION),
    owes(R.CASE_WORKER, K.DECIDE_EXTENSION),
    on("grant").then(K.SIGN_EXTENSION),
    on("refuse").then(STAYS),
    owes(R.CO_SIGNER, K.SIGN_EXTENSION, not_by=K.DECIDE_EXTENSION),
    on("sign").then(longer(K.PROVE_USE), SERVED),
    on("send_back").then(K.DECIDE_EXTENSION),
    stage(S.PROOF_CHECK, "One officer checks the proof, another approves; what was not spent is reclaimed."),
    owes(R.PROOF_AUDITOR, K.CHECK_PROOF, "proof_check_months", "target"),
    on("accept").then(K.APPROVE_PROOF),
    on("ask_again").then(S.PROOF_INCOMPLETE, K.COMPLETE_PROOF),
    on("finding").then(S.HEARING, K.STATE_POSITION),
    owes(R.CO_SIGNER, K.APPROVE_PROOF, not_by=K.CHECK_PROOF),
    on("approve").then(S.CLOSING, K.CLOSE_CASE),
    on("approve").then(S.RECOVERY, K.REPAY, SERVED, when="not all was spent"),
    on("send_back").then(K.CHECK_PROOF),
    stage(S.PROOF_INCOMPLETE, "The proof came, but not all of it."),
    beside((S.PROOF_INCOMPLETE, *HEARD), "Items of the proof are missing: asked twice, then an officer decides."),
    owes(R.APPLICANT, K.COMPLETE_PROOF, "proof_items_weeks", "grace_weeks"),
    on("submit").then(S.PROOF_CHECK, K.CHECK_PROOF, BLOCK_SEEN_TO, HEARING_ENDS),
    on("due").then(longer(K.COMPLETE_PROOF), when="asked once"),
    on("due", "grace").then(LATE, K.DECIDE_MISSING_PROOF, when="asked twice"),
    beside((S.PROOF_DUE, S.PROOF_OVERDUE, S.PROOF_INCOMPLETE, *HEARD), "The proof, or a part of it, did not come."),
    owes(R.PROOF_AUDITOR, K.DECIDE_MISSING_PROOF),
    on("remind").then(longer(K.PROVE_USE, K.COMPLETE_PROOF)),
    on("hear", within=(S.PROOF_DUE, S.PROOF_OVERDUE, S.PROOF_INCOMPLETE)).then(S.HEARING, K.STATE_POSITION),
)

RECOVERY = (
    stage(S.HEARING, "The recipient is heard; silence decides nothing: an officer drops the matter, or revokes."),
    owes(R.APPLICANT, K.STATE_POSITION, "hearing_weeks"),
    on("state").then(K.DECIDE_REVOCATION),
    on("due").then(EXPIRES, K.DECIDE_REVOCATION),
    owes(R.CASE_WORKER, K.DECIDE_REVOCATION),
    on("partly", "fully").then(S.REVOCATION, K.SIGN_REVOCATION),
    on("drop").then(S.AWARD_NOTIFIED, longer(K.DECLARE_ACCEPTANCE), BLOCK_SEEN_TO),
    on("drop").then(S.AWARD_NOTIFIED, *CALLS_BEGIN, BLOCK_SEEN_TO, when="final meanwhile"),
    on("drop").then(*CALLS_BEGIN, BLOCK_SEEN_TO),
    on("drop").then(S.PROOF_DUE, maybe(K.PROVE_USE), longer(K.PROVE_USE), BLOCK_SEEN_TO),
    on("drop").then(S.PROOF_CHECK, K.CHECK_PROOF, BLOCK_SEEN_TO, ends(K.COMPLETE_PROOF, K.DECIDE_MISSING_PROOF)),
    on("drop").then(S.CLOSING, K.CLOSE_CASE, ends(), when="the grant period ended and nothing was paid"),
    stage(S.REVOCATION, "A second person signs the revocation; what was paid for it is reclaimed in writing."),
    owes(R.CO_SIGNER, K.SIGN_REVOCATION, not_by=K.DECIDE_REVOCATION),
    on("sign").then(S.RECOVERY, K.REPAY, SERVED, ends()),
    on("sign").then(S.CLOSING, K.CLOSE_CASE, SERVED, ends(), when="nothing was paid"),
    on("send_back").then(S.HEARING, K.DECIDE_REVOCATION),
    stage(S.RECOVERY, "The claim is owed; only the bank's evidence settles it."),
    owes(R.APPLICANT, K.REPAY, "claim_months", "deferral"),
    on("booked").then(STAYS, when="a part was paid"),
    on("booked").then(S.CLOSING, K.CLOSE_CASE, ends(K.DECIDE_CLAIM), when="all was paid"),
    on("due", "dunned").then(LATE, maybe(K.DECIDE_CLAIM)),
    owes(R.CASE_WORKER, K.DECIDE_CLAIM),
    on("remind", "defer").then(longer(K.REPAY)),
    stage(S.CLOSING, "All is settled: unused budget is freed, the file is closed."),
    owes(R.CO_SIGNER, K.CLOSE_CASE),
    on("close").then(S.CLOSED, ends()),
)

ANY_TIME = (
    beside((*BEFORE_DECISION, *UNPAID, *PROOF), "The recipient withdraws, waives, or gives back what was paid."),
    may_start(R.APPLICANT, K.WITHDRAW, "query_weeks"),
    on("withdraw", within=BEFORE_DECISION).then(S.WITHDRAWN, ends()),
    on("withdraw", within=UNPAID).then(S.WAIVED, ends(), when="nothing was ordered"),
    on("withdraw", within=(S.DISBURSING, *PROOF)).then(S.HEARING, K.DECIDE_REVOCATION, ends(), when="money was paid"),
    beside(AWARDED, "A change that is told, or an officer, blocks payments; the block is lifted, or heard about."),
    may_start(R.APPLICANT, K.NOTIFY_CHANGE, "query_weeks", within=(*UNPAID, S.PROOF_DUE)),
    on("notify").then(BLOCK_SEEN_TO),
    starts(R.CASE_WORKER, A.BLOCK).then(K.LIFT_BLOCK),
    owes(R.CASE_WORKER, K.LIFT_BLOCK, "block_review_weeks"),
    on("lift").then(STAYS),
    on("hear", within=CAN_HEAR).then(S.HEARING, K.STATE_POSITION, ends(K.REQUEST_DRAWDOWN), CHECK_ENDS),
    beside(OPEN, "Mail that could not be delivered is sent again, posted, or noted; what nobody foresaw is clarified."),
    on(E.MAIL_FAILED).then(K.FIX_DELIVERY),
    owes(R.CASE_WORKER, K.FIX_DELIVERY),
    on("resend").then(maybe(K.FIX_DELIVERY), longer(K.DECLARE_ACCEPTANCE, K.REPAY), runs(D.NOTIFIED)),
    on("posted").then(longer(K.DECLARE_ACCEPTANCE, K.REPAY), runs(D.NOTIFIED)),
    on("noted").then(STAYS),
    starts(R.CASE_WORKER, A.RESEND, A.SET_FILE_NUMBER).then(STAYS),
    starts(R.APPLICANT, A.LINK, A.HAND_OVER).then(STAYS),
    on(E.MOVE).then(STAYS),
    on(E.UNFORESEEN).then(maybe(K.CLARIFY), *COMES_AGAIN, when="a date comes again later"),
    owes(R.CASE_WORKER, K.CLARIFY),
    on("noted").then(STAYS),
)

GRANT = Page(APPLICATION, AWARD, DISBURSEMENT, PROOF_OF_USE, RECOVERY, ANY_TIME)
"""The page."""
