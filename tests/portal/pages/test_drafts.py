"""Page by page: what was typed survives a closed browser, and only a person's typing is ever kept."""

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from models.content.answers import FileRef
from models.tables import Draft
from models.tasks import TaskKind as K
from record.cases.drafts import save
from tests.portal import acts
from tests.portal.browse import visit
from tests.portal.files import pdfs
from tests.portal.play import Play

PLAN = {label: acts.APPLICATION[label] for label in list(acts.APPLICATION)[1:5]}


def drafts(play: Play) -> list[Draft]:
    with play.db.read() as session:
        return list(session.exec(select(Draft)))


def test_a_closed_browser_loses_nothing(play: Play) -> None:
    path = play.invite()
    visit(play.client, f"{path}/plan").type(PLAN).press("Weiter")
    begin = visit(play.client, path)
    assert "Ihre Angaben vom 2. Januar 2018" in begin.text
    assert "Abgesandt sind sie nicht." in begin.text
    assert "Betrag und Finanzierung – ausgefüllt" in begin.text
    assert begin.go("Weiter, wo Sie aufgehört haben").heading == "Erklärungen"
    assert begin.go("Betrag und Finanzierung").control("Beantragter Betrag").get("value") == "50.000,00"
    assert play.commands() == []


def test_wrong_text_is_kept_too(play: Play) -> None:
    path = play.invite()
    wrong = visit(play.client, f"{path}/plan").type(PLAN | {"Personalausgaben": "viel"}).press("Weiter")
    assert wrong.status == 422
    assert visit(play.client, f"{path}/plan").control("Personalausgaben").get("value") == "viel"
    review = visit(play.client, f"{path}/pruefen")
    assert review.heading == "Betrag und Finanzierung"
    assert review.errors == ["Personalausgaben in Euro: Das ist kein Betrag. Schreiben Sie zum Beispiel 50.000,00."]


def test_going_back_keeps_what_was_typed(play: Play) -> None:
    path = play.invite()
    back = visit(play.client, f"{path}/plan").type({"Beantragter Betrag": "50.000,00"}).press("Zurück")
    assert back.heading == "Vorhaben"
    assert back.press("Zurück").heading == "Zuwendung beantragen"
    assert visit(play.client, f"{path}/plan").control("Beantragter Betrag").get("value") == "50.000,00"


def test_nothing_typed_is_no_draft(play: Play) -> None:
    path = play.invite()
    assert visit(play.client, f"{path}/project").press("Weiter").heading == "Betrag und Finanzierung"
    visit(play.client, f"{path}/plan").press("Weiter")
    visit(play.client, f"{path}/plan").press("Zurück")
    play.client.post(path, data={"step": "check", "project_title": "", "concept": " "})
    assert drafts(play) == []


def test_a_choice_alone_begins_no_draft(play: Play) -> None:
    """A machine takes the first of each choice and ticks every box; only what is typed shows a person."""
    path = play.invite()
    chosen = {"not_begun": "yes", "electronic_service": "yes"}
    play.client.post(f"{path}/assurances", data=chosen)
    play.client.post(path, data={"step": "check"} | chosen)
    assert drafts(play) == []
    visit(play.client, f"{path}/plan").type(PLAN).press("Weiter")
    play.client.post(f"{path}/assurances", data=chosen)
    assert drafts(play)[0].raw["not_begun"] == "yes", "beside what was typed a choice is kept"


def test_an_empty_page_takes_nothing_away(play: Play) -> None:
    path = play.invite()
    text = {"Kurze Beschreibung": "Beratung"}
    visit(play.client, f"{path}/concept").type(text).press("Weiter")
    before = drafts(play)[0].raw
    emptied = visit(play.client, f"{path}/concept").type(dict.fromkeys(text, "")).press("Weiter")
    assert emptied.errors[0].endswith("Soll nichts mehr da stehen, schreiben Sie einen Strich: –")
    play.client.post(path, data={"step": "check"} | dict.fromkeys(before, ""))
    assert drafts(play)[0].raw == before


def test_one_field_can_be_emptied(play: Play) -> None:
    path = play.invite()
    visit(play.client, f"{path}/plan").type(PLAN).press("Weiter")
    visit(play.client, f"{path}/plan").type({"Sachausgaben": ""}).press("Weiter")
    assert visit(play.client, f"{path}/plan").control("Sachausgaben").get("value") == ""


