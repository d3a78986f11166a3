"""Pages as simulated clerks read them: by heading, by what is written beside a field, by button."""

import pytest

from demo.pages import StumbleError, read_page

PAGE = """<!doctype html><html><head><title>x</title></head><body><main>
<h1 class="big">Mittel <em>abrufen</em></h1>
<ul><li><a href="#f-amount">Betrag: zu hoch</a></li></ul>
<dl><div><dt>Bewilligt</dt><dd><strong>50.000,00 €</strong></dd></div></dl>
<form method="post" enctype="multipart/form-data">
<input type="hidden" name="submission_id" value="17">
<label for="f-amount">Betrag in Euro</label><input type="text" name="amount" id="f-amount" value="1,00">
<label for="f-need">Wofür <span>(freiwillig)</span></label><textarea name="need" id="f-need">
schon da</textarea>
<fieldset><legend>Begonnen?</legend>
<input type="radio" name="begun" value="yes" id="f-begun"><label for="f-begun">Ja</label>
<input type="radio" name="begun" value="no" id="f-begun-2"><label for="f-begun-2">Nein</label></fieldset>
<input type="checkbox" name="waiver" value="yes" id="f-w"><label for="f-w">Wir verzichten.</label>
<label for="f-files">Dateien</label><input type="file" name="files" id="f-files">
<button name="step" value="check"><span>Weiter</span></button><button name="step" value="edit">Ändern</button>
</form></main></body></html>"""


def test_a_page_is_read_as_a_person_sees_it() -> None:
    page = read_page(PAGE)
    assert page.heading == "Mittel abrufen"
    assert page.facts == {"Bewilligt": "50.000,00 €"}
    assert page.errors == ["Betrag: zu hoch"]
    assert page.form.multipart


def test_a_form_is_filled_by_its_labels() -> None:
    typed = {"Betrag in Euro": "25.000,00", "Begonnen?": "Nein", "Wir verzichten.": "ja"}
    assert read_page(PAGE).form.filled(typed, "Weiter") == [
        ("submission_id", "17"),
        ("amount", "25.000,00"),
        ("need", "schon da"),
        ("begun", "no"),
        ("waiver", "yes"),
        ("step", "check"),
    ]


def test_what_is_left_alone_stays_as_it_was() -> None:
    sent = read_page(PAGE).form.filled({"Wir verzichten.": ""}, "Ändern")
    assert sent == [("submission_id", "17"), ("amount", "1,00"), ("need", "schon da"), ("step", "edit")]


@pytest.mark.parametrize(
    ("typed", "button", "missed"),
    [
        ({"Betrag": "1"}, "Weiter", "no field"),
        ({"Begonnen?": "Vielleicht"}, "Weiter", "cannot be answered"),
        ({}, "Absenden", "no button"),
    ],
)
def test_what_is_not_on_the_page_stops_the_person(typed: dict[str, str], button: str, missed: str) -> None:
    with pytest.raises(StumbleError, match=missed):
        read_page(PAGE).form.filled(typed, button)


def test_a_page_without_form_stops_the_person() -> None:
    with pytest.raises(StumbleError, match="0 forms"):
        _ = read_page("<h1>Geschlossen</h1>").form
