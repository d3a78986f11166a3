"""Everything a person owes: kinds of tasks, and the form behind each choice that answers one.

One table (:data:`TASKS`) is the source for the record (which answers it takes), the portal (which
form it shows), ``starter.py`` (which command line it prints) and the manuals. Who owes a task, until
when and what follows is said by :mod:`workflows.lifecycle`.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.content import answers as a
from models.content import calls


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
    READER = "reader"  # audit, data protection: sees all, owes nothing, changes nothing


def reads_only(roles: Collection[Role]) -> bool:
    """Whether these roles let somebody read and do nothing else."""
    return {*roles} == {Role.READER}


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
    CLARIFY = "clarify"


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
    """A kind of task: its choices. One without any is ended by the bank's evidence, or by the budget."""

    model_config = ConfigDict(frozen=True)

    choices: Mapping[str, Choice]


def _task(**choices: type[a.Content]) -> TaskDef:
    return TaskDef(choices={k: Choice(content=c) for k, c in choices.items()})


K = TaskKind
TASKS: dict[TaskKind, TaskDef] = {
    K.APPLY: _task(submit=a.Application),
    K.CHECK_COMPLETENESS: _task(complete=a.Nothing, incomplete=a.MissingItems, refuse=a.Reason),
    K.COMPLETE_APPLICATION: _task(submit=a.Completion),
    K.DECIDE_INCOMPLETE: _task(ask_again=a.MissingItems, proceed=a.Reason, refuse=a.Reason),
    K.EXAMINE: _task(award=a.ProposedAward, refuse=a.Reason),
    K.GIVE_CONSENT: _task(agree=a.Nothing, disagree=a.Reason),
    K.DRAFT_DECISION: _task(award=a.DraftedAward, refuse=a.Reason),
    K.AWAIT_BUDGET: _task(refuse=a.Reason),
    K.SIGN_DECISION: _task(sign=a.Nothing, send_back=a.Reason),
    K.FIX_DELIVERY: _task(resend=a.Nothing, posted=a.PostedOn, noted=a.Reason),
    K.DECLARE_ACCEPTANCE: _task(declare=a.Declaration),
    K.DECIDE_DECLARATION: _task(remind=a.Nothing, hear=a.HearingDraft),
    K.CALL_BACK: _task(confirmed=calls.CallBack, differs=calls.DifferingCall, not_reached=calls.CallAttempt),
    K.CONFIRM_BANK_DETAILS: _task(confirm=a.Nothing, reject=a.Reason),
    K.REQUEST_DRAWDOWN: _task(request=a.DrawdownRequest),
    K.CERTIFY_DRAWDOWN: _task(certify=a.CertifiedAmount, refuse=a.Reason),
    K.APPROVE_DRAWDOWN: _task(approve=a.Nothing, send_back=a.Reason),
    K.BOOK_PAYMENT: _task(),
    K.REPAIR_PAYMENT: _task(retry=a.Reason, cancel=a.Reason, new_bank_details=a.Reason),
    K.NOTIFY_CHANGE: _task(notify=a.ChangeNotice),
    K.LIFT_BLOCK: _task(lift=a.Reason, hear=a.HearingDraft),
    K.PROVE_USE: _task(submit=a.ProofOfUse),
    K.REQUEST_EXTENSION: _task(request=a.ExtensionRequest),
    K.DECIDE_EXTENSION: _task(grant=a.ExtensionGrant, refuse=a.Reason),
    K.SIGN_EXTENSION: _task(sign=a.Nothing, send_back=a.Reason),
    K.DECIDE_MISSING_PROOF: _task(remind=a.Nothing, hear=a.HearingDraft),
    K.CHECK_PROOF: _task(accept=a.CheckedProof, ask_again=a.MissingItems, finding=a.HearingDraft),
    K.COMPLETE_PROOF: _task(submit=a.ProofOfUse),
    K.APPROVE_PROOF: _task(approve=a.Nothing, send_back=a.Reason),
    K.STATE_POSITION: _task(state=a.Statement),
    K.DECIDE_REVOCATION: _task(drop=a.Reason, partly=a.PartialRevocation, fully=a.Reason),
    K.SIGN_REVOCATION: _task(sign=a.Nothing, send_back=a.Reason),
    K.REPAY: _task(),
    K.DECIDE_CLAIM: _task(remind=a.Nothing, defer=a.Deferral),
    K.CLOSE_CASE: _task(close=a.Nothing),
    K.WITHDRAW: _task(withdraw=a.Withdrawal),
    K.CLARIFY: _task(noted=a.Reason),
}
