"""Whatever id is printed is taken by the verbs; names and keys find their case; what is ambiguous is listed."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from models.commands import reference_number
from models.content.answers import FileRef
from models.rounds import round_id
from models.stages import Stage
from models.tables import Case, CommandRow, Draft, InboundMail, Outbox, Round, TaskRow
from models.tasks import TaskKind as K
from record.database.clock import legal_now
from record.database.engine import Database
from record.files.rows import remember
from tests.cli.office import CASE, Office
from tests.inbound.house import PDF, World, written

ROUND = "wir-fm-2018"
TOWN = "wir-fm-2018-06631009"
PRINTED = re.compile(
    r"\b(?:wir-[a-z]{2,8}-\d{4}(?:[\w./-]*\w)?|[A-Z]{2}\d\d-\d{5,8}-[A-Z]\d+(?:-A\d)?|[0-9a-f]{8}(?:-[0-9a-f-]{27})?|[0-9a-f]{12})\b"
)


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A case with a claim, orders, notices, mails in and out, files; another one open; a third that has ended."""
    folder = tmp_path_factory.mktemp("finding")
    shutil.copy(sqlite_template, folder / "wir.db")
    database = Database(f"sqlite:///{folder / 'wir.db'}")
    world = World(database, folder)
    asked = world.asked_for_items()
    world.receive(
        world.reply("Anbei der Finanzierungsplan.", asked, files=(("plan.pdf", PDF),), verified=True),
        written("Was kostet das?", world.contact().email, "wir@rp.example", subject="Frage"),
    )
    play = world.play
    with database.write() as session:
        files = session.exec(select(Draft.files)).one()
        remember(session, [FileRef.model_validate(one) for one in files])
    play.answer(CASE, K.COMPLETE_APPLICATION, files=files)
    play.drive(CASE, Stage.PROOF_DUE)
    play.answer(CASE, K.PROVE_USE, staff_cents=1_000_000)
    play.drive(CASE, Stage.RECOVERY)
    assert play.apply("06631009") == TOWN
    play.drive(play.apply("06411000"), withdraw="withdraw", check_completeness="refuse")
    with database.write() as session:
        session.add(Round(id=ROUND, line="fm", year=2018, opened_at=legal_now(session)))
    office = Office(database, folder)
    office.open()
    yield office
    office.close()
    database.close()


def views(office: Office) -> str:
    """What people see of the cases, of the day, and in letters."""
    letters = [f"show {notice['id']}" for notice in office.document(f"case {CASE}")["notices"]]
    lines = (f"case {CASE}", f"case {TOWN}", "today", "today --as sim-berg", "inbox", "round", *letters)
    return "\n".join(office.done(line) for line in lines)


def test_every_printed_id_leads_to_its_case_and_its_round(told: Office) -> None:
    found = set(PRINTED.findall(views(told)))
    kinds = {
        "case": rf"{CASE}",
        "task": rf"{TOWN}\.\d+",
        "notice": rf"{CASE}/N\d",
        "order": r"FM18-06631-D\d\d-A\d",
        "claim": r"FM18-06631-C\d",
        "mail": r"[0-9a-f]{8}",
        "round": ROUND,
    }
    for kind, pattern in kinds.items():
        assert [one for one in found if re.fullmatch(pattern, one)], f"no {kind} is printed"
    with told.db.read() as session:
        cases = set(session.exec(select(Case.id)))
    for one in sorted(found - {ROUND}):
        if one.startswith((ROUND, "FM18")):
            expected = told.document(f"case {one}")["case"]
            assert expected in cases
            assert told.document(f"round {one}")["round"] == ROUND


