"""Letters with all their facts, for tests."""

from datetime import UTC, date, datetime
from typing import Any

from activities.letters.notices import NoticeData
from activities.letters.rendering import LetterData, Letters
from models.content.phone import SIMULATED as PHONE
from models.mail.orders import NoticeKind, Template
from programmes.load import load_all

LETTERS = Letters("rp.example")
PROGRAMMES = load_all()
LINE = PROGRAMMES.lines["fm", 2018]
CASE = "wir-fm-2018-06631"
TASK_LINK = "http://127.0.0.1:8088/t/" + "tTsS-_34" * 5 + "abc"
CASE_LINK = "http://127.0.0.1:8088/c/" + "cCsS-_34" * 5 + "xyz"
IBAN = "DE89370400440532013000"

FACTS: dict[str, Any] = {
    "requested_cents": 5_000_001,
    "awarded_cents": 5_000_002,
    "amount_cents": 2_000_003,
    "paid_cents": 3_000_004,
    "left_cents": 1_000_005,
    "claimed_cents": 700_006,
    "intended_cents": 800_007,
    "accepted_cents": 4_000_008,
    "open_cents": 600_009,
    "repaid_cents": 100_010,
    "late": True,
    "items": ["Konzept <neu> & unterschrieben", "Finanzierungsplan"],
    "reason": "Weil die Stelle > 3 Monate leer war & niemand schrieb.",
    "received": "declare_acceptance",
    "received_at": "2018-03-15T09:32:00+00:00",
    "kind": "notify_change",
    "reference": "FM18-06631-C1",
    "account": "DE89 … 3000",
    "instalment": 2,
    "instalments": 4,
    "budget_year": 2018,
    "until": "2019-06-30",
    "booked_on": "2018-05-04",
    "use_by": "2018-07-04",
    "proof_due": "2019-04-01",
    "stage": "waived",
    "statement": "Wir hatten keine Bewerbungen.",
    "award_id": f"{CASE}/N1",
    "award_signed_on": "2018-02-22",
    "tasks": [
        {"id": f"{CASE}.3", "kind": "examine", "case": CASE, "due": "2018-03-16", "late": True},
        {"id": f"{CASE}.4", "kind": "call_back", "case": CASE, "due": "2018-03-20"},
    ],
}


ASKING = [
    Template.INVITATION,
    Template.ITEMS_REQUEST,
    Template.AWARD,
    Template.DECLARATION_REMINDER,
    Template.DRAWDOWN_INVITATION,
    Template.DRAWDOWN_REFUSED,
    Template.PAYMENT_ADVICE,
    Template.PROOF_REMINDER,
    Template.PROOF_REQUEST,
    Template.PROOF_DUNNING_1,
    Template.PROOF_DUNNING_2,
    Template.PROOF_ITEMS_REQUEST,
    Template.EXTENSION_GRANTED,
    Template.EXTENSION_REFUSED,
    Template.HEARING,
    Template.REVOCATION,
    Template.CLAIM,
    Template.CLAIM_REMINDER,
    Template.CLAIM_DEFERRED,
    Template.REPAYMENT_RECEIVED,
    Template.TASK_LINK,
    Template.REPLY_PREPARED,
]
"""Letters that want something of a clerk: they say what happens otherwise, and name their link."""


def letter(template: Template, **changes: Any) -> LetterData:
    """A letter with every fact, every link and a notice."""
    given: dict[str, Any] = {
        "template": template,
        "dedupe_key": f"{CASE}:7:{template}",
        "case_id": CASE,
        "line_title": LINE.name.de,
        "year": 2018,
        "authority": LINE.authority,
        "recipient_name": "Landkreis Fulda",
        "recipient_key": "06631",
        "contact_name": "Simulierte Fachstelle, Landkreis Fulda",
        "contact_function": "Fachstelle Integration",
        "to_address": "fachstelle@r06631.example",
        "task_link": TASK_LINK,
        "case_link": CASE_LINK,
        "due": date(2026, 3, 15),
        "facts": FACTS,
        "rules": LINE.rules(),
        "phone": PHONE,
        "sender": "wir@rp.example",
        "date": datetime(2018, 2, 22, 9, 30, tzinfo=UTC),
        "simulated": True,
    }
    return LetterData.model_validate(given | changes)


def notice(kind: NoticeKind, **changes: Any) -> NoticeData:
    """A notice to the Landkreis Fulda, with every fact."""
    recipient = PROGRAMMES.recipients.find("06631", date(2018, 2, 22))
    given: dict[str, Any] = {
        "kind": kind,
        "notice_id": f"{CASE}/N1",
        "case_id": CASE,
        "line_title": LINE.name.de,
        "year": 2018,
        "authority": LINE.authority,
        "recipient_name": recipient.name,
        "recipient_kind": recipient.kind,
        "signed_on": date(2018, 2, 22),
        "signer_name": "Simulierte Zweitzeichnung Tal",
        "signer_function": "Zweitzeichnung",
        "contact": "wir@rp.example",
        "phone": PHONE,
        "court": PROGRAMMES.courts.find(recipient.court),
        "rules": LINE.rules(),
        "facts": FACTS,
        "simulated": True,
    }
    return NoticeData.model_validate(given | changes)
