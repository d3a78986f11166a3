"""The walk with the officers at their desk in a browser instead of at a terminal; what they click is counted."""

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page as Tab

from tests.e2e.counts import Tally
from tests.e2e.walk import Walk

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
}
OPEN_ROUND: Final = "Förderrunde öffnen"
BY_BANK: Final = "Wird durch den Beleg der Bank erledigt"


@dataclass
class AtDesk:
    """One browser that officers share: each takes it over when it is their turn."""

    tab: Tab
    address: str
    tally: Tally
    who: str = ""

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
        self._count("pages")

    def press(self, button: str) -> None:
        """Presses a button by its words."""
        self.tab.get_by_role("button", name=button, exact=True).click()
        self._count("clicks")
        self._count("pages")

    def follow(self, link: str) -> None:
        """Follows a link by its words; of several the first one."""
        self.tab.get_by_role("link", name=link, exact=True).first.click()
        self._count("clicks")
        self._count("pages")

    def answer(self, meaning: str, typed: dict[str, str]) -> None:
        """Fills the form of an answer and presses its button; the receipt says that it is done."""
        heading = self.tab.get_by_role("heading", level=3, name=meaning, exact=True)
        form = self.tab.locator("form.decide").filter(has=heading)
        for name, text in typed.items():
            form.get_by_label(LABELS[name], exact=True).fill(text)
            self._count("fields")
        form.get_by_role("button").click()
        self._count("clicks")
        self._count("pages")
        assert self.heading == "Erledigt", self.tab.get_by_role("main").inner_text()

    @property
    def heading(self) -> str:
        """The heading of the page that is open."""
        return self.tab.get_by_role("heading", level=1).inner_text()

    def _count(self, what: str) -> None:
        self.tally.now = "officers"
        self.tally.add(what)


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
            assert "Angewendet: 1." in self.desk.tab.get_by_role("status").inner_text()
            return
        self._answer(meaning, typed)

    def by_case(self, title: str, meaning: str, **typed: str) -> None:
        """The officer who sits there finds the case by the municipality's key and goes on from its page."""
        self.here.quiet()
        self.desk.tab.get_by_role("searchbox").fill("06631")
        self.desk.press("Suchen")
        self.desk.follow(title)
        self._answer(meaning, typed)

    def forward(self, days: int) -> None:
        """Days go by."""
        self.here.quiet()
        self.desk.tab.get_by_label("Tage weiter").fill(str(days))
        self.desk.tab.get_by_role("button", name="Vorstellen").click()

    def _answer(self, meaning: str, typed: dict[str, str]) -> None:
        words = meaning.removesuffix(":")
        self.desk.answer(words[:1].upper() + words[1:], typed)
