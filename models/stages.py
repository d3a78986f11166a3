"""Where a grant stands: the stages of a case and which stage may follow which.

One table (:data:`TRANSITIONS`) is the only source for the order of stages. The record refuses a
step that leaves it, the workflow dispatches over it, and the diagram in ``docs/`` is drawn from it.
Source of the stages: domain research, section 5.2.
"""

from enum import StrEnum


class Stage(StrEnum):
    """Stage of a case. German term in the comment; the letters use the text catalogue."""

    FORMAL_CHECK = "formal_check"  # Formale Prüfung
    INCOMPLETE = "incomplete"  # Nachforderung läuft
    SUBSTANTIVE_REVIEW = "substantive_review"  # Fachliche Prüfung
    SELECTION = "selection"  # Einvernehmen des Ministeriums
    WAITLIST = "waitlist"  # Warteliste, Mittel erschöpft
    DRAFTING = "drafting"  # Entscheidungsentwurf
    SIGNATURE_PENDING = "signature_pending"  # Zweitzeichnung
    AWARD_SENT = "award_sent"  # Bescheid versandt
    AWARD_NOTIFIED = "award_notified"  # Bekannt gegeben
    REFUSAL_SENT = "refusal_sent"  # Ablehnung versandt, Frist läuft
    DISBURSING = "disbursing"  # Auszahlungsphase
    PROOF_DUE = "proof_due"  # Verwendungsnachweis offen
    PROOF_OVERDUE = "proof_overdue"  # Verwendungsnachweis überfällig
    PROOF_CHECK = "proof_check"  # Prüfung des Nachweises
    PROOF_INCOMPLETE = "proof_incomplete"  # Nachforderung zum Nachweis
    HEARING = "hearing"  # Anhörung
    REVOCATION = "revocation"  # Widerruf entworfen
    RECOVERY = "recovery"  # Rückforderung
    CLOSING = "closing"  # Abschluss
    CLOSED = "closed"  # Abgeschlossen
    WITHDRAWN = "withdrawn"  # Antrag zurückgenommen
    WAIVED = "waived"  # Verzicht vor Auszahlung
    REJECTED = "rejected"  # Abgelehnt, bestandskräftig


ENDED = frozenset({Stage.CLOSED, Stage.WITHDRAWN, Stage.WAIVED, Stage.REJECTED})

S = Stage
TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    S.FORMAL_CHECK: frozenset({S.INCOMPLETE, S.SUBSTANTIVE_REVIEW, S.DRAFTING, S.WITHDRAWN}),
    S.INCOMPLETE: frozenset({S.FORMAL_CHECK, S.SUBSTANTIVE_REVIEW, S.DRAFTING, S.WITHDRAWN}),
    S.SUBSTANTIVE_REVIEW: frozenset({S.SELECTION, S.DRAFTING, S.WITHDRAWN}),
    S.SELECTION: frozenset({S.DRAFTING, S.WITHDRAWN}),
    S.DRAFTING: frozenset({S.SIGNATURE_PENDING, S.WAITLIST, S.WITHDRAWN}),
    S.WAITLIST: frozenset({S.DRAFTING, S.WITHDRAWN}),
    S.SIGNATURE_PENDING: frozenset({S.DRAFTING, S.AWARD_SENT, S.REFUSAL_SENT, S.WITHDRAWN}),
    S.AWARD_SENT: frozenset({S.AWARD_NOTIFIED, S.WAIVED}),
    S.AWARD_NOTIFIED: frozenset({S.AWARD_SENT, S.DISBURSING, S.HEARING, S.WAIVED}),
    S.REFUSAL_SENT: frozenset({S.REJECTED}),
    S.DISBURSING: frozenset({S.PROOF_DUE, S.HEARING, S.WAIVED, S.CLOSING}),
    S.PROOF_DUE: frozenset({S.PROOF_OVERDUE, S.PROOF_CHECK, S.HEARING, S.CLOSING}),
    S.PROOF_OVERDUE: frozenset({S.PROOF_DUE, S.PROOF_CHECK, S.HEARING}),
    S.PROOF_CHECK: frozenset({S.PROOF_INCOMPLETE, S.HEARING, S.RECOVERY, S.CLOSING}),
    S.PROOF_INCOMPLETE: frozenset({S.PROOF_CHECK, S.HEARING}),
    S.HEARING: frozenset({S.REVOCATION, S.PROOF_DUE, S.PROOF_CHECK, S.DISBURSING, S.AWARD_NOTIFIED, S.CLOSING}),
    S.REVOCATION: frozenset({S.HEARING, S.PROOF_CHECK, S.RECOVERY, S.CLOSING}),
    S.RECOVERY: frozenset({S.CLOSING}),
    S.CLOSING: frozenset({S.CLOSED, S.RECOVERY}),
}
TRANSITIONS.update({stage: frozenset() for stage in Stage if stage in ENDED})

BEFORE_DECISION = frozenset(
    {S.FORMAL_CHECK, S.INCOMPLETE, S.SUBSTANTIVE_REVIEW, S.SELECTION, S.WAITLIST, S.DRAFTING, S.SIGNATURE_PENDING}
)


class Urgency(StrEnum):
    """How a case presses; set by the step that fires at the due date, never by a query."""

    ON_TIME = "on_time"
    LATE = "late"
    BLOCKED = "blocked"


def may_follow(before: Stage, after: Stage) -> bool:
    """True when ``after`` is ``before`` itself or one of its followers."""
    return before == after or after in TRANSITIONS[before]
