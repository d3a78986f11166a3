"""What came by post or telephone: the municipality's answer, with the way it came and the officer on record."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from models.content import answers as a
from models.content.intake import BINDING, NEEDED, Channel, Proof, lacking, needed
from models.errors import Code, RefusedError
from models.tables import CommandRow, Intake
from models.tasks import TASKS, Role
from models.tasks import TaskKind as K
from portal.interface.auth import Caller
from portal.interface.casework.registering import Paper, Registering
from portal.interface.result import Result
from record.database.engine import Database
from record.files.uploads import FileStore
from record.views.officers import case_view
from tests.desk.site import until_open
from tests.fixtures.databases import as_owner
from tests.forms import ACTING
from tests.play import Play
from workflows.lifecycle import GRANT

SCAN = {"name": "blatt.png", "data": "iVBORw0KGgoAAAANSUhEUg=="}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
WAYS = [(scan, signed) for scan in (False, True) for signed in (False, True)]
CLERKS = [kind for kind in K if GRANT.is_clerks(kind) and TASKS[kind].choices]


@pytest.fixture
def play(db: Database) -> Play:
    return Play(db)


@pytest.fixture
def registering(play: Play, tmp_path: Path) -> Iterator[Registering]:
    engine: Any = SimpleNamespace(db=play.db, gateway=play.gateway, directory=play.directory)
    yield Registering(engine, FileStore(tmp_path / "files"))
    shutil.rmtree(tmp_path / "files", ignore_errors=True)


def record(play: Play, registering: Registering, task: str, **more: Any) -> Result:
    """Sim-berg records a paper that came today."""
    caller = Caller(play.today, "sim-berg", frozenset({Role.CASE_WORKER}), simulated=True)
    body = {"task": task, "channel": "post", "received_on": play.today.isoformat(), "scan": SCAN} | more
    return asyncio.run(registering.record(Paper.model_validate(body), caller))


def refused(play: Play, registering: Registering, task: str, **more: Any) -> Code:
    with pytest.raises(RefusedError) as found:
        record(play, registering, task, **more)
    return found.value.code


def asked(play: Play) -> tuple[str, str]:
    """A case whose municipality is asked for what is missing, and that task."""
    case = play.apply()
    play.answer(case, K.CHECK_COMPLETENESS, "incomplete", items=["Stellenplan"])
    return case, play.task(case, K.COMPLETE_APPLICATION).id


@pytest.mark.sql
def test_an_answer_is_the_municipalitys_and_the_officer_stands_beside_it(play: Play, registering: Registering) -> None:
    case, task = asked(play)
    content = ACTING | {"answer": "Der Stellenplan liegt bei."}
    for _ in range(2):
        told = record(play, registering, task, content=content, taken_by="Poststelle", command_id="paper-0001")
        assert (told.refused, told.told["outcome"]["applied"]) == ("", True)
    assert play.states[case].open(K.CHECK_COMPLETENESS)
    with play.db.read() as session:
        (row,) = session.exec(select(Intake)).all()
        command = session.get_one(CommandRow, row.command_id)
        assert (command.actor_kind, row.by, row.taken_by) == ("clerk", "sim-berg", "Poststelle")
        view = case_view(session, play.directory, case, "sim-berg")
    sent = view["submissions"][-1]
    assert (sent["way"], sent["recorded"]["channel"], sent["recorded"]["scan"]["name"]) == (
        "recorded",
        "post",
        "blatt.png",
    )
    assert [one["name"] for one in view["files"]] == ["blatt.png"]
    assert [one["taken"] for one in view["timeline"] if one["what"] == "casework.recorded"] == ["Poststelle"]


@pytest.mark.slow
def test_what_is_signed_needs_the_signed_sheet_and_no_telephone(play: Play, registering: Registering) -> None:
    case = play.apply()
    until_open(play, case, K.DECLARE_ACCEPTANCE)
    task = play.task(case, K.DECLARE_ACCEPTANCE).id
    content = play.form(case, a.Declaration)
    assert refused(play, registering, task, content=content) == Code.SIGNATURE_MISSING
    assert refused(play, registering, task, content=content, scan=None, signed=True) == Code.SIGNATURE_MISSING
    assert refused(play, registering, task, content=content, channel="telephone", signed=True) == Code.NOT_BY_TELEPHONE
    silent = {name: value for name, value in content.items() if name != "waiver"}
    assert refused(play, registering, task, content=silent, signed=True) == Code.BAD_CONTENT
    assert record(play, registering, task, content=content, signed=True).refused == ""
    assert play.states[case].open(K.CALL_BACK)


@pytest.mark.slow
def test_post_needs_its_scan_and_a_day_that_was(play: Play, registering: Registering) -> None:
    case, task = asked(play)
    content = ACTING | {"answer": "Kommt."}
    assert refused(play, registering, task, content=content, scan=None) == Code.SCAN_MISSING
    assert refused(play, registering, task, content=content, received_on="2018-02-01") == Code.IN_FUTURE
    assert refused(play, registering, task, content={"answer": "Kommt."}) == Code.BAD_CONTENT
    wrong = {"name": "blatt.exe", "data": "AAAA"}
    assert refused(play, registering, task, content=content, scan=wrong) == Code.BAD_CONTENT
    assert refused(play, registering, f"{case}.1", content={}) == Code.WRONG_ROLE
    told = record(play, registering, task, content=content, scan=None, channel="telephone")
    assert told.refused == ""
    assert refused(play, registering, task, content=content) == Code.TASK_CLOSED


@pytest.mark.slow
def test_only_case_workers_record(play: Play, registering: Registering) -> None:
    _, task = asked(play)
    tal = Caller(play.today, "sim-tal", frozenset({Role.CO_SIGNER}), simulated=True)
    content: dict[str, Any] = ACTING | {"answer": "Ja."}
    body = Paper(task=task, channel=Channel.TELEPHONE, received_on=play.today, content=content)
    with pytest.raises(RefusedError) as found:
        asyncio.run(registering.record(body, tal))
    assert found.value.code == Code.WRONG_ROLE


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE intake SET taken_by = 'x'",
        "DELETE FROM intake",
        "INSERT INTO intake SELECT command_id || 'x', case_id, 'post', received_on, NULL, '', signed, taken_by, by, at,"
        " stored_at FROM intake",
    ],
)
def test_what_was_recorded_stays_and_post_has_a_scan(play: Play, registering: Registering, statement: str) -> None:
    _, task = asked(play)
    record(play, registering, task, content=ACTING | {"answer": "Ja."})
    owner = as_owner(play.db)
    try:
        with pytest.raises(DBAPIError), owner.write() as session:
            session.connection().execute(text(statement))
    finally:
        owner.close()


@pytest.mark.parametrize("kind", CLERKS)
@pytest.mark.parametrize("channel", Channel)
def test_the_rule_is_one_table(kind: K, channel: Channel) -> None:
    (choice,) = TASKS[kind].choices.values()
    need = needed(choice.content, channel)
    assert need == NEEDED[channel][choice.content in BINDING]
    given = {(scan, signed): lacking(choice.content, channel, scan=scan, signed=signed) for scan, signed in WAYS}
    assert given[False, True] is not Proof.NOTHING  # a signature without a sheet
    expected = {
        Proof.NOTHING: {(False, False), (True, False), (True, True)},
        Proof.SCAN: {(True, False), (True, True)},
        Proof.SIGNED: {(True, True)},
        Proof.NEVER: set[tuple[bool, bool]](),
    }
    assert {way for way, missing in given.items() if missing is Proof.NOTHING} == expected[need]
