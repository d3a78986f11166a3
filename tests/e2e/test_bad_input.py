"""Bad input and bad luck on a running installation: a clear message with the way forward, the right exit code, and
a record that is as it was, or holds the refusal. In German, and in English where ``WIR_LANG`` says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import col, select

from models.tables import CommandRow
from models.tasks import TaskKind as K
from tests.e2e.installation import Installation, installed
from tests.e2e.shortcut import bring
from tests.e2e.terminal import Terminal
from tests.e2e.walk import APPLICATION, NEXT, WHO
from tests.patience import PATIENCE
from tests.portal.acts import onward
from tests.portal.browse import Page, visit
from tests.workflows.story import dump

pytestmark = pytest.mark.server

SIGNING, PAYING = "wir-fm-2018-06411000", "wir-fm-2018-06531"
FELS = (
    "./starter.py officers sim-fels --add --name 'Simulierte Vertretung Fels' --email fels@rp.example "
    "--role case_worker --role co_signer --as sim-see"
)


@dataclass
class Office:
    """An installation with one case to sign, drafted by somebody who may sign too, and one that may call money."""

    here: Installation
    sign: str
    request: str

    def terminal(self, lang: str = "de") -> Terminal:
        """A window."""
        return Terminal(self.here.stack.data, lang=lang)

    def record(self) -> dict[str, list[tuple[Any, ...]]]:
        """The whole record, once nothing is on its way; without drafts, which decide nothing."""
        self.here.quiet()
        return {name: rows for name, rows in dump(self.here.stack.engine.db).items() if name != "draft"}

    def refusals(self) -> list[str]:
        """Reasons of all refused commands, in order."""
        with self.here.stack.engine.db.read() as session:
            query = select(CommandRow.reason).where(CommandRow.state == "refused").order_by(col(CommandRow.stored_at))
            return list(session.exec(query))

    def link(self, key: str, subject: str) -> str:
        """The newest link to a form in the mails to a municipality."""
        self.here.quiet()
        mails = self.here.stack.sink.mails(f"fachstelle@r{key}.example")
        return next(mail.task_links[0] for mail in reversed(mails) if subject in mail.subject)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Runs for all tests of this module; the later ones move its clock on."""
    with installed(tmp_path_factory.mktemp("office") / "data") as here:
        terminal = Terminal(here.stack.data)
        terminal.do("./starter.py act wir-fm-2018 open-round --as sim-berg")
        terminal.do(FELS)
        request = here.run(bring(here.stack, "06531", K.REQUEST_DRAWDOWN))
        draft = here.run(bring(here.stack, "06411000", K.DRAFT_DECISION))
        terminal.do(f"./starter.py do {draft} award --as sim-fels")
        case = terminal.document(f"./starter.py case {SIGNING}")
        sign = next(task["id"] for task in case["tasks"] if task["choices"])
        here.quiet()
        yield Office(here, sign, request)


@pytest.fixture
def http() -> Iterator[Any]:
    """What a clerk's pages are fetched with."""
    with httpx.Client(timeout=PATIENCE) as client:
        yield client


