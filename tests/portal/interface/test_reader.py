"""The role of who reads for audit or data protection: sees all, changes nothing, and is on record as everybody is."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models.errors import Code
from models.office import CHANGES, Change
from models.tables import CaseOpened, CommandRow
from models.tasks import TaskKind as K
from record.office.changes import Wish, give
from tests.cli.office import CASE, Office
from tests.portal.interface.test_interface import FULDA, TASK, Caller, content_of
from tests.record.office.test_changes import actor


def add_reader(session: Session, officer: str = "sim-audit") -> None:
    """Somebody of the court of audit."""
    content = {"officer": officer, "name": "Simulierte Person Audit", "email": "audit@rh.example", "roles": ["reader"]}
    added = give(
        session, Wish(Change.ADD_OFFICER, CHANGES[Change.ADD_OFFICER].model_validate(content), actor("sim-tal"))
    )
    assert added.state == "applied"


@pytest.fixture
def reader(office: Office) -> Caller:
    """A reader in front of a fresh application."""
    with office.db.write() as session:
        add_reader(session)
    assert Caller(office, **{"X-Wir-As": "sim-berg"}).post("/apply", **FULDA)[0] == 200
    return Caller(office, **{"X-Wir-As": "sim-audit"})


def test_a_reader_sees_everything_and_is_on_record(office: Office, reader: Caller) -> None:
    for path in ("/today", f"/case/{CASE}", "/round", f"/doc/{TASK}", "/search?q=fulda", "/officers", "/inbox",
                 "/officers/history", "/contacts?recipient=06631", "/contacts/history?recipient=06631"):  # fmt: skip
        assert reader.get(path)[0] in {200, 404 if path == "/round" else 200}, path
    case = reader.get(f"/case/{CASE}")[1]
    assert case["submissions"]
    assert case.get("starts", []) == []
    assert not any(task["mine"] for task in reader.get("/today")[1]["tasks"])
    with office.db.read() as session:
        assert {row.view for row in session.exec(select(CaseOpened).where(CaseOpened.officer_id == "sim-audit"))}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/act",
            {"case": CASE, "kind": "withdraw", "content": {"reason": "Er will nicht.", "acting_name": "A. Beh",
                                                           "acting_function": "Amt"}},
        ),
        ("/act", {"case": CASE, "kind": "block", "content": {"reason": "Es wird geprüft."}}),
        ("/act", {"case": "wir-fm-2018", "kind": "open_round"}),
        ("/apply", {**FULDA, "recipient": "06631009"}),
        ("/bank", {"text": "reference;status;amount;value_date;detail\nX;booked;1.00;2018-01-01;\n"}),
        ("/forward", {"days": 3}),
        ("/adopt", {"case": CASE}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_reader_is_refused_where_nothing_is_stored(
    office: Office, reader: Caller, path: str, body: dict[str, Any], dry_run: bool
) -> None:
    before = content_of(office.db)
    status, found = reader.post(path, **body, dry_run=dry_run)
    assert (status, found["error"]) == (403, Code.WRONG_ROLE)
    assert content_of(office.db) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/do", {"task": TASK, "choice": "complete"}),
        ("/contacts", {"recipient": "06631", "add": {"name": "Neu", "email": "neu@r06631.example"}}),
        ("/officers", {"id": "sim-neu", "add": {"name": "Neu", "email": "n@rp.example", "role": ["case_worker"]}}),
        ("/officers", {"id": "sim-tal", "revoke": True}),
        ("/officers", {"id": "sim-tal", "away": {"from": "2018-02-01", "deputy": "sim-see"}}),
    ],
)
def test_what_a_reader_wants_is_refused_on_record(
    office: Office, reader: Caller, path: str, body: dict[str, Any]
) -> None:
    status, found = reader.post(path, **body)
    assert (status, found["error"]) == (403, Code.WRONG_ROLE)
    with office.db.read() as session:
        row = session.get_one(CommandRow, found["receipt"]["command_id"])
        assert (row.actor_id, row.actor_roles, row.state, row.reason) == (
            "sim-audit",
            ["reader"],
            "refused",
            "wrong_role",
        )
    assert office.task(K.CHECK_COMPLETENESS).id == TASK
