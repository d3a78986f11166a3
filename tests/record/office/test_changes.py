"""Changes of people: a stored command each, applied or refused with its reason, and written by no other way."""
# ruff: noqa: S608 - the statements are the tests' own

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from models.commands import Actor, ActorKind
from models.errors import Code, RefusedError
from models.office import CHANGES, Change
from models.tables import CommandRow, Contact, Officer, Telephone
from models.tasks import Role
from record.cases.commands import SYSTEM
from record.database.clock import legal_now
from record.database.engine import Database
from record.database.install import install
from record.office.changes import Wish, give
from record.office.history import history
from record.people import officer_roles
from record.promises import check
from tests.record.rows import Given

ROOT = Path(__file__).parents[3]
FULDA = "fulda-district"
END = "2018-12-31"
ROLES = {"sim-tal": ("co_signer", "payment_approver"), "sim-berg": ("case_worker", "proof_auditor")}
NEW: Given = {"name": "Simulierte Person Bach", "email": "bach@rp.example", "roles": ["case_worker"]}


def actor(officer: str, *roles: str) -> Actor:
    return Actor(kind=ActorKind.OFFICER, id=officer, roles=roles or ROLES[officer], simulated=True)


def change(session: Session, kind: Change, by: str, command_id: str = "", **content: Any) -> CommandRow:
    """A change as an officer asks for it."""
    return give(session, Wish(kind, CHANGES[kind].model_validate(content), actor(by), command_id))


def told(row: CommandRow) -> tuple[str, str]:
    return row.state, row.reason


def test_a_change_is_stored_and_applied_in_one_transaction(db: Database) -> None:
    with db.write() as session:
        row = change(session, Change.ADD_OFFICER, "sim-tal", officer="sim-bach", **NEW, phone="0661 90009 111",
                     phone_source="Vorzimmer")  # fmt: skip
        assert (row.kind, row.actor_id, row.case_id, told(row)) == ("office", "sim-tal", "", ("applied", ""))
        session.rollback()
    with db.read() as session:
        assert session.get(Officer, "sim-bach") is None
        assert history(session) == []


def test_the_same_command_again_is_the_same_command(db: Database) -> None:
    with db.write() as session:
        first = change(session, Change.ADD_OFFICER, "sim-tal", "one-and-the-same", officer="sim-bach", **NEW)
        again = change(session, Change.ADD_OFFICER, "sim-tal", "one-and-the-same", officer="sim-bach", **NEW)
        assert first.id == again.id
        with pytest.raises(RefusedError) as refused:
            change(session, Change.ADD_OFFICER, "sim-tal", "one-and-the-same", officer="sim-fluss", **NEW)
        assert refused.value.details == {"field": "command_id"}
    with db.read() as session:
        assert [one["command"] for one in history(session)] == ["one-and-the-same"]


REFUSED: list[tuple[Change, str, Given, Code]] = [
    (Change.ADD_OFFICER, "sim-berg", {"officer": "sim-bach", **NEW}, Code.WRONG_ROLE),
    (Change.ADD_OFFICER, "sim-tal", {"officer": "sim-berg", **NEW}, Code.BAD_CONTENT),
    (Change.ADD_OFFICER, "sim-tal", {"officer": "sim-bach", **NEW, "phone": "x"}, Code.BAD_CONTENT),
    (Change.SET_ROLES, "sim-tal", {"officer": "sim-tal", "roles": ["budget_officer"]}, Code.OWN_ENTRY),
    (Change.SET_ROLES, "sim-tal", {"officer": "sim-berg", "roles": ["applicant"]}, Code.BAD_CONTENT),
    (Change.SET_ROLES, "sim-tal", {"officer": "nobody", "roles": ["ministry"]}, Code.UNKNOWN_OFFICER),
    (Change.END_OFFICER, "sim-tal", {"officer": "sim-berg", "last_day": "1999-01-01"}, Code.BAD_CONTENT),
    (Change.END_OFFICER, "sim-tal", {"officer": "sim-tal", "last_day": "2018-12-31"}, Code.OWN_ENTRY),
    (Change.REVOKE_OFFICER, "sim-tal", {"officer": "nobody"}, Code.UNKNOWN_OFFICER),
    (Change.ADD_CONTACT, "sim-tal", {"recipient": FULDA, "name": "A. Beh", "email": "a@b.example"}, Code.WRONG_ROLE),
    (Change.ADD_CONTACT, "sim-berg", {"recipient": FULDA, "name": "A. Beh", "email": "a@"}, Code.BAD_CONTENT),
    (Change.END_CONTACT, "sim-berg", {"recipient": "darmstadt", "contact": 1, "last_day": END}, Code.BAD_CONTENT),
]


