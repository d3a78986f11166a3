"""Telephones of contacts and officers, and the call about an account that relies on them."""

from typing import Any

import pytest
from sqlmodel import select

from cli.pages.office import print_people
from cli.pages.task import print_task_page
from cli.pages.today import print_today
from models.content import phone
from models.content.calls import CallBack
from models.tables import Telephone
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.telephones import NewNumber, add_telephone
from tests.cli.office import Office
from tests.forms import FORMS, IBAN
from tests.play import Play
from tests.portal.interface.test_decision_basis import Desk, _terminal
from tests.portal.interface.test_interface import Caller

FULDA = {"recipient": "06631"}
NUMBER = {"number": "069 / 90009-640", "source": "Simuliertes Behördenverzeichnis"}


def as_(office: Office, name: str) -> Caller:
    return Caller(office, **{"X-Wir-As": name})


def first_contact(office: Office) -> dict[str, Any]:
    found: dict[str, Any] = as_(office, "sim-berg").get("/contacts?recipient=06631")[1]["contacts"][0]
    return found


def test_everybody_simulated_has_a_number_that_reaches_nobody(office: Office) -> None:
    berg = as_(office, "sim-berg")
    people = [
        *berg.get("/officers")[1]["officers"],
        *(one for key in ("06631", "06631009") for one in berg.get(f"/contacts?recipient={key}")[1]["contacts"]),
    ]
    numbers = [number for person in people for number in person["phones"]]
    assert len(numbers) == len({number["number"] for number in numbers}) == len(people)
    for number in numbers:
        assert number["number"].startswith("+496990009")
        assert phone.canonical(number["written"]) == number["number"]
        assert (number["source"], number["since"]) == ("Simuliertes Telefonverzeichnis", "2000-01-01")


