"""An installation has one mode, set once; one legal clock that only runs forward; and in play its simulated people."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from models.tables import Contact, Installation, Officer
from models.tasks import Role
from record.database.clock import forward, legal_now, legal_today, offset
from record.database.engine import Database, InstallationError
from record.database.install import install, installed_mode, mode
from record.people import contacts, officer_roles, officers
from tests.fixtures.databases import RECIPIENTS, START

pytestmark = pytest.mark.sql

DAY = date(2018, 4, 3)
PERSON = Officer(id="a-person", name="A. Person", email="a@rp.example", roles=["case_worker"], valid_from=DAY)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """A database in which there is nothing."""
    database = Database(empty_url)
    yield database
    database.close()


def test_nothing_is_installed_in_an_empty_database(empty: Database) -> None:
    assert installed_mode(empty) is None
    with pytest.raises(InstallationError, match="not been initialised"):
        mode(empty)


def test_a_schema_without_installation_is_said_clearly(empty: Database) -> None:
    from record.database.install import upgrade

    upgrade(empty)
    with empty.read() as session, pytest.raises(InstallationError, match="not been initialised"):
        legal_now(session)


def test_the_mode_is_set_once(db: Database) -> None:
    assert mode(db) == "embedded"
    with pytest.raises(InstallationError, match="embedded, once and for all; it cannot be used as production"):
        install(db, "production")
    assert mode(db) == "embedded"


def test_production_never_becomes_play(empty: Database) -> None:
    install(empty, "production", officers=[PERSON])
    with pytest.raises(InstallationError, match="production, once and for all"):
        install(empty, "embedded", recipients=RECIPIENTS)
    with empty.read() as session:
        assert [found.id for found in officers(session)] == ["a-person"]
        assert (offset(session), contacts(session, "fulda-district")) == (timedelta(0), [])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"now": START}, "clock of a production"),
        ({"officers": [Officer(**PERSON.model_dump() | {"simulated": True})]}, "simulated people"),
    ],
)
def test_play_has_no_place_in_production(empty: Database, options: dict[str, object], says: str) -> None:
    with pytest.raises(InstallationError, match=says):
        install(empty, "production", **options)  # type: ignore[arg-type]
    assert installed_mode(empty) is None


def test_other_modes_and_naive_instants_are_refused(empty: Database) -> None:
    with pytest.raises(InstallationError, match="unknown mode: test"):
        install(empty, "test")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time zone"):
        install(empty, "embedded", now=datetime(2018, 1, 1))  # noqa: DTZ001 - the point of this test


def test_installing_twice_is_installing_once(db: Database) -> None:
    with db.read() as session:
        before = (len(officers(session)), len(contacts(session, "darmstadt")), offset(session))
    install(db, "embedded", recipients=RECIPIENTS, officers=[PERSON], now=datetime(2030, 1, 1, tzinfo=UTC))
    install(db, "embedded", recipients=RECIPIENTS, officers=[PERSON])
    with db.read() as session:
        after = (len(officers(session)), len(contacts(session, "darmstadt")), offset(session))
    assert after == (before[0] + 1, *before[1:])
    assert PERSON.name == "A. Person"  # the caller's object stays the caller's


def test_installing_twice_at_once(empty: Database) -> None:
    def start(_: int) -> None:
        database = Database(empty.url.render_as_string(hide_password=False))
        install(database, "embedded", recipients=RECIPIENTS)
        database.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(start, range(2)))
    with empty.read() as session:
        assert len(contacts(session, "fulda-town")) == 2


def test_the_simulated_people(db: Database) -> None:
    with db.read() as session:
        found = {person.id: set(person.roles) for person in officers(session, date(2018, 1, 2))}
        everybody = officers(session)
        clerks = [contact for recipient in RECIPIENTS for contact in contacts(session, recipient.identity)]
        roles = set[Role]().union(*(officer_roles(session, person.id, DAY) for person in everybody))
    assert found == {
        "sim-berg": {"case_worker", "proof_auditor"},
        "sim-tal": {"co_signer", "payment_approver"},
        "sim-wald": {"payment_certifier", "case_worker"},
        "sim-see": {"co_signer", "proof_auditor", "budget_officer", "payment_approver"},
        "sim-kasse": {"cash_office"},
        "sim-ministerium": {"ministry"},
    }
    assert roles == set(Role) - {Role.APPLICANT, Role.READER}  # nobody of the simulated people only reads
    assert [(c.recipient, c.email, c.rank) for c in clerks] == [
        ("fulda-district", "fachstelle@r06631.example", 1),
        ("fulda-district", "vertretung@r06631.example", 2),
        ("fulda-town", "fachstelle@r06631009.example", 1),
        ("fulda-town", "vertretung@r06631009.example", 2),
        ("darmstadt", "fachstelle@r06411.example", 1),
        ("darmstadt", "vertretung@r06411.example", 2),
    ]
    assert clerks[0].name == "Simulierte Fachstelle, Landkreis Fulda"
    people: list[Officer | Contact] = [*everybody, *clerks]
    assert all(person.simulated and person.name.startswith("Simulierte") for person in people)
    assert all(person.email.endswith(".example") for person in people)


def test_a_body_whose_key_changed_has_its_contacts_once(empty: Database) -> None:
    old = RECIPIENTS[0].model_copy(update={"valid_to": date(2025, 12, 31)})
    new = RECIPIENTS[0].model_copy(update={"key": "06416", "valid_from": date(2026, 1, 1)})
    install(empty, "embedded", recipients=[old, new])
    with empty.read() as session:
        assert [c.email[-15:] for c in contacts(session, old.identity)] == ["@r06631.example"] * 2


def test_legal_time_begins_where_it_was_set_and_runs_on(db: Database) -> None:
    with db.read() as session:
        first, second = legal_now(session), legal_now(session)
    assert START <= first < second < START + timedelta(hours=1)
    assert first.tzinfo == UTC


def test_legal_time_never_begins_before_it_was_set(empty: Database) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 5, 6, 7, 999_999, tzinfo=UTC), tick=False):
        install(empty, "embedded", now=START)
        with empty.read() as session:
            assert START <= legal_now(session) < START + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2018-03-31T21:59:59.999999+00:00", date(2018, 3, 31)),
        ("2018-03-31T22:00:00+00:00", date(2018, 4, 1)),  # summer time: UTC + 2
        ("2018-12-31T22:59:59.999999+00:00", date(2018, 12, 31)),
        ("2018-12-31T23:00:00+00:00", date(2019, 1, 1)),
    ],
)
def test_the_legal_day_is_that_of_berlin(empty: Database, instant: str, day: date) -> None:
    install(empty, "production")
    with time_machine.travel(datetime.fromisoformat(instant), tick=False), empty.read() as session:
        assert legal_today(session) == day


def test_the_clock_of_play_is_moved_forward(db: Database) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        with db.write() as session:
            before = legal_now(session)
            assert forward(session, 86_400) == before + timedelta(days=1)
        with db.read() as session:
            assert legal_now(session) == before + timedelta(days=1)
    with db.write() as session, pytest.raises(InstallationError, match="backwards"):
        forward(session, -1)


def test_steps_of_the_clock_made_at_once_all_count(db: Database) -> None:
    with db.read() as session:
        before = offset(session)

    def step(_: int) -> None:
        with db.write() as session:
            forward(session, 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(step, range(20)))
    with db.read() as session:
        assert offset(session) == before + timedelta(seconds=20)


def test_the_clock_of_production_stands_by_the_server(empty: Database) -> None:
    install(empty, "production")
    with empty.write() as session, pytest.raises(InstallationError, match="embedded"):
        forward(session, 0)
    with empty.read() as session:
        found = session.get(Installation, 1)
        assert found is not None
        assert abs(legal_now(session) - datetime.now(UTC)) < timedelta(minutes=1)
        assert (found.offset_seconds, found.mode) == (0, "production")
