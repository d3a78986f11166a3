"""Wrong and right inputs, field by field: a clear message with the way forward, and what was typed stays."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.content.answers import MAX_TEXT, FileRef, ProofOfUse
from models.content.figures import spent_from_grant
from models.tasks import TaskKind as K
from portal.forms import ACTING, FORMS, Field, Kind
from portal.reading import read
from portal.shown import message
from tests.portal import acts
from tests.portal.browse import Page, visit
from tests.portal.browse import words as plain_words
from tests.portal.play import Play

MONEY = Field("amount_cents", Kind.MONEY)

AMOUNTS = [
    ("", "Bitte geben Sie einen Betrag an."),
    ("0", "Der Betrag muss größer als 0,00 € sein."),
    ("-5", "Ein Betrag kann nicht kleiner als 0 sein."),
    ("50.000,01", "Höchstens 50.000,00 € sind möglich."),
    ("1,234", "zwei Arten"),
    ("12,3456", "höchstens zwei Stellen nach dem Komma"),
    ("50,000.00", "Meinten Sie 50.000,00?"),
    ("fünfzig", "Das ist kein Betrag."),
    ("9" * 30, "Der Betrag ist zu groß."),
    ("9" * 300, "Erlaubt sind 40."),
]


@pytest.mark.parametrize(("typed", "said"), AMOUNTS)
def test_a_wrong_amount_is_explained_and_kept(play: Play, typed: str, said: str) -> None:
    answer = acts.applied(play, **{"Beantragter Betrag in Euro": typed})
    assert answer.status == 422
    assert answer.heading == "Betrag und Finanzierung"
    assert answer.title.startswith("Fehler: ")
    assert len(answer.errors) == 1
    assert answer.errors[0].startswith("Beantragter Betrag in Euro: ")
    assert said in answer.errors[0]
    control = answer.control("Beantragter Betrag")
    assert control.get("value") == typed
    assert control.get("aria-invalid") == "true"
    assert said in _described(answer, "Beantragter Betrag")
    assert answer.control("Personalausgaben").get("value") == "48.000,00"
    assert play.commands() == []


@pytest.mark.parametrize("typed", ["50.000,00", "50000", "50 000,00", "50.000", "50.000,00 €", "50000.00"])
def test_every_german_writing_of_an_amount_is_taken(typed: str) -> None:
    assert read((MONEY,), {"amount_cents": typed}).values == {"amount_cents": 5_000_000}


TYPED: list[tuple[Field, str, str]] = [
    (Field("since", Kind.DAY), "31.2.2018", "no_such_day"),
    (Field("since", Kind.DAY), "gestern", "not_a_day"),
    (Field("since", Kind.DAY), "1.4.18", "not_a_day"),
    (Field("since", Kind.DAY), "1.4.1518", "far_day"),
    (Field("iban", Kind.IBAN, limit=50), "DE02120300000000202052", "iban_checksum"),
    (Field("iban", Kind.IBAN, limit=50), "DE0212030000000020205", "iban_length"),
    (Field("iban", Kind.IBAN, limit=50), "Kreiskasse", "iban_form"),
    (Field("iban", Kind.IBAN, limit=50), "4711", "iban_form"),
    (Field("months_filled", Kind.NUMBER, most=60), "61", "out_of_range"),
    (Field("months_filled", Kind.NUMBER, most=60), "zwölf", "not_a_number"),
    (Field("months_filled", Kind.NUMBER, most=60), "²", "not_a_number"),
    (Field("change", Kind.ONE_OF, options=("vacant",)), "sold", "missing"),
    (Field("agrees_with_books", Kind.CONFIRM), "no", "missing"),
    (Field("account_holder"), "   ", "missing"),
    (Field("account_holder"), "x" * 201, "too_long"),
    (Field("details", Kind.TEXT, limit=MAX_TEXT), "x" * (MAX_TEXT + 1), "too_long"),
    (Field("details", Kind.TEXT, limit=MAX_TEXT), "a\x00b", "control_characters"),
]


@pytest.mark.parametrize(("one", "typed", "code"), TYPED)
def test_a_wrong_input_has_its_code_and_its_sentence(one: Field, typed: str, code: str) -> None:
    reading = read((one,), {one.name: typed})
    assert reading.values == {}
    assert reading.errors[one.name].code == code
    said = message(one, reading.errors[one.name])
    assert said.endswith((".", "?"))
    assert "{" not in said


def test_a_text_of_the_full_length_is_taken_with_its_lines(play: Play) -> None:
    text = ("Zeile\r\n" * 1000)[: MAX_TEXT - 2]
    reading = read((Field("details", Kind.TEXT, limit=MAX_TEXT),), {"details": text})
    assert reading.errors == {}
    assert reading.values["details"].count("\n") == text.strip().count("\r\n")


def test_too_long_a_text_comes_back_whole(play: Play) -> None:
    acts.apply(play)
    play.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    text = "Ä" * (MAX_TEXT + 1)
    answer = visit(play.client, play.link()).type({"Ihre Antwort": text}).press("Weiter: Angaben prüfen")
    assert "Der Text hat 4001 Zeichen. Erlaubt sind 4000." in answer.errors[0]
    assert (answer.control("Ihre Antwort").text or "").strip() == text


def test_a_text_too_large_for_any_form_gets_a_page(play: Play) -> None:
    path = play.invite()
    answer = play.client.post(path, data={"step": "check", "concept": "x" * (3 * 1024 * 1024)})
    assert answer.status_code == 400
    assert "Wir konnten Ihre Angaben nicht lesen" in answer.text


def test_signatories_are_two_people(play: Play) -> None:
    acts.award(play)
    typed = acts.DECLARATION | {"Zweite Person": acts.DECLARATION["Erste Person"].upper()}
    answer = acts.fill(play, play.link(), typed)
    assert answer.errors == ["Zweite Person: Name und Funktion: Bitte nennen Sie zwei verschiedene Personen."]


def test_more_money_than_expenses_is_questioned(play: Play) -> None:
    answer = acts.applied(play, **{"Personalausgaben in Euro": "40.000,00"})
    assert "größer als Ihre geplanten Ausgaben von 44.500,00 €" in answer.errors[0]


def test_a_gap_in_the_financing_is_a_remark_not_an_error(play: Play) -> None:
    check = acts.applied(play, Eigenmittel="0")
    assert check.heading == "Bitte prüfen Sie Ihre Angaben"
    assert "Fehlen noch Eigenmittel?" in check.text


def test_the_declaration_needs_tick_name_and_function(play: Play) -> None:
    check = acts.applied(play)
    bare = check.press("Antrag absenden")
    assert [line.split(":")[0] for line in bare.errors] == ["Ihr Name", "Ihre Funktion", "Bestätigung"]
    assert play.commands() == []
    half = bare.type(acts.WHO).press("Antrag absenden")
    assert [line.split(":")[0] for line in half.errors] == ["Bestätigung"]
    assert half.control("Ihr Name").get("value") == acts.WHO["Ihr Name"]
    assert half.tick("Ich bestätige").press("Antrag absenden").heading == "Ihr Antrag ist eingegangen"


def test_going_back_from_the_check_page_keeps_everything(play: Play) -> None:
    check = acts.applied(play)
    form = check.go("Ändern: Betrag und Finanzierung")
    assert form.errors == []
    for label in ("Beantragter Betrag in Euro", "Personalausgaben in Euro", "Eigenmittel der Kommune in Euro"):
        assert form.control(label).get("value") == acts.APPLICATION[label]
    changed = form.type({"Sachausgaben in Euro": "4.600"}).press("Weiter: Angaben prüfen")
    assert changed.heading == acts.CHECK
    assert "4.600,00 €" in changed.text


def test_forms_ask_for_the_fields_of_their_models() -> None:
    """What a model needs and no form asks for could never be answered."""
    for kind, form in FORMS.items():
        asked = {"odd" if one.about else one.name for one in (*form.fields, *ACTING)}
        needed = {name for name, info in form.model.model_fields.items() if info.is_required()}
        assert needed <= asked <= set(form.model.model_fields), kind


CENTS = st.integers(min_value=0, max_value=10**9)


@given(CENTS, CENTS, CENTS, CENTS)
def test_page_and_case_count_the_same_money(staff: int, material: int, own: int, third: int) -> None:
    figures = {"staff_cents": staff, "material_cents": material, "own_cents": own, "third_party_cents": third}
    given: dict[str, Any] = {"acting_name": "a", "acting_function": "b", "narrative": "c"}
    assert spent_from_grant(figures) == ProofOfUse.model_validate(given | figures).spent_from_grant_cents


@given(st.dictionaries(st.sampled_from([f.name for form in FORMS.values() for f in form.fields]), st.text(max_size=60)))
def test_anything_typed_is_a_value_or_an_error(raw: dict[str, str]) -> None:
    for form in FORMS.values():
        reading = read(form.fields, raw, (FileRef(sha256="0" * 64, name="a.pdf", size=1, media_type="x"),))
        names = {one.name for one in form.fields}
        assert reading.values.keys() | reading.errors.keys() == names
        assert not reading.values.keys() & reading.errors.keys()
        for one in form.fields:
            if one.name in reading.errors:
                assert message(one, reading.errors[one.name])


def _described(page: Page, label: str) -> str:
    ids = (page.control(label).get("aria-describedby") or "").split()
    return " ".join(plain_words(one) for one in page.root.iter() if one.get("id") in ids)
