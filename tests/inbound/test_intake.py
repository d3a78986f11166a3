"""Mail comes in: stored first, sorted once, with exactly the consequences it may have."""

from pathlib import Path

import pytest
from sqlmodel import select

from models.stages import Stage
from models.tables import Absence, CommandRow, Contact, Draft, InboundMail, TaskRow, TaskToken
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.inbound import mails as inbound
from record.promises import check
from tests.inbound.house import CASE, OURS, PDF, World, written


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """An installation with an inbox."""
    return World(db, tmp_path)


def draft(world: World) -> Draft | None:
    with world.db.read() as session:
        return session.exec(select(Draft)).first()


def test_a_reply_becomes_a_prepared_answer_and_one_letter_says_so(world: World) -> None:
    asked = world.asked_for_items()
    before = len(world.sent())
    world.receive(world.reply("Anbei der Finanzierungsplan.", asked, files=(("plan.pdf", PDF),), verified=True))
    assert world.kinds() == [("answer", "reply")]
    found = draft(world)
    assert found is not None
    assert found.raw == {"answer": "Anbei der Finanzierungsplan."}
    assert [(one["name"], one["media_type"]) for one in found.files] == [("plan.pdf", "application/pdf")]
    assert (found.source, found.inbound_id) == ("mail", world.came_in()[0].id)
    letter = world.sent()[before:]
    assert [(mail.template, mail.to, mail.state) for mail in letter] == [
        ("reply_prepared", world.contact().email, "accepted")
    ]
    with world.db.read() as session:
        task = session.get_one(TaskRow, found.task_id)
        assert task.state == "open", "a mail decides nothing"
        assert session.exec(select(CommandRow).where(CommandRow.task_id == task.id)).all() == []
        tokens = session.exec(select(TaskToken).where(TaskToken.task_id == task.id)).all()
        assert len(tokens) == 2, "the letter has a link of its own"


def test_a_second_reply_does_not_push_out_what_stands_in_the_draft(world: World) -> None:
    asked = world.asked_for_items()
    world.receive(world.reply("Erster Teil.", asked))
    world.play.days(2)
    world.receive(world.reply("Zweiter Teil.", asked, files=(("a.pdf", PDF),)))
    found = draft(world)
    assert found is not None
    assert found.raw["answer"] == "Erster Teil.\n\nZweiter Teil."
    assert len(found.files) == 1
    assert len(world.sent("reply_prepared")) == 2


def test_a_file_that_is_not_taken_is_named(world: World) -> None:
    asked = world.asked_for_items()
    world.receive(world.reply("Anbei.", asked, files=(("plan.exe", b"MZ\0\0"), ("plan.pdf", PDF))))
    found = draft(world)
    assert found is not None
    assert [one["name"] for one in found.files] == ["plan.pdf"]
    letter = world.sent("reply_prepared")[0].mime.decode()
    assert "plan.exe" in letter
    assert "plan.pdf" not in letter


def test_the_same_reply_five_times_has_one_effect(world: World) -> None:
    asked = world.asked_for_items()
    raw = world.reply("Anbei der Plan.", asked, message_id="<same@mail.example>")
    others = [f"Received: from relay{n}.example\r\n".encode() + raw for n in range(4)]
    world.receive(raw, raw, *others, raw)
    assert len(world.came_in()) == 5, "the same bytes are one row"
    assert sorted(world.kinds()) == [("answer", "reply_unverified"), *[("note", "repeat")] * 4]
    assert len(world.sent("reply_prepared")) == 1
    assert len(world.heap.gone) == 7, "all are put away"


def test_without_a_message_id_the_same_mail_is_known_by_what_it_says(world: World) -> None:
    asked = world.asked_for_items()
    raw = world.reply("Anbei der Plan.", asked, message_id="<x@y.example>").replace(
        b"Message-ID: <x@y.example>\r\n", b""
    )
    assert b"Message-ID" not in raw
    world.receive(raw, b"Received: from other.example\r\n" + raw)
    assert [kind for kind, _ in world.kinds()] == ["answer", "note"]


def test_other_words_under_a_known_message_id_are_looked_at_by_a_person(world: World) -> None:
    asked = world.asked_for_items()
    world.receive(world.reply("Anbei der Plan.", asked, message_id="<same@mail.example>"))
    world.receive(world.reply("Alles anders!", asked, message_id="<same@mail.example>"))
    assert world.kinds()[1] == ("triage", "repeat_differs")
    found = draft(world)
    assert found is not None
    assert "anders" not in found.raw["answer"]


def test_a_reply_to_a_closed_task_is_explained_once_and_kept_for_people(world: World) -> None:
    asked = world.asked_for_items()
    world.play.answer(CASE, K.COMPLETE_APPLICATION)
    world.receive(world.reply("Hier noch ein Satz.", asked))
    assert world.kinds() == [("triage", "task_closed")]
    letters = world.sent("reply_refused")
    assert [mail.to for mail in letters] == [world.contact().email]
    assert "/t/" not in letters[0].mime.decode(), "no link to a closed task"
    world.receive(world.reply("Und noch einer.", asked))
    assert len(world.sent("reply_refused")) == 1


