"""The clerk's walk through each form, by labels, and the officers' part between them."""

from typing import Any

from models.case import CaseState
from models.content.calls import CallBack
from models.tasks import TaskKind as K
from record.database.clock import legal_today
from tests.forms import FORMS
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
    "Was war geplant, was haben Sie erreicht?": "100 Beratungen geplant, 120 geführt.",
    "Wie viele Menschen haben Sie erreicht?": "120",
    "Mit wem haben Sie zusammengearbeitet?": "Mit der WIR-Koordination.",
    "Sie haben weniger ausgegeben": "Die Stelle war günstiger.",
    "Wie viele Monate war die Stelle besetzt?": "12",
    "Personalausgaben in Euro": "48.000,00",
    "Sachausgaben in Euro": "4.500,00",
    "Eigenmittel der Kommune in Euro": "2.500,00",
}
EXTENSION = {"Neue Frist": "30.6.2019", "Warum brauchen Sie mehr Zeit?": "Der Abschluss fehlt noch."}
CHANGE = {"Seit wann?": "1.6.2018", "Beschreiben Sie die Änderung": "Die Stelle ist seit Juni frei."}
ASSURED = ("Die Ausgaben waren notwendig", "Die Zahlen stimmen")


CHECK = "Bitte prüfen Sie Ihre Angaben"
CHOSEN = {"Hat das Vorhaben": "Nein", "Dürfen wir Ihnen": "Ja", "Verzichten Sie auf eine Klage": "Ja"}


def fill(play: Play, path: str, typed: dict[str, str], *ticked: str) -> Page:
    """From a link to the check page, or to the page where something is wrong."""
    return through(play.client, path, typed, *ticked)


def through(client: Any, path: str, typed: dict[str, str], *ticked: str) -> Page:
    """The same with any client."""
    page = visit(client, path)
    begin = next((text for text in ("Jetzt beginnen", "Weiter, wo Sie aufgehört haben") if text in page.text), "")
    return onward(page.go(begin) if begin else page, typed, *ticked)


def onward(page: Page, typed: dict[str, str], *ticked: str) -> Page:
    """Page after page: types what is asked for there, ticks, chooses, goes on."""
    while page.heading != CHECK:
        page.type({label: text for label, text in typed.items() if page.has(label)})
        page.tick(*(label for label in ticked if page.has(label)))
        for question, option in CHOSEN.items():
            if page.has(question):
                page.choose(question, option)
        page = page.press("Weiter: Angaben prüfen" if page.offers("Weiter: Angaben prüfen") else "Weiter")
        if page.errors:
            break
    return page


def confirm(check: Page, button: str) -> Page:
    """From the check page to the receipt."""
    assert check.heading == CHECK, check.errors
    return check.type(WHO).tick("Ich bestätige").press(button)


def applied(play: Play, **typed: str) -> Page:
    """The check page of an application."""
    return fill(play, play.invite(), APPLICATION | typed)


def apply(play: Play) -> Page:
    """The application by the invitation's link."""
    return confirm(applied(play), "Antrag absenden")


def award(play: Play) -> None:
    """From the application to the served award: the declaration's link is out."""
    apply(play)
    play.office(K.CHECK_COMPLETENESS, "complete", "sim-berg")
    play.office(K.EXAMINE, "award", "sim-berg")
    play.office(K.DRAFT_DECISION, "award", "sim-berg")
    play.office(K.SIGN_DECISION, "sign", "sim-tal")


def declare(play: Play) -> Page:
    """The declaration with bank details and waiver."""
    return confirm(fill(play, play.link(), DECLARATION), "Erklärung absenden")


def ready(play: Play) -> None:
    """Declared, called back, confirmed, final: money can be called."""
    award(play)
    declare(play)
    call_back(play)
    assert play.wake() == "notified"


def called(play: Play) -> dict[str, Any]:
    """What an officer writes down of a call in which the account was confirmed."""
    with play.db.read() as session:
        today = legal_today(session)
    return FORMS[CallBack](CaseState(case_id=""), today)


def call_back(play: Play) -> None:
    """Two officers on the bank details."""
    play.office(K.CALL_BACK, "confirmed", "sim-berg", **called(play))
    play.office(K.CONFIRM_BANK_DETAILS, "confirm", "sim-tal")


def call(play: Play, amount: str = "50.000,00") -> Page:
    """The drawdown."""
    return confirm(fill(play, play.link(), {"Betrag in Euro": amount}), "Mittel abrufen")


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
    check = fill(play, play.link(), PROOF | typed, *ASSURED)
    return confirm(check, "Verwendungsnachweis absenden")


def start(play: Play, what: str) -> Page:
    """From the case page: asks for the link of something to start."""
    page = visit(play.client, play.link("c")).tick(what).type({"Ihr Name": "Simulierte Person Muster"})
    return page.press("Link anfordern")
