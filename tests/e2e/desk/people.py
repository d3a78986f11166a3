"""The walk with the officers at their desk in a browser instead of at a terminal; what they click is counted."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab

from tests.e2e.counts import Tally
from tests.e2e.desk.hands import Hand
from tests.e2e.desk.onlooker import Looks
from tests.e2e.walk import CLERK, Walk

NAMES: Final = {
    "sim-berg": "Simulierte Sachbearbeitung Berg",
    "sim-tal": "Simulierte Zweitzeichnung Tal",
    "sim-see": "Simulierte Dezernatsleitung See",
    "sim-wald": "Simulierte Zahlstelle Wald",
    "sim-kasse": "Simulierte Landeskasse",
}
LABELS: Final = {
    "number": "Gewählte Nummer",
    "called_at": "Tag und Uhrzeit des Anrufs",
    "spoken_with": "Gesprächsperson",
    "spoken_function": "Gesprächsperson (Funktion)",
    "iban_heard": "Gehörte Endstellen der IBAN, mindestens vier",
    "reason": "Begründung",
    "intended_cents": "Betrag (freiwillig)",
    "amount_cents": "Betrag",
    "posted_on": "Postausgang am",
    "acting_name": "Wer handelt für die Kommune?",
    "acting_function": "In welcher Funktion?",
}
HEADER: Final = "reference;status;amount;value_date;detail"
READ: Final = "Bitte lesen Sie, was geschieht"
OPEN_ROUND: Final = "Förderrunde öffnen"
RECORD: Final = "Per Post oder Telefon gekommen: erfassen"
OPEN_CHOICE: Final = "fieldset:has(input[type=radio]):not(:has(input:checked))"
SHEET: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
BY_BANK: Final = "Wird durch den Beleg der Bank erledigt"


@dataclass
class AtDesk:
    """One browser that officers share: each takes it over when it is their turn. ``at``: what is counted."""

    hand: Hand
    address: str
    tally: Tally
    onlooker: Looks | None = None
    at: str = "officers"
    who: str = field(default="", init=False)

    @property
    def tab(self) -> Tab:
        """The page that is open."""
        return self.hand.tab

    def log_in(self, who: str) -> None:
        """A change of person, where another one sits there."""
        if who == self.who:
            self.open("/")
            return
        if self.who:
            self.press("Person wechseln")
        else:
            self.open("/")
        self.press(f"Als {NAMES[who]} arbeiten")
        self.who = who

    def open(self, path: str) -> None:
        """Types an address."""
        self.tab.goto(self.address + path)
        self._met()

    def press(self, button: str) -> None:
        """Presses a button by its words."""
        self._go(self.tab.get_by_role("button", name=button, exact=True))

    def follow(self, link: str) -> None:
        """Follows a link by its words; of several the first one."""
        self._go(self.tab.get_by_role("link", name=link, exact=True).first)

    def find(self, words: str) -> None:
        """Searches for something, as from any page."""
        self._type(self.tab.get_by_role("searchbox"), words)
        self.press("Suchen")

    def forward(self, days: int) -> None:
        """Moves the clock; this is play, and nobody's work."""
        self.hand.type(self.tab.get_by_label("Tage weiter"), str(days))
        self.hand.press(self.tab.get_by_role("button", name="Vorstellen"))

    def answer(self, meaning: str, typed: dict[str, str]) -> None:
        """Fills the form of an answer and presses its button; words that stand in a letter are read once more there."""
        heading = self.tab.get_by_role("heading", level=3, name=meaning, exact=True)
        self._fill(self.tab.locator("form.decide").filter(has=heading), typed)
        if self.heading == READ:
            self._go(self.tab.locator("form.decide").get_by_role("button").first)
        assert self.heading == "Erledigt", self.text

    def start(self, step: str, typed: dict[str, str]) -> None:
        """Begins something from the page of a case; what ends a right is read once more before it is taken."""
        self.hand.unfold(self.tab.get_by_text("Weitere Schritte", exact=True))
        self._count("clicks")
        self.follow(step)
        self._fill(self.tab.locator("form.decide"), typed)
        if self.heading == READ:
            self.press(step)
        assert self.heading == "Erledigt", self.text

    def record(self, title: str, sheet: Path, typed: dict[str, str]) -> None:
        """Records for the municipality what came by post: the signed sheet, and what stands on it."""
        self._go(self.tab.get_by_role("link", name=RECORD).filter(has_text=title))
        self.hand.choose(self.tab.get_by_label("per Post", exact=True))
        self._type(self.tab.get_by_label("Eingegangen am"), f"{self.today:%d.%m.%Y}")
        self.hand.attach(self.tab.get_by_label("Eingescanntes Blatt"), sheet)
        self._count("fields")
        self.hand.tick(self.tab.get_by_label("Ja, das angehängte Blatt trägt die Unterschrift"))
        self._count("clicks", 2)
        for label, text in typed.items():
            self._type(self.tab.get_by_label(label, exact=True), text)
        self._choose_the_rest(self.tab.get_by_role("main"))
        self.press("Für die Kommune erfassen")
        assert self.heading == "Erledigt", self.text

    def hand_in(self, file: Path) -> None:
        """Brings evidence of the bank as a file."""
        self.hand.attach(self.tab.get_by_label("Datei mit Belegen (CSV)"), file)
        self._count("fields")
        self.press("Belege einlesen")

    def bring(self, *lines: str) -> str:
        """Brings evidence of the bank as lines; what the page tells of it."""
        self._type(self.tab.get_by_label("Oder die Zeilen hier einfügen"), "\n".join((HEADER, *lines)))
        self.press("Belege einlesen")
        return self.tab.get_by_role("status").inner_text()

    def reads(self, *words: str) -> None:
        """All of this is to be read on the page that is open."""
        missing = [one for one in words if one not in self.text]
        assert missing == [], f"{missing} on {self.tab.url}: {self.text}"

    @property
    def heading(self) -> str:
        """The heading of the page that is open."""
        return self.tab.get_by_role("heading", level=1).inner_text()

    @property
    def text(self) -> str:
        """What can be read on the page that is open, in one line."""
        return " ".join(self.tab.get_by_role("main").inner_text().split())

    @property
    def today(self) -> date:
        """The legal day, as the page has it."""
        found = re.search(r"Heute ist \w+\s(\d\d\.\d\d\.\d{4})", self.tab.locator("header").inner_text())
        assert found is not None, "no day in the header"
        day, month, year = map(int, found[1].split("."))
        return date(year, month, day)

    def _fill(self, form: Locator, typed: dict[str, str]) -> None:
        for name, text in typed.items():
            self._type(form.get_by_label(LABELS[name], exact=True), text)
        for one in form.locator("[aria-required=true]").all():
            if not one.input_value():
                self._type(one, f"Simulierte Angabe: {one.evaluate('e => e.labels[0].innerText')}")
        self._choose_the_rest(form)
        self._go(form.get_by_role("button"))

    def _choose_the_rest(self, form: Locator) -> None:
        """Where one of several has to be chosen and none is, the first."""
        open_ones = form.locator(OPEN_CHOICE).filter(has_not_text="(freiwillig)")
        while open_ones.count():
            first = open_ones.first.get_by_role("radio").first.get_attribute("id")
            self.hand.choose(form.locator(f'[id="{first}"]'))
            self._count("clicks")

    def _type(self, field: Locator, text: str) -> None:
        self.hand.type(field, text)
        self._count("fields")

    def _go(self, control: Locator) -> None:
        self.hand.press(control)
        self._count("clicks")
        self._met()

    def _met(self) -> None:
        self._count("pages")
        if self.onlooker is not None:
            self.onlooker.look(self.tab)

    def _count(self, what: str, number: int = 1) -> None:
        self.tally.now = self.at
        self.tally.add(what, number)


