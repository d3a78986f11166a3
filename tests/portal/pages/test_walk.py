"""Each kind of clerk task from its mailed link to its receipt, on the real record."""

from models.tasks import TaskKind as K
from models.tasks import TaskState
from tests.portal import acts
from tests.portal.browse import visit
from tests.portal.files import pdfs
from tests.portal.play import CASE, Play


def test_an_application_starts_a_case(play: Play) -> None:
    receipt = acts.apply(play)
    assert receipt.heading == "Ihr Antrag ist eingegangen"
    assert "50.000,00 €" in receipt.text
    stored = play.commands()[0]
    assert stored.id.replace("-", "")[:4].upper() in receipt.text
    application = stored.content["application"]
    assert (application["requested_cents"], application["own_cents"]) == (5_000_000, 250_000)
    assert application["acting_function"] == "Fachstelle Integration"
    assert stored.actor_id == "fulda-district"
    assert stored.simulated
    assert play.case().stage == "formal_check"
    again = visit(play.client, "/t/invitation-" + "x" * 32)
    assert again.heading == "Sie haben den Antrag bereits gestellt"
    assert "Wir prüfen, ob Ihr Antrag vollständig ist." in again.text


def test_missing_items_are_listed_and_answered_with_a_file(play: Play) -> None:
    acts.apply(play)
    play.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept", "Finanzierungsplan"])
    page = visit(play.client, play.link())
    assert "Konzept Finanzierungsplan" in page.text
    assert "3 Wochen nach unserer Nachforderung vom 2. Januar 2018" in page.text
    page.type({"Ihre Antwort": "Das Konzept liegt bei."}).attach("Dateien anfügen", ("Konzept.pdf", pdfs.PLAIN))
    check = page.press("Weiter: Angaben prüfen")
    assert "Konzept.pdf" in check.text
    receipt = acts.confirm(check, "Angaben absenden")
    assert "Konzept.pdf" in receipt.text
    stored = play.commands()[-1].content["files"]
    assert [one["name"] for one in stored] == ["Konzept.pdf"]
    digest = stored[0]["sha256"]
    assert (play.folder / "files" / digest[:2] / digest).read_bytes() == pdfs.PLAIN
    assert play.case().stage == "formal_check"


def test_a_declaration_names_the_bank_and_two_people(play: Play) -> None:
    acts.award(play)
    path = play.link()
    check = acts.fill(play, path, acts.DECLARATION)
    assert "Der Verzicht ist freiwillig" in visit(play.client, f"{path}/waiver").text
    assert "Ein Link allein genügt dafür nie." in visit(play.client, f"{path}/bank").text
    assert "DE02 1203 0000 0000 2020 51 Bank Deutsche Kreditbank Berlin" in check.text
    receipt = acts.confirm(check, "Erklärung absenden")
    assert "DE02 … 2051" in receipt.text
    assert "12030000" not in receipt.html
    stored = play.commands()[-1].content
    assert stored["iban"] == "DE02120300000000202051"
    assert stored["waiver"] is True
    assert play.tasks(K.CALL_BACK)[0].state == TaskState.OPEN


def test_money_is_called_up_to_what_is_left(play: Play) -> None:
    acts.ready(play)
    path = play.link()
    too_much = visit(play.client, path).type({"Betrag in Euro": "50.000,01"}).press("Weiter: Angaben prüfen")
    assert too_much.errors == [
        "Betrag in Euro: Es sind nur noch 50.000,00 € übrig. Bitte geben Sie diesen oder einen kleineren Betrag an."
    ]
    receipt = acts.call(play, "20.000,00")
    assert receipt.heading == "Ihr Mittelabruf ist eingegangen"
    assert play.tasks(K.CERTIFY_DRAWDOWN)[0].brief["amount_cents"] == 2_000_000


def test_a_blocked_payment_is_explained_instead_of_asked_for(play: Play) -> None:
    acts.ready(play)
    drawdown = play.link()
    assert acts.start(play, "Eine Änderung mitteilen").heading == "Der Link ist unterwegs"
    page = visit(play.client, play.link()).type(acts.CHANGE).tick("Die Stelle ist nicht besetzt")
    receipt = acts.confirm(page.press("Weiter: Angaben prüfen"), "Änderung mitteilen")
    assert "1. Juni 2018" in receipt.text
    blocked = visit(play.client, drawdown)
    assert blocked.heading == "Die Auszahlung ist zurzeit gesperrt"
    before = len(play.commands())
    play.client.post(drawdown, data={"step": "confirm", "amount_cents": "1000"})
    assert len(play.commands()) == before


