"""Every mail to a recipient has a reply address of its own, stored with it; mails to officers have none."""

import email
import re
from email import policy
from email.message import EmailMessage

import pytest
from sqlmodel import select

from activities.letters.correspondence import Correspondence, Post
from activities.letters.mime import redact
from models.mail.orders import About, MailOrder, Template
from models.mail.reply import Addressed, addressed
from models.tables import MailThread, Outbox
from record.digest import write_digests
from tests.play import Play, letters

BOX = "wir@rp.example"


def sent(play: Play) -> list[tuple[Outbox, MailThread | None]]:
    with play.db.read() as session:
        threads = {row.outbox_id: row for row in session.exec(select(MailThread))}
        return [(row, threads.get(row.id)) for row in session.exec(select(Outbox))]


def headers(mime: bytes) -> EmailMessage:
    return email.message_from_bytes(mime, policy=policy.SMTP)


def test_each_mail_to_a_recipient_has_a_key_of_its_own(play: Play) -> None:
    play.drive(play.apply())
    mails = sent(play)
    assert len(mails) > 8
    keys = set()
    for row, thread in mails:
        assert thread is not None, row.template
        assert re.fullmatch(r"[a-z2-7]{16}", thread.key)
        keys.add(thread.key)
        assert addressed(str(headers(row.mime)["Reply-To"]), BOX) == Addressed(thread.key, False)
        assert addressed(row.sender, BOX) == Addressed(thread.key, True)
        same = ("case_id", "task_id", "recipient", "contact_id")
        assert [getattr(thread, name) for name in same] == [getattr(row, name) for name in same]
        assert thread.issued_at == row.queued_at
    assert len(keys) == len(mails)


def test_accepted_mails_keep_their_reply_address_and_lose_their_links(play: Play) -> None:
    play.apply()
    ((row, thread),) = [(row, thread) for row, thread in sent(play) if row.template == Template.APPLICATION_RECEIPT]
    assert row.state == "accepted"
    assert thread is not None
    assert thread.key in str(headers(row.mime)["Reply-To"])
    assert b"/c/=E2=80=A6" in row.mime
    assert redact(row.mime) == row.mime


def test_no_mail_without_its_key_and_no_key_without_its_mail(play: Play) -> None:
    """Both stand in one transaction: what is rolled back leaves neither."""

    case_id = play.apply()
    before = len(sent(play))
    writer = Correspondence(letters(), play.directory, Post("http://127.0.0.1:1", BOX))
    about = About(id=case_id, line="fm", year=2018, recipient="fulda-district", case_id=case_id)

    def write_and_fail() -> None:
        with play.db.write() as session:
            writer.write(session, about, MailOrder(template=Template.CLOSING, to="clerk"), "x", play.now)
            assert len(list(session.exec(select(MailThread)))) == before + 1
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_and_fail()
    assert len(sent(play)) == before
    with play.db.read() as session:
        assert len(list(session.exec(select(MailThread)))) == before


def test_a_mailbox_without_sub_addresses_gets_plain_ones(play: Play) -> None:
    """Replies are then found by their headers; the key is stored all the same, for reports of mail servers."""
    case_id = play.apply()
    writer = Correspondence(letters(), play.directory, Post("http://127.0.0.1:1", BOX, plus=False))
    about = About(id=case_id, line="fm", year=2018, recipient="fulda-district", case_id=case_id)
    with play.db.write() as session:
        writer.write(session, about, MailOrder(template=Template.CLOSING, to="clerk"), "x", play.now)
    row, thread = next((row, thread) for row, thread in sent(play) if row.dedupe_key == "x")
    assert thread is not None
    assert row.sender == BOX
    assert str(headers(row.mime)["Reply-To"]) == BOX


def test_officers_write_back_to_the_plain_address(play: Play) -> None:
    play.apply()
    writer = Correspondence(letters(), play.directory, Post("http://127.0.0.1:1", BOX))
    assert write_digests(play.db, writer, play.now) == 2
    for row, thread in sent(play):
        if row.template == Template.OFFICER_DIGEST:
            assert thread is None
            assert row.sender == BOX
            assert str(headers(row.mime)["Reply-To"]) == BOX


def test_a_mailbox_in_a_domain_with_umlauts_gives_an_ascii_envelope() -> None:
    reply_to, bounces = Post("http://127.0.0.1:1", "wir@präsidium.example").addresses("abcdefghijklmnop")
    assert reply_to == "wir+abcdefghijklmnop@xn--prsidium-1za.example"
    assert bounces == "wir+b-abcdefghijklmnop@xn--prsidium-1za.example"