@pytest.mark.parametrize("writing", [str, str.upper, str.lower, lambda text: f"'  {text}\t'"])
@pytest.mark.sample(1)
def test_ids_are_taken_in_any_writing(told: Office, writing: type[str]) -> None:
    with told.db.read() as session:
        command = session.exec(select(CommandRow.id).where(CommandRow.case_id == CASE)).first()
        mail = session.exec(select(Outbox.id).where(Outbox.case_id == CASE)).first()
        task = session.exec(select(TaskRow.id).where(TaskRow.case_id == CASE)).first()
        claim = session.exec(select(TaskRow.subject).where(TaskRow.kind == K.REPAY)).one()
    assert command
    assert mail
    assert task
    ids = (CASE, task, f"{CASE}/N1", "FM18-06631-D01-A1", claim, mail, mail[:8], command, reference_number(command))
    for one in (*ids, reference_number(command).replace("-", "")):
        assert told.document(f"case {writing(one)}")["case"] == CASE, one
        assert told.document(f"round {writing(one)}")["round"] == ROUND, one
    for one in (f"{CASE}/N1", mail, mail[:8]):
        assert told.document(f"show {writing(one)}")["id"] in {f"{CASE}/N1", mail}


def test_files_and_mails_that_came_in_are_taken_by_their_beginnings(told: Office) -> None:
    printed = told.done(f"case {CASE}")
    sha256 = re.findall(r"\b[0-9a-f]{12}\b", printed)[0]
    for one in (sha256, sha256.upper()):
        assert told.document(f"show {one}")["kind"] == "file"
        assert told.document(f"case {one}")["case"] == CASE
    with told.db.read() as session:
        mails = session.exec(select(InboundMail).order_by(col(InboundMail.stored_at))).all()
    of_case = next(mail for mail in mails if mail.case_id == CASE)
    assert told.document(f"case {of_case.id[:8]}")["case"] == CASE
    for mail in mails:
        for one in (mail.id[:8], mail.id.upper()):
            assert told.document(f"inbox {one}")["id"] == mail.id
            assert told.document(f"show {one}")["kind"] == "inbound"
    assert "Was kostet das?" in told.done(f"show {mails[-1].id[:8]}")


def test_changing_verbs_take_the_same_ids_but_no_part_of_a_name(told: Office) -> None:
    with told.db.read() as session:
        query = select(TaskRow.id).where(TaskRow.case_id == TOWN, TaskRow.kind == K.CHECK_COMPLETENESS)
        task = session.exec(query).one()
        command = session.exec(select(CommandRow.id).where(CommandRow.case_id == TOWN)).one()
    for one in (task.upper(), f"'{task} '"):
        assert told.document(f"do {one} complete --as ' SIM-Berg ' --dry-run")["task"] == task
    for one in (TOWN.upper(), "06631009", task, reference_number(command)):
        assert told.document(f"adopt {one} --as sim-berg --dry-run")["case"] == TOWN
        form = "--reason x --acting-name A --acting-function B --as sim-berg --dry-run"
        assert told.document(f"act {one} withdraw {form}")["case"] == TOWN
    for line in ("act Kassel block --reason x", "adopt Kassel", "act Fulda block --reason x"):
        result = told.type(f"{line} --as sim-berg")
        assert (result.exit_code, result.stdout) == (3, "")
    assert TOWN in told.type("adopt Fulda --as sim-berg").stderr
    assert told.document("contacts wir-fm-2018-06631.1")["recipient"] == "06631"


@pytest.mark.parametrize("text", ["06631", "'Landkreis Fulda'", "'landkreis fulda '", "wir-fm-2018-06631"])
def test_a_key_or_a_whole_name_finds_the_case(told: Office, text: str) -> None:
    assert told.document(f"case {text}")["case"] == CASE


def test_a_name_of_a_town_and_a_district_is_listed_with_finished_lines(told: Office) -> None:
    for text in ("Fulda", "fulda", "FULD"):
        result = told.type(f"case {text} --as sim-berg")
        assert (result.exit_code, result.stdout) == (3, "")
        assert "Das ist nicht eindeutig" in result.stderr
        for case_id, name in ((CASE, "Landkreis Fulda"), (TOWN, "Fulda")):
            assert f"./starter.py case {case_id} --as sim-berg" in result.stderr
            assert f"{case_id} · {name} · " in result.stderr
        told.follow(result.stderr, "case", TOWN)
        found = json.loads(told.type(f"case {text} --json").stdout)
        assert found["error"] == "ambiguous"
        assert [one["id"] for one in found["details"]["candidates"]] == [CASE, TOWN]
        assert {one["stage"] for one in found["details"]["candidates"]} == {"recovery", "formal_check"}


