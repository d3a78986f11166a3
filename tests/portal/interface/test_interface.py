"""The officers' interface over HTTP: who may do what, what is refused and how, and that looking changes nothing."""

import asyncio
import re
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from models.errors import CONFLICTS, NOT_FOUND, Code
from models.tables import CaseOpened, CommandRow, Officer, ShownText, StepRow
from models.tables.base import METADATA
from models.tasks import TaskKind as K
from portal.interface.bodies import LIMIT
from portal.interface.errors import status_of
from portal.interface.socket import interface_socket
from record.database.engine import Database
from record.database.install import install
from record.logins.running import begin_by_device
from tests.cli.office import CASE, Office

TASK = f"{CASE}.1"
FULDA = {"recipient": "06631", "year": 2018, "content": {"requested_cents": 5_000_000}}


class Caller:
    """Asks the desk as one officer."""

    def __init__(self, office: Office, **headers: str) -> None:
        self._app, self._headers = office.app, headers

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and document."""
        return self._ask("GET", path)

    def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """Status and document."""
        return self._ask("POST", path, json=body)

    def raw(self, path: str, content: bytes) -> tuple[int, dict[str, Any]]:
        """Sends anything at all."""
        return self._ask("POST", path, content=content)

    def _ask(self, method: str, path: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        async def ask() -> httpx.Response:
            # The server logs a fault once more after it was answered; here only the answer counts.
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
                return await client.request(method, path, headers=self._headers, **sent)

        reply = asyncio.run(ask())
        return reply.status_code, reply.json()


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Office]:
    """A production installation with two officers."""
    database = Database(f"sqlite:///{tmp_path / 'real.db'}")
    officers = [
        Officer(
            id=name,
            name=name.title(),
            email=f"{name}@rp.example",
            roles=roles,
            valid_from=date(2018, 1, 1),
        )
        for name, roles in (("berg", ["case_worker"]), ("tal", ["co_signer"]))
    ]
    install(database, "production", officers=officers)
    yield Office(database, tmp_path, mode="production")
    database.close()


def logged_in(office: Office, officer_id: str) -> Caller:
    """A caller with the token of a log-in."""
    now = datetime.now(UTC)
    with office.db.write() as session:
        token = begin_by_device(session, officer_id, now, now).token
    return Caller(office, Authorization=f"Bearer {token}")


@pytest.fixture
def berg(office: Office) -> Caller:
    """A case worker in front of a fresh application."""
    caller = Caller(office, **{"X-Wir-As": "sim-berg"})
    assert caller.post("/apply", **FULDA)[0] == 200
    return caller


def content_of(db: Database) -> dict[str, list[Any]]:
    """Every row of every table but who looked."""
    with db.read() as session:
        return {
            name: sorted(map(repr, session.connection().execute(text(f"SELECT * FROM {name}")).all()))  # noqa: S608
            for name in METADATA.tables
            # that somebody looked, and at what, changes nothing
            if name not in {CaseOpened.__tablename__, ShownText.__tablename__}
        }


def test_looking_changes_nothing(office: Office, berg: Caller) -> None:
    before = content_of(office.db)
    for path in (
        "/today",
        f"/case/{CASE}",
        "/officers",
        "/contacts?recipient=06631",
        "/search?q=fulda",
        "/doctor",
        "/nothing",
    ):
        berg.get(path)
    assert content_of(office.db) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/do", {"task": TASK, "choice": "complete"}),
        (
            "/act",
            {"case": CASE, "kind": "withdraw", "content": {"reason": "x", "acting_name": "a", "acting_function": "b"}},
        ),
        ("/apply", {**FULDA, "recipient": "06631009"}),
        ("/bank", {"text": "reference;status;amount;value_date;detail\nX;booked;1.00;2018-01-01;\n"}),
        ("/forward", {"days": 3}),
        ("/adopt", {"case": CASE}),
        ("/contacts", {"recipient": "06631", "add": {"name": "Neu", "email": "neu@r06631.example"}}),
        ("/officers", {"id": "sim-neu", "add": {"name": "Neu", "email": "neu@rp.example", "role": ["case_worker"]}}),
    ],
)
def test_a_rehearsal_says_what_would_be_and_changes_nothing(
    office: Office, berg: Caller, path: str, body: dict[str, Any]
) -> None:
    caller = Caller(office, **{"X-Wir-As": "sim-tal"}) if path == "/officers" else berg
    caller = Caller(office) if path == "/bank" else caller
    before = content_of(office.db)
    status, found = caller.post(path, **body, dry_run=True)
    assert (status, found.get("dry_run")) == (200, True), found
    assert content_of(office.db) == before


def test_a_rehearsal_is_refused_as_the_thing_itself_is(office: Office, berg: Caller) -> None:
    tal = Caller(office, **{"X-Wir-As": "sim-tal"})
    body = {"task": TASK, "choice": "complete"}
    rehearsed = tal.post("/do", **body, dry_run=True)
    done = tal.post("/do", **body)
    assert rehearsed[0] == done[0] == 403
    assert rehearsed[1]["error"] == done[1]["error"] == "wrong_role"
    assert done[1]["receipt"]["case_id"] == CASE


def test_an_answer_gives_receipt_and_outcome_and_twice_is_once(office: Office, berg: Caller) -> None:
    body = {"task": TASK, "choice": "complete", "command_id": "0123456789abcdef"}
    status, first = berg.post("/do", **body)
    assert (status, first["outcome"]["applied"], first["kind"]) == (200, True, "check_completeness")
    again = berg.post("/do", **body)
    assert (again[0], again[1]["receipt"]) == (200, first["receipt"])
    assert berg.post("/do", task=TASK, choice="complete")[1]["error"] == "task_closed"


def test_without_temporal_the_receipt_stands(office: Office, berg: Caller) -> None:
    office.messenger.down = True
    status, found = berg.post("/do", task=TASK, choice="complete")
    assert (status, found["outcome"]) == (200, None)
    with office.db.read() as session:
        assert session.get_one(CommandRow, found["receipt"]["command_id"]).state == "received"


def test_a_refused_answer_is_on_record(office: Office, berg: Caller) -> None:
    Caller(office, **{"X-Wir-As": "sim-kasse"}).post("/do", task=TASK, choice="complete")
    with office.db.read() as session:
        step = session.get_one(StepRow, (CASE, 2))
    assert (step.actor, step.body["refused"]) == ("officer:sim-kasse", "wrong_role")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ({}, [("items", "items", "missing")]),
        ({"items": []}, [("items", "items", "too_short")]),
        ({"items": ["x"] * 21}, [("items", "items", "too_long")]),
        ({"items": ["x" * 201]}, [("items", "items", "string_too_long")]),
        ({"items": ["Konzept"], "amount": 1}, [("amount", "amount", "extra_forbidden")]),
        ({"items": "Konzept"}, [("items", "items", "tuple_type")]),
    ],
)
def test_wrong_fields_are_named_with_a_code(
    berg: Caller, content: dict[str, Any], wrong: list[tuple[str, str, str]]
) -> None:
    status, found = berg.post("/do", task=TASK, choice="incomplete", content=content)
    fields = [(field["name"], field["option"], field["code"]) for field in found["details"]["fields"]]
    assert (status, found["error"], fields) == (400, "bad_content", wrong)


def test_an_option_fills_the_field_of_its_form(office: Office, berg: Caller) -> None:
    berg.post("/do", task=TASK, choice="complete")
    examine = office.task(K.EXAMINE).id
    status, found = berg.post("/do", task=examine, choice="award", content={"amount": 2_500_000, "reason": "halb"})
    with office.db.read() as session:
        stored = session.get_one(CommandRow, found["receipt"]["command_id"]).content
    assert (status, stored) == (200, {"amount_cents": 2_500_000, "reason": "halb"})


@pytest.mark.parametrize("cents", [0, -1, 1.5, "50000.00", 10**12, True])
def test_amounts_are_positive_whole_cents(berg: Caller, cents: Any) -> None:
    body = {**FULDA, "recipient": "06631009", "content": {"requested_cents": cents}}
    status, found = berg.post("/apply", **body)
    assert (status, found["details"]["fields"][0]["option"]) == (400, "amount")


@pytest.mark.parametrize(
    ("path", "content", "status", "code"),
    [
        ("/do", b"", 400, "bad_json_body"),
        ("/do", b"[]", 400, "bad_json_body"),
        ("/do", b"{" * 100_000, 400, "bad_json_body"),
        ("/do", b"\xff\xfe", 400, "bad_json_body"),
        ("/do", b"{}", 400, "bad_content"),
        ("/do", b'{"task": "x", "choice": "y", "more": 1}', 400, "bad_content"),
        ("/officers", b"{}", 400, "bad_content"),
        ("/nothing", b"{}", 404, "not_found"),
        ("/today", b"{}", 405, "not_found"),
        ("/bank", b'{"text": "' + b"x" * LIMIT + b'"}', 413, "too_big"),
        ("/bank", b'{"text": "' + b"x" * (LIMIT - 100) + b'"}', 400, "bad_content"),
    ],
)
def test_what_cannot_be_read_is_refused_by_code(
    office: Office, path: str, content: bytes, status: int, code: str
) -> None:
    caller = Caller(office, **{"X-Wir-As": "sim-kasse" if path == "/bank" else "sim-tal"})
    found = caller.raw(path, content)
    assert (found[0], found[1]["error"]) == (status, code)


def test_a_fault_is_told_by_number_only(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("portal.interface.service.today_view", broken)
    status, found = Caller(office).get("/today")
    assert (status, found["error"]) == (500, "incident")
    assert "secret" not in str(found)
    assert found["details"]["incident"] in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_locked_database_is_unavailable_and_no_fault(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def locked(*_: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr("portal.interface.service.today_view", locked)
    assert Caller(office).get("/today") == (503, {"error": "unavailable", "details": {}})


def test_people_are_added_and_ended_but_nobody_changes_their_own_entry(office: Office, berg: Caller) -> None:
    tal = Caller(office, **{"X-Wir-As": "sim-tal"})
    new = {"id": "sim-neu", "add": {"name": "Neu", "email": "neu@rp.example", "role": ["case_worker"]}}
    assert berg.post("/officers", **new)[1]["error"] == "wrong_role"
    status, found = tal.post("/officers", **new)
    assert (status, found["officer"]["simulated"], found["link"]) == (200, True, "")
    own = {"id": "sim-tal", "end": "2018-01-31"}
    assert tal.post("/officers", **own) == (409, {"error": "own_entry", "details": {}})
    assert tal.post("/officers", id="sim-neu", end="2018-01-31")[0] == 200
    contact = {"recipient": "06631", "add": {"name": "Neu", "email": "no address"}}
    assert berg.post("/contacts", **contact)[1]["details"] == {"field": "email"}
    contact["add"] = {"name": "Neu", "email": "neu@r06631.example", "rank": 1}
    added = berg.post("/contacts", **contact)[1]["contact"]["id"]
    assert berg.post("/contacts", recipient="06631", id=added, end="2018-01-31")[0] == 200
    listed = berg.get("/contacts?recipient=06631")[1]["contacts"]
    assert next(c["valid_to"] for c in listed if c["id"] == added) == "2018-01-31"


def test_a_revoked_officer_is_out_at_once_with_a_clear_answer(office: Office, berg: Caller) -> None:
    tal = Caller(office, **{"X-Wir-As": "sim-tal"})
    assert berg.post("/officers", id="sim-wald", revoke=True)[1]["error"] == "wrong_role"
    assert tal.post("/officers", id="sim-tal", revoke=True) == (409, {"error": "own_entry", "details": {}})
    assert tal.post("/officers", id="sim-niemand", revoke=True)[0] == 404
    assert tal.post("/officers", id="sim-berg", revoke=True, end="2018-01-31")[0] == 400
    assert tal.post("/officers", id="sim-berg", revoke=False)[0] == 400
    assert tal.post("/officers", id="sim-berg", revoke=True, dry_run=True)[0] == 200
    assert berg.get("/today")[0] == 200
    status, found = tal.post("/officers", id="sim-berg", revoke=True)
    since = found["officer"]["revoked_at"]
    out = {"error": "officer_revoked", "details": {"officer": "sim-berg", "since": since}}
    assert status == 200
    for reply in (
        berg.get("/today"),
        berg.get(f"/case/{CASE}"),
        berg.post("/do", task=TASK, choice="complete"),
        berg.post("/contacts", recipient="06631", add={"name": "Neu", "email": "neu@r06631.example"}),
        tal.post("/officers", id="sim-berg", revoke=True),
    ):
        assert reply == (403, out)
    assert "sim-berg" not in {one["id"] for one in tal.get("/officers")[1]["officers"]}
    assert {task["as"] for task in Caller(office).get(f"/case/{CASE}")[1]["tasks"]} == {"sim-wald"}


def test_a_revoked_officer_is_out_and_told_no_more_than_a_stranger(real: Office) -> None:
    tal, berg = logged_in(real, "tal"), logged_in(real, "berg")
    assert berg.get("/today")[0] == 200
    assert tal.post("/officers", id="berg", revoke=True)[0] == 200
    assert berg.get("/today") == (401, {"error": "forbidden", "details": {}})
    assert Caller(real, Authorization="Bearer wrong").get("/today") == (401, {"error": "forbidden", "details": {}})


def test_the_clock_moves_in_the_embedded_mode_only(office: Office, real: Office) -> None:
    assert Caller(office).post("/forward", days=3) == (200, {"legal_today": "2018-01-05"})
    found = logged_in(real, "berg").post("/forward", days=3)
    assert found == (422, {"error": "not_embedded", "details": {}})


def to_sign(caller: Caller, task: str) -> str:
    """The hash of the letter that a caller is shown."""
    effects = caller.get(f"/doc/{task}")[1]["effects"]
    return str(next(one["shown"] for one in effects if one["choice"] == "sign"))


def test_a_letter_that_was_not_shown_is_not_signed(office: Office, berg: Caller) -> None:
    for kind, choice in ((K.CHECK_COMPLETENESS, "complete"), (K.EXAMINE, "award"), (K.DRAFT_DECISION, "award")):
        berg.post("/do", task=office.task(kind).id, choice=choice)
    tal, see = (Caller(office, **{"X-Wir-As": name}) for name in ("sim-tal", "sim-see"))
    sign = office.task(K.SIGN_DECISION).id
    theirs = to_sign(see, sign)
    for forged in ("", "0" * 64, theirs, theirs[:12]):
        status, refused = tal.post("/do", task=sign, choice="sign", shown=forged)
        assert (status, refused["error"], refused["details"]) == (409, "not_shown", {"task": sign})
        assert refused["receipt"], "it is on record"
    assert tal.post("/do", task=sign, choice="sign", shown="no hash")[0] == 400
    assert tal.post("/do", task=sign, choice="sign", shown=to_sign(tal, sign)[:12])[0] == 200


def test_the_line_that_signs_stands_behind_the_letter(office: Office) -> None:
    """At the terminal too: a line that was typed from memory is refused on record, and says what to read."""
    office.open()
    try:
        office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
        for kind, choice in ((K.CHECK_COMPLETENESS, "complete"), (K.EXAMINE, "award"), (K.DRAFT_DECISION, "award")):
            office.done(f"do {office.task(kind).id} {choice} --as sim-berg")
        sign = office.task(K.SIGN_DECISION).id
        for forged in ("", "--shown 0123456789ab"):
            result = office.type(f"do {sign} sign {forged} --as sim-tal")
            assert (result.exit_code, result.stdout) == (4, "")
            assert result.stderr.rstrip().endswith(f"show {sign} --as sim-tal")
        timeline = office.document(f"case {CASE}")["timeline"]
        assert [event["refused"] for event in timeline[-2:]] == ["not_shown", "not_shown"]
        printed = office.done(f"show {sign} --as sim-tal")
        assert printed.index("Zuwendungsbescheid") < printed.index(f"do {sign} sign --shown ")
        office.follow(office.done("today --as sim-tal"), "do", f" {sign} ")
        assert office.document(f"case {CASE}")["stage"] == "award_sent"
    finally:
        office.close()


def test_a_document_shows_no_living_link(office: Office, berg: Caller) -> None:
    for kind, choice in ((K.CHECK_COMPLETENESS, "complete"), (K.EXAMINE, "award"), (K.DRAFT_DECISION, "award")):
        berg.post("/do", task=office.task(kind).id, choice=choice)
    tal, sign = Caller(office, **{"X-Wir-As": "sim-tal"}), office.task(K.SIGN_DECISION).id
    assert tal.post("/do", task=sign, choice="sign", shown=to_sign(tal, sign))[0] == 200
    mails = berg.get(f"/case/{CASE}")[1]["mails"]
    texts = [berg.get(f"/doc/{mail['id']}")[1]["text"] for mail in mails]
    assert any("/t/…" in shown for shown in texts)
    assert not any(re.search(r"/[tc]/[A-Za-z0-9_-]{20}", shown) for shown in texts)
    assert berg.get(f"/doc/{CASE}/N1")[1]["kind"] == "award"


# who calls ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{}, {"X-Wir-As": "berg"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic berg"}]
)
def test_in_production_only_the_token_of_a_log_in_counts(real: Office, headers: dict[str, str]) -> None:
    for reply in (
        Caller(real, **headers).get("/today"),
        Caller(real, **headers).get("/doctor"),
        Caller(real, **headers).post("/apply", **FULDA),
        Caller(real, **headers).post("/officers", id="x", end="2030-01-01"),
    ):
        assert reply == (401, {"error": "forbidden", "details": {}})


def test_in_production_nobody_is_named_on_a_line(real: Office) -> None:
    berg = logged_in(real, "berg")
    assert berg.post("/contacts", recipient="06631", add={"name": "A. Beh", "email": "a@r06631.example"})[0] == 200
    status, found = berg.post("/apply", **FULDA)
    assert status == 200, found
    case = berg.get(f"/case/{found['case']}")[1]
    assert {task["as"] for task in case["tasks"]} | {start["as"] for start in case["starts"]} == {""}
    assert berg.get("/today")[1]["officer"]["id"] == "berg"


def test_a_new_person_gets_a_link_once_which_is_no_token(real: Office) -> None:
    new = {"id": "neu", "add": {"name": "Neu", "email": "neu@rp.example", "role": ["case_worker"]}}
    link = logged_in(real, "tal").post("/officers", **new)[1]["link"]
    token = link.removeprefix("/zugang/")
    assert len(token) >= 40
    assert Caller(real, Authorization=f"Bearer {token}").get("/today")[0] == 401
    assert token not in str(content_of(real.db))


def test_who_logs_out_is_out(real: Office) -> None:
    berg, other = logged_in(real, "berg"), logged_in(real, "berg")
    assert berg.post("/logout") == (200, {})
    assert berg.get("/today")[0] == berg.post("/logout")[0] == 401
    assert other.get("/today")[0] == 200


def test_the_socket_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.sock"
    listening = interface_socket(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        interface_socket(path)
    listening.close()
    interface_socket(path).close()


def test_every_refusal_has_a_status() -> None:
    statuses = {code: status_of(code) for code in Code}
    assert {statuses[code] for code in NOT_FOUND} == {404}
    assert {statuses[code] for code in CONFLICTS} == {409}
    assert set(statuses.values()) == {400, 403, 404, 409, 422}
