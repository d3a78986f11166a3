"""A link once more goes to the address on file only; a task goes to a colleague of the same municipality only."""

import pytest
from sqlmodel import col, select

from models.tables import Contact, Outbox, StepRow, TaskToken
from models.tasks import TaskKind as K
from tests.portal import acts
from tests.portal.browse import Page, visit
from tests.portal.play import Play, plain

COLLEAGUE = {
    "Name der zuständigen Person": "Simulierte Kasse",
    "Funktion der zuständigen Person": "Kreiskasse",
    "E-Mail-Adresse der zuständigen Person": "kasse@r06631.example",
}
ASK = {"Ihre dienstliche E-Mail-Adresse": "jemand@anders.example"}


def mails(play: Play, template: str) -> list[Outbox]:
    with play.db.read() as session:
        query = select(Outbox).where(Outbox.template == template).order_by(col(Outbox.queued_at))
        return list(session.exec(query))


def asked(play: Play) -> str:
    """The link of a task that a clerk owes."""
    acts.apply(play)
    play.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    return play.link()


def test_a_link_goes_to_the_address_on_file_whatever_is_typed(play: Play) -> None:
    asked(play)
    page = visit(play.client, play.link("c")).type(ASK).press("Link zusenden")
    assert page.heading == "Bitte sehen Sie in Ihr Postfach"
    (mail,) = mails(play, "task_link")
    with play.db.read() as session:
        on_file = session.exec(select(Contact.email).where(Contact.recipient == "fulda-district")).first()
    assert mail.to == on_file
    assert "anders.example" not in plain(mail.mime)
    assert visit(play.client, play.link()).heading == "Antrag vervollständigen"
    assert "Sie haben einen Link noch einmal angefordert." in visit(play.client, play.link("c")).text


def test_asking_again_in_the_same_hour_sends_nothing_and_says_the_same(play: Play) -> None:
    asked(play)
    case = play.link("c")
    first = visit(play.client, case).type(ASK).press("Link zusenden")
    second = visit(play.client, case).type({"Ihre dienstliche E-Mail-Adresse": "a@b.example"}).press("Link zusenden")
    assert first.text == second.text
    assert len(mails(play, "task_link")) == 1


@pytest.mark.parametrize("typed", ["", " ", "kein-at"])
def test_a_lone_button_press_orders_no_link(play: Play, typed: str) -> None:
    asked(play)
    page = visit(play.client, play.link("c")).type({"Ihre dienstliche E-Mail-Adresse": typed}).press("Link zusenden")
    assert page.status == 422
    assert page.errors
    assert [row.choice for row in play.commands() if row.kind == "start"] == []


def test_a_closed_task_offers_the_link_of_the_next_one(play: Play) -> None:
    acts.award(play)
    old = play.link()
    acts.declare(play)
    acts.call_back(play)
    assert play.wake() == "notified"
    closed = visit(play.client, old)
    assert closed.heading == "Sie haben den Bescheid bereits angenommen"
    assert "Mittel abrufen" in closed.text
    closed.type(ASK).press("Link zusenden")
    assert len(mails(play, "task_link")) == 1
    assert visit(play.client, play.link()).heading == "Mittel abrufen"


def handed(play: Play, path: str, **typed: str) -> Page:
    page = visit(play.client, path).go("Ich bin nicht zuständig")
    return page.type(COLLEAGUE | acts.WHO | typed).tick("Ich bestätige").press("Aufgabe weitergeben")


def test_a_colleague_gets_a_link_of_their_own_and_the_old_one_dies(play: Play) -> None:
    old = asked(play)
    page = handed(play, old)
    assert page.heading == "Die Aufgabe ist weitergegeben"
    (mail,), (note,) = mails(play, "task_link"), mails(play, "task_handed_over")
    assert mail.to == "kasse@r06631.example"
    assert note.to != mail.to
    assert "Simulierte Kasse, Kreiskasse, kasse@r06631.example" in plain(note.mime)
    assert "Erika Muster (simuliert), Fachstelle Integration" in plain(note.mime)
    new = play.link()
    assert new != old
    assert visit(play.client, old).heading == "Dieser Link gilt nicht mehr"
    assert play.client.post(old, data={"step": "confirm", "answer": "x"}).status_code == 409
    check = acts.fill(play, new, {"Ihre Antwort": "Anbei."})
    acts.confirm(check, "Angaben absenden")
    assert mails(play, "receipt")[-1].to == note.to


def test_a_handed_over_task_is_on_record_without_the_names(play: Play) -> None:
    handed(play, asked(play))
    with play.db.read() as session:
        step = session.exec(select(StepRow).where(StepRow.action == "start.hand_over")).one()
        assert step.command_id == play.commands()[-1].id
        assert "Kasse" not in str(step.body)
        tokens = session.exec(select(TaskToken).where(TaskToken.purpose == "task", TaskToken.case_id != "")).all()
        assert sorted(token.revoked_at is None for token in tokens) == [False, True]
    assert play.commands()[-1].content["acting_name"] == acts.WHO["Ihr Name"]


def test_reminders_of_a_handed_over_task_go_to_the_colleague(play: Play) -> None:
    acts.award(play)
    handed(play, play.link())
    while not mails(play, "declaration_reminder"):
        play.wake()
    assert mails(play, "declaration_reminder")[0].to == "kasse@r06631.example"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("kasse@anders.example", "Diese Adresse gehört nicht zu Ihrer Verwaltung. Bekannt sind Adressen mit: r06631"),
        ("kasse", "Das ist keine E-Mail-Adresse."),
        ("", "Bitte machen Sie hier eine Angabe."),
        ("a@r06631.example, b@anders.example", "Das ist keine E-Mail-Adresse."),
    ],
)
def test_a_task_stays_in_the_municipality(play: Play, typed: str, said: str) -> None:
    path = asked(play)
    page = handed(play, path, **{"E-Mail-Adresse der zuständigen Person": typed})
    assert page.status == 422
    assert said in page.errors[0]
    assert mails(play, "task_link") == []
    assert visit(play.client, path).heading == "Antrag vervollständigen"


def test_handing_over_needs_tick_name_and_function(play: Play) -> None:
    path = asked(play)
    page = visit(play.client, f"{path}/weitergeben").type(COLLEAGUE).press("Aufgabe weitergeben")
    assert [line.split(":")[0] for line in page.errors] == ["Ihr Name", "Ihre Funktion", "Bestätigung"]
    assert mails(play, "task_handed_over") == []


def test_an_invitation_is_handed_over_by_the_office(play: Play) -> None:
    path = play.invite()
    assert "Ich bin nicht zuständig" not in visit(play.client, path).text
    page = visit(play.client, f"{path}/weitergeben")
    assert page.heading == "Diese Aufgabe können Sie hier nicht weitergeben"
    assert play.client.post(f"{path}/weitergeben", data={"colleague_name": "x"}).status_code == 409
