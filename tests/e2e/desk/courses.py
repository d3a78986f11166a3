"""The other courses a grant may take, with the officers at their desk; each leads from the invitation to an end.

What the page says after each act is read as the officers read it.
"""

from collections.abc import Callable
from typing import Final

from tests.e2e.desk.people import DeskWalk
from tests.e2e.walk import (
    CLERK,
    NEXT,
    STATEMENT,
    accept,
    apply,
    call_back,
    decide,
    draw,
    name_account,
    order,
    prove,
)

GROUND = "Das Vorhaben hatte vor der Bewilligung begonnen."
BETTER = "Das Vorhaben hatte am 1. September 2017 begonnen; das schließt die Richtlinie aus."
ACCOUNT = "DE02 1203 0000 0000 2020 51"
SECOND = "DE02 5001 0517 0137 0750 30"

GIVEN_UP = ({"type": {"Warum nehmen Sie": "Die Stelle wird nicht geschaffen."}, "press": NEXT},)


def refused(walk: DeskWalk) -> None:
    """A refusal; the second person gives the first draft back, and the new one says more."""
    apply(walk)
    walk.office("sim-berg", "Vollständigkeit prüfen", "Ablehnung vorschlagen", reason=GROUND)
    walk.by_case("Entscheidung entwerfen", "Ablehnung entwerfen", reason=GROUND)
    walk.office("sim-tal", "Entscheidung zeichnen", "zurückgeben", reason="Seit wann, und was schließt das aus?")
    walk.desk.log_in("sim-berg")
    walk.desk.reads("Seit wann, und was schließt das aus?")
    walk.office("sim-berg", "Entscheidung entwerfen", "Ablehnung entwerfen", reason=BETTER)
    walk.desk.log_in("sim-tal")
    walk.desk.follow("Entscheidung zeichnen")
    walk.desk.reads("Ablehnungsbescheid, so wie er mit „Zeichnen“ hinausgeht", BETTER)
    walk.desk.answer("Zeichnen", {})
    walk.mailed("Entscheidung über Ihren Antrag")
    walk.sees("", "Stand: Ablehnung versandt")
    walk.forward(60)
    walk.sees("Verlauf", "Seit wann, und was schließt das aus?", BETTER)
    walk.desk.reads("Der Fall ist beendet")


def blocked(walk: DeskWalk) -> None:
    """A block, begun by an officer with its reason; nothing can be called until it is lifted."""
    apply(walk)
    decide(walk)
    accept(walk)
    walk.starts("sim-berg", "Auszahlung sperren", reason="Die Stelle ist nach einem Bericht der Zeitung unbesetzt.")
    walk.mailed("Auszahlungen ruhen")
    walk.sees("", "gesperrt", "Zahlungssperre prüfen", "nach einem Bericht der Zeitung")
    walk.office("sim-berg", "Zahlungssperre prüfen", "Sperre aufheben", reason="Die Stelle ist seit heute besetzt.")
    walk.mailed("Auszahlungen sind wieder möglich")
    walk.sees("Verlauf", "nach einem Bericht der Zeitung", "Die Stelle ist seit heute besetzt.")
    draw(walk, 1)


def returned(walk: DeskWalk) -> None:
    """The bank sends a payment back; another account is named, called back and paid."""
    apply(walk)
    decide(walk)
    accept(walk)
    order(walk, 1, "Geld abrufen")
    walk.bank(f"FM18-06631-D01-A1;rejected;25000.00;{walk.desk.today};AC04")
    walk.mailed("Eine Zahlung ist nicht angekommen")
    walk.desk.log_in("sim-wald")
    walk.desk.follow("Fehlgeschlagene Zahlung klären")
    walk.desk.reads("25.000,00", "Konto aufgelöst (AC04)", "DE02 1203 0000 0000 2020 51")
    walk.desk.answer("Neue Bankverbindung anfordern", {"reason": "Das Konto ist erloschen."})
    name_account(walk, "andere Bankverbindung", SECOND)
    (told,) = (mail.text for mail in walk.here.stack.sink.mails(CLERK) if "andere Bankverbindung" in mail.subject)
    assert "kam von der Bank zurück" in told
    assert "Grund: Das Konto ist erloschen." in told
    walk.desk.log_in("sim-berg")
    walk.desk.follow("Bankverbindung telefonisch bestätigen")
    walk.desk.reads("Vorher war ein anderes Konto genannt")
    call_back(walk, f"{walk.desk.today:%d.%m.%Y} 0:00", SECOND[-5:])
    order(walk, 2, "Geld abrufen")
    walk.office("sim-kasse", "Buchung abwarten", "Wird durch den Beleg der Bank erledigt")
    walk.sees("Geld", "zurückgewiesen", "gebucht")


