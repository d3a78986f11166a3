"""Who may act on a day, who is written to, and that nobody is ever deleted."""

from datetime import date
from typing import Any

import pytest

from models.errors import Code, RefusedError
from models.tables import Contact, Officer
from models.tasks import Role
from record.database.engine import Database
from record.database.install import install
from record.people import (
    add_contact,
    add_officer,
    contacts,
    end_contact,
    end_officer,
    first_contact,
    mark_bounced,
    officer,
    officer_roles,
    officers,
    with_role,
)
from tests.record.rows import AT, Given

DAY = date(2018, 4, 3)
FULDA = "fulda-district"


def new_officer(**values: Any) -> Officer:
    given: Given = {"id": "sim-bach", "name": "Simulierte Person Bach", "email": "bach@rp.example", "valid_from": DAY}
    return Officer(**given | {"roles": ["case_worker"]} | values)


def new_contact(**values: Any) -> Contact:
    given: Given = {"recipient": FULDA, "name": "Simulierte Person", "email": "amt@r06631.example", "valid_from": DAY}
    return Contact(**given | {"rank": 0} | values)


@pytest.mark.parametrize(
    ("day", "roles"),
    [
        (date(2018, 4, 2), set()),
        (date(2018, 4, 3), {Role.CASE_WORKER}),
        (date(2018, 6, 30), {Role.CASE_WORKER}),  # the last day counts
        (date(2018, 7, 1), set()),
    ],
)
def test_roles_hold_from_the_first_day_to_the_last(db: Database, day: date, roles: set[Role]) -> None:
    with db.write() as session:
        add_officer(session, new_officer())
        end_officer(session, "sim-bach", date(2018, 6, 30))
    with db.read() as session:
        assert officer_roles(session, "sim-bach", day) == roles
        assert ("sim-bach" in [found.id for found in officers(session, day)]) == bool(roles)
        assert "sim-bach" in [found.id for found in officers(session)]
        if roles:
            assert officer(session, "sim-bach", day).name == "Simulierte Person Bach"
        else:
            with pytest.raises(RefusedError) as refused:
                officer(session, "sim-bach", day)
            assert refused.value.code == Code.UNKNOWN_OFFICER


def test_a_deputy_has_the_roles_of_the_deputised_as_long_as_they_hold(db: Database) -> None:
    with db.write() as session:
        add_officer(session, new_officer(deputy_of="sim-tal"))
        add_officer(session, new_officer(id="sim-fluss", roles=[], deputy_of="sim-bach"))
        end_officer(session, "sim-tal", date(2018, 12, 31))
    with db.read() as session:
        own, more = {Role.CASE_WORKER}, {Role.CO_SIGNER, Role.PAYMENT_APPROVER}
        assert officer_roles(session, "sim-bach", date(2018, 12, 31)) == own | more
        assert officer_roles(session, "sim-bach", date(2019, 1, 1)) == own
        assert officer_roles(session, "sim-fluss", DAY) == own  # nothing is passed on from the third
        assert [o.id for o in with_role(session, Role.CO_SIGNER, DAY)] == ["sim-bach", "sim-see", "sim-tal"]


def test_somebody_unknown_has_no_role(db: Database) -> None:
    with db.read() as session:
        assert officer_roles(session, "nobody", DAY) == frozenset()


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"id": "sim-berg"}, Code.BAD_CONTENT, "id"),
        ({"id": "Sim Bach"}, Code.BAD_CONTENT, "id"),
        ({"name": " "}, Code.BAD_CONTENT, "name"),
        ({"email": "bach@"}, Code.BAD_CONTENT, "email"),
        ({"email": "bach@rp.example\nBcc: x@y.example"}, Code.BAD_CONTENT, "email"),
        ({"roles": ["applicant"]}, Code.BAD_CONTENT, "roles"),
        ({"roles": ["emperor"]}, Code.BAD_CONTENT, "roles"),
        ({"roles": []}, Code.BAD_CONTENT, "roles"),
        ({"valid_to": date(2018, 4, 2)}, Code.BAD_CONTENT, "valid_to"),
        ({"deputy_of": "nobody"}, Code.UNKNOWN_OFFICER, None),
        ({"deputy_of": "sim-bach"}, Code.UNKNOWN_OFFICER, None),
    ],
)
def test_a_wrong_officer_is_refused(db: Database, values: dict[str, Any], code: Code, field: str | None) -> None:
    with db.write() as session, pytest.raises(RefusedError) as refused:
        add_officer(session, new_officer(**values))
    assert (refused.value.code, refused.value.details.get("field")) == (code, field)
    with db.read() as session:
        assert len(officers(session)) == 6