def test_a_proof_shows_what_was_received_and_what_is_left(play: Play) -> None:
    acts.proof_due(play)
    path = play.link()
    assert "Zusammen: 50.000,00 €" in visit(play.client, f"{path}/figures").text
    check = acts.fill(play, path, acts.PROOF | {"Personalausgaben in Euro": "40.000,00"}, *acts.ASSURED)
    assert "Grund: weniger ausgegeben als erhalten Die Stelle war günstiger." in check.text
    assert "Aus der Zuwendung bezahlt 42.000,00 €" in check.text
    assert "Nicht verbraucht 8.000,00 €" in check.text
    assert "Den Rest fordern wir nach der Prüfung zurück." in visit(play.client, f"{path}/odd").text
    receipt = acts.confirm(check, "Verwendungsnachweis absenden")
    assert receipt.heading == "Ihr Verwendungsnachweis ist eingegangen"
    assert play.tasks(K.CHECK_PROOF)[0].brief["spent_cents"] == 4_200_000


def test_an_incomplete_proof_comes_back_with_what_was_typed(play: Play) -> None:
    acts.proof_due(play)
    acts.prove(play)
    play.office(K.CHECK_PROOF, "ask_again", "sim-berg", items=["Sachbericht: Netzwerk fehlt"])
    path = play.link()
    assert "Sachbericht: Netzwerk fehlt" in visit(play.client, path).text
    figures = visit(play.client, f"{path}/figures")
    assert figures.control("Personalausgaben").get("value") == "48.000,00"
    assert visit(play.client, f"{path}/assurances").control("Die Ausgaben waren notwendig").get("checked") is None
    check = acts.fill(play, path, {}, *acts.ASSURED)
    receipt = acts.confirm(check, "Verwendungsnachweis absenden")
    assert receipt.heading == "Ihr ergänzter Verwendungsnachweis ist eingegangen"


def test_an_extension_is_asked_for_from_the_case_page(play: Play) -> None:
    acts.proof_due(play)
    started = acts.start(play, "Eine spätere Frist")
    assert "E-Mail-Adresse, die wir von Ihrer Kommune haben" in started.text
    page = visit(play.client, play.link())
    early = page.type(acts.EXTENSION | {"Neue Frist": "1.4.2019"}).press("Weiter: Angaben prüfen")
    assert early.errors == ["Neue Frist: Die neue Frist muss nach dem 1. April 2019 liegen."]
    page = early.type({"Neue Frist": "2.10.2019"}).press("Weiter: Angaben prüfen")
    assert page.errors == ["Neue Frist: Die Frist kann höchstens bis 30. September 2019 verlängert werden."]
    receipt = acts.confirm(page.type(acts.EXTENSION).press("Weiter: Angaben prüfen"), "Fristverlängerung beantragen")
    assert receipt.heading == "Ihr Antrag auf Fristverlängerung ist eingegangen"
    assert play.tasks(K.DECIDE_EXTENSION)[0].brief["until"] == "2019-06-30"


def test_a_hearing_says_what_is_intended(play: Play) -> None:
    acts.proof_due(play)
    acts.prove(play)
    play.office(K.CHECK_PROOF, "finding", "sim-berg", reason="Die Stelle war frei.", intended_cents=1_000_000)
    page = visit(play.client, play.link())
    assert "Die Stelle war frei. Es geht um 10.000,00 €." in page.text
    receipt = acts.confirm(
        page.type({"Ihre Stellungnahme": "Sie war besetzt."}).press("Weiter: Angaben prüfen"), "Stellungnahme absenden"
    )
    assert receipt.heading == "Ihre Stellungnahme ist eingegangen"
    assert play.tasks(K.DECIDE_REVOCATION)[0].state == TaskState.OPEN


def test_a_claim_says_what_to_pay_where_and_under_which_reference(play: Play) -> None:
    acts.proof_due(play)
    acts.prove(play, **{"Personalausgaben in Euro": "40.000,00"})
    play.office(K.CHECK_PROOF, "accept", "sim-berg")
    play.office(K.APPROVE_PROOF, "approve", "sim-see")
    page = visit(play.client, play.link())
    assert page.heading == "Betrag erstatten"
    assert "8.000,00 €" in page.text
    assert "FM18-06631-C1" in page.text
    assert not list(page.root.iter("form"))
    assert play.client.post(page.path, data={"step": "confirm"}).status_code == 200
    assert play.tasks(K.REPAY)[0].state == TaskState.OPEN


def test_a_withdrawal_ends_the_case_and_the_page_says_so(play: Play) -> None:
    acts.apply(play)
    case_link = play.link("c")
    acts.start(play, "Den Antrag zurücknehmen")
    page = visit(play.client, play.link()).type({"Warum nehmen Sie": "Die Stelle wird nicht geschaffen."})
    receipt = acts.confirm(page.press("Weiter: Angaben prüfen"), "Zurücknehmen oder verzichten")
    assert receipt.heading == "Ihre Erklärung ist eingegangen"
    assert play.case().stage == "withdrawn"
    standing = visit(play.client, case_link)
    assert "Der Antrag ist zurückgenommen." in standing.text
    assert not list(standing.root.iter("form"))
    assert CASE in standing.text
