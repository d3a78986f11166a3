"""How a simulated person fills each form, and what is usually answered to each task."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from models.case import CaseState
from models.content import answers as a
from models.content.calls import CallAttempt, CallBack, DifferingCall
from models.content.starts import FileNumber, MailAgain
from models.deadlines import period
from models.tasks import TaskKind
from workflows.lifecycle import GRANT

K = TaskKind
ACTING = {"acting_name": "Simulierte Person", "acting_function": "Simulierte Fachstelle"}

USUAL: dict[TaskKind, str] = {
    K.CHECK_COMPLETENESS: "complete",
    K.COMPLETE_APPLICATION: "submit",
    K.DECIDE_INCOMPLETE: "proceed",
    K.EXAMINE: "award",
    K.GIVE_CONSENT: "agree",
    K.DRAFT_DECISION: "award",
    K.SIGN_DECISION: "sign",
    K.FIX_DELIVERY: "resend",
    K.DECLARE_ACCEPTANCE: "declare",
    K.DECIDE_DECLARATION: "remind",
    K.CALL_BACK: "confirmed",
    K.CONFIRM_BANK_DETAILS: "confirm",
    K.REQUEST_DRAWDOWN: "request",
    K.CERTIFY_DRAWDOWN: "certify",
    K.APPROVE_DRAWDOWN: "approve",
    K.BOOK_PAYMENT: "booked",  # by the bank's evidence
    K.REPAIR_PAYMENT: "retry",
    K.LIFT_BLOCK: "lift",
    K.PROVE_USE: "submit",
    K.DECIDE_EXTENSION: "grant",
    K.SIGN_EXTENSION: "sign",
    K.DECIDE_MISSING_PROOF: "remind",
    K.CHECK_PROOF: "accept",
    K.COMPLETE_PROOF: "submit",
    K.APPROVE_PROOF: "approve",
    K.STATE_POSITION: "state",
    K.DECIDE_REVOCATION: "fully",
    K.SIGN_REVOCATION: "sign",
    K.REPAY: "booked",  # by the bank's evidence
    K.DECIDE_CLAIM: "remind",
    K.CLOSE_CASE: "close",
    K.CLARIFY: "noted",
}
"""What :meth:`Play.drive` answers; a kind that is not here is left alone."""

Form = Callable[[CaseState, date], dict[str, Any]]
REASON = {"reason": "Simulierter Grund."}
IBAN = "DE02120300000000202051"
SPOKEN = {"spoken_with": "Simulierte Kassenleiterin", "spoken_with_function": "Kasse"}


def _call(today: date) -> dict[str, Any]:
    """A call of this day under a number that is not on file."""
    return {"number": "069 90009 000", "number_known_from": "Akte", "called_at": f"{today.isoformat()}T00:00:00"}


def _of_clerk(state: CaseState) -> str:
    """An open task of the municipality."""
    return next((task.id for task in state.open() if GRANT.is_clerks(task.kind)), "none")


def _until(state: CaseState, today: date) -> str:
    start = state.facts.proof_due or today
    return period(start, months=2, rule="play", start_event="play").end.isoformat()


FORMS: dict[type[a.Content], Form] = {
    a.Nothing: lambda _s, _t: {},
    a.Reason: lambda _s, _t: REASON,
    a.MissingItems: lambda _s, _t: {"items": ["Konzept"]},
    a.Completion: lambda _s, _t: {"answer": "Anbei."},
    a.ProposedAward: lambda _s, _t: {},
    a.DraftedAward: lambda _s, _t: {},
    a.PostedOn: lambda _s, today: {"posted_on": today.isoformat()},
    a.Declaration: lambda _s, _t: {
        "account_holder": "Simulierte Kreiskasse",
        "iban": IBAN,
        "waiver": True,
        "signatory_1": "Simulierte Person Eins",
        "signatory_2": "Simulierte Person Zwei",
    },
    CallAttempt: lambda _s, today: _call(today),
    CallBack: lambda _s, today: {**_call(today), **SPOKEN, "iban_heard": IBAN[-4:]},
    DifferingCall: lambda _s, today: {**_call(today), **SPOKEN, **REASON},
    a.DrawdownRequest: lambda s, _t: {"amount_cents": max(1, min(2_500_000, s.money.awarded - s.money.ordered))},
    a.CertifiedAmount: lambda _s, _t: {},
    a.ChangeNotice: lambda _s, today: {"change": "vacant", "since": today.isoformat(), "details": "Stelle frei."},
    a.ProofOfUse: lambda s, _t: {"narrative": "Bericht.", "staff_cents": s.money.booked, "material_cents": 0},
    a.ExtensionRequest: lambda s, today: {"until": _until(s, today), "why": "Abschluss fehlt."},
    a.ExtensionGrant: lambda s, today: {"until": _until(s, today), **REASON},
    a.CheckedProof: lambda _s, _t: {},
    a.HearingDraft: lambda _s, _t: REASON,
    a.Statement: lambda _s, _t: {"statement": "Simulierte Stellungnahme."},
    a.PartialRevocation: lambda s, _t: {"amount_cents": max(1, s.money.booked // 2), **REASON},
    a.Deferral: lambda _s, today: {"until": (today + timedelta(days=60)).isoformat(), **REASON},
    a.Withdrawal: lambda _s, _t: REASON,
    a.LinkAgain: lambda s, _t: {"task": _of_clerk(s)},
    a.Colleague: lambda s, _t: {
        "task": _of_clerk(s),
        "name": "Simulierte Kollegin",
        "function": "Kasse",
        "email": f"kasse@r{s.case_id.split('-')[3]}.example",
    },
    MailAgain: lambda _s, _t: {"mail": "00000000"},
    FileNumber: lambda _s, _t: {"file_number": "II 25 - 58n 04/2018"},
}
"""How each form is filled, from the state and the legal day."""
