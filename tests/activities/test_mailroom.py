"""The mailroom against real SMTP conversations and real databases. Nothing waits for time to pass."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from activities.letters.mime import digest
from activities.mail_out.breaker import LONGEST_PAUSE, Breaker
from activities.mail_out.mailroom import Mailroom
from activities.mail_out.outbox import LAST_ATTEMPT, OutboxDesk
from activities.mail_out.pace import HOUR, SECOND, Pace
from activities.mail_out.smtp_outcome import Outcome, Verdict
from activities.mail_out.smtp_pool import IDLE_CHECK, MAILS_PER_CONNECTION, SmtpPool
from models.errors import Code, RefusedError
from models.mail.orders import Template
from models.mail.smtp import SmtpSecurity, SmtpServer
from models.tables import MailThread, Outbox, TaskRow
from record.database.clock import forward, legal_now
from record.database.engine import Database
from record.mail_views import late_mails
from tests.activities.samples import LETTERS, TASK_LINK, letter
from tests.activities.servers import DROP, HANG, ReportingScript, Script, smtp_server
from tests.patience import PATIENCE

pytestmark = pytest.mark.sql

PAST = datetime(2018, 1, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Office:
    """A mailroom with its outbox, its server and what was reported back."""

    def __init__(self, db: Database, script: Script, server: SmtpServer) -> None:
        self.db, self.script, self.server = db, script, server
        self.failures: list[tuple[str, str]] = []
        self.refuse_report = False
        self.room = self.new_room()

    def new_room(self, *, sole: bool = False, data_timeout: float = 5.0, server: SmtpServer | None = None) -> Mailroom:
        pool = SmtpPool(server or self.server, data_timeout=data_timeout)
        return Mailroom(OutboxDesk(self.db), pool, self.failed, sole=sole)

    async def failed(self, outbox_id: str, reply: str) -> None:
        assert self.mail(outbox_id).state == "sending"  # reported first, so that a crash cannot lose it
        if self.refuse_report:
            raise RefusedError(Code.CASE_ENDED)
        self.failures.append((outbox_id, reply))

    def put(self, name: str, **values: Any) -> str:
        mail = LETTERS.write(letter(Template.AWARD, dedupe_key=name))
        given: dict[str, Any] = {
            "id": name,
            "dedupe_key": name,
            "message_id": mail.message_id,
            "template": "award",
            "sender": "wir@rp.example",
            "to": mail.to,
            "subject": mail.subject,
            "mime": mail.mime,
            "sha256": mail.sha256,
            "queued_at": PAST,
            "next_try_at": PAST,
        }
        with self.db.write() as session:
            session.add(Outbox(**given | values))
        return name

    def task(self, task_id: str, state: str) -> str:
        with self.db.write() as session:
            kind: dict[str, Any] = {"kind": "declare_acceptance", "owner": "applicant", "recipient": "fulda-district"}
            session.add(TaskRow(id=task_id, state=state, opened_at=PAST, due_at=PAST, **kind))
        return task_id

    def mail(self, name: str) -> Outbox:
        with self.db.read() as session:
            return session.exec(select(Outbox).where(Outbox.id == name)).one()

    def change(self, name: str, **values: Any) -> None:
        with self.db.write() as session:
            session.execute(update(Outbox).where(col(Outbox.id) == name).values(values))

    async def send(self, *names: str) -> tuple[int, int]:
        return await self.room.send_now(names, PATIENCE)


@pytest.fixture
async def office(db: Database) -> AsyncIterator[Office]:
    script = Script()
    async with smtp_server(script) as server:
        office = Office(db, script, server)
        yield office
        await office.room.close()


def until_retry(mail: Outbox) -> timedelta:
    return mail.next_try_at - datetime.now(UTC)


async def test_accepted_mail_is_the_stored_bytes_and_then_without_keys(office: Office) -> None:
    office.put("m1")
    before = office.mail("m1")
    assert await office.send("m1") == (1, 0)
    ((to, content),) = office.script.got
    assert to == "fachstelle@r06631.example"
    assert content == before.mime
    after = office.mail("m1")
    assert (after.state, after.attempts, after.ambiguous) == ("accepted", 1, 0)
    assert after.smtp_reply == "250 2.0.0 queued as 1"
    assert after.sha256 == before.sha256 == digest(before.mime)
    assert TASK_LINK[-43:].encode() not in after.mime.replace(b"=\r\n", b"")
    assert after.accepted_at is not None
    with office.db.read() as session:
        assert abs(legal_now(session) - after.accepted_at) < timedelta(minutes=5)  # legal time: 2018
    assert await office.room.quiet()
    assert await office.send("m1") == (1, 0)
    assert len(office.script.got) == 1


async def test_drop_after_the_final_dot_is_ambiguous_and_the_same_bytes_go_again(office: Office) -> None:
    office.script.data.append(DROP)
    office.put("m1")
    assert await office.send("m1") == (0, 1)
    mail = office.mail("m1")
    assert (mail.state, mail.attempts, mail.ambiguous) == ("retry", 1, 1)
    assert timedelta() < until_retry(mail) <= MINUTE
    assert not await office.room.quiet()
    assert await office.send("m1") == (0, 1)  # not due yet
    office.change("m1", next_try_at=PAST)
    assert await office.send("m1") == (1, 0)
    first, second = office.script.got
    assert first == second
    assert office.mail("m1").ambiguous == 1


async def test_hang_after_the_final_dot_is_ambiguous(office: Office) -> None:
    office.script.data.append(HANG)
    office.put("m1")
    office.room = office.new_room(data_timeout=0.2)
    assert await office.send("m1") == (0, 1)
    mail = office.mail("m1")
    assert (mail.state, mail.ambiguous) == ("retry", 1)


async def test_impatience_leaves_the_mail_on_its_way(office: Office) -> None:
    office.script.data.append(HANG)
    office.put("m1")
    assert await office.room.send_now(["m1"], 0) == (0, 1)
    await office.script.arrived.wait()
    assert office.mail("m1").state == "sending"
    assert not await office.room.quiet()
    office.script.release.set()
    await office.room.close()
    assert office.mail("m1").state == "accepted"


@pytest.mark.parametrize(
    ("where", "answer", "wait"),
    [
        ("data", "451 4.3.0 later", 1),
        ("data", "421 bye", 1),
        ("rcpt", "450 4.2.0 greylisted", 5),
        ("rcpt", "452 full", 1),
    ],
)
async def test_temporary_refusals_are_tried_again(office: Office, where: str, answer: str, wait: int) -> None:
    getattr(office.script, where).append(answer)
    office.put("m1")
    assert await office.send("m1") == (0, 1)
    mail = office.mail("m1")
    assert (mail.state, mail.ambiguous, mail.smtp_reply) == ("retry", 0, answer)
    assert (wait - 1) * MINUTE < until_retry(mail) <= wait * MINUTE
    office.change("m1", next_try_at=PAST)
    assert await office.send("m1") == (1, 0)
    assert office.failures == []


@pytest.mark.parametrize(("where", "answer"), [("rcpt", "550 5.1.1 unknown"), ("data", "554 5.7.1 spam")])
async def test_permanent_refusals_go_back_to_the_case(office: Office, where: str, answer: str) -> None:
    getattr(office.script, where).append(answer)
    office.put("m1")
    assert await office.send("m1") == (0, 0)
    assert office.failures == [("m1", answer)]
    assert office.mail("m1").state == "failed"
    assert await office.send("m1") == (0, 0)
    assert len(office.failures) == 1


async def test_a_case_that_takes_no_note_does_not_keep_the_mail_alive(office: Office) -> None:
    office.refuse_report = True
    office.script.rcpt.append("550 no")
    office.put("m1")
    assert await office.send("m1") == (0, 0)
    assert office.mail("m1").state == "failed"


async def test_after_five_days_a_person_decides(office: Office) -> None:
    office.script.data.append("451 still no")
    office.put("m1", attempts=LAST_ATTEMPT - 1, state="retry")
    assert await office.send("m1") == (0, 0)
    assert office.failures == [("m1", "451 still no")]


async def test_altered_bytes_are_never_sent(office: Office) -> None:
    office.put("m1", mime=b"Subject: something else\r\n\r\n")
    assert await office.send("m1") == (0, 0)
    assert office.script.got == []
    assert [outbox_id for outbox_id, _ in office.failures] == ["m1"]


@pytest.mark.parametrize("state", ["answered", "withdrawn", "expired"])
async def test_no_mail_of_an_ended_task_begins(office: Office, state: str) -> None:
    office.put("m1", task_id=office.task("t1", state))
    office.put("m2", task_id=office.task("t2", "open"))
    assert await office.send("m1", "m2") == (1, 0)
    mail = office.mail("m1")
    assert (mail.state, mail.smtp_reply, mail.attempts) == ("dropped", "task_closed", 0)
    assert len(office.script.got) == 1


async def test_a_task_answered_between_two_tries_stops_the_mail(office: Office) -> None:
    office.script.data.append("451 later")
    office.put("m1", task_id=office.task("t1", "open"))
    assert await office.send("m1") == (0, 1)
    with office.db.write() as session:
        session.execute(update(TaskRow).where(col(TaskRow.id) == "t1").values(state="answered"))
    office.change("m1", next_try_at=PAST)
    assert await office.send("m1") == (0, 0)
    assert office.mail("m1").state == "dropped"


@pytest.mark.parametrize(("state", "sent"), [("withdrawn", 1), ("expired", 1), ("answered", 0)])
async def test_a_notice_is_served_unless_its_reader_has_answered(office: Office, state: str, sent: int) -> None:
    office.put("m1", task_id=office.task("t1", state), notice_id="wir-fm-2018-06631/N1")
    assert await office.send("m1") == (sent, 0)
    assert len(office.script.got) == sent


async def test_a_worker_killed_in_the_middle_is_followed_by_another(office: Office) -> None:
    office.put("m1")
    dead = OutboxDesk(office.db).claim()
    assert dead is not None
    assert await office.send("m1") == (0, 1)  # its lease still runs
    office.change("m1", next_try_at=PAST)
    assert await office.send("m1") == (1, 0)
    mail = office.mail("m1")
    assert (mail.attempts, mail.ambiguous) == (2, 1)
    late = Outcome(Verdict.PERMANENT, "550 too late")
    assert not OutboxDesk(office.db).settle(dead, late)  # the first worker wakes up
    assert office.mail("m1").state == "accepted"


async def test_what_a_slow_worker_delivered_is_a_fact(office: Office) -> None:
    office.put("m1")
    desk = OutboxDesk(office.db)
    slow = desk.claim()
    office.change("m1", next_try_at=PAST)
    second = desk.claim()
    assert slow is not None
    assert second is not None
    assert desk.settle(slow, Outcome(Verdict.ACCEPTED, "250 ok"))
    assert not desk.settle(second, Outcome(Verdict.TEMPORARY, "451 later"))
    assert office.mail("m1").state == "accepted"


async def test_a_late_worker_does_not_write_over_the_one_at_work(office: Office) -> None:
    office.put("m1")
    desk = OutboxDesk(office.db)
    late = desk.claim()
    office.change("m1", next_try_at=PAST)
    at_work = desk.claim()
    assert late is not None
    assert at_work is not None
    assert not desk.settle(late, Outcome(Verdict.PERMANENT, "550 no"))
    assert office.mail("m1").state == "sending"
    assert desk.settle(at_work, Outcome(Verdict.ACCEPTED, "250 ok"))


async def test_the_sole_mailroom_takes_over_at_once(office: Office) -> None:
    office.put("m1")
    assert OutboxDesk(office.db).claim() is not None
    office.room = office.new_room(sole=True)
    running = asyncio.create_task(office.room.run())
    await office.script.arrived.wait()
    await office.room.close()
    await running
    mail = office.mail("m1")
    assert (mail.state, mail.ambiguous) == ("accepted", 1)


async def test_the_loop_sends_what_is_kicked_from_another_thread(office: Office) -> None:
    running = asyncio.create_task(office.room.run())
    for number in range(30):
        office.put(f"m{number}")
        await asyncio.to_thread(office.room.kick)
    while len(office.script.got) < 30:
        office.script.arrived.clear()
        await office.script.arrived.wait()
    await office.room.close()
    await running
    assert {office.mail(f"m{number}").state for number in range(30)} == {"accepted"}
    assert len({content for _, content in office.script.got}) == 30
    assert office.script.connections <= 4


async def test_close_does_not_cut_a_mail_in_two(office: Office) -> None:
    office.script.data.append(HANG)
    office.put("m1")
    office.put("m2", queued_at=datetime(2018, 1, 3, tzinfo=UTC))
    running = asyncio.create_task(office.room.run())
    await office.script.arrived.wait()
    running.cancel()
    closing = asyncio.create_task(office.room.close())
    office.script.release.set()
    await closing
    assert {office.mail(name).state for name in ("m1", "m2")} <= {"accepted", "queued"}
    assert office.mail("m1").state == "accepted"


async def test_a_refused_login_stops_everything_and_costs_no_mail_a_try(db: Database) -> None:
    script = Script()
    async with smtp_server(script, login=True) as server:
        office = Office(db, script, server)
        for name in ("m1", "m2", "m3"):
            office.put(name)
        assert await office.send("m1") == (0, 1)
        assert office.room.trouble.startswith("535")
        assert "secret" not in office.room.trouble
        tried = script.logins
        assert await office.send("m2", "m3") == (0, 2)
        assert script.logins == tried  # the breaker is open
        assert {(m.state, m.attempts) for m in map(office.mail, ("m1", "m2", "m3"))} == {("queued", 0)}
        assert office.failures == []
        script.login_right = True
        office.room = office.new_room()
        assert await office.send("m1", "m2", "m3") == (3, 0)
        await office.room.close()


async def test_the_breaker_closes_again_when_the_login_works(db: Database) -> None:
    """One knocks after the pause; meanwhile the queue is kept, and officers read why nothing leaves."""
    script, clock = Script(), [0.0]
    async with smtp_server(script, login=True) as server:
        office = Office(db, script, server)
        for name in ("m1", "m2", "m3"):
            office.put(name)
        pool = SmtpPool(server)
        office.room = Mailroom(OutboxDesk(db), pool, office.failed, breaker=Breaker(lambda: clock[0]))
        await office.room.send_now(["m1"], 30)
        assert [office.mail(name).smtp_reply[:3] for name in ("m1", "m2", "m3")] == ["535"] * 3
        with db.read() as session:
            told = late_mails(session, legal_now(session))
        assert [(mail["id"], mail["reply"][:3]) for mail in told] == [("m1", "535"), ("m2", "535"), ("m3", "535")]
        clock[0] = LONGEST_PAUSE - 1
        tried = script.logins
        assert await office.room.send_now(["m1", "m2"], 30) == (0, 2)
        assert script.logins == tried
        clock[0] = LONGEST_PAUSE
        await office.room._work()
        assert script.logins == 2 * tried  # one connection knocks, as the first time, not four
        assert office.room.trouble.startswith("535")
        script.login_right = True
        clock[0] = 2 * LONGEST_PAUSE
        await office.room._work()
        assert {office.mail(name).state for name in ("m1", "m2", "m3")} == {"accepted"}
        assert office.room.trouble == ""
        with db.read() as session:
            assert late_mails(session, legal_now(session)) == []
        await office.room.close()


@pytest.mark.parametrize("answer", ["530 5.7.0 login first", "534 5.7.9 stronger", "535 5.7.8 wrong"])
async def test_every_refusal_of_the_login_opens_the_breaker(office: Office, answer: str) -> None:
    office.script.mail.append(answer)
    office.put("m1")
    assert await office.send("m1") == (0, 1)
    assert office.room.trouble == answer
    assert (office.mail("m1").state, office.mail("m1").attempts) == ("retry", 0)
    assert office.failures == []


async def test_a_limit_holds_over_a_real_conversation(db: Database) -> None:
    """Counted on the limit's own clock, which moves only when somebody waits for a turn."""
    clock, arrived = [0], []

    class Noting(Script):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            arrived.append(clock[0])
            return await super().handle_DATA(server, session, envelope)

    async def pause(nanoseconds: int, stop: asyncio.Event) -> None:
        clock[0] += nanoseconds

    script = Noting()
    async with smtp_server(script) as server:
        office = Office(db, script, server)
        for number in range(25):
            office.put(f"m{number:02}")
        pace = Pace(4, 16, clock=lambda: clock[0], pause=pause)
        office.room = Mailroom(OutboxDesk(db), SmtpPool(server, size=1), office.failed, pace=pace)
        await office.room._work()
        await office.room.close()
    assert len(arrived) == 25
    assert {office.mail(f"m{number:02}").state for number in range(25)} == {"accepted"}
    assert all(late - first >= SECOND for first, late in zip(arrived, arrived[4:], strict=False))
    assert all(late - first >= HOUR for first, late in zip(arrived, arrived[16:], strict=False))