def test_unusual_figures_ask_for_their_reason(play: Play) -> None:
    acts.proof_due(play)
    path = play.link()
    typed = acts.PROOF | {"Personalausgaben in Euro": "40.000,00", "Wie viele Monate": "6"}
    asked = acts.fill(play, path, {k: v for k, v in typed.items() if not k.startswith("Sie haben weniger")})
    assert asked.heading == "Das ist uns aufgefallen"
    assert [line.partition("?")[0] for line in asked.errors] == [
        "Sie haben weniger ausgegeben, als Sie erhalten haben. Warum",
        "Die Stelle war nicht die ganze Zeit besetzt. Warum",
    ]
    told = {"Sie haben weniger": "Tarif.", "Die Stelle war nicht": "Neu besetzt im Juli."}
    acts.confirm(acts.onward(asked, told, *acts.ASSURED), "Verwendungsnachweis absenden")
    stored = play.commands()[-1].content
    assert stored["odd"] == [
        {"code": "unspent", "reason": "Tarif."},
        {"code": "partly_vacant", "reason": "Neu besetzt im Juli."},
    ]
    assert stored["people_reached"] == 120
    assert drafts(play) == []


def test_reasons_that_are_not_needed_any_more_go_away(play: Play) -> None:
    acts.proof_due(play)
    path = play.link()
    check = acts.fill(play, path, acts.PROOF | {"Personalausgaben in Euro": "40.000,00"}, *acts.ASSURED)
    again = check.go("Ändern: Ausgaben und Einnahmen").type({"Personalausgaben": "48.000,00"})
    check = again.press("Weiter: Angaben prüfen")
    assert check.heading == acts.CHECK
    assert "Die Stelle war günstiger." not in check.text
    acts.confirm(check, "Verwendungsnachweis absenden")
    assert play.commands()[-1].content["odd"] == []
    assert visit(play.client, f"{path}/odd").heading == "Sie haben den Verwendungsnachweis bereits eingereicht"


def test_a_reply_that_was_prepared_is_only_to_be_checked(play: Play) -> None:
    acts.apply(play)
    play.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    task = play.tasks(K.COMPLETE_APPLICATION)[0].id
    with play.db.write() as session:
        save(session, task, {"answer": "Das Konzept folgt unten."}, [], source="mail", inbound_id="m1")
    check = visit(play.client, play.link())
    assert check.heading == acts.CHECK
    assert "Das haben wir Ihrer E-Mail entnommen" in check.text
    assert check.control("Ich bestätige").get("checked") is None
    acts.confirm(check, "Angaben absenden")
    assert play.commands()[-1].content["answer"] == "Das Konzept folgt unten."


def test_files_of_a_draft_go_with_the_answer(play: Play) -> None:
    path = play.invite()
    page = visit(play.client, f"{path}/concept").attach("Dateien anfügen", ("Konzept.pdf", pdfs.PLAIN))
    page.press("Weiter")
    assert [FileRef.model_validate(one).name for one in drafts(play)[0].files] == ["Konzept.pdf"]
    check = acts.onward(visit(play.client, f"{path}/project"), acts.APPLICATION)
    acts.confirm(check, "Antrag absenden")
    assert [one["name"] for one in play.commands()[0].content["application"]["files"]] == ["Konzept.pdf"]


def test_a_draft_that_cannot_be_stored_stays_on_the_page(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    path = play.invite()
    page = visit(play.client, f"{path}/plan").type(PLAN)
    with monkeypatch.context() as patch:
        patch.setattr("portal.clerk.task_pages.save", locked)
        failed = page.press("Weiter")
    assert failed.status == 503
    assert "Wir konnten Ihre Angaben gerade nicht speichern" in failed.text
    assert failed.control("Beantragter Betrag").get("value") == "50.000,00"
    assert failed.press("Weiter").heading == "Konzept"


@pytest.mark.parametrize("key", ["nothing", "odd", "declare", "figures"])
def test_a_page_that_a_form_does_not_have(play: Play, key: str) -> None:
    path = play.invite()
    assert play.client.get(f"{path}/{key}").status_code == 404
    assert play.client.post(f"{path}/{key}", data={"step": "check"}).status_code == 404


def test_one_post_with_everything_still_goes_through(play: Play) -> None:
    """Programs may send the whole form at once; the last post counts, with a name and the declaration."""
    acts.award(play)
    path = play.link()
    whole = {
        "account_holder": "Kreiskasse Fulda",
        "iban": "DE02120300000000202051",
        "signatory_1": "A. Beispiel (simuliert)",
        "signatory_2": "B. Beispiel (simuliert)",
        "waiver": "no",
        "acting_name": "Erika Muster (simuliert)",
        "acting_function": "Kasse",
        "declaration": "yes",
        "submission_id": "0" * 32,
        "step": "confirm",
    }
    assert play.client.post(path, data=whole).status_code == 303
    assert play.commands()[-1].content["waiver"] is False
