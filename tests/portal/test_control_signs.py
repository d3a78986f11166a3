"""NUL and its kin at each entrance, on both databases: a plain answer, never an incident, and nothing is stored."""

import asyncio
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from models.commands import Actor, ActorKind
from models.content.answers import Application
from models.errors import Code, RefusedError
from models.tables import Contact
from models.tables.base import METADATA
from models.tasks import TaskKind as K
from portal.interface.inbox import Incoming
from record.database.engine import Database
from record.people import add_contact, add_officer, contacts
from record.views.clerk import stored_answer, stored_start
from tests.cli.office import CASE, Office
from tests.fixtures.databases import as_owner
from tests.portal import acts
from tests.portal.browse import visit
from tests.portal.play import Play
from tests.record.test_people import DAY, new_contact, new_officer

SIGNS = ["\x00", "\x07", "\x1b[2J", "\x7f", "\x85", "\ud800"]
GOOD = {"name": "Simulierte Neue", "email": "neu@r06631.example"}


@pytest.fixture
def office(db: Database, tmp_path: Path) -> Office:
    """A desk with one application, on both databases."""
    office = Office(db, tmp_path)
    status, _ = ask(
        office, "POST", "/apply", body={"recipient": "06631", "year": 2018, "content": {"requested_cents": 1}}
    )
    assert status == 200
    return office


@pytest.fixture
def stage(db: Database, tmp_path: Path) -> Play:
    """The clerks' pages, on both databases."""
    return Play(db, tmp_path)