async def test_a_connection_nobody_uses_is_left_after_a_minute(office: Office) -> None:
    clock = [0.0]
    pool = SmtpPool(office.server, clock=lambda: clock[0])
    for now, connections in ((0.0, 1), (59.0, 1), (118.0, 1), (178.0, 2)):
        clock[0] = now
        await pool.close_idle()
        async with pool.connection() as connection:  # after 15 s it is asked first whether it is still there
            assert (await connection.send("a@b.example", "c@d.example", b"\r\n")).verdict is Verdict.ACCEPTED
        assert office.script.connections == connections
    await pool.close()


async def test_a_server_that_hung_up_silently_is_noticed_before_a_mail_is_lost(office: Office) -> None:
    clock = [0.0]
    pool = SmtpPool(office.server, clock=lambda: clock[0])
    async with pool.connection() as connection:
        connection.client.close()  # the other end is gone
    clock[0] = IDLE_CHECK
    async with pool.connection() as connection:
        assert (await connection.send("a@b.example", "c@d.example", b"\r\n")).verdict is Verdict.ACCEPTED
    assert office.script.connections == 2
    await pool.close()


async def test_a_refused_sender_is_no_fault_of_the_mail(office: Office) -> None:
    office.script.mail.append("550 5.7.1 not your address")
    office.put("m1")
    assert await office.send("m1") == (0, 1)
    mail = office.mail("m1")
    assert (mail.state, mail.attempts, mail.ambiguous) == ("retry", 0, 0)
    assert mail.next_try_at <= datetime.now(UTC)
    assert office.room.trouble == "550 5.7.1 not your address"
    assert office.failures == []


