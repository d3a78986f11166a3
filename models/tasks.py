"""Everything a person owes: kinds of tasks, who owns them, which choices answer them.

One table (:data:`TASKS`) is the source for the record (which answers it takes), the portal (which
form it shows), ``starter.py`` (which command line it prints) and the manuals. A clerk task and an
officer task differ in their owner only.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models import answers as a


class Role(StrEnum):
    """Who owes a task. ``APPLICANT`` is the municipality; all others belong to the authority."""

    APPLICANT = "applicant"
    CASE_WORKER = "case_worker"  # Sachbearbeitung
    CO_SIGNER = "co_signer"  # Zweitzeichnung
    MINISTRY = "ministry"  # Fachreferat
    PAYMENT_CERTIFIER = "payment_certifier"  # sachlich und rechnerisch richtig
    PAYMENT_APPROVER = "payment_approver"  # anordnungsbefugt
    CASH_OFFICE = "cash_office"  # HCC / Landeskasse
    PROOF_AUDITOR = "proof_auditor"  # Verwendungsnachweisprüfung
    BUDGET_OFFICER = "budget_officer"  # Haushaltsbeauftragte Person


class TaskKind(StrEnum):
    """Kind of a task; the value is the key of its texts, forms and letters."""

    APPLY = "apply"
    CHECK_COMPLETENESS = "check_completeness"
    COMPLETE_APPLICATION = "complete_application"
    DECIDE_INCOMPLETE = "decide_incomplete"
    EXAMINE = "examine"
    GIVE_CONSENT = "give_consent"
    DRAFT_DECISION = "draft_decision"
    AWAIT_BUDGET = "await_budget"
    SIGN_DECISION = "sign_decision"
    FIX_DELIVERY = "fix_delivery"
    DECLARE_ACCEPTANCE = "declare_acceptance"
    DECIDE_DECLARATION = "decide_declaration"
    CALL_BACK = "call_back"
    CONFIRM_BANK_DETAILS = "confirm_bank_details"
    REQUEST_DRAWDOWN = "request_drawdown"
    CERTIFY_DRAWDOWN = "certify_drawdown"
    APPROVE_DRAWDOWN = "approve_drawdown"
    BOOK_PAYMENT = "book_payment"
    REPAIR_PAYMENT = "repair_payment"
    NOTIFY_CHANGE = "notify_change"
    LIFT_BLOCK = "lift_block"
    PROVE_USE = "prove_use"
    REQUEST_EXTENSION = "request_extension"
    DECIDE_EXTENSION = "decide_extension"
    SIGN_EXTENSION = "sign_extension"
    DECIDE_MISSING_PROOF = "decide_missing_proof"
    CHECK_PROOF = "check_proof"
    COMPLETE_PROOF = "complete_proof"
    APPROVE_PROOF = "approve_proof"
    STATE_POSITION = "state_position"
    DECIDE_REVOCATION = "decide_revocation"
    SIGN_REVOCATION = "sign_revocation"
    REPAY = "repay"
    DECIDE_CLAIM = "decide_claim"
    CLOSE_CASE = "close_case"
    WITHDRAW = "withdraw"


class TaskState(StrEnum):
    """``open`` until exactly one of the others is reached."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Choice(BaseModel):
    """One way to answer a task; ``content`` is the form behind it."""

    model_config = ConfigDict(frozen=True)

    content: type[a.Content] = a.Nothing


class TaskDef(BaseModel):
    """A kind of task: its owner, its choices, and whose hand must differ from the answering one."""

    model_config = ConfigDict(frozen=True)

    owner: Role
    choices: Mapping[str, Choice]
    not_by: tuple[TaskKind, ...] = ()  # the person who answered one of these may not answer this


def _task(owner: Role, *, not_by: tuple[TaskKind, ...] = (), **choices: type[a.Content]) -> TaskDef:
    return TaskDef(owner=owner, not_by=not_by, choices={k: Choice(content=c) for k, c in choices.items()})


