"""Mail that can wait: held until working hours, one a person and day, never past its task's last day."""

from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from activities.letters.correspondence import Correspondence, Post
from models.deadlines import BERLIN, legal_day
from models.mail.hours import MailHours
from models.mail.orders import About, MailOrder, Template
from models.tables import Outbox, TaskRow
from record.digest import write_digests
from tests.play import Play, letters

HOURS = MailHours(time(7), time(19))
ABOUT = About(id="wir-fm-2018", line="fm", year=2018, recipient="fulda-district")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def writer(play: Play, hours: MailHours | None = HOURS) -> Correspondence:
    return Correspondence(letters(), play.directory, Post("http://127.0.0.1:1", "wir@rp.example", hours=hours))


def write(
    play: Play, name: str, template: Template, at: str, hours: MailHours | None = HOURS, task: str = ""
) -> Outbox:
    with play.db.write() as session:
        order = MailOrder(template=template, to="clerk", task_id=task)
        writer(play, hours).write(session, ABOUT, order, name, berlin(at))
    return row(play, name)


def row(play: Play, name: str) -> Outbox:
    with play.db.read() as session:
        return session.exec(select(Outbox).where(Outbox.dedupe_key == name)).one()


def task(play: Play, name: str, last_day: date) -> str:
    ends = datetime.combine(last_day + timedelta(days=1), time(), BERLIN)
    with play.db.write() as session:
        session.add(_task(name, ends))
    return name


def _task(name: str, ends: datetime) -> TaskRow:
    rule = {
        "rule": "declaration_months",
        "start_event": "award_notified",
        "start": "2018-01-01",
        "arithmetic": "P1M",
        "nominal": (ends.date() - timedelta(days=1)).isoformat(),
        "end": (ends.date() - timedelta(days=1)).isoformat(),
        "rolls": True,
        "rolled": False,
        "calendar": "test",
        "ends_at": ends.isoformat(),
    }
    return TaskRow(
        id=name,
        recipient="fulda-district",
        kind="declare_acceptance",
        owner="applicant",
        opened_at=ends - timedelta(days=30),
        due_at=ends,
        due_rule=rule,
    )


def test_a_reminder_of_midnight_leaves_in_the_morning(play: Play) -> None:
    held = write(play, "a", Template.PROOF_REMINDER, "2018-03-15T00:00")
    assert held.next_try_at == berlin("2018-03-15T07:00")
    assert held.queued_at == berlin("2018-03-15T00:00")
    assert b"Date: Thu, 15 Mar 2018 07:00:00 +0100" in held.mime


def test_two_to_one_person_leave_on_two_working_days(play: Play) -> None:
    days = [
        write(play, name, Template.PROOF_REMINDER, "2018-03-15T12:00").next_try_at.astimezone(BERLIN) for name in "abc"
    ]
    assert [day.isoformat()[:16] for day in days] == ["2018-03-15T12:00", "2018-03-16T07:00", "2018-03-19T07:00"]


def test_what_is_urgent_leaves_at_once_and_takes_nobody_elses_day(play: Play) -> None:
    urgent = write(play, "a", Template.RECEIPT, "2018-03-17T23:00")
    assert urgent.next_try_at == urgent.queued_at
    assert write(play, "b", Template.PROOF_REMINDER, "2018-03-19T08:00").next_try_at == berlin("2018-03-19T08:00")


def test_a_mail_that_was_dropped_gives_its_day_back(play: Play) -> None:
    write(play, "a", Template.PROOF_REMINDER, "2018-03-15T12:00")
    with play.db.write() as session:
        _state(session, "a", "dropped")
    assert write(play, "b", Template.PROOF_REMINDER, "2018-03-15T12:30").next_try_at == berlin("2018-03-15T12:30")


def _state(session: Session, name: str, state: str) -> None:
    found = session.exec(select(Outbox).where(col(Outbox.dedupe_key) == name)).one()
    found.state = state
    session.add(found)


def test_no_mail_is_held_past_the_last_day_it_speaks_of(play: Play) -> None:
    """Friday evening, and the last day is Saturday: now, in the evening, and not on Monday."""
    about = task(play, "t1", date(2018, 3, 17))
    now = write(play, "a", Template.DECLARATION_REMINDER, "2018-03-16T20:00", task=about)
    assert now.next_try_at == now.queued_at
    later = task(play, "t2", date(2018, 3, 19))
    held = write(play, "b", Template.DECLARATION_REMINDER, "2018-03-16T20:00", task=later)
    assert held.next_try_at == berlin("2018-03-19T07:00")


def test_without_hours_nothing_is_held(play: Play) -> None:
    for name in "abc":
        found = write(play, name, Template.PROOF_REMINDER, "2018-03-17T03:00", hours=None)
        assert found.next_try_at == found.queued_at


def test_held_mail_leaves_when_its_hour_has_come(play: Play) -> None:
    friday = play.now.astimezone(BERLIN).replace(hour=20)
    held = write(play, "a", Template.PROOF_REMINDER, friday.strftime("%Y-%m-%dT%H:%M"))
    play.deliver()
    assert row(play, "a").state == "queued"
    play.until(held.next_try_at)
    play.deliver()
    assert row(play, "a").state == "accepted"


def test_the_daily_list_is_read_in_the_morning(play: Play) -> None:
    play.apply()
    evening = berlin(f"{legal_day(play.now)}T20:00")
    assert write_digests(play.db, writer(play), evening) == 2
    with play.db.read() as session:
        rows = session.exec(select(Outbox).where(Outbox.template == Template.OFFICER_DIGEST)).all()
    assert {found.next_try_at.astimezone(BERLIN).time() for found in rows} == {time(7)}
    assert {found.next_try_at.astimezone(BERLIN).date() for found in rows} == {date(2018, 1, 3)}
