"""The desk does all that officers ask of it as its own role in PostgreSQL; what it may not do, the worker does."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from activities.letters.correspondence import Correspondence, Post
from activities.mail_in.inbox_desk import InboxDesk
from assembly.officers import officers_entrance
from gateway.gateway import Gateway
from gateway.start.settings import Settings
from models.tables import InboundMail
from models.tasks import TaskKind as K
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.engine import Database
from record.inbound import mails as inbound
from tests.cli.office import CASE, Clock, Office
from tests.fixtures.databases import APPLICATION, DESK
from tests.inbound.house import PDF, reading, written
from tests.login.desk import Browser, hidden
from tests.play import letters, programmes

pytestmark = [pytest.mark.slow, pytest.mark.sql]

BANK = "reference;status;amount;value_date;detail\nNOBODY;booked;1.00;2018-01-01;\n"
ADDRESS = "http://127.0.0.1:8090"


class Split(Office):
    """An office whose worker and desk have the database under roles of their own."""

    def entrance(self, desk: Database) -> Any:
        """What the desk process serves, on its own connection."""
        directory = programmes()
        papers = Papers(Correspondence(letters(), directory, Post("http://portal.example", "w@rp.example")), directory)
        gateway = Gateway(desk, Recorder(desk, papers), directory, self.messenger)  # type: ignore[arg-type]
        _, consequences, reader = reading(desk, self.folder)
        house: Any = SimpleNamespace(
            db=desk,
            gateway=gateway,
            directory=directory,
            settings=Settings.model_construct(data=self.folder),
            inbox_desk=InboxDesk(reader, consequences),
            client=None,
        )
        return officers_entrance(house, Clock(self.db))

    def receive(self, raw: bytes) -> str:
        """A mail comes in, as the worker takes it; gives its id."""
        _, _, reader = reading(self.db, self.folder)
        with self.db.write() as session:
            kept = inbound.keep(session, raw, "sink", "1")
        reader.bring(kept.id)
        with self.db.read() as session:
            return session.exec(select(InboundMail.id)).one()


@pytest.fixture
def db_role() -> str:
    """The worker's; the desk has another one here."""
    return APPLICATION


@pytest.fixture
def office(db: Database, tmp_path: Path) -> Split:
    """The worker's side."""
    return Split(db, tmp_path)


@pytest.fixture
def browser(office: Split) -> Iterator[Browser]:
    """A browser at the desk, which has its own role."""
    url = office.db.url
    if url.username == APPLICATION:
        url = url.set(username=DESK)
    with closing(Database(url.render_as_string(hide_password=False))) as desk:
        yield Browser(office.entrance(desk), base=ADDRESS)


def token(browser: Browser, officer: str) -> str:
    """Logs in by one click, and a command line by the code it shows."""
    person = Browser(browser.app, base=ADDRESS)
    assert person.post("/anmelden", officer=officer).status_code == 303
    asked = browser.ask("POST", "/geraet/code").json()
    form = {"csrf": hidden(person.get("/geraet"), "csrf"), "code": asked["user_code"]}
    assert person.post("/geraet", **form).status_code == 200
    answer = browser.ask("POST", "/geraet/token", json={"device_code": asked["device_code"]}).json()
    return str(answer["token"])