def test_bank_details_are_never_taken_from_a_mail(world: World) -> None:
    world.play.apply()
    world.play.drive(CASE, Stage.DRAFTING)
    world.play.answer(CASE, K.DRAFT_DECISION)
    world.play.answer(CASE, K.SIGN_DECISION)
    asked = world.sent("award")[-1]
    assert asked.task_id
    world.receive(world.reply("Unsere IBAN: DE02120300000000202051", asked, verified=True))
    assert world.kinds() == [("triage", "needs_form")]
    assert draft(world) is None
    letter = world.sent("reply_refused")[-1]
    assert letter.task_id == asked.task_id


def test_a_robots_absence_is_noted_and_answers_nothing(world: World) -> None:
    asked = world.asked_for_items()
    headers = {"Auto-Submitted": "auto-replied"}
    before = len(world.sent())
    world.receive(
        world.reply("Ich bin bis 15.03.2018 nicht im Büro.", asked, subject="Abwesenheitsnotiz", headers=headers)
    )
    assert [kind for kind, _ in world.kinds()] == ["auto"]
    assert draft(world) is None
    assert len(world.sent()) == before
    with world.db.read() as session:
        absence = session.exec(select(Absence)).one()
    assert absence.contact_id == world.contact().id


DSN = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mail.example>
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn{n}@mail.example>
MIME-Version: 1.0
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{to}: unknown user
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{to}>: unknown

--b
Content-Type: message/rfc822-headers

Message-ID: {about}

--b--
"""


def report(world: World, mail_id: str, action: str = "failed", status: str = "5.1.1", n: int = 1) -> bytes:
    mail = next(one for one in world.sent() if one.id == mail_id)
    return (
        DSN.format(bounce=mail.sender, to=mail.to, action=action, status=status, about=mail.message_id, n=n)
        .replace("\n", "\r\n")
        .encode()
    )


def test_a_mail_that_comes_back_has_the_consequences_of_a_refusal_at_the_door(world: World) -> None:
    asked = world.asked_for_items()
    first = world.contact()
    with world.db.write() as session:
        session.add(
            Contact(
                recipient=first.recipient,
                name="Simulierte Vertretung",
                email="vertretung@r06631.example",
                rank=9,
                valid_from=first.valid_from,
                simulated=True,
            )
        )
    world.receive(report(world, asked.id))
    assert world.kinds() == [("bounce", "bounce_permanent")]
    with world.db.read() as session:
        assert session.get_one(Contact, first.id).bounced_at is not None
        command = session.get_one(CommandRow, f"mail-{asked.id}")
        assert command.state == "applied"
        assert "@" not in command.content["reply"]
        task = session.exec(select(TaskRow).where(TaskRow.kind == K.FIX_DELIVERY)).one()
        assert task.state == "open"
    moved = world.sent("items_request")[-1]
    assert moved.to != first.email
    assert moved.task_id == asked.task_id
    world.receive(report(world, asked.id, n=2))
    assert len(world.sent("items_request")) == 2, "twice is once"


def test_a_delay_is_a_note(world: World) -> None:
    asked = world.asked_for_items()
    world.receive(report(world, asked.id, "delayed", "4.4.1"))
    assert world.kinds() == [("note", "delivery_delayed")]
    with world.db.read() as session:
        assert session.get(CommandRow, f"mail-{asked.id}") is None


def test_what_belongs_to_nothing_waits_for_an_officer(world: World) -> None:
    world.asked_for_items()
    world.receive(written("Guten Tag, wie ist der Stand?", "buerger@mail.example"))
    assert world.kinds() == [("triage", "no_correlation")]
    assert world.sent("reply_refused") == [], "nothing proves who wrote; an officer answers"


def test_a_mail_that_was_too_large_keeps_its_headers_and_waits(world: World) -> None:
    asked = world.asked_for_items()
    raw = world.reply("groß", asked)
    with world.db.write() as session:
        inbound.keep(session, raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", "imap", "1/1", size=99_000_000, cut=True)
    world.receive()
    row = world.came_in()[0]
    assert (row.kind, row.reason, row.facts["size"]) == ("triage", "too_large", 99_000_000)
    assert row.case_id == CASE


def test_a_mail_that_breaks_the_machinery_is_an_officers_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = world.asked_for_items()

    def breaks(*_: object) -> None:
        raise LookupError("broken on purpose")

    monkeypatch.setattr(world.consequences, "_answer", breaks)
    world.receive(world.reply("Anbei.", asked), written("Hallo", "jemand@mail.example"))
    assert world.kinds() == [("triage", "failed"), ("triage", "no_correlation")]


def test_the_sum_is_the_intake_and_no_promise_is_broken(world: World) -> None:
    asked = world.asked_for_items()
    world.receive(
        world.reply("Anbei.", asked),
        world.reply("Weg bis Montag", asked, headers={"Auto-Submitted": "auto-replied"}),
        report(world, asked.id, "delayed", "4.4.1"),
        written("Hallo", "jemand@mail.example"),
        written("Hallo", OURS, OURS),
    )
    assert len(world.came_in()) == 5
    assert all(row.kind for row in world.came_in())
    with world.db.read() as session:
        assert check(session) == []
        assert session.exec(select(InboundMail).where(InboundMail.kind == "")).all() == []
