"""The office at the desk: who is who, who is reached how, and each change with its form, its word and its receipt."""

import pytest
from sqlmodel import select

from models.commands import CommandKind
from models.tables import CommandRow, OfficerAbsence
from models.tasks import Role
from models.tasks import TaskKind as K
from record.people import officer_roles
from tests.desk.site import Form, Visitor
from tests.play import Play


def form(browser: Visitor, change: str, **fields: str) -> Form:
    """The form of a change on this page."""
    return next(
        one for one in browser.forms if {"change": change, **fields}.items() <= one.fields.items()
    )  # fmt: skip


def given(play: Play) -> list[tuple[str, str, str, str]]:
    """The changes so far: who, what, and what became of them."""
    query = select(CommandRow).where(CommandRow.kind == CommandKind.OFFICE).order_by(CommandRow.stored_at)  # type: ignore[arg-type]
    with play.db.read() as session:
        return [(row.actor_id, row.choice, row.state, row.reason) for row in session.exec(query)]


@pytest.mark.slow
def test_persons_are_shown_with_roles_telephone_and_since_when(browser: Visitor) -> None:
    browser.log_in("sim-berg").open("/amt")
    for said in ("Sachbearbeitung, Verwendungsnachweisprüfung", "seit", "sim-berg"):
        assert said in browser.text
    assert {one.action for one in browser.forms} <= {"/suche", "/abmelden", "/uhr"}  # a case worker changes no person


def test_a_person_comes_changes_and_goes(play: Play, browser: Visitor) -> None:
    browser.log_in("sim-tal").open("/amt/neu")
    new = {"officer": "sim-neu", "name": "Simulierte Person Neu", "email": "neu@rp.example", "role_case_worker": "yes",
           "phone": "0661 90009 111", "phone_source": "Vorzimmer"}  # fmt: skip
    browser.send(form(browser, "add_officer"), **new)
    assert browser.address == "/amt/person/sim-neu"
    assert "Gespeichert: Simulierte Person Neu aufgenommen" in browser.text
    assert "0661 90009 111" in browser.text
    browser.send(form(browser, "set_roles"), role_ministry="yes")
    assert "hat jetzt die Rollen Sachbearbeitung, Fachreferat des Ministeriums" in browser.text
    with play.db.read() as session:
        assert officer_roles(session, "sim-neu", play.today) == {Role.CASE_WORKER, Role.MINISTRY}
    browser.send(form(browser, "end_officer"), last_day="31.12.2018")
    assert "bis Mo 31.12.2018" in browser.text.replace("\u00a0", " ")
    browser.send(form(browser, "revoke_officer"))
    assert "Zugang entzogen" in browser.text
    assert not [one for one in browser.forms if "change" in one.fields]
    assert [(what, state) for _, what, state, _ in given(play)] == [
        ("add_officer", "applied"), ("set_roles", "applied"), ("end_officer", "applied"), ("revoke_officer", "applied"),
    ]  # fmt: skip
    browser.open("/amt/verlauf")
    assert browser.text.count("Simulierte Person Neu") == 5  # by name in each, and as it was entered


@pytest.mark.slow
def test_what_is_wrong_is_said_at_its_field_and_stays_typed(play: Play, browser: Visitor) -> None:
    browser.log_in("sim-tal").open("/amt/neu")
    browser.send(form(browser, "add_officer"), officer="Sim Neu", name="Neu", email="kein", since="x")
    assert browser.status == 400
    assert "Bitte einen Tag angeben" in browser.text
    assert browser.text.count("Bitte ausfüllen.") == 2  # no role was ticked: in the summary, and at its field
    sent = form(browser, "add_officer")
    assert (sent.fields["officer"], sent.fields["email"], sent.fields["since"]) == ("Sim Neu", "kein", "x")
    browser.send(sent, since="", role_reader="yes")
    assert browser.status == 400
    assert "Kennung: Diese Angabe ist so nicht möglich." in browser.text
    assert form(browser, "add_officer").fields["role_reader"] == "yes"
    assert [state for _, _, state, _ in given(play)] == ["refused"]


@pytest.mark.slow
def test_a_double_click_is_one_change(play: Play, browser: Visitor) -> None:
    browser.log_in("sim-tal").open("/amt/person/sim-berg")
    sent = form(browser, "add_officer_number")
    for _ in range(2):
        browser.send(sent, number="0661 90009 111", source="Vorzimmer")
        assert "Gespeichert" in browser.text
    assert len(given(play)) == 1