def test_whoever_is_added_in_play_is_marked_as_simulated(db: Database, empty_url: str) -> None:
    with db.write() as session:
        assert add_officer(session, new_officer()).simulated
        assert add_contact(session, new_contact()).simulated
    production = Database(empty_url)
    install(production, "production")
    with production.write() as session:
        assert not add_officer(session, new_officer()).simulated
    production.close()


def test_the_first_contact_is_the_lowest_rank_that_is_valid_and_reachable(db: Database) -> None:
    def first(day: date = DAY) -> str | None:
        with db.read() as session:
            found = first_contact(session, FULDA, day)
            return found.email if found else None

    assert first() == "fachstelle@r06631.example"
    with db.write() as session:
        one, two = contacts(session, FULDA)
        assert one.id is not None
        assert two.id is not None
        mark_bounced(session, one.id, AT)
    assert first() == "vertretung@r06631.example"
    with db.write() as session:
        end_contact(session, two.id, DAY)
        assert add_contact(session, new_contact(valid_from=date(2018, 4, 10))).rank == 3
    assert first() == "vertretung@r06631.example"
    assert first(date(2018, 4, 4)) is None
    assert first(date(2018, 4, 10)) == "amt@r06631.example"
    with db.write() as session:
        mark_bounced(session, one.id, None)
    assert first(date(2018, 4, 10)) == "fachstelle@r06631.example"
    with db.read() as session:
        assert first_contact(session, "nobody", DAY) is None
        assert len(contacts(session, FULDA)) == 3
        assert [c.rank for c in contacts(session, FULDA, date(2018, 4, 10))] == [1, 3]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"recipient": ""}, "recipient"),
        ({"name": ""}, "name"),
        ({"email": "amt"}, "email"),
        ({"rank": -1}, "rank"),
        ({"valid_to": date(2018, 4, 2)}, "valid_to"),
    ],
)
def test_a_wrong_contact_is_refused(db: Database, values: dict[str, Any], field: str) -> None:
    with db.write() as session, pytest.raises(RefusedError) as refused:
        add_contact(session, new_contact(**values))
    assert (refused.value.code, refused.value.details["field"]) == (Code.BAD_CONTENT, field)


@pytest.mark.parametrize("end", [end_officer, end_contact])
def test_nobody_unknown_is_ended_and_nobody_before_the_first_day(db: Database, end: Any) -> None:
    unknown, known = ("nobody", "sim-berg") if end is end_officer else (999, 1)
    with db.write() as session:
        with pytest.raises(RefusedError):
            end(session, unknown, DAY)
        with pytest.raises(RefusedError) as refused:
            end(session, known, date(1999, 12, 31))
    assert refused.value.details["field"] == "last_day"


def test_a_contact_can_take_the_first_place_and_an_address_is_kept_as_it_will_be_used(db: Database) -> None:
    with db.write() as session:
        added = add_contact(session, new_contact(rank=1, email="Amt@R06631.EXAMPLE", valid_from=DAY))
        assert (added.email, added.rank) == ("Amt@r06631.example", 1)
        assert [c.rank for c in contacts(session, FULDA, DAY)] == [1, 1, 2]
