"""A letter once more: to the contact first in line now, with links of its own, by an officer whose name is kept."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from models.deadlines import legal_day
from models.errors import Code
from models.mail.orders import Template
from models.stages import Stage
from models.tables import Contact, MailThread, Outbox, StepRow, TaskToken
from models.tasks import TaskKind as K
from record.database.words import mail_text
from record.mail_views import LATE, SHORTEST_ID, Fate, fate, late_mails, mails_of
from record.promises import check
from tests.play import Play

OFFICER = "sim-berg"
LINK = re.compile(r"http://127\.0\.0\.1:1/t/[\w-]+")


def asked(play: Play) -> str:
    """A case that waits for the municipality, which got a mail with a link."""
    case_id = play.apply()
    play.answer(case_id, K.CHECK_COMPLETENESS, "incomplete")
    return case_id


def mails(play: Play, case_id: str, template: Template) -> list[Outbox]:
    with play.db.read() as session:
        query = select(Outbox).where(Outbox.case_id == case_id, Outbox.template == template)
        return list(session.exec(query.order_by(col(Outbox.queued_at), col(Outbox.id))))


def again(play: Play, case_id: str, mail: str, by: str = OFFICER) -> str:
    return play.start(case_id, "resend", {"mail": mail}, by=by)


def test_the_same_letter_with_a_link_of_its_own(play: Play) -> None:
    case_id = asked(play)
    (first,) = mails(play, case_id, Template.ITEMS_REQUEST)
    assert again(play, case_id, first.id) == ""
    first, second = mails(play, case_id, Template.ITEMS_REQUEST)
    assert (second.state, second.task_id, second.to) == ("accepted", first.task_id, first.to)
    assert second.message_id != first.message_id
    assert second.subject == first.subject
    assert "Konzept" in mail_text(second.mime)  # what is missing is known from the task
    with play.db.read() as session:
        tokens = session.exec(select(TaskToken).where(TaskToken.task_id == first.task_id)).all()
        threads = session.exec(select(MailThread).where(MailThread.task_id == first.task_id)).all()
    assert len({token.token_hash for token in tokens}) == 2
    assert all(token.revoked_at is None for token in tokens)  # the first one stays good: people answer old mails
    assert len({thread.key for thread in threads}) == 2


def test_it_goes_to_whoever_is_first_in_line_now(play: Play) -> None:
    case_id = asked(play)
    (first,) = mails(play, case_id, Template.ITEMS_REQUEST)
    with play.db.write() as session:
        row = session.get_one(Contact, first.contact_id)
        row.valid_to = legal_day(play.now) - timedelta(days=1)
        session.add(row)
        new = {"recipient": row.recipient, "name": "Simulierte Vertretung", "email": "vertretung@r06631.example"}
        session.add(Contact.model_validate({**new, "valid_from": row.valid_from, "function": "Vertretung"}))
    assert again(play, case_id, first.id) == ""
    assert mails(play, case_id, Template.ITEMS_REQUEST)[1].to == "vertretung@r06631.example"


def test_the_officers_name_stands_in_the_chain(play: Play) -> None:
    case_id = asked(play)
    (first,) = mails(play, case_id, Template.ITEMS_REQUEST)
    again(play, case_id, first.id[:SHORTEST_ID])
    with play.db.read() as session:
        last = session.exec(select(StepRow).where(StepRow.case_id == case_id).order_by(col(StepRow.no).desc())).first()
        assert last is not None
        assert (last.action, last.actor) == ("start.resend", f"officer:{OFFICER}")
        assert check(session) == []


def test_not_for_a_task_that_is_closed(play: Play) -> None:
    case_id = asked(play)
    (first,) = mails(play, case_id, Template.ITEMS_REQUEST)
    play.answer(case_id, K.COMPLETE_APPLICATION)
    assert again(play, case_id, first.id) == Code.TASK_CLOSED
    assert len(mails(play, case_id, Template.ITEMS_REQUEST)) == 1


@pytest.mark.parametrize("state", ["queued", "sending", "retry"])
def test_not_while_it_is_on_its_way(play: Play, state: str) -> None:
    case_id = asked(play)
    (first,) = mails(play, case_id, Template.ITEMS_REQUEST)
    with play.db.write() as session:
        row = session.get_one(Outbox, first.id)
        row.state, row.next_try_at = state, row.queued_at + timedelta(days=40_000)
        session.add(row)
    assert again(play, case_id, first.id) == Code.MAIL_UNDER_WAY


@pytest.mark.parametrize("name", ["00000000", "", "-"])
def test_not_what_is_not_there(play: Play, name: str) -> None:
    case_id = asked(play)
    assert again(play, case_id, name or mails(play, case_id, Template.ITEMS_REQUEST)[0].id[:7]) == Code.UNKNOWN_MAIL


def test_not_a_mail_of_another_case(play: Play) -> None:
    one, other = asked(play), play.apply("06411000")
    (first,) = mails(play, one, Template.ITEMS_REQUEST)
    assert again(play, other, first.id) == Code.UNKNOWN_MAIL


def test_not_by_the_municipality_itself(play: Play) -> None:
    case_id = asked(play)
    (first,) = mails(play, case_id, Template.ITEMS_REQUEST)
    assert again(play, case_id, first.id, by="") == Code.WRONG_ROLE


def test_a_decision_again_starts_no_period_anew(play: Play) -> None:
    case_id = play.apply()
    play.drive(case_id, until=Stage.AWARD_SENT)
    (award,) = mails(play, case_id, Template.AWARD)
    before = play.states[case_id]
    assert again(play, case_id, award.id) == ""
    after = play.states[case_id]
    assert (after.timers, after.tasks, after.facts) == (before.timers, before.tasks, before.facts)
    copy = mails(play, case_id, Template.AWARD)[1]
    assert copy.notice_id == award.notice_id
    with play.db.read() as session:
        assert check(session) == []


def test_a_decision_that_failed_is_seen_to_by_its_own_task(play: Play) -> None:
    case_id = play.apply()
    play.refuse = lambda mail: mail.template == Template.AWARD
    play.drive(case_id, until=Stage.AWARD_SENT)
    (award,) = mails(play, case_id, Template.AWARD)
    assert award.state == "failed"
    assert again(play, case_id, award.id) == Code.NOT_NOW
    assert play.task(case_id, K.FIX_DELIVERY).id in play.states[case_id].tasks


def test_a_case_says_of_each_mail_what_became_of_it(play: Play) -> None:
    case_id = asked(play)
    play.answer(case_id, K.COMPLETE_APPLICATION)
    with play.db.read() as session:
        told = mails_of(session, case_id, play.now)
    assert [(mail["template"], mail["fate"], mail["answered"]) for mail in told] == [
        ("application_receipt", Fate.ACCEPTED, ""),
        ("items_request", Fate.ACCEPTED, "answered"),
        ("receipt", Fate.ACCEPTED, ""),
    ]
    assert all(mail["to_function"] and "@r" not in mail["to_function"] for mail in told)


@pytest.mark.parametrize(
    ("state", "ambiguous", "hours", "became"),
    [
        ("accepted", 0, 0, Fate.ACCEPTED),
        ("accepted", 1, 0, Fate.MAYBE_TWICE),
        ("failed", 0, 0, Fate.UNDELIVERABLE),
        ("dropped", 0, 0, Fate.DROPPED),
        ("retry", 0, 9, Fate.UNDER_WAY),
        ("sending", 0, 9, Fate.UNDER_WAY),
        ("queued", 0, 0, Fate.UNDER_WAY),
        ("queued", 0, 9, Fate.HELD),
    ],
)
def test_fates(state: str, ambiguous: int, hours: int, became: Fate) -> None:
    now = datetime(2018, 1, 2, 8, tzinfo=UTC)
    row = Outbox.model_validate(
        {
            "id": "m1",
            "dedupe_key": "m1",
            "message_id": "<m1@rp.example>",
            "template": "award",
            "sender": "wir@rp.example",
            "to": "a@r06631.example",
            "subject": "",
            "sha256": "",
            "state": state,
            "ambiguous": ambiguous,
            "queued_at": now,
            "next_try_at": now + timedelta(hours=hours),
        }
    )
    assert fate(row, now) is became


@pytest.mark.parametrize(
    ("state", "age", "slot", "late"),
    [
        ("queued", LATE * 2, LATE * 2, True),
        ("queued", LATE / 2, LATE / 2, False),
        ("queued", LATE * 20, -LATE, False),  # held until its hour
        ("queued", LATE * 20, LATE / 2, False),  # its hour has just come
        ("queued", LATE * 20, LATE * 2, True),
        ("retry", LATE * 2, -LATE, True),
        ("retry", LATE / 2, -LATE, False),
        ("accepted", LATE * 2, LATE * 2, False),
        ("failed", LATE * 2, LATE * 2, False),  # an officer has a task for it
    ],
)
def test_what_should_have_left_hours_ago_is_told(
    play: Play, state: str, age: timedelta, slot: timedelta, late: bool
) -> None:
    case_id = asked(play)
    (mail,) = mails(play, case_id, Template.ITEMS_REQUEST)
    now = play.now
    with play.db.write() as session:
        row = session.get_one(Outbox, mail.id)
        row.state, row.smtp_reply, row.queued_at, row.next_try_at = state, "", now - age, now - slot
        session.add(row)
    with play.db.read() as session:
        assert [found["id"] for found in late_mails(session, now)] == ([mail.id] if late else [])