@pytest.mark.parametrize(("kind", "by", "content", "code"), REFUSED)
def test_a_refusal_is_on_record_and_changes_nothing(
    db: Database, kind: Change, by: str, content: Given, code: Code
) -> None:
    def people(session: Session) -> list[str]:
        tables = (Officer, Contact, Telephone)
        return sorted(repr(row) for table in tables for row in session.exec(select(table)))

    with db.read() as session:
        before = people(session)
    with db.write() as session:
        assert told(change(session, kind, by, **content)) == ("refused", code)
    with db.read() as session:
        assert people(session) == before
        found = history(session, content.get("recipient", ""))
        assert [(one["by"], one["change"], one["reason"]) for one in found] == [(f"officer:{by}", kind, code)]
        assert check(session) == []


def test_nobody_but_an_officer_changes_people(db: Database) -> None:
    with db.write() as session:
        content = CHANGES[Change.REVOKE_OFFICER].model_validate({"officer": "sim-berg"})
        assert told(give(session, Wish(Change.REVOKE_OFFICER, content, SYSTEM))) == ("refused", Code.WRONG_ROLE)


def test_roles_change_from_an_instant_on_and_what_was_before_stays(db: Database) -> None:
    with db.write() as session:
        before = legal_now(session)
        change(session, Change.SET_ROLES, "sim-tal", officer="sim-berg", roles=["reader"])
        today = legal_now(session).date()
        assert officer_roles(session, "sim-berg", today) == {Role.READER}
        assert officer_roles(session, "sim-berg", today, before) == {Role.CASE_WORKER, Role.PROOF_AUDITOR}
        assert officer_roles(session, "sim-berg", date(2018, 1, 1)) == {Role.CASE_WORKER, Role.PROOF_AUDITOR}
        change(session, Change.SET_ROLES, "sim-tal", officer="sim-berg", roles=["ministry"])
        assert officer_roles(session, "sim-berg", today) == {Role.MINISTRY}


def test_contacts_have_a_history_of_their_own(db: Database) -> None:
    with db.write() as session:
        added = change(session, Change.ADD_CONTACT, "sim-berg", recipient=FULDA, name="A. Beh", email="a@b.example")
        number = added.details["contact"]
        about: Given = {"recipient": FULDA, "contact": number}
        change(session, Change.ADD_CONTACT_NUMBER, "sim-berg", **about, number="0661 90009 222", source="Vermittlung")
        change(session, Change.END_CONTACT_NUMBER, "sim-berg", **about, number="0661/90009222", last_day="2018-12-31")
        change(session, Change.END_CONTACT, "sim-berg", **about, last_day="2018-12-31")
        change(session, Change.REVOKE_OFFICER, "sim-tal", officer="sim-berg")
    with db.read() as session:
        assert [(one["change"], one["state"]) for one in reversed(history(session, FULDA))] == [
            ("add_contact", "applied"),
            ("add_contact_number", "applied"),
            ("end_contact_number", "applied"),
            ("end_contact", "applied"),
        ]
        assert [one["change"] for one in history(session)] == ["revoke_officer"]
        assert history(session, "darmstadt") == []
        assert check(session) == []


# by no other way -------------------------------------------------------------------------------


@pytest.fixture
def real(empty_url: str) -> Iterator[Database]:
    """A production installation in use, with two officers and a contact."""
    database = Database(empty_url)
    people = [
        Officer(id=name, name=name.title(), email=f"{name}@rp.example", roles=[role], valid_from=date(2018, 1, 1))
        for name, role in (("sim-berg", "case_worker"), ("sim-tal", "co_signer"))
    ]
    contact = Contact(recipient=FULDA, name="A. Beh", email="a@b.example", valid_from=date(2018, 1, 1))
    install(database, "production", officers=people, contacts=[contact])
    with database.write() as session:
        change(session, Change.ADD_OFFICER_NUMBER, "sim-tal", officer="sim-berg", number="0661 90009 111",
               source="Vermittlung")  # fmt: skip
    yield database
    database.close()


