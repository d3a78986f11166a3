"""The walk of one grant from invitation to closed file, as its people take it: in the tests and for the pictures.

Officers run command lines that ``today`` and ``case`` print, and add to them what only they can say. The clerk opens
the links of mails, types by labels and presses buttons. Days go by with ``forward``.
"""

from dataclasses import dataclass
from typing import Any

from tests.e2e.clerk import Clerk
from tests.e2e.installation import Installation
from tests.e2e.terminal import Terminal

CASE = "wir-fm-2018-06631"
CLERK = "fachstelle@r06631.example"
NEXT = "Weiter: Angaben prüfen"
WHO = {"Ihr Name": "Simulierte Person Muster", "Ihre Funktion": "Fachstelle Integration"}

Step = dict[str, Any]

BEGIN: Step = {"press": "Jetzt beginnen"}


def application(*, by_mail: str = "Ja") -> tuple[Step, ...]:
    """The application; ``by_mail``: whether notices may be sent by mail."""
    return (
        BEGIN,
        {"press": "Weiter"},
        {
            "type": {
                "Beantragter Betrag in Euro": "50.000,00",
                "Personalausgaben in Euro": "48.000,00",
                "Sachausgaben in Euro": "4.500",
                "Eigenmittel der Kommune in Euro": "2.500,00 €",
            },
            "press": "Weiter",
        },
        {
            "type": {"Kurze Beschreibung des Vorhabens": "Beratung und Begleitung von Geflüchteten im Landkreis."},
            "press": "Weiter",
        },
        {
            "choose": {
                "Hat das Vorhaben schon begonnen?": "Nein",
                "Dürfen wir Ihnen Bescheide per E-Mail senden?": by_mail,
            },
            "press": "Weiter",
        },
    )


def account(iban: str = "DE02 1203 0000 0000 2020 51") -> tuple[Step, ...]:
    """An account and who answers for it."""
    return (
        BEGIN,
        {"type": {"Kontoinhaber": "Kreiskasse Fulda (simuliert)", "IBAN": iban}, "press": "Weiter"},
        {
            "type": {"Erste Person": "Simulierte Landrätin", "Zweite Person": "Simulierter Erster Beigeordneter"},
            "press": "Weiter",
        },
    )


def declaration() -> tuple[Step, ...]:
    """The declaration with an account."""
    return (*account(), {"choose": {"Verzichten Sie auf eine Klage": "Ja"}, "press": "Weiter"})


APPLICATION = application()
DECLARATION = declaration()
STATEMENT: tuple[Step, ...] = (
    {"type": {"Ihre Stellungnahme": "Die Stelle war sieben Monate besetzt."}, "press": NEXT},
)
DRAWDOWN: tuple[Step, ...] = ({"type": {"Betrag in Euro": "25.000,00"}, "press": NEXT},)
PROOF: tuple[Step, ...] = (
    BEGIN,
    {
        "type": {
            "Was haben Sie mit der Zuwendung gemacht?": "Die Stelle war besetzt. Wir haben 120 Menschen beraten.",
            "Was war geplant, was haben Sie erreicht?": "100 Beratungen geplant, 120 geführt.",
            "Wie viele Menschen haben Sie erreicht?": "120",
        },
        "press": "Weiter",
    },
    {"press": "Weiter"},
    {"type": {"Wie viele Monate war die Stelle besetzt?": "12"}, "press": "Weiter"},
    {
        "type": {
            "Personalausgaben in Euro": "48.000,00",
            "Sachausgaben in Euro": "4.500,00",
            "Eigenmittel der Kommune in Euro": "2.500,00",
        },
        "press": "Weiter",
    },
    {"tick": ["Die Ausgaben waren notwendig", "Die Zahlen stimmen"], "press": "Weiter"},
)


def confirmed(button: str) -> dict[str, Any]:
    """The check page: who acts, the declaration ticked, sent."""
    return {"type": WHO, "tick": ["Ich bestätige"], "press": button}


@dataclass
class Walk:
    """The people of one case."""

    here: Installation
    officer: Terminal
    clerk: Clerk

    def office(self, who: str, title: str, meaning: str, **typed: str) -> None:
        """An officer reads the day's list and runs the line for a task."""
        self.officer.follow(self.officer.read(f"./starter.py today --as {who}"), title, meaning, options(typed), CASE)

    def by_case(self, title: str, meaning: str, **typed: str) -> None:
        """An officer reads the case and runs the line for a task."""
        self.officer.follow(self.officer.read(f"./starter.py case {CASE}"), title, meaning, options(typed), CASE)

    def forward(self, days: int) -> None:
        """Days go by."""
        self.officer.do(f"./starter.py forward {days}", "forwards")

    def link(self, subject: str) -> str:
        """The newest link to a form in the clerk's mails; the subject says what it is for."""
        self.here.quiet()
        mails = [mail for mail in self.here.stack.sink.mails(CLERK) if subject in mail.subject]
        assert mails, [mail.subject for mail in self.here.stack.sink.mails(CLERK)]
        return mails[-1].task_links[0]

    def answer(self, task: str, subject: str, form: tuple[Step, ...], button: str) -> str:
        """The clerk follows the newest mail about something, fills page after page, checks all and sends it."""
        return self.clerk.answer(task, self.link(subject), *form, confirmed(button))


