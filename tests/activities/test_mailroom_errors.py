"""Errors that nobody foresaw: one mail is set aside, all others go on, and nothing is held that others wait for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtplib import SMTP

from activities.mail_out.mailroom import Mailroom
from activities.mail_out.outbox import LAST_ATTEMPT, Claim, OutboxDesk, Settled
from activities.mail_out.smtp_pool import SmtpPool
from record.database import failpoints
from record.database.engine import Database
from tests.activities.servers import Script, smtp_server
from tests.activities.test_mailroom import MINUTE, PAST, Office, until_retry
from tests.patience import PATIENCE

pytestmark = pytest.mark.sql


@pytest.fixture
async def office(db: Database) -> AsyncIterator[Office]:
    """A mailroom with one connection: what one mail holds on to, all others wait for."""
    script = Script()
    async with smtp_server(script) as server:
        office = Office(db, script, server)
        office.room = room(office)
        yield office
        await office.room.close()


def room(office: Office, desk: OutboxDesk | None = None) -> Mailroom:
    return Mailroom(desk or OutboxDesk(office.db), SmtpPool(office.server, size=1, data_timeout=5), office.failed)


def armed(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    monkeypatch.setattr(failpoints, "_armed", failpoints.Failpoint(f"error@{point}:1"))


def put(office: Office, *names: str) -> None:
    for number, name in enumerate(names):
        office.put(name, queued_at=PAST + timedelta(seconds=number))


def states(office: Office, *names: str) -> list[str]:
    return [office.mail(name).state for name in names]


@pytest.mark.parametrize(("point", "received"), [("mail_claimed", 2), ("mail_taken", 3)])
async def test_an_error_over_one_mail_costs_it_a_try_and_no_other_mail_anything(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, point: str, received: int
) -> None:
    put(office, "m1", "m2", "m3")
    armed(monkeypatch, point)
    await office.room._work()
    assert states(office, "m1", "m2", "m3") == ["retry", "accepted", "accepted"]
    assert len(office.script.got) == received
    mail = office.mail("m1")
    assert (mail.attempts, mail.ambiguous, mail.smtp_reply) == (1, 1, "internal error: FailpointError")
    assert timedelta() < until_retry(mail) <= MINUTE
    assert "mail m1 could not be sent and is set aside: FailpointError at record/database/failpoints.py" in caplog.text
    assert "Traceback" not in caplog.text
    office.change("m1", next_try_at=PAST)
    assert await office.send("m1") == (1, 0)
    assert len({content for _, content in office.script.got}) == 3, "the same bytes again"


async def test_an_error_at_the_last_try_is_a_persons(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.put("m1", attempts=LAST_ATTEMPT - 1, state="retry")
    armed(monkeypatch, "mail_claimed")
    assert await office.send("m1") == (0, 0)
    assert office.failures == [("m1", "internal error: FailpointError")]
    assert office.mail("m1").state == "failed"


async def test_a_case_that_cannot_be_told_keeps_its_mail_and_no_other(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async def failed(outbox_id: str, reply: str) -> None:
        raise KeyError(reply)

    office.room = Mailroom(OutboxDesk(office.db), SmtpPool(office.server, size=1), failed)
    put(office, "m1", "m2")
    office.script.rcpt.append("550 5.1.1 unknown")
    await office.room._work()
    assert states(office, "m1", "m2") == ["sending", "accepted"], "its lease runs, and then it is tried again"
    assert until_retry(office.mail("m1")) > MINUTE
    assert "mail m1 failed, and its case could not be told: KeyError" in caplog.text


class Clumsy(OutboxDesk):
    """An outbox that stumbles over one mail in whatever turn it is part of."""

    def __init__(self, db: Database, beginning: str = "", settled: str = "", taking: bool = False) -> None:
        super().__init__(db)
        self._beginning, self._settled, self._taking = beginning, settled, taking

    def turn(self, settled: Sequence[Settled], beginning: Sequence[Claim]) -> frozenset[str]:
        if self._settled in [claim.id for claim, _ in settled] or self._beginning in [one.id for one in beginning]:
            raise TypeError("stumbled")
        return super().turn(settled, beginning)

    def take(self, number: int = 1, only: str = "") -> list[Claim]:
        if self._taking:
            raise TypeError("stumbled")
        return super().take(number, only)


async def test_a_mail_that_the_counter_stumbles_over_as_it_begins_is_set_aside(office: Office) -> None:
    put(office, "m1", "m2", "m3")
    office.room = Mailroom(Clumsy(office.db, beginning="m2"), SmtpPool(office.server), office.failed)
    await asyncio.wait_for(office.room._work(), PATIENCE)
    assert states(office, "m1", "m2", "m3") == ["accepted", "retry", "accepted"]
    assert len(office.script.got) == 2


async def test_an_accepted_mail_that_cannot_be_written_down_keeps_its_lease_alone(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    put(office, "m1", "m2", "m3")
    office.room = Mailroom(Clumsy(office.db, settled="m2"), SmtpPool(office.server), office.failed)
    await asyncio.wait_for(office.room._work(), PATIENCE)
    assert states(office, "m1", "m2", "m3") == ["accepted", "sending", "accepted"]
    assert "1 mails were accepted, not written down: TypeError" in caplog.text


async def test_what_is_no_mails_error_ends_the_mailroom(office: Office) -> None:
    put(office, "m1")
    office.room = room(office, Clumsy(office.db, taking=True))
    with pytest.raises(TypeError):
        await asyncio.wait_for(office.room.run(), PATIENCE)


async def test_an_error_nobody_waits_for_is_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    put(office, "m1")
    office.room = room(office, Clumsy(office.db, taking=True))
    assert await office.send("m1") == (0, 1)
    assert "sending mail failed: TypeError" in caplog.text


async def test_a_connection_that_fails_in_an_unknown_way_is_the_servers_trouble(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(_self: SMTP) -> None:
        raise AssertionError("a library's own")

    put(office, "m1")
    monkeypatch.setattr(SMTP, "connect", connect)
    assert await office.send("m1") == (0, 1)
    assert office.room.trouble == "no connection: AssertionError"
    assert (office.mail("m1").state, office.mail("m1").attempts) == ("queued", 0)


async def test_words_of_a_server_that_no_database_takes_stop_no_mail(office: Office) -> None:
    office.script.data.append("250 2.0.0 queued \x00 as \x1b[2J7")
    put(office, "m1", "m2")
    await office.room._work()
    assert states(office, "m1", "m2") == ["accepted", "accepted"]
    assert office.mail("m1").smtp_reply == "250 2.0.0 queued as [2J7"


async def test_the_installations_only_mailroom_waits_for_a_database_that_is_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nothing = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    async with smtp_server(Script()) as server:
        office = Office(nothing, Script(), server)
        alone = office.new_room(sole=True)
        await alone._work()
        await alone.close()
    nothing.close()
    assert "the outbox cannot be read: OperationalError" in caplog.text