async def test_a_server_that_is_away_costs_no_mail_a_try(office: Office) -> None:
    async with smtp_server(Script()) as gone:
        pass
    office.put("m1")
    office.room = office.new_room(server=gone)
    assert await office.send("m1") == (0, 1)
    mail = office.mail("m1")
    assert (mail.state, mail.attempts) == ("queued", 0)
    assert office.room.trouble


async def test_mail_never_leaves_in_plain_where_encryption_is_required(office: Office) -> None:
    office.put("m1")
    required = office.server.model_copy(update={"security": SmtpSecurity.REQUIRED})
    office.room = office.new_room(server=required)
    assert await office.send("m1") == (0, 1)
    assert office.script.got == []
    assert "STARTTLS" in office.room.trouble
    assert office.mail("m1").attempts == 0


async def test_connections_are_used_again_up_to_a_hundred_mails(office: Office) -> None:
    pool = SmtpPool(office.server, size=1)
    mime = b"Subject: x\r\n\r\nx\r\n"
    for _ in range(MAILS_PER_CONNECTION + 1):
        async with pool.connection() as connection:
            outcome = await connection.send("a@b.example", "c@d.example", mime)
        assert outcome.verdict is Verdict.ACCEPTED
    assert office.script.connections == 2
    office.script.data.append("451 no")
    for _ in range(2):
        async with pool.connection() as connection:
            await connection.send("a@b.example", "c@d.example", mime)
    assert office.script.connections == 3  # thrown away after an error
    await pool.close()