NOTHING = "nothing"
APPLY = "./starter.py apply --year 2018 --recipient"
TOO_LONG = ("länger als 4000 Zeichen", "longer than 4000 characters")
NO_BANK = ("Die erste Zeile muss die Spalten nennen", "The first line must name the columns")
TYPED = [
    (f"{APPLY} 06633 --amount 0", 2, ("größer als null", "more than zero"), NOTHING),
    (f"{APPLY} 06633 --amount -50000.00", 2, ("unter null ist nicht möglich", "below zero is not"), NOTHING),
    (f"{APPLY} 06633 --amount 50000.01", 1, ("Höchstbetrag von 50.000,00 €", "ceiling of €50,000.00"), NOTHING),
    (f"{APPLY} 06633 --amount 12.345", 2, ("vielleicht 12345.00", "Perhaps you mean 12345.00"), NOTHING),
    (f"{APPLY} 06633 --amount 123.4567", 2, ("Höchstens zwei Nachkommastellen", "Two decimals"), NOTHING),
    (f"{APPLY} 06633 --amount 50,000.00", 2, ("vielleicht 50000.00", "Perhaps you mean 50000.00"), NOTHING),
    (f"{APPLY} 06633 --amount 50,000.00", 2, ("vielleicht 50000.00", "Perhaps you mean 50000.00"), NOTHING),
    (f"{APPLY} 06999 --amount 50000.00", 1, ("06999 ist kein", "No recipient has the key 06999"), NOTHING),
    (f"{APPLY} 06531 --amount 40000.00", 4, (PAYING, PAYING), "duplicate_application"),
    ("./starter.py apply --year 2031 --recipient 06633 --amount 1", 3, ("fm 2018", "fm 2018"), NOTHING),
    ("./starter.py do {sign} sign --as sim-fels", 4, ("Vier-Augen-Prinzip", "Four-eyes"), "four_eyes"),
    ("./starter.py do {sign} sign --as sim-kasse", 1, ("andere Rolle", "Another role"), "wrong_role"),
    (
        "./starter.py do {sign} send_back --reason {long} --as sim-tal",
        2,
        TOO_LONG,
        NOTHING,
    ),
    (f"./starter.py do {PAYING}.1 complete --as sim-berg", 4, ("nicht mehr offen", "no longer open"), "task_closed"),
    (f"./starter.py do {PAYING}.77 complete --as sim-berg", 3, ("gibt es hier nicht", "no task"), NOTHING),
    ("./starter.py bank /dev/null --as sim-kasse", 2, NO_BANK, NOTHING),
    ("printf 'a;b\\n1;2\\n' | ./starter.py bank - --as sim-kasse", 2, NO_BANK, NOTHING),
]
HEADS = {
    "de": {"usage": ("So nicht:", "Hilfe:"), "refused": ("Abgewiesen:", "So geht es weiter:")},
    "en": {"usage": ("Not like this:", "Help:"), "refused": ("Refused:", "The way forward:")},
}


