"""A letter on paper, and a mail that is sent once more, in a browser without script."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from models.tables import Notice, Outbox, PostalAddress
from models.tasks import TaskKind as K
from record.database.engine import Database
from tests.cli.office import Office
from tests.desk.site import Form, Visitor, until_open
from tests.fixtures.databases import as_owner
from tests.play import Play


def form(browser: Visitor, action: str) -> Form:
    return next(one for one in browser.forms if action in one.action)


def mails(play: Play) -> list[Outbox]:
    with play.db.read() as session:
        return list(session.exec(select(Outbox).order_by(col(Outbox.queued_at), col(Outbox.id))))


def test_an_undelivered_award_is_printed_with_its_cover_and_its_posting_entered(play: Play, browser: Visitor) -> None:
    case = play.apply()
    play.refuse = lambda mail: mail.template == "award"
    until_open(play, case, K.FIX_DELIVERY)
    task = play.task(case, K.FIX_DELIVERY).id
    browser.log_in("sim-berg").open(f"/aufgabe/{task}")
    printed = f"/druck/{case}/N1"
    assert printed in browser.html
    browser.open(printed)
    assert "Anschrift nicht bekannt" in browser.text
    assert f"/aufgabe/{task}" in browser.html
    assert browser.send(form(browser, "/druck/"), lines="Musterweg 1\n36037 Fulda").status == 400
    assert form(browser, "/druck/").fields["lines"].splitlines() == ["Musterweg 1", "36037 Fulda"]
    browser.send(form(browser, "/druck/"), source="Briefkopf")
    for shown in ("Regierungspräsidium Darmstadt", "Landkreis Fulda Musterweg 1 36037 Fulda", "Übermittlung: per Post"):
        assert shown in browser.text
    with play.db.read() as session:
        body = session.exec(select(Notice)).one().body
    assert " ".join(body.split()) in browser.text
    browser.open(f"/aufgabe/{task}")
    browser.send(browser.form("posted"), posted_on=f"{play.today:%d.%m.%Y}")
    assert "als Brief auf dem Weg oder angekommen" in browser.open(printed).text


@pytest.mark.slow
def test_a_mail_is_sent_once_more_from_the_letters_of_its_case(play: Play, browser: Visitor) -> None:
    case = play.apply()
    until_open(play, case, K.DECLARE_ACCEPTANCE)
    browser.log_in("sim-berg").open(f"/fall/{case}/schreiben")
    award = next(mail for mail in mails(play) if mail.template == "award")
    again = f"/nochmal/{case}/{award.id}"
    assert again in browser.html
    sent = form(browser.open(again), "/nochmal/")
    for _ in range(2):
        assert "Erledigt" in browser.send(sent).text
    assert [mail.template for mail in mails(play)].count("award") == 2


@pytest.mark.slow
def test_an_invitation_or_an_unknown_thing_is_told_plainly(play: Play, browser: Visitor) -> None:
    play.apply()
    browser.log_in("sim-berg")
    assert browser.open(f"/druck/{mails(play)[0].id}").status == 200
    assert browser.open("/druck/nichts").status == 404
    assert browser.open("/nochmal/nichts/nichts").status == 404


@pytest.mark.slow
@pytest.mark.parametrize("statement", ["UPDATE postal_address SET lines = 'x'", "DELETE FROM postal_address"])
def test_an_address_stays_as_it_was_entered(db: Database, statement: str) -> None:
    play = Play(db)
    with db.write() as session:
        address = PostalAddress(recipient="x", lines="Weg 1", source="y", entered_at=play.now, entered_by="sim-berg")
        session.add(address)
    owner = as_owner(db)
    try:
        with pytest.raises(DBAPIError, match=r"append-only|never deleted"), owner.write() as session:
            session.connection().execute(text(statement))
    finally:
        owner.close()


@pytest.mark.slow
def test_an_address_is_typed_and_told(office: Office) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    assert office.done("address 06631").strip() == "–"
    office.done('address 06631 --text "Musterweg 1; 36037 Fulda" --source Briefkopf --as sim-berg')
    read = office.done("address 06631")
    assert "Musterweg 1, 36037 Fulda" in read
    assert "Quelle: Briefkopf" in read
    assert office.type("address 06631 --text Weg --as sim-berg").exit_code == 2
    assert office.type("address 06631 --text Weg --source Telefon --as sim-tal").exit_code == 1
    assert office.document("address 06631")["addresses"][0]["lines"] == ["Musterweg 1", "36037 Fulda"]