def ask(
    office: Office, method: str, path: str, *, body: Any = None, who: str = "sim-berg"
) -> tuple[int, dict[str, Any]]:
    """Status and document. A fault of the program is raised, not answered."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(office.app), base_url="http://desk") as client:
            sent = None if body is None else json.dumps(body).encode()
            return await client.request(method, path, content=sent, headers={"X-Wir-As": who})

    reply = asyncio.run(send())
    return reply.status_code, reply.json()


def rows(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    with closing(as_owner(db)) as owner, owner.read() as session:
        return {
            name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in METADATA.tables.items()
        }


@pytest.mark.parametrize(
    "path",
    [
        "/case/%00",
        f"/case/{CASE}%00",
        "/round/%00",
        "/doc/%00",
        "/doc/a%00/b",
        "/doc/%1b%5b2J",
        "/inbox/%00aaaaaaaaa",
        "/contacts?recipient=%00",
        "/contacts?recipient=06631%00",
    ],
)
def test_the_desk_finds_nothing_under_a_control_sign(office: Office, path: str) -> None:
    before = rows(office.db)
    status, found = ask(office, "GET", path)
    assert status in {400, 404}
    assert found["error"] in {"not_found", "unknown_case", "unknown_inbound", "bad_content"}
    assert "\x00" not in json.dumps(found)
    assert rows(office.db) == before


@pytest.mark.parametrize("path", ["/inbox/%00aaaaaaaaa/raw", "/inbox/%00aaaaaaaaa/file/1", "/file/%00"])
def test_nothing_is_handed_out_under_a_control_sign(office: Office, path: str, tmp_path: Path) -> None:
    """The routes of mail that came in, with an inbox that would ask the database."""
    from types import SimpleNamespace

    from portal.interface.app import officers_interface
    from record.files.uploads import FileStore
    from record.views.inbound import found

    def look(session: Session, mail_id: str, *number: int) -> Any:
        return found(session, mail_id)

    engine: Any = SimpleNamespace(
        db=office.db, gateway=office.gateway, directory=None, settings=SimpleNamespace(mode="embedded")
    )
    inbox: Any = SimpleNamespace(raw=look, file=look)
    office.app = officers_interface(engine, incoming=Incoming(inbox, FileStore(tmp_path)))
    assert ask(office, "GET", path)[0] == 404


@pytest.mark.parametrize("who", ["%00", "sim-berg%00", "%1b"])
def test_nobody_is_called_so(office: Office, who: str) -> None:
    status, found = ask(office, "GET", "/today", who=who)
    assert (status, found["error"]) == (404, "unknown_officer")


BODIES: list[tuple[str, dict[str, Any]]] = [
    ("/do", {"task": f"{CASE}.1", "choice": "refuse", "content": {"reason": "!"}}),
    ("/do", {"task": f"{CASE}.1", "choice": "incomplete", "content": {"items": ["!"]}}),
    ("/do", {"task": "!", "choice": "complete"}),
    ("/do", {"task": f"{CASE}.1", "choice": "!"}),
    ("/do", {"task": f"{CASE}.1", "choice": "complete", "command_id": "!"}),
    ("/act", {"case": "!", "kind": "block", "content": {"reason": "x"}}),
    ("/act", {"case": CASE, "kind": "!", "content": {"reason": "x"}}),
    ("/act", {"case": CASE, "kind": "block", "content": {"reason": "!"}}),
    ("/act", {"case": CASE, "kind": "resend", "content": {"mail": "!"}}),
    ("/act", {"case": CASE, "kind": "block", "content": {"reason": {"deep": ["!"]}}}),
    ("/apply", {"recipient": "!", "year": 2018, "content": {"requested_cents": 1}}),
    ("/apply", {"recipient": "06631", "year": 2018, "line": "!", "content": {"requested_cents": 1}}),
    ("/bank", {"text": "reference;status;amount;value_date;detail\n!;booked;1.00;2018-01-01;\n"}),
    ("/bank", {"text": "reference;status;amount;value_date;detail\nX;booked;1.00;2018-01-01;!\n"}),
    ("/adopt", {"case": "!"}),
    ("/contacts", {"recipient": "!", "add": GOOD}),
    ("/contacts", {"recipient": "06631", "add": GOOD | {"name": "!"}}),
    ("/contacts", {"recipient": "06631", "add": GOOD | {"function": "!"}}),
    ("/contacts", {"recipient": "06631", "add": GOOD | {"email": "a!@r06631.example"}}),
    ("/officers", {"id": "sim-neu!", "add": GOOD | {"role": ["case_worker"]}}),
    ("/officers", {"id": "sim-neu", "add": GOOD | {"name": "!", "role": ["case_worker"]}}),
    ("/officers", {"id": "sim-!", "end": "2018-06-30"}),
    ("/do", {"task": f"{CASE}.1", "choice": "complete", "!": 1}),
    ("/do", {"task": f"{CASE}.1", "choice": "complete", "content": {"!": 1}}),
]


@pytest.mark.parametrize("sign", SIGNS)
def test_the_desk_takes_no_control_sign(office: Office, sign: str) -> None:
    """All bodies for each sign at once: the database is made once."""
    before = rows(office.db)
    for path, body in BODIES:
        sent = json.loads(json.dumps(body).replace("!", json.dumps(f"a{sign}b")[1:-1]))
        who = "sim-tal" if path == "/officers" else "sim-kasse" if path == "/bank" else "sim-berg"
        status, found = ask(office, "POST", path, body=sent, who=who)
        assert status in {400, 404, 422}, (path, body, found)
        assert found["error"] in {str(code) for code in Code} | {"not_found"}, (path, body, found)
    assert rows(office.db) == before


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u202e\x07"])
def test_a_refusal_names_the_field_in_words(office: Office, sign: str) -> None:
    body = {"task": f"{CASE}.1", "choice": "refuse", "content": {"reason": f"Der Antrag{sign}"}}
    _, found = ask(office, "POST", "/do", body=body)
    assert found["details"]["fields"][0] == {"name": "reason", "option": "reason", "code": "control_characters"}


@pytest.mark.parametrize("sign", SIGNS)
def test_people_are_not_called_so(db: Database, sign: str) -> None:
    for work, field in (
        (lambda s: add_officer(s, new_officer(name=f"a{sign}b")), "name"),
        (lambda s: add_officer(s, new_officer(id=f"sim-a{sign}")), "id"),
        (lambda s: add_officer(s, new_officer(email=f"a{sign}@rp.example")), "email"),
        (lambda s: add_contact(s, new_contact(name=f"a{sign}b")), "name"),
        (lambda s: add_contact(s, new_contact(function=f"a{sign}b")), "function"),
        (lambda s: add_contact(s, new_contact(email=f"a{sign}@r06631.example")), "email"),
    ):
        with db.write() as session, pytest.raises(RefusedError) as refused:
            work(session)
        assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("\u200b\ufeff", "string_too_short"),
        ("\u3164", "string_too_short"),
        ('Erika" <chef@evil.example>', "name_signs"),
        ("Erika; Max", "name_signs"),
        ("Erika\nBcc: chef@evil.example", "control_characters"),
    ],
)
def test_a_name_that_is_none_is_refused(db: Database, name: str, why: str) -> None:
    with db.write() as session, pytest.raises(RefusedError) as refused:
        add_contact(session, new_contact(name=name))
    assert (refused.value.details["field"], refused.value.details["why"]) == ("name", why)
    with db.write() as session, pytest.raises(RefusedError):
        add_officer(session, new_officer(name=name))


def test_a_name_that_offices_have_is_taken(db: Database) -> None:
    name = "Landkreis Fulda, Fachbereich 4 (Integration): Frau Dr. Erika Mustermann-Schulze"
    with db.write() as session:
        add_contact(session, new_contact(name=f" \u2068{name}\u2069"))
    with db.read() as session:
        assert name in [contact.name for contact in contacts(session, "fulda-district", DAY)]


def test_a_colleague_who_passed_a_form_earlier_stops_no_case(db: Database) -> None:
    """Stored by an older version, applied by this one."""
    with db.write() as session:
        old = Contact(**new_contact(name="Erika; Max").model_dump())
        assert add_contact(session, old, checked=True).name == "Erika; Max"


# the clerks' pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/t/%00", "/t/%00/pruefen", "/t/%00/%00", "/c/%00", "/c/%00/start/%00", "/%00", "/t/a%00b/neuer-link"]
)
def test_an_unknown_link_is_one_whatever_it_holds(stage: Play, path: str) -> None:
    assert stage.client.get(path).status_code in {404, 405}


def test_a_receipt_under_a_control_sign_is_none(stage: Play) -> None:
    acts.apply(stage)
    case = stage.link("c")
    for sign in ("%00", "%1b", "a%00b", "%C2%85"):
        assert stage.client.get(f"{case}/start/{sign}").status_code == 404
    with stage.db.read() as session:
        assert stored_start(session, "\x00", CASE) is stored_answer(session, "a\x00b", f"{CASE}.1") is None


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x85"])
def test_a_page_says_where_a_control_sign_stands(stage: Play, sign: str) -> None:
    answer = acts.applied(stage, **{"Kurze Beschreibung des Vorhabens": f"Beratung{sign}"})
    assert answer.status == 422
    assert "unlesbare Zeichen" in answer.errors[0]
    assert stage.commands() == []
    assert visit(stage.client, "/t/invitation-" + "x" * 32).status == 200, "the draft is kept on both databases"


def test_a_name_of_nothing_and_an_example_are_asked_for_again(stage: Play) -> None:
    check = acts.applied(stage)
    bare = (
        check.type({"Ihr Name": "\u200b\u3164", "Ihre Funktion": "M. Muster"})
        .tick("Ich bestätige")
        .press("Antrag absenden")
    )
    assert bare.errors == [
        "Ihr Name: Bitte machen Sie hier eine Angabe.",
        "Ihre Funktion: Das ist nur ein Muster. Bitte schreiben Sie es mit Ihren eigenen Worten.",
    ]
    assert stage.commands() == []


def test_one_person_cannot_sign_as_two(stage: Play) -> None:
    acts.award(stage)
    for other in (
        "Beispiel, A.; Landrätin (simuliert)",
        "A.\u200b Beispiel, Lаndrätin (simuliert)",
        "Frau Dr. A. Beispiel Landrätin simuliert",
    ):
        answer = acts.fill(stage, stage.link(), acts.DECLARATION | {"Zweite Person": other})
        assert answer.errors == ["Zweite Person: Name und Funktion: Bitte nennen Sie zwei verschiedene Personen."]


@pytest.mark.parametrize("name", ['Erika" <chef@evil.example>', "Erika; Max", "a@b"])
def test_a_task_is_not_handed_to_a_name_with_addresses_in_it(stage: Play, name: str) -> None:
    acts.apply(stage)
    stage.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    page = visit(stage.client, f"{stage.link()}/weitergeben")
    data = dict.fromkeys(("colleague_name", "colleague_function", "acting_name", "acting_function"), "Simuliert")
    data |= {"colleague_email": "neu@r06631.example", "declaration": "yes", "colleague_name": name}
    data |= {"submission_id": "0b8d7d5e-6a52-4a39-b4a0-6d7c9f2a1b3c"}
    answer = stage.client.post(f"{stage.link()}/weitergeben", data=data)
    assert (page.status, answer.status_code) == (200, 422)
    assert "Ein Name darf keines dieser Zeichen enthalten" in answer.text


def test_feedback_with_a_control_sign_is_asked_for_again(stage: Play) -> None:
    data = {"feedback": "Gut\x00", "answer_to": "", "submission_id": "0b8d7d5e-6a52-4a39-b4a0-6d7c9f2a1b3c"}
    answer = stage.client.post("/rueckmeldung", data=data)
    assert (answer.status_code, "unlesbare Zeichen" in answer.text) == (422, True)


def test_the_gateway_refuses_what_a_page_would_have_missed(stage: Play) -> None:
    acts.apply(stage)
    clerk = Actor(kind=ActorKind.OFFICER, id="sim-berg", roles=("case_worker",))
    for content in ({"reason": "x\x00"}, {"reason": "\u200b"}, {"reason": "Begründung"}):
        with pytest.raises(RefusedError) as refused:
            asyncio.run(stage.gateway.answer(task_id=f"{CASE}.1", choice="refuse", content=content, actor=clerk))
        assert refused.value.code == Code.BAD_CONTENT
    with pytest.raises(ValueError, match="control_characters"):
        Application(requested_cents=1, acting_name="a\x00", acting_function="b")
