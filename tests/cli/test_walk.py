"""Officers get a case from application to payment by the printed lines, and by what only they can say."""

from models.tasks import TaskKind as K
from tests.cli.office import CASE, Office

CALL = {
    "number": "069 90009 000",
    "number_from": "Simulierte Vorjahresakte",
    "spoken_with": "Simulierte Kassenleiterin",
    "spoken_function": "Kassenleitung",
    "iban_heard": "2051",
}
"""What a simulated officer adds to a printed line: evidence of a call that no program can have made."""


def test_a_case_is_paid_by_printed_lines_and_the_officers_own_evidence(office: Office) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    for verb_of in (K.CHECK_COMPLETENESS, K.EXAMINE, K.DRAFT_DECISION, K.SIGN_DECISION):
        task = office.task(verb_of)
        office.follow(office.done("today"), "do", f" {task.id} ")
    office.clerk(
        K.DECLARE_ACCEPTANCE,
        "declare",
        account_holder="Landkreis Fulda",
        iban="DE02120300000000202051",
        waiver=True,
        signatory_1="A. Erste",
        signatory_2="B. Zweite",
    )
    office.wake()
    call = CALL | {"called_at": office.document("today")["legal_now"][:16].replace("T", " ")}
    for kind, own in ((K.CALL_BACK, call), (K.CONFIRM_BANK_DETAILS, {})):
        office.follow(office.done(f"case {CASE}"), "do", f" {office.task(kind).id} ", **own)
    office.clerk(K.REQUEST_DRAWDOWN, "request", amount_cents=2_500_000)
    for kind in (K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
        office.follow(office.done("today"), "do", f" {office.task(kind).id} ")
    office.hand_over()
    office.follow(office.done("today --as sim-kasse"), "bank")
    case = office.document(f"case {CASE}")
    assert (case["stage"], case["booked_cents"], case["awarded_cents"]) == ("disbursing", 2_500_000, 5_000_000)
    assert "25.000,00 €" in office.done(f"case {CASE}")