@pytest.mark.slow
def test_of_oneself_only_an_absence_is_offered_and_taken(play: Play, browser: Visitor) -> None:
    browser.log_in("sim-tal").open("/amt/person/sim-tal")
    assert {one.fields["change"] for one in browser.forms if "change" in one.fields} == {"add_absence"}
    browser.send(form(browser, "add_absence"), first_day="1.2.2018", last_day="14.2.2018", deputy="sim-see")
    assert "Abwesend ab" in browser.text
    forged = form(browser, "add_absence")
    forged.fields.update(change="end_officer", last_day="31.12.2018", command_id="")
    browser.send(forged)
    assert (browser.status, given(play)[-1][2:]) == (409, ("refused", "own_entry"))
    assert "Die eigenen Angaben kann niemand selbst ändern" in browser.text


@pytest.mark.slow
def test_an_absence_shows_the_tasks_at_the_deputy_and_ends(play: Play, browser: Visitor) -> None:
    case = play.apply()
    browser.log_in("sim-berg").open("/amt/person/sim-berg")
    browser.send(form(browser, "add_absence"), first_day=f"{play.today:%d.%m.%Y}", deputy="sim-wald")
    browser.log_in("sim-wald").open("/")
    assert "in Vertretung für Simulierte Sachbearbeitung Berg" in browser.text
    task = play.task(case, K.CHECK_COMPLETENESS)
    browser.open(f"/aufgabe/{task.id}")
    answer = browser.form("complete")
    assert answer.fields["in_place_of"] == "sim-berg"
    browser.send(answer)
    browser.open(f"/fall/{case}/verlauf")
    assert "(in Vertretung für Simulierte Sachbearbeitung Berg)" in browser.text
    browser.log_in("sim-berg").open("/amt/person/sim-berg")
    browser.send(form(browser, "end_absence"), last_day=f"{play.today:%d.%m.%Y}")
    with play.db.read() as session:
        assert [row.last_day for row in session.exec(select(OfficerAbsence))] == [play.today]


@pytest.mark.slow
def test_contacts_have_forms_for_who_may_and_a_history(play: Play, browser: Visitor) -> None:
    browser.log_in("sim-tal").open("/amt/kommunen?q=fulda")
    assert "/amt/kommune/06631" in browser.html
    browser.open("/amt/kommune/06631")
    assert not [one for one in browser.forms if "change" in one.fields]  # a co-signer changes no contact
    browser.log_in("sim-berg").open("/amt/kommune/06631")
    browser.send(form(browser, "add_contact"), name="A. Beh", email="a@r06631.example", function="Leitung")
    assert "Gespeichert: Ansprechperson" in browser.text
    number = str(max(int(one.fields["contact"]) for one in browser.forms if "contact" in one.fields))
    browser.send(form(browser, "add_contact_number", contact=number), number="0661 90009 222", source="Vermittlung")
    assert "0661 90009 222" in browser.text
    browser.send(form(browser, "end_contact_number", contact=number), number="+4966190009222", last_day="1.1.2019")
    browser.send(form(browser, "end_contact", contact=number), last_day="x")
    assert browser.status == 400
    browser.send(form(browser, "end_contact", contact=number), last_day="31.12.2018")
    assert [(what, state) for _, what, state, _ in given(play)] == [
        ("add_contact", "applied"), ("add_contact_number", "applied"), ("end_contact_number", "applied"),
        ("end_contact", "applied"),
    ]  # fmt: skip
    forged = form(browser, "add_contact")
    browser.log_in("sim-tal").open("/amt/person/sim-berg")
    forged.fields["csrf"] = browser.forms[-1].fields["csrf"]
    browser.send(forged, name="B. Zeh", email="b@r06631.example")
    assert (browser.status, given(play)[-1]) == (403, ("sim-tal", "add_contact", "refused", "wrong_role"))


@pytest.mark.slow
def test_programme_values_and_the_authority_are_told_in_words(browser: Visitor) -> None:
    browser.log_in("sim-berg").open("/amt/programm")
    for said in ("Höchstbetrag je Kommune", "50.000,00", "25\u00a0%", "VwGO § 75", "offen: muss vor echtem Betrieb"):
        assert said in browser.text.replace(" %", "\u00a0%"), said
    browser.open("/amt/behoerde")
    for said in ("64278 Darmstadt", "069 90009 640"):
        assert said in browser.text


@pytest.mark.slow
def test_a_link_to_log_in_is_made_only_where_log_ins_are_real(browser: Visitor) -> None:
    browser.log_in("sim-tal").open("/amt/person/sim-berg")
    csrf = form(browser, "set_roles").fields["csrf"]
    browser.send(Form("/amt/person/sim-berg/zugang", "post", {"csrf": csrf}, ""))
    assert browser.status == 404


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/amt/person/nobody", "/amt/kommune/nobody", "/amt/person/%00", "/amt/x"])
def test_what_there_is_not_is_not_found(browser: Visitor, path: str) -> None:
    assert browser.log_in("sim-tal").open(path).status in {404, 422}