async def test_queued_mail_waits_for_legal_time(office: Office) -> None:
    """Its hour is one of legal time, though that is long past on the server's clock; until then nothing waits."""
    with office.db.read() as session:
        legal = legal_now(session)
    office.put("m1", queued_at=legal, next_try_at=legal + timedelta(days=1))
    office.put("m2", queued_at=legal + timedelta(minutes=30), next_try_at=legal + timedelta(minutes=30))
    assert await office.send("m1", "m2") == (1, 1)  # a case's clock may be a little ahead; that holds nothing
    assert await office.room.quiet()
    assert office.room.next_slot() == legal + timedelta(days=1)
    with office.db.write() as session:
        forward(session, 24 * 3600 + 60)
    assert not await office.room.quiet()
    assert await office.send("m1") == (1, 0)
    assert office.room.next_slot() is None


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it(office: Office) -> None:
    mail = LETTERS.write(letter(Template.AWARD, to_address="bürger@fulda.example"))
    office.put("m1", to=mail.to, mime=mail.mime, sha256=mail.sha256)
    assert await office.send("m1") == (1, 0), office.failures
    assert office.script.got[0][0] == "bürger@fulda.example"


@pytest.mark.parametrize("offered", [True, False])
async def test_reports_are_ordered_where_the_server_takes_orders(db: Database, offered: bool) -> None:
    script = ReportingScript() if offered else Script()
    async with smtp_server(script) as server:
        office = Office(db, script, server)
        office.put("m1", sender="wir+b-abcdefghijklmnop@rp.example", to="a+b@fulda.example")
        with db.write() as session:
            thread = {"outbox_id": "m1", "recipient": "fulda-district", "issued_at": PAST}
            session.add(MailThread.model_validate({"key": "abcdefghijklmnop"} | thread))
        assert await office.send("m1") == (1, 0)
        await office.room.close()
    ordered = ["RET=HDRS", "ENVID=abcdefghijklmnop", "NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;a+2Bb@fulda.example"]
    assert script.reports == (ordered if offered else [])
    assert script.senders == ["wir+b-abcdefghijklmnop@rp.example"]


async def test_a_mail_without_a_reply_address_orders_reports_under_its_own_id(db: Database) -> None:
    script = ReportingScript()
    async with smtp_server(script) as server:
        office = Office(db, script, server)
        mail = LETTERS.write(letter(Template.AWARD, to_address="bürger@fulda.example"))
        office.put("m1", to=mail.to, mime=mail.mime, sha256=mail.sha256)
        assert await office.send("m1") == (1, 0)
        await office.room.close()
    assert script.reports == ["RET=HDRS", "ENVID=m1", "NOTIFY=FAILURE,DELAY"]  # no echo of an address beyond ASCII


@pytest.fixture(autouse=True)
def _quiet_server(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing an SMTP conversation logs names an address or a link."""
    yield
    for record in caplog.records:
        if record.name.startswith("activities"):
            assert "@" not in record.getMessage()
            assert "/t/" not in record.getMessage()