def heard(walk: DeskWalk) -> None:
    """A finding in the proof: heard, partly revoked, repaid, closed."""
    apply(walk)
    decide(walk)
    accept(walk)
    for number in (1, 2):
        draw(walk, number)
    prove(walk)
    walk.office(
        "sim-berg",
        "Verwendungsnachweis prüfen",
        "beanstanden und anhören",
        intended_cents="10.000,00",
        reason="Die Stelle war nur 7 Monate besetzt.",
    )
    walk.mailed("Anhörung: Bitte nehmen Sie Stellung")
    heading = walk.answer("state_position", "Anhörung", STATEMENT, "Stellungnahme absenden")
    assert heading == "Ihre Stellungnahme ist eingegangen"
    walk.desk.log_in("sim-berg")
    walk.desk.follow("Über Widerruf entscheiden")
    walk.desk.reads("Die Stelle war sieben Monate besetzt.", "10.000,00")
    walk.desk.answer("Teilweise widerrufen", {"amount_cents": "8.000,00", "reason": "Fünf Monate ohne Stelle."})
    walk.here.quiet()
    walk.desk.log_in("sim-see")
    walk.desk.follow("Widerruf zeichnen")
    walk.desk.reads("Fünf Monate ohne Stelle.", "Die Stelle war sieben Monate besetzt.", "8.000,00")
    walk.desk.answer("Zeichnen", {})
    walk.mailed("Widerrufs- und Erstattungsbescheid")
    walk.bank(f"FM18-06631-C1;booked;8000.00;{walk.desk.today};")
    walk.mailed("Ihre Rückzahlung ist eingegangen")
    walk.desk.log_in("sim-see")
    walk.by_case("Vorgang abschließen", "schließen")
    walk.sees("Geld", "gefordert 8.000,00", "erstattet 8.000,00")


def on_paper(walk: DeskWalk) -> None:
    """A municipality that wants its notices by post, and waives by letter: an officer takes that down for it."""
    apply(walk, by_mail="Nein")
    decide(walk)
    walk.office("sim-berg", "Zustellung klären", "per Post versandt", posted_on=f"{walk.desk.today:%d.%m.%Y}")
    walk.sees("Schreiben und Post", "Zuwendungsbescheid")
    walk.forward(4)
    walk.records(
        "sim-berg",
        "Annahme erklären",
        {
            "Kontoinhaber": "Kreiskasse Fulda (simuliert)",
            "IBAN": ACCOUNT,
            "Erste Person: Name und Funktion": "Simulierte Landrätin",
            "Zweite Person: Name und Funktion": "Simulierter Erster Beigeordneter",
            "Ihr Name": "Simulierte Landrätin",
            "Ihre Funktion": "Landrätin",
        },
    )
    walk.sees("Dokumente", "blatt.png")
    call_back(walk, f"{walk.desk.today:%d.%m.%Y} 0:00", "2051")
    walk.starts(
        "sim-berg",
        "Rücknahme oder Verzicht für die Kommune aufnehmen",
        acting_name="Simulierte Landrätin",
        acting_function="Landrätin",
        reason="Die Stelle kann nicht besetzt werden.",
    )
    walk.mailed("Bestätigung Ihrer Rücknahme")
    walk.sees("Angaben", "Die Stelle kann nicht besetzt werden.", "erfasst von Simulierte Sachbearbeitung Berg")
    walk.sees("", "Stand: Verzichtet", "Der Fall ist beendet")


def withdrawn(walk: DeskWalk) -> None:
    """The municipality takes its application back while an officer reads it: the officer's answer comes too late."""
    apply(walk)
    walk.here.quiet()
    walk.desk.log_in("sim-berg")
    walk.desk.follow("Vollständigkeit prüfen")
    take_back(walk)
    walk.mailed("Bestätigung Ihrer Rücknahme")
    walk.desk.press("Vollständig")
    walk.desk.reads(
        "Diese Antwort ist hier nicht mehr möglich.", "Die Stelle wird nicht geschaffen.", "entfallen, durch Kommune"
    )
    walk.sees("Angaben", "Die Stelle wird nicht geschaffen.")
    walk.sees("", "Stand: Antrag zurückgenommen", "Der Fall ist beendet")


def take_back(walk: DeskWalk) -> None:
    """On the page of its case the municipality asks for the link to the form, and sends the form."""
    receipt = walk.here.stack.sink.mails(CLERK)[-1].case_links[0]
    wanted = {"Was möchten Sie tun?": "Den Antrag zurücknehmen"}
    form = {"choose": wanted, "type": {"Ihr Name": "Simulierte Person Muster"}, "press": "Link anfordern"}
    assert walk.clerk.answer("start_withdraw", receipt, form) == "Der Link ist unterwegs"
    heading = walk.answer("withdraw", "Ihr Link", GIVEN_UP, "Zurücknehmen oder verzichten")
    assert heading == "Ihre Erklärung ist eingegangen"


Course = Callable[[DeskWalk], None]
COURSES: Final[tuple[Course, ...]] = (refused, blocked, returned, heard, on_paper, withdrawn)