def ask(browser: Browser, who: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the interface answers to somebody's token; it must be a yes."""
    method = "GET" if body is None else "POST"
    answer = browser.ask(method, f"/api{path}", headers={"Authorization": f"Bearer {who}"}, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_case_with_its_people_mail_and_bank_goes_through_the_desk(office: Split, browser: Browser) -> None:
    berg, tal = token(browser, "sim-berg"), token(browser, "sim-tal")
    person = {"name": "Neu", "email": "neu@r06631.example", "phone": "069 90009 12", "phone_source": "Verzeichnis"}
    number = ask(browser, berg, "/contacts", {"recipient": "06631", "add": person})["contact"]["id"]
    ask(browser, berg, "/contacts", {"recipient": "06631", "id": number, "end": "2030-01-01"})
    officer = {"name": "Kurz", "email": "kurz@rp.example", "role": ["case_worker"]}
    ask(browser, tal, "/officers", {"id": "kurz", "add": officer})
    ask(browser, tal, "/officers", {"id": "kurz", "revoke": True})
    application = {"recipient": "06631", "year": 2018, "content": {"requested_cents": 5_000_000}}
    assert ask(browser, berg, "/apply", application)["case"] == CASE
    task = office.task(K.CHECK_COMPLETENESS).id
    ask(browser, berg, "/share", {"act": "take", "task": task})
    ask(browser, berg, "/do", {"task": task, "choice": "incomplete", "content": {"items": ["Plan"]}})
    ask(browser, berg, "/note", {"case": CASE, "text": "Der Plan fehlt."})
    ask(browser, berg, "/address", {"recipient": "06631", "lines": ["Weg 1", "36037 Fulda"], "source": "Briefkopf"})
    mail = office.receive(
        written("hier", "who@r06631.example", "wir@rp.example", subject=f"Re: {CASE}", files=(("p.pdf", PDF),))
    )
    ask(browser, berg, "/inbox", {"mail": mail, "task": office.task(K.COMPLETE_APPLICATION).id})
    assert ask(browser, token(browser, "sim-kasse"), "/bank", {"text": BANK})["unmatched"] == ["NOBODY"]
    for path in ("/today", f"/case/{CASE}", "/search?q=fulda", "/officers", "/contacts?recipient=06631", "/inbox"):
        ask(browser, berg, path)
    withdrawal = {"reason": "so", "acting_name": "A. Beh", "acting_function": "Amt"}
    wish = {"case": CASE, "kind": "withdraw", "content": withdrawal}
    foreseen = ask(browser, berg, "/act", wish | {"dry_run": True})
    ask(browser, berg, "/act", wish | {"shown": foreseen["effect"]["shown"]})
    assert ask(browser, berg, f"/case/{CASE}")["stage"] == "withdrawn"
    ask(browser, berg, "/logout", {})


def test_what_came_on_paper_is_recorded_at_the_desk(office: Split, browser: Browser) -> None:
    berg = token(browser, "sim-berg")
    application = {"recipient": "06631", "year": 2018, "content": {"requested_cents": 5_000_000}}
    ask(browser, berg, "/apply", application)
    task = office.task(K.CHECK_COMPLETENESS).id
    ask(browser, berg, "/do", {"task": task, "choice": "incomplete", "content": {"items": ["Plan"]}})
    content = {"reason": "Anbei.", "acting_name": "A. Beh", "acting_function": "Amt"}
    scan = {"name": "brief.pdf", "data": b64encode(PDF).decode()}
    paper = {"task": office.task(K.COMPLETE_APPLICATION).id, "channel": "post", "received_on": "2018-01-01"}
    ask(browser, berg, "/register", paper | {"scan": scan, "content": content})
    assert office.task(K.CHECK_COMPLETENESS).id != task


def test_pages_and_the_log_in_need_nothing_more(office: Split, browser: Browser) -> None:
    berg = token(browser, "sim-berg")
    application = {"recipient": "06631", "year": 2018, "content": {"requested_cents": 5_000_000}}
    ask(browser, berg, "/apply", application)
    assert browser.post("/anmelden", officer="sim-berg").status_code == 303
    task = office.task(K.CHECK_COMPLETENESS).id
    casework = (f"/aufgabe/{task}/bearbeitung", f"/fall/{CASE}/vermerke")
    for path in (
        *casework,
        "/",
        f"/fall/{CASE}",
        f"/aufgabe/{task}",
        "/suche?q=fulda",
        "/runden",
        "/post",
        "/bank",
        "/amt",
    ):
        assert browser.get(path).status_code == 200, path
    csrf = hidden(browser.get("/"), "csrf")
    assert browser.post("/abmelden/ueberall", csrf=csrf).status_code == 303