@pytest.mark.parametrize("lang", ["de", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("line", "code", "said", "effect"), TYPED)
def test_a_line_that_cannot_be(
    office: Office, line: str, code: int, said: tuple[str, str], effect: str, lang: str
) -> None:
    before, refusals = office.record(), office.refusals()
    ran = office.terminal(lang).run(line.format(sign=office.sign, long="x" * 4001))
    assert (ran.code, ran.out) == (code, ""), ran
    assert any(all(head in ran.err for head in heads) for heads in HEADS[lang].values()), ran.err
    assert said[lang == "en"] in ran.err
    if effect == NOTHING:
        assert office.record() == before
    else:
        assert office.refusals()[len(refusals) :] == [effect]


PAGE = [
    ("Beantragter Betrag in Euro", "0", "größer als 0,00 €"),
    ("Beantragter Betrag in Euro", "-50.000,00", "kleiner als 0"),
    ("Beantragter Betrag in Euro", "50.000,01", "Höchstens 50.000,00 €"),
    ("Beantragter Betrag in Euro", "123,4567", "höchstens zwei Stellen"),
    ("Beantragter Betrag in Euro", "50,000.00", "Meinten Sie 50.000,00?"),
    ("Kurze Beschreibung des Vorhabens", "x" * 4001, "Der Text hat 4001 Zeichen"),
]


@pytest.mark.parametrize(("label", "typed", "said"), PAGE)
def test_a_page_that_cannot_be_sent(office: Office, http: Any, label: str, typed: str, said: str) -> None:
    link, before = office.link("06633", "Einladung"), office.record()
    page = filled(http, link, **{label: typed})
    assert (page.status, len(page.errors)) == (422, 1)
    assert page.errors[0].startswith(f"{label}: ")
    assert said in page.errors[0]
    assert office.record() == before


FILES = [
    ("antrag.exe", b"MZ" + b"\0" * 100, "Möglich sind PDF"),
    ("konzept.pdf", b"<html><script>alert(1)</script></html>", "passt nicht zu ihrem Namen"),
    ("leer.pdf", b"", "ist leer"),
]


@pytest.mark.parametrize(("name", "content", "said"), FILES)
def test_a_file_that_is_not_taken(office: Office, http: Any, name: str, content: bytes, said: str) -> None:
    link, before = office.link("06633", "Einladung"), office.record()
    typed = {"Kurze Beschreibung des Vorhabens": "Beratung"}
    page = visit(http, f"{link}/concept").type(typed).attach("Dateien anfügen", (name, content)).press("Weiter")
    assert page.status == 422
    assert said in page.errors[0]
    assert (page.control("Kurze Beschreibung").text or "").strip() == "Beratung"
    assert office.record() == before


def test_links_that_open_nothing(office: Office, http: Any) -> None:
    old, open_, before = office.link("06531", "Zuwendungsbescheid"), office.link("06633", "Einladung"), office.record()
    stale = visit(http, old)
    assert (stale.status, "So steht das Verfahren" in stale.text, "Mittel abrufen" in stale.text) == (200, True, True)
    asks = [form.get("action") for form in stale.root.iter("form")]
    assert asks == [f"{urlsplit(old).path}/neuer-link"], "the only form asks for a new link"
    late = http.post(old, data={"step": "confirm", "declaration": "yes", **dict.fromkeys(("submission_id",), "x" * 36)})
    assert late.status_code in {409, 410, 422}
    foreign = visit(http, old[:-43] + "A" * 43)
    assert (foreign.status, "Zu dieser Adresse gibt es keine Seite" in foreign.text) == (404, True)
    from_elsewhere = http.post(open_, data={"step": "check"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert from_elsewhere.status_code == 403
    assert "öffnen Sie den Link" in from_elsewhere.text
    assert office.record() == before


def test_two_windows_give_one_answer(office: Office, http: Any) -> None:
    link = office.link("06531", "Geld abrufen")
    windows = [visit(http, link).type({"Betrag in Euro": amount}).press(NEXT) for amount in ("10.000,00", "20.000,00")]
    sent = [window.type(WHO).tick("Ich bestätige").press("Mittel abrufen") for window in windows]
    assert sent[0].heading == "Ihr Mittelabruf ist eingegangen"
    assert sent[1].heading != sent[0].heading
    assert "Nicht gespeichert" in sent[1].text or "nicht annehmen" in sent[1].heading
    office.here.quiet()
    case = office.terminal().document(f"./starter.py case {PAYING}")
    assert [task["kind"] for task in case["tasks"] if task["state"] == "open"] == ["certify_drawdown"]


@pytest.mark.slow
def test_an_application_one_minute_late_is_taken_and_marked(office: Office, http: Any) -> None:
    page = filled(http, office.link("06633", "Einladung"))
    office.here.run(office.here.stack.lapse.to(datetime(2018, 1, 2, 23, 1, tzinfo=UTC)))
    sent = page.type(WHO).tick("Ich bestätige").press("Antrag absenden")
    assert sent.heading == "Ihr Antrag ist eingegangen"
    office.here.quiet()
    task = office.terminal().document("./starter.py case wir-fm-2018-06633")["tasks"][0]
    assert (task["kind"], task["brief"]["late"]) == ("check_completeness", True)
    assert "nach der Antragsfrist eingegangen" in office.terminal().read("./starter.py case wir-fm-2018-06633")


@pytest.mark.slow
def test_money_called_one_minute_after_the_last_day_is_refused(tmp_path: Path, http: Any) -> None:
    with installed(tmp_path / "data") as here:
        terminal = Terminal(here.stack.data)
        terminal.do("./starter.py act wir-fm-2018 open-round --as sim-berg")
        here.run(bring(here.stack, "06531", K.REQUEST_DRAWDOWN))
        here.quiet()
        link = here.stack.sink.mails("fachstelle@r06531.example")[-1].task_links[0]
        page = visit(http, link).type({"Betrag in Euro": "10.000,00"}).press(NEXT)
        here.run(here.stack.lapse.to(datetime(2018, 11, 30, 23, 1, tzinfo=UTC)))
        before = terminal.document(f"./starter.py case {PAYING}")
        sent = page.type(WHO).tick("Ich bestätige").press("Mittel abrufen")
        assert "eingegangen" not in sent.heading
        assert "Frist" in sent.text
        here.quiet()
        after = terminal.document(f"./starter.py case {PAYING}")
        assert (after["tasks"], after["ordered_cents"]) == (before["tasks"], 0)
        assert terminal.document("./starter.py doctor")["held"]


@pytest.mark.slow
def test_a_key_that_has_expired_names_its_successor(tmp_path: Path) -> None:
    with installed(tmp_path / "data", begin=datetime(2026, 2, 2, 8, tzinfo=UTC)) as here:
        for lang, head in (("de", "Der Schlüssel 06435014 gilt an diesem Tag nicht"), ("en", "06435014")):
            line = "./starter.py apply --recipient 06435014 --year 2018 --amount 50000.00"
            ran = Terminal(here.stack.data, lang=lang).run(line)
            assert (ran.code, ran.out) == (1, ""), ran
            assert head in ran.err
            assert "06415000" in ran.err
        with here.stack.engine.db.read() as session:
            assert session.exec(select(CommandRow)).all() == []


def filled(http: Any, link: str, **typed: str) -> Page:
    """The application's pages as the walk fills them, to the check page or to the one with an error."""
    told = {label: text for step in APPLICATION for label, text in step.get("type", {}).items()}
    return onward(visit(http, f"{link}/project"), told | typed)
