"""Where a grant stands: the stages of a case. Which may follow which is said by :mod:`workflows.lifecycle`."""

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


class Urgency(StrEnum):
    """How a case presses; set by the step that fires at the due date, never by a query."""

    ON_TIME = "on_time"
    LATE = "late"
    BLOCKED = "blocked"
