"""The clerk's walk through each form, by labels, and the officers' part between them."""

from models.tasks import TaskKind as K
from tests.portal.browse import Page, visit
from tests.portal.play import Play

WHO = {"Ihr Name": "Erika Muster (simuliert)", "Ihre Funktion": "Fachstelle Integration"}

APPLICATION = {
    "Name des Vorhabens": "WIR-Fallmanagement",
    "Beantragter Betrag in Euro": "50.000,00",
    "Personalausgaben in Euro": "48.000,00",
    "Sachausgaben in Euro": "4.500",
    "Eigenmittel der Kommune in Euro": "2.500,00 €",
    "Kurze Beschreibung des Vorhabens": "Beratung von Geflüchteten.",
}
DECLARATION = {
    "Kontoinhaber": "Kreiskasse Fulda",
    "IBAN": "de02 1203 0000 0000 2020 51",
    "Ihr Kassenzeichen": "4711",
    "Erste Person": "A. Beispiel, Landrätin (simuliert)",
    "Zweite Person": "B. Beispiel, Erster Beigeordneter (simuliert)",
}
PROOF = {
    "Was haben Sie mit der Zuwendung gemacht?": "Wir haben 120 Menschen beraten.\nDie Stelle war besetzt.",
    "Wie viele Monate war die Stelle besetzt?": "12",
    "Personalausgaben in Euro": "48.000,00",
    "Sachausgaben in Euro": "4.500,00",
    "Eigenmittel der Kommune in Euro": "2.500,00",
}
EXTENSION = {"Neue Frist": "30.6.2019", "Warum brauchen Sie mehr Zeit?": "Der Abschluss fehlt noch."}
CHANGE = {"Seit wann?": "1.6.2018", "Beschreiben Sie die Änderung": "Die Stelle ist seit Juni frei."}
ASSURED = ("Die Ausgaben waren notwendig", "Die Zahlen stimmen")


def confirm(check: Page, button: str) -> Page:
    """From the check page to the receipt."""
    assert check.heading == "Bitte prüfen Sie Ihre Angaben", check.errors
    return check.type(WHO).tick("Ich bestätige").press(button)


def apply(play: Play) -> Page:
    """The application by the invitation's link."""
    page = visit(play.client, play.invite()).type(APPLICATION)
    return confirm(answered_yes_no(page).press("Weiter: Angaben prüfen"), "Antrag absenden")


def answered_yes_no(page: Page) -> Page:
    """Both questions of the application, answered with their first option."""
    page._fields |= {"not_begun": ["yes"], "electronic_service": ["yes"]}
    return page


def award(play: Play) -> None:
    """From the application to the served award: the declaration's link is out."""
    apply(play)
    play.office(K.CHECK_COMPLETENESS, "complete", "sim-berg")
    play.office(K.EXAMINE, "award", "sim-berg")
    play.office(K.DRAFT_DECISION, "award", "sim-berg")
    play.office(K.SIGN_DECISION, "sign", "sim-tal")


def declare(play: Play) -> Page:
    """The declaration with bank details and waiver."""
    page = visit(play.client, play.link()).type(DECLARATION).tick("Wir verzichten")
    return confirm(page.press("Weiter: Angaben prüfen"), "Erklärung absenden")


def ready(play: Play) -> None:
    """Declared, called back, confirmed, final: money can be called."""
    award(play)
    declare(play)
    call_back(play)
    assert play.wake() == "notified"


def call_back(play: Play) -> None:
    """Two officers on the bank details."""
    play.office(K.CALL_BACK, "confirmed", "sim-berg", number_known_from="Akte", spoken_with_function="Kasse")
    play.office(K.CONFIRM_BANK_DETAILS, "confirm", "sim-tal")


def call(play: Play, amount: str = "50.000,00") -> Page:
    """The drawdown."""
    page = visit(play.client, play.link()).type({"Betrag in Euro": amount})
    return confirm(page.press("Weiter: Angaben prüfen"), "Mittel abrufen")


def paid(play: Play) -> None:
    """One drawdown of all the money, booked."""
    ready(play)
    call(play)
    play.office(K.CERTIFY_DRAWDOWN, "certify", "sim-wald")
    play.office(K.APPROVE_DRAWDOWN, "approve", "sim-tal")
    play.pay()


def proof_due(play: Play) -> None:
    """The period is over and the proof's link is out."""
    paid(play)
    while play.case().stage != "proof_due":
        play.wake()


def prove(play: Play, **typed: str) -> Page:
    """The proof of use."""
    page = visit(play.client, play.link()).type(PROOF | typed).tick(*ASSURED)
    return confirm(page.press("Weiter: Angaben prüfen"), "Verwendungsnachweis absenden")


def start(play: Play, what: str) -> Page:
    """From the case page: asks for the link of something to start."""
    page = visit(play.client, play.link("c")).tick(what, "Ich handle für")
    return page.press("Link anfordern")
