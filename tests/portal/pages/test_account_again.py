"""The bank sent a payment back: only another account is asked for, and why; what was declared before stays declared."""

import pytest

from models.content.answers import Declaration, read_back
from models.tasks import TaskKind as K
from portal.interface.views.file import labelled
from tests.portal import acts
from tests.portal.browse import visit
from tests.portal.pages.test_links import mails
from tests.portal.play import Play, plain

OTHER = {"Kontoinhaber": "Kreiskasse Fulda", "IBAN": "DE02 5001 0517 0137 0750 30", "Erste": "A. Beispiel"}
WHY = "Das Konto ist erloschen."


def returned(play: Play) -> str:
    """A payment came back; the link by which another account is named."""
    acts.ready(play)
    acts.call(play)
    play.office(K.CERTIFY_DRAWDOWN, "certify", "sim-wald")
    play.office(K.APPROVE_DRAWDOWN, "approve", "sim-tal")
    play.pay("rejected")
    play.office(K.REPAIR_PAYMENT, "new_bank_details", "sim-wald", reason=WHY)
    return play.link()


def test_only_another_account_is_asked_for_and_why_is_said(play: Play) -> None:
    path = returned(play)
    page = visit(play.client, path)
    assert page.heading == "Neue Bankverbindung nennen"
    for told in ("kam von der Bank zurück", "50.000,00 €", f"Grund: {WHY}", "Den Bescheid haben Sie schon angenommen"):
        assert told in page.text
    assert "Verzicht" not in page.text
    assert visit(play.client, f"{path}/waiver").heading == page.heading
    check = acts.fill(play, path, acts.DECLARATION | OTHER)
    assert "Klage" not in check.text
    receipt = acts.confirm(check, "Bankverbindung absenden")
    assert receipt.heading == "Ihre neue Bankverbindung ist eingegangen"
    assert "Klage" not in receipt.text


def test_what_was_declared_stays_declared(play: Play) -> None:
    path = returned(play)
    acts.confirm(acts.fill(play, path, acts.DECLARATION | OTHER), "Bankverbindung absenden")
    told = read_back(Declaration, play.commands()[-1].content)
    assert (told.waiver, told.iban) == (None, "DE02500105170137075030")
    facts = play.case().state["facts"]
    assert (facts["declared"], facts["waiver"]) == (True, True)
    play.office(K.CALL_BACK, "confirmed", "sim-berg", **acts.called(play) | {"iban_heard": "75030"})
    play.office(K.CONFIRM_BANK_DETAILS, "confirm", "sim-tal")
    assert acts.call(play).heading == "Ihr Mittelabruf ist eingegangen"


def test_officers_read_what_was_asked_and_no_more(play: Play) -> None:
    path = returned(play)
    acts.confirm(acts.fill(play, path, acts.DECLARATION | OTHER), "Bankverbindung absenden")
    row = play.commands()[-1]
    sent = {"kind": "declare_acceptance", "content": row.content, "by": "clerk:fulda-district", "command": row.id}
    found = labelled(sent, {"recipient": "der Landkreis"})
    assert found["title"] == "Neue Bankverbindung nennen"
    assert found["declaration"].startswith("Ich bestätige: Die Bankverbindung gehört der Landkreis.")
    assert "Verzicht" not in str(found["fields"])


def test_the_mail_says_why_and_so_does_its_reminder(play: Play) -> None:
    returned(play)
    while len(mails(play, "declaration_reminder")) < 2:
        play.wake()
    for mail in mails(play, "declaration_reminder"):
        text = plain(mail.mime)
        assert mail.subject.endswith("Bitte nennen Sie uns eine andere Bankverbindung")
        assert f"Grund: {WHY}" in text
        assert "50.000,00 €" in text
        assert "Uns fehlt noch eine gültige Erklärung" not in text


def test_a_case_page_calls_it_what_it_is(play: Play) -> None:
    returned(play)
    page = visit(play.client, play.link("c"))
    assert "Neue Bankverbindung nennen" in page.text
    assert "Bescheid annehmen" not in page.text


@pytest.mark.slow
@pytest.mark.parametrize("doubted", ["differs", "reject"])
def test_a_doubt_about_an_account_asks_for_the_whole_declaration(play: Play, doubted: str) -> None:
    """Who names a wrong account may not be who may accept: all of it is declared anew, and no reason is given away."""
    acts.award(play)
    acts.declare(play)
    called = acts.called(play)
    if doubted == "differs":
        play.office(K.CALL_BACK, "differs", "sim-berg", **called, reason="Die Kasse kennt das Konto nicht.")
    else:
        play.office(K.CALL_BACK, "confirmed", "sim-berg", **called)
        play.office(K.CONFIRM_BANK_DETAILS, "reject", "sim-tal", reason="Die Kasse kennt das Konto nicht.")
    page = visit(play.client, play.link())
    assert page.heading == "Bescheid annehmen und Bankverbindung nennen"
    assert "Die Kasse kennt das Konto nicht." not in page.text
    assert "Verzicht auf eine Klage" in page.text