R, K = Role, TaskKind
TASKS: dict[TaskKind, TaskDef] = {
    K.APPLY: _task(R.APPLICANT, submit=a.Application),
    K.CHECK_COMPLETENESS: _task(R.CASE_WORKER, complete=a.Nothing, incomplete=a.MissingItems, refuse=a.Reason),
    K.COMPLETE_APPLICATION: _task(R.APPLICANT, submit=a.Completion),
    K.DECIDE_INCOMPLETE: _task(R.CASE_WORKER, ask_again=a.MissingItems, proceed=a.Reason, refuse=a.Reason),
    K.EXAMINE: _task(R.CASE_WORKER, award=a.ProposedAward, refuse=a.Reason),
    K.GIVE_CONSENT: _task(R.MINISTRY, agree=a.Nothing, disagree=a.Reason),
    K.DRAFT_DECISION: _task(R.CASE_WORKER, award=a.DraftedAward, refuse=a.Reason),
    K.AWAIT_BUDGET: _task(R.BUDGET_OFFICER, refuse=a.Reason),
    K.SIGN_DECISION: _task(R.CO_SIGNER, not_by=(K.DRAFT_DECISION,), sign=a.Nothing, send_back=a.Reason),
    K.FIX_DELIVERY: _task(R.CASE_WORKER, resend=a.Nothing, posted=a.PostedOn, noted=a.Reason),
    K.DECLARE_ACCEPTANCE: _task(R.APPLICANT, declare=a.Declaration),
    K.DECIDE_DECLARATION: _task(R.CASE_WORKER, remind=a.Nothing, hear=a.HearingDraft),
    K.CALL_BACK: _task(R.CASE_WORKER, confirmed=a.CallBack, differs=a.Reason),
    K.CONFIRM_BANK_DETAILS: _task(R.PAYMENT_APPROVER, not_by=(K.CALL_BACK,), confirm=a.Nothing, reject=a.Reason),
    K.REQUEST_DRAWDOWN: _task(R.APPLICANT, request=a.DrawdownRequest),
    K.CERTIFY_DRAWDOWN: _task(R.PAYMENT_CERTIFIER, certify=a.CertifiedAmount, refuse=a.Reason),
    K.APPROVE_DRAWDOWN: _task(R.PAYMENT_APPROVER, not_by=(K.CERTIFY_DRAWDOWN,), approve=a.Nothing, send_back=a.Reason),
    K.BOOK_PAYMENT: _task(R.CASH_OFFICE),
    K.REPAIR_PAYMENT: _task(R.PAYMENT_CERTIFIER, retry=a.Reason, cancel=a.Reason, new_bank_details=a.Reason),
    K.NOTIFY_CHANGE: _task(R.APPLICANT, notify=a.ChangeNotice),
    K.LIFT_BLOCK: _task(R.CASE_WORKER, lift=a.Reason, hear=a.HearingDraft),
    K.PROVE_USE: _task(R.APPLICANT, submit=a.ProofOfUse),
    K.REQUEST_EXTENSION: _task(R.APPLICANT, request=a.ExtensionRequest),
    K.DECIDE_EXTENSION: _task(R.CASE_WORKER, grant=a.ExtensionGrant, refuse=a.Reason),
    K.SIGN_EXTENSION: _task(R.CO_SIGNER, not_by=(K.DECIDE_EXTENSION,), sign=a.Nothing, send_back=a.Reason),
    K.DECIDE_MISSING_PROOF: _task(R.PROOF_AUDITOR, remind=a.Nothing, hear=a.HearingDraft),
    K.CHECK_PROOF: _task(R.PROOF_AUDITOR, accept=a.CheckedProof, ask_again=a.MissingItems, finding=a.HearingDraft),
    K.COMPLETE_PROOF: _task(R.APPLICANT, submit=a.ProofOfUse),
    K.APPROVE_PROOF: _task(R.CO_SIGNER, not_by=(K.CHECK_PROOF,), approve=a.Nothing, send_back=a.Reason),
    K.STATE_POSITION: _task(R.APPLICANT, state=a.Statement),
    K.DECIDE_REVOCATION: _task(R.CASE_WORKER, drop=a.Reason, partly=a.PartialRevocation, fully=a.Reason),
    K.SIGN_REVOCATION: _task(R.CO_SIGNER, not_by=(K.DECIDE_REVOCATION,), sign=a.Nothing, send_back=a.Reason),
    K.REPAY: _task(R.APPLICANT),
    K.DECIDE_CLAIM: _task(R.CASE_WORKER, remind=a.Nothing, defer=a.Deferral),
    K.CLOSE_CASE: _task(R.CO_SIGNER, close=a.Nothing),
    K.WITHDRAW: _task(R.APPLICANT, withdraw=a.Withdrawal),
}

CLERK_STARTS: tuple[TaskKind, ...] = (K.NOTIFY_CHANGE, K.REQUEST_EXTENSION, K.WITHDRAW)
"""What a clerk can start from the standing case page; each opens the task and mails its link."""


def definition(kind: TaskKind) -> TaskDef:
    """The table's row for ``kind``."""
    return TASKS[kind]


def is_clerk_task(kind: TaskKind) -> bool:
    """True when the municipality owes the answer."""
    return TASKS[kind].owner is Role.APPLICANT