OFFICER = "(id, name, email, roles, simulated, valid_from)"
CONTACT = "(recipient, name, function, email, rank, simulated, valid_from)"
NUMBER = "(officer_id, number, written, source, valid_from, entered_at, entered_by)"
ABSENCE = "(officer_id, deputy_id, first_day, entered_at, entered_by, command_id)"
AT = "'2026-01-01T00:00:00.000000+00:00'"
KEPT = ("append-only", "only the last day", "by a command alone", "never deleted", "stays", "permission denied")
PAST_COMMANDS = (
    f"INSERT INTO officer {OFFICER} VALUES ('x-y', 'X', 'x@rp.example', '[\"co_signer\"]', false, '2018-01-01')",
    "UPDATE officer SET roles = '[\"co_signer\"]' WHERE id = 'sim-berg'",
    "UPDATE officer SET email = 'x@elsewhere.example' WHERE id = 'sim-berg'",
    "UPDATE officer SET name = 'X' WHERE id = 'sim-berg'",
    "UPDATE officer SET deputy_of = 'sim-tal' WHERE id = 'sim-berg'",
    "UPDATE officer SET valid_to = '2018-01-01' WHERE id = 'sim-tal'",
    f"UPDATE officer SET revoked_at = {AT} WHERE id = 'sim-tal'",
    "DELETE FROM officer WHERE id = 'sim-tal'",
    f"INSERT INTO contact {CONTACT} VALUES ('{FULDA}', 'X', '', 'x@b.example', 1, false, '2018-01-01')",
    "UPDATE contact SET email = 'x@elsewhere.example'",
    "UPDATE contact SET recipient = 'darmstadt'",
    "UPDATE contact SET rank = 7",
    "UPDATE contact SET valid_to = '2018-01-01'",
    "DELETE FROM contact",
    f"INSERT INTO telephone {NUMBER} VALUES ('sim-tal', '+49', '0661', 'x', '2018-01-01', {AT}, 'x')",
    "UPDATE telephone SET valid_to = '2018-01-01'",
    f"INSERT INTO officer_absence {ABSENCE}"
    f" SELECT 'sim-berg', 'sim-tal', '2018-01-01', {AT}, 'x', id FROM command WHERE kind = 'office'",
    "INSERT INTO officer_roles (officer_id, roles, at, command_id)"
    f" SELECT 'sim-berg', '[\"co_signer\"]', {AT}, id FROM command WHERE kind = 'office'",
)


@pytest.mark.sql
def test_in_a_real_installation_people_change_by_a_command_alone(real: Database) -> None:
    for statement in PAST_COMMANDS:
        with pytest.raises(DBAPIError) as refused, real.write() as session:
            session.connection().execute(text(statement))
        assert any(said in str(refused.value) for said in KEPT), statement
    with real.write() as session:
        session.connection().execute(text("UPDATE officer SET last_digest_on = '2018-01-02' WHERE id = 'sim-berg'"))
        session.connection().execute(text(f"UPDATE contact SET bounced_at = {AT}"))
        for kind, content in (
            (Change.ADD_OFFICER, {"officer": "bach", **NEW}),
            (Change.END_OFFICER, {"officer": "bach", "last_day": "2030-12-31"}),
            (Change.REVOKE_OFFICER, {"officer": "bach"}),
        ):
            assert told(change(session, kind, "sim-tal", **content)) == ("applied", "")


@pytest.mark.sql
def test_a_change_of_roles_or_an_absence_is_never_taken_back(db: Database) -> None:
    with db.write() as session:
        change(session, Change.SET_ROLES, "sim-tal", officer="sim-berg", roles=["case_worker"])
        away: Given = {"officer": "sim-berg", "first_day": "2018-02-01", "deputy": "sim-wald"}
        assert told(change(session, Change.ADD_ABSENCE, "sim-tal", **away)) == ("applied", "")
    for statement in (
        "UPDATE officer_roles SET roles = '[]'",
        "DELETE FROM officer_roles",
        "UPDATE officer_absence SET deputy_id = 'sim-see'",
        "UPDATE officer_absence SET last_day = '2018-02-02'",
        "DELETE FROM officer_absence",
    ):
        with pytest.raises(DBAPIError) as refused, db.write() as session:
            session.connection().execute(text(statement))
        assert any(said in str(refused.value) for said in KEPT), statement


def test_the_program_writes_people_in_known_places_only() -> None:
    writers = ("add_officer", "end_officer", "revoke_officer", "set_roles", "add_contact", "end_contact",
               "add_telephone", "end_telephone")  # fmt: skip
    named = {
        str(path.relative_to(ROOT))
        for room in ("record", "gateway", "portal", "activities", "assembly", "demo")
        for path in (ROOT / room).rglob("*.py")
        if any(f"{one}(" in path.read_text("utf-8") for one in writers)
    }
    assert named == {
        "record/people.py",
        "record/telephones.py",
        "record/office/effects.py",
        "record/cases/papers.py",  # the colleague to whom a municipality hands a task over
        "gateway/first_officers.py",  # who is there before anybody could give a command
    }