@dataclass
class DeskWalk(Walk):
    """The people of one case; the terminal is only asked how things stand."""

    desk: AtDesk

    def office(self, who: str, title: str, meaning: str, **typed: str) -> None:
        """An officer opens a task from *my day* and answers it."""
        self.here.quiet()
        self.desk.log_in(who)
        if meaning == OPEN_ROUND:
            self.desk.press("Runde wir-fm-2018 eröffnen und einladen")
            return
        self.desk.follow(title)
        if meaning == BY_BANK:
            self.desk.follow("Im Übungsbetrieb: Beleg der Bank eingeben")
            self.desk.press("Belege einlesen")
            self.desk.reads("Angewendet: 1.")
            return
        self._answer(meaning, typed)

    def by_case(self, title: str, meaning: str, **typed: str) -> None:
        """The officer who sits there finds the case by the municipality's key and goes on from its page."""
        self.see_case()
        self.desk.follow(title)
        self._answer(meaning, typed)

    def forward(self, days: int) -> None:
        """Days go by."""
        self.here.quiet()
        self.desk.forward(days)

    def see_case(self) -> None:
        """The officer who sits there opens the case by the municipality's key."""
        self.here.quiet()
        self.desk.find("06631")

    def sees(self, part: str, *words: str) -> None:
        """All of this is to be read in a part of the case; without a part on its overview."""
        self.see_case()
        if part:
            self.desk.follow(part)
        self.desk.reads(*words)

    def mailed(self, subject: str) -> None:
        """The municipality's newest mail has this subject."""
        self.here.quiet()
        found = [mail.subject for mail in self.here.stack.sink.mails(CLERK)]
        assert found[-1].endswith(subject), found

    def bank(self, line: str) -> None:
        """The cash office brings a line of evidence; it is applied."""
        self.here.quiet()
        self.desk.log_in("sim-kasse")
        self.desk.follow("Bank")
        told = self.desk.bring(line)
        assert "Angewendet: 1." in told, told
        self.here.quiet()

    def starts(self, who: str, step: str, **typed: str) -> None:
        """An officer begins something from the page of the case."""
        self.here.quiet()
        self.desk.log_in(who)
        self.see_case()
        self.desk.start(step, typed)

    def records(self, who: str, title: str, typed: dict[str, str]) -> None:
        """An officer records a letter of the municipality that answers a task; ``typed`` by the labels of its form."""
        self.here.quiet()
        self.desk.log_in(who)
        self.see_case()
        sheet = self.here.stack.data / "blatt.png"
        sheet.write_bytes(SHEET)
        self.desk.record(title, sheet, typed)
        self.here.quiet()

    def _answer(self, meaning: str, typed: dict[str, str]) -> None:
        words = meaning.removesuffix(":")
        self.desk.answer(words[:1].upper() + words[1:], typed)