def test_a_number_is_entered_with_its_source_and_ended(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    berg, contact = as_(office, "sim-berg"), first_contact(office)
    status, found = berg.post("/contacts", **FULDA, id=contact["id"], phone=NUMBER)
    assert status == 200, found
    entered = found["contact"]["phones"][-1]
    assert (entered["number"], entered["written"]) == ("+496990009640", "069 / 90009-640")
    assert (entered["source"], entered["entered_by"], entered["until"]) == (NUMBER["source"], "sim-berg", None)
    again = berg.post("/contacts", **FULDA, id=contact["id"], phone=NUMBER | {"number": "+49 69 90009640"})[1]
    assert again["contact"]["phones"] == found["contact"]["phones"], "the same number twice is once"
    read = _terminal(capsys, print_people, berg.get("/contacts?recipient=06631")[1])
    assert "Telefon 069 / 90009-640 · bekannt aus: Simuliertes Behördenverzeichnis · seit" in read
    assert "eingetragen von sim-berg" in read
    ended = berg.post("/contacts", **FULDA, id=contact["id"], number="06990009640", end="2018-01-31")[1]
    assert ended["contact"]["phones"][-1]["until"] == "2018-01-31"
    assert ended["contact"]["valid_to"] is None, "the number ends, not the person"


def test_new_people_come_with_a_number(office: Office) -> None:
    berg, tal = as_(office, "sim-berg"), as_(office, "sim-tal")
    number = {"phone": "069 90009 641", "phone_source": "Simulierte Visitenkarte", "from": "2018-01-05"}
    added = berg.post("/contacts", **FULDA, add={"name": "Neu", "email": "neu@r06631.example", **number})[1]["contact"]
    assert [(one["written"], one["since"]) for one in added["phones"]] == [("069 90009 641", "2018-01-05")]
    new = {"name": "Neu", "email": "neu@rp.example", "role": ["case_worker"], **number}
    assert tal.post("/officers", id="sim-neu", add=new)[1]["officer"]["phones"][0]["written"] == "069 90009 641"
    assert tal.post("/officers", id="sim-neu", phone=NUMBER)[1]["officer"]["phones"][1]["entered_by"] == "sim-tal"
    assert tal.post("/officers", id="sim-tal", phone=NUMBER)[1]["error"] == "own_entry"
    assert berg.post("/officers", id="sim-neu", phone=NUMBER)[1]["error"] == "wrong_role"


@pytest.mark.parametrize(
    ("phone", "field", "why"),
    [
        ({"number": "Rathaus", "source": "Akte"}, "phone", "phone"),
        ({"number": "90009 640", "source": "Akte"}, "phone", "phone"),
        ({"number": "+0 69 90009640", "source": "Akte"}, "phone", "phone"),
        ({"number": "069 90009 640", "source": "Text"}, "source", "placeholder"),
        ({"number": "069 90009 640", "source": " "}, "source", "string_too_short"),
    ],
)
def test_a_number_needs_an_area_code_and_a_source(office: Office, phone: Any, field: str, why: str) -> None:
    status, found = as_(office, "sim-berg").post("/contacts", **FULDA, id=first_contact(office)["id"], phone=phone)
    assert status == 400
    wrong = (found["details"].get("fields") or [found["details"]])[0]
    assert (wrong.get("name") or wrong["field"], wrong.get("code") or wrong["why"]) in {(field, why), ("phone", why)}


def test_a_number_without_its_source_or_of_another_municipality_is_refused(office: Office) -> None:
    berg, contact = as_(office, "sim-berg"), first_contact(office)
    new = {"name": "Neu", "email": "neu@r06631.example", "phone": "069 90009 641"}
    assert berg.post("/contacts", **FULDA, add=new)[1]["details"]["field"] == "phone_source"
    assert len(berg.get("/contacts?recipient=06631")[1]["contacts"]) == 2, "nobody was added"
    assert berg.post("/contacts", recipient="06631009", id=contact["id"], phone=NUMBER)[0] == 400
    assert berg.post("/contacts", **FULDA, id=contact["id"], number="069 90009 999", end="2018-01-31")[0] == 400
    assert berg.post("/contacts", **FULDA, id=contact["id"], number="069 90009 999")[0] == 400


# the call -----------------------------------------------------------------------------------------


@pytest.fixture
def play(db: Database) -> Play:
    """A case whose account is to be confirmed."""
    play = Play(db)
    case = play.apply()
    for kind in (K.CHECK_COMPLETENESS, K.EXAMINE, K.DRAFT_DECISION, K.SIGN_DECISION, K.DECLARE_ACCEPTANCE):
        assert play.answer(case, kind) == ""
    return play


CASE = "wir-fm-2018-06631"


def _account(play: Play, kind: K = K.CALL_BACK) -> dict[str, Any]:
    found: dict[str, Any] = Desk(play).task(CASE, kind)["account"]
    return found


def test_the_call_is_held_against_the_account_and_the_numbers_on_file(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    (known, other) = _account(play)["phones"]
    assert (known["known_before"], known["contact"]) == (True, "Simulierte Fachstelle, Landkreis Fulda")
    with play.db.write() as session:
        new = NewNumber("069 90009 666", "Erklärung der Kommune", play.today)
        add_telephone(session, new, "sim-berg", contact=_contact_id(play, known["number"]))
    (_, late, _) = _account(play)["phones"]
    assert (late["written"], late["known_before"]) == ("069 90009 666", False)
    read = _terminal(capsys, print_task_page, Desk(play).shown(CASE, K.CALL_BACK), "")
    assert f"Simulierte Vertretung, Landkreis Fulda: Telefon {other['written']} · bekannt aus:" in read
    assert "ACHTUNG: Diese Nummer kam erst in den Bestand" in read

    on_file = {"number_known_from": ""}
    assert play.answer(CASE, K.CALL_BACK, number=late["written"], **on_file) == "number_not_on_file"
    assert play.answer(CASE, K.CALL_BACK, number=known["written"], iban_heard="0412", **on_file) == "digits_differ"
    assert play.answer(CASE, K.CALL_BACK, "not_reached", number=known["written"], reason="Besetzt.", **on_file) == ""
    assert play.answer(CASE, K.CALL_BACK, number=known["written"], reason="Zweiter Versuch.", **on_file) == ""

    account = _account(play, K.CONFIRM_BANK_DETAILS)
    tried = [(one["choice"], one["refused"]) for one in account["calls"]]
    assert tried == [
        ("confirmed", "number_not_on_file"),
        ("confirmed", "digits_differ"),
        ("not_reached", ""),
        ("confirmed", ""),
    ]
    call = account["call_back"]
    assert call == account["calls"][-1]
    assert (call["by"], call["number"], call["iban_heard"]) == ("sim-berg", known["written"], IBAN[-4:])
    assert (call["source"], call["since"]) == (known["source"], known["since"])
    assert call["spoken_with"] == "Simulierte Kassenleiterin"
    assert call["called_at"] == f"{play.today.isoformat()}T00:00:00+01:00"
    read = _terminal(capsys, print_today, Desk(play).get("/today"))
    for said in (
        "2. Anruf am",
        "abgewiesen: Die gehörten Stellen sind nicht die letzten Stellen des Kontos",
        "Gehörte Endstellen der IBAN: 0412",
        "3. Anruf am",
        "niemand erreicht",
        "Vermerk: Besetzt.",
        f"Gewählt: {known['written']}, im Bestand seit Sa 01.01.2000 (Simuliertes Telefonverzeichnis)",
        "Gesprochen mit: Simulierte Kassenleiterin, Kasse",
    ):
        assert said in read


def _contact_id(play: Play, number: str) -> int | None:
    with play.db.read() as session:
        return session.exec(select(Telephone.contact_id).where(Telephone.number == number)).one()


def test_a_call_needs_number_time_person_and_digits_at_the_door(play: Play) -> None:
    choices = {one["choice"]: one["fields"] for one in Desk(play).task(CASE, K.CALL_BACK)["choices"]}
    needed = {name: [one["name"] for one in fields if one["required"]] for name, fields in choices.items()}
    attempt = ["number", "called_at"]
    assert needed == {
        "confirmed": [*attempt, "spoken_with", "spoken_with_function", "iban_heard"],
        "differs": [*attempt, "reason"],
        "not_reached": attempt,
    }
    assert next(one["type"] for one in choices["confirmed"] if one["name"] == "called_at") == "moment"
    whole = FORMS[CallBack](play.states[CASE], play.today)
    for name in needed["confirmed"]:
        with pytest.raises(ValueError, match=name):
            CallBack.model_validate({key: value for key, value in whole.items() if key != name})
    for name, wrong, code in (
        ("iban_heard", "205", "iban_heard"),
        ("iban_heard", "", "string_too_short"),
        ("number", "die aus der Akte", "phone"),
        ("called_at", "gestern", "datetime"),
    ):
        with pytest.raises(ValueError, match=code):
            CallBack.model_validate(whole | {name: wrong})


@pytest.mark.parametrize(
    "written",
    [
        "+49 69 90009 000",
        "0049 69 90009 000",
        "069 90009000",
        "(069) 90009-000",
        "+49 (0)69/90009 000",
        "069/90009-000",
    ],
)
def test_a_number_is_the_same_in_all_its_writings(written: str) -> None:
    assert phone.canonical(written) == "+496990009000"


@pytest.mark.parametrize("written", ["90009 000", "12", "+0123456789", "+49123456789012345", "0800-WIR", ""])
def test_what_reaches_nobody_for_sure_is_no_number(written: str) -> None:
    with pytest.raises(ValueError, match="telephone number"):
        phone.canonical(written)
