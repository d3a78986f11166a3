"""Feedback on the pages: one mail to the office, nothing to an address that was only typed, bounded by the hour."""

from pathlib import Path

import pytest
from sqlmodel import select

from models.tables import InboundMail, Outbox
from portal.clerk.app import clerk_app
from portal.clerk.feedback import AN_HOUR
from portal.clerk.pages import Office
from record.inbound import mails as inbound
from record.promises import check
from record.views.inbound import waiting
from tests.inbound.house import reading, written
from tests.portal.browse import Page, visit
from tests.portal.client import Client
from tests.portal.play import BASE, OFFICE, Play, plain

WORDS = {"Ihre Rückmeldung": "Die Schrift ist zu klein.", "Ihre E-Mail-Adresse": "jemand@anders.example"}


def mails(play: Play) -> list[Outbox]:
    with play.db.read() as session:
        return list(session.exec(select(Outbox)))


def said(play: Play) -> Page:
    return visit(play.client, "/").go("Rückmeldung geben").type(WORDS)


def test_words_go_to_the_office_and_nobody_else(play: Play) -> None:
    assert said(play).press("Rückmeldung senden").heading == "Vielen Dank für Ihre Rückmeldung"
    (mail,) = mails(play)
    assert (mail.to, mail.case_id, mail.recipient) == (OFFICE.email, "", "")
    assert "Die Schrift ist zu klein." in plain(mail.mime)
    assert "jemand@anders.example" in plain(mail.mime)


def test_officers_find_the_words_on_the_list_of_mail_that_came_in(play: Play, tmp_path: Path) -> None:
    """The office's mailbox is the one our inbox reads: a mail of ours must not pass for a robot's there."""
    said(play).press("Rückmeldung senden")
    (mail,) = mails(play)
    _, _, reader = reading(play.db, tmp_path)
    for way in (b"", b"Received: from relay.example\r\n"):
        with play.db.write() as session:
            kept = inbound.keep(session, way + mail.mime, "heap", way.decode() or "1")
        reader.bring(kept.id)
    with play.db.read() as session:
        (listed,) = waiting(session)
        row = session.get_one(InboundMail, listed["id"])
        assert (row.kind, row.reason) == ("triage", "feedback")
        assert row.facts["verified"], "it is our own mail"
        assert "Die Schrift ist zu klein." in row.text
        assert "jemand@anders.example" in row.text
        assert check(session) == []


def test_other_words_under_the_id_of_our_mail_are_not_proved(play: Play, tmp_path: Path) -> None:
    """The id follows from what the form was sent with; somebody else's mail may come in first."""
    said(play).press("Rückmeldung senden")
    (mail,) = mails(play)
    _, _, reader = reading(play.db, tmp_path)
    forged = written("Bitte neue Bankverbindung!", OFFICE.email, OFFICE.email, message_id=mail.message_id)
    with play.db.write() as session:
        kept = inbound.keep(session, forged, "heap", "1")
    reader.bring(kept.id)
    with play.db.read() as session:
        row = session.get_one(InboundMail, kept.id)
        assert (row.kind, row.facts["verified"]) == ("triage", False)


def test_a_forged_mail_that_looks_like_one_of_ours_is_sorted_as_any_other(play: Play, tmp_path: Path) -> None:
    _, _, reader = reading(play.db, tmp_path)
    raw = written("Gewinn!", OFFICE.email, OFFICE.email, headers={"Auto-Submitted": "auto-generated"})
    with play.db.write() as session:
        kept = inbound.keep(session, raw, "heap", "1")
    reader.bring(kept.id)
    with play.db.read() as session:
        assert session.get_one(InboundMail, kept.id).kind == "auto"


def test_twice_is_once(play: Play) -> None:
    page = said(play)
    assert page.press("Rückmeldung senden").text == page.press("Rückmeldung senden").text
    assert len(mails(play)) == 1


@pytest.mark.parametrize("typed", ["", "   ", "x" * 2001])
def test_empty_or_endless_words_send_nothing(play: Play, typed: str) -> None:
    page = visit(play.client, "/rueckmeldung").type({"Ihre Rückmeldung": typed}).press("Rückmeldung senden")
    assert page.status == 422
    assert page.errors[0].startswith("Ihre Rückmeldung: ")
    assert mails(play) == []


def test_an_address_that_is_none_is_asked_for_again_and_the_words_stay(play: Play) -> None:
    page = visit(play.client, "/rueckmeldung").type(WORDS | {"Ihre E-Mail-Adresse": "jemand"})
    again = page.press("Rückmeldung senden")
    assert again.errors == ["Ihre E-Mail-Adresse: Das ist keine E-Mail-Adresse. Bitte prüfen Sie sie."]
    assert "Die Schrift ist zu klein." in again.text
    assert mails(play) == []


def test_an_hour_holds_only_so_many(play: Play) -> None:
    for _ in range(AN_HOUR):
        assert said(play).press("Rückmeldung senden").status == 200
    last = said(play).press("Rückmeldung senden")
    assert last.heading == "Wir konnten Ihre Rückmeldung nicht annehmen"
    assert OFFICE.email in last.text
    assert len(mails(play)) == AN_HOUR


def test_without_mail_the_page_names_the_address(play: Play) -> None:
    office = Office(authority="Regierungspräsidium", email="wir@rp.example", phone=OFFICE.phone)
    app = clerk_app(play.db, play.gateway, None, store_folder=play.folder, base_url=BASE, office=office)  # type: ignore[arg-type]
    page = visit(Client(app, BASE), "/rueckmeldung")
    assert "wir@rp.example" in page.text
    assert not list(page.root.iter("form"))


def test_the_statement_names_status_contact_and_enforcement(play: Play) -> None:
    text = visit(play.client, "/barrierefreiheit").text
    for part in ("WCAG 2.2", "EN 301 549", "Selbstbewertung", "Rückmeldung geben", "LBIT", "Leichter Sprache"):
        assert part in text