def test_a_case_that_ended_is_found_when_no_other_is_open(told: Office) -> None:
    assert told.document("case Darmstadt")["case"] == "wir-fm-2018-06411000"


def test_nothing_found_names_what_is_similar(told: Office) -> None:
    result = told.type("case Fullda")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Landkreis Fulda" in result.stderr
    assert "Gemeint sein könnte" in result.stderr
    for text in ("Wiesbaden", "99999", "xy", "wir-fm-2018/06412000", "abcdefab"):
        result = told.type(f"case {text}")
        assert (result.exit_code, "Gemeint" in result.stderr) == (3, False), text


def test_a_beginning_that_two_mails_share_is_listed(told: Office) -> None:
    with told.db.write() as session:
        row = session.exec(select(Outbox).where(Outbox.case_id == CASE)).first()
        assert row is not None
        for number in (1, 2):
            twin = Outbox(**row.model_dump() | {"id": f"abcd0123-000{number}", "dedupe_key": f"twin{number}"})
            twin.message_id = f"<twin{number}@rp.example>"
            session.add(twin)
    result = told.type("show abcd0123")
    assert (result.exit_code, result.stdout) == (3, "")
    for number in (1, 2):
        assert f"./starter.py show abcd0123-000{number}" in result.stderr


def test_the_only_round_needs_no_name_and_several_are_listed(told: Office) -> None:
    assert told.document("round")["round"] == told.document("round 2018")["round"] == ROUND
    assert told.type("round 2017").exit_code == 3
    with told.db.write() as session:
        session.add(Round(id=round_id("fm", 2019), line="fm", year=2019, opened_at=legal_now(session)))
    result = told.type("round")
    assert (result.exit_code, result.stdout) == (3, "")
    told.follow(result.stderr, "round", ROUND)
    assert told.document("round 2018")["round"] == ROUND
    found = json.loads(told.type("round --json").stdout)
    assert [one["id"] for one in found["details"]["candidates"]] == [ROUND, "wir-fm-2019"]


def test_without_any_round_that_is_said(office: Office) -> None:
    result = office.type("round")
    assert (result.exit_code, "Eine Förderrunde gibt es hier nicht." in result.stderr) == (3, True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Landkreis Fulda", "Kommune: Landkreis Fulda (06631)"),
        ("069 90009 100", "Telefon: 069 90009 100, Simulierte Fachstelle, Landkreis Fulda, Fachstelle Integration"),
        ("50.000,00", "Bewilligt: 50.000,00"),
        ("FM18-06631-D01-A1", "Zahlungsauftrag: FM18-06631-D01-A1"),
        ("kostet", "E-Mail an uns: Frage Was kostet das?"),
    ],
)
def test_find_shows_what_was_found_with_the_line_that_opens_it(told: Office, text: str, shown: str) -> None:
    printed = told.done(f"find {text}")
    assert shown in " ".join(printed.split())
    assert printed.startswith(f"Suche „{text}“: ")
    if "kostet" not in text:
        assert f"./starter.py case {CASE}" in printed
        assert "Landkreis Fulda (06631) · wir-fm-2018-06631 · " in printed
    hits = told.document(f"find {text}")["hits"]
    assert {"what", "case", "round", "recipient", "stage", "excerpt", "at", "id"} == set(hits[0])


def test_find_says_when_there_is_nothing_and_what_it_cannot_look_for(told: Office) -> None:
    assert "findet sich nichts" in told.done("find Hintertupfingen")
    for text, why in (("%", "darf nicht leer sein"), ("'" + "x" * 10_000 + "'", "länger als 200 Zeichen")):
        refused = told.type(f"find {text}")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert f"Suchtext: {why}" in refused.stderr or "Suchtext: ist länger als 200 Zeichen" in refused.stderr
    assert told.type("find").exit_code == 2