def options(typed: dict[str, str]) -> dict[str, str]:
    """What is typed, by the options it is typed behind."""
    return {"--" + name.replace("_", "-"): text for name, text in typed.items()}


def apply(walk: Walk, *, by_mail: str = "Ja") -> None:
    """November 2017: the round is opened, the municipality applies."""
    walk.office("sim-berg", "Außerdem möglich", "Förderrunde öffnen")
    walk.forward(14)
    heading = walk.answer("apply", "Einladung", application(by_mail=by_mail), "Antrag absenden")
    assert heading == "Ihr Antrag ist eingegangen"


def decide(walk: Walk) -> None:
    """Examined, drafted in January 2018, signed."""
    walk.office("sim-berg", "Vollständigkeit prüfen", "vollständig:")
    walk.by_case("Fachlich prüfen", "Bewilligung vorschlagen")
    walk.forward(49)
    walk.office("sim-berg", "Entscheidung entwerfen", "Bewilligung entwerfen")
    walk.office("sim-tal", "Entscheidung zeichnen", "zeichnen:")


def declare(walk: Walk, subject: str) -> None:
    """The municipality declares that it accepts, and its account."""
    heading = walk.answer("declare_acceptance", subject, declaration(), "Erklärung absenden")
    assert heading == "Ihre Erklärung ist eingegangen"


def name_account(walk: Walk, subject: str, iban: str) -> None:
    """The municipality names another account, and is asked for nothing else."""
    heading = walk.answer("declare_acceptance", subject, account(iban), "Bankverbindung absenden")
    assert heading == "Ihre neue Bankverbindung ist eingegangen"


def accept(walk: Walk) -> None:
    """The award counts as notified on the third day; the declaration brings the account."""
    walk.forward(4)
    declare(walk, "Zuwendungsbescheid")
    call_back(walk, "12.1.2018 8:00", "2051")


def call_back(walk: Walk, called_at: str, heard: str) -> None:
    """One officer calls and hears the last digits of the account, another confirms it."""
    walk.office(
        "sim-berg",
        "Bankverbindung telefonisch bestätigen",
        "stimmt überein",
        number="069 90009 154",
        called_at=called_at,
        spoken_with="Simulierte Kassenleiterin",
        spoken_function="Kassenleitung",
        iban_heard=heard,
    )
    walk.office("sim-tal", "Bankverbindung freigeben", "freigeben")


def order(walk: Walk, number: int, subject: str) -> None:
    """An instalment: called, certified, approved, handed over to the bank."""
    heading = walk.answer(f"request_drawdown_{number}", subject, DRAWDOWN, "Mittel abrufen")
    assert heading == "Ihr Mittelabruf ist eingegangen"
    walk.office("sim-wald", "Mittelabruf feststellen", "sachlich und rechnerisch richtig")
    walk.office("sim-tal", "Auszahlung anordnen", "Auszahlung anordnen")
    walk.here.quiet()  # the order is handed over
    walk.forward(2)


def draw(walk: Walk, number: int) -> None:
    """An instalment that is booked by the bank's evidence."""
    order(walk, number, "Geld abrufen" if number == 1 else "Zahlungsmitteilung")
    walk.office("sim-kasse", "Buchung abwarten", "Wird durch den Beleg der Bank erledigt")
    assert walk.officer.document(f"./starter.py case {CASE}")["booked_cents"] == number * 2_500_000
    walk.forward(60)


def prove(walk: Walk) -> None:
    """After the period the proof is called for."""
    walk.forward(300)
    heading = walk.answer("prove_use", "Verwendungsnachweis", PROOF, "Verwendungsnachweis absenden")
    assert heading == "Ihr Verwendungsnachweis ist eingegangen"


def check_and_close(walk: Walk) -> None:
    """The proof is checked by one, approved by another, and the file is closed."""
    walk.office("sim-berg", "Verwendungsnachweis prüfen", "anerkennen")
    walk.office("sim-see", "Prüfergebnis freigeben", "freigeben")
    walk.by_case("Vorgang abschließen", "schließen")


def prove_and_close(walk: Walk) -> None:
    """The end of the case."""
    prove(walk)
    check_and_close(walk)


def whole_life(walk: Walk) -> None:
    """From the invitation to the closed file, with two instalments."""
    apply(walk)
    decide(walk)
    accept(walk)
    for number in (1, 2):
        draw(walk, number)
    prove_and_close(walk)
