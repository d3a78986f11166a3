"""A real Dovecot: mail is fetched, moved, never deleted, and comes in once whatever happens to the server."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from sqlmodel import func, select

from activities.mail_in.imap_source import ImapSource
from activities.mail_in.inbox import LOCKED_OUT, Inbox
from activities.mail_in.mail_sources import LoginError, SourceError
from models.mail.imap import ImapSecurity
from models.tables import InboundMail
from record.database.engine import Database
from record.database.failpoints import VARIABLE
from tests.fixtures.dovecot import PASSWORD, USER, Dovecot, Missing
from tests.inbound.house import World, written
from tests.patience import PATIENCE

pytestmark = pytest.mark.imap
ROOT = Path(__file__).parents[2]


def no(_ref: str) -> bool:
    return False


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A running server. Missing is a failure, not a reason to skip."""
    try:
        with Dovecot() as server:
            yield server
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)


def mails(number: int) -> list[bytes]:
    return [written(f"Text {n}", "a@mail.example", subject=f"Mail {n}") for n in range(number)]


def inbox(world: World, source: ImapSource) -> Inbox:
    return Inbox(world.db, source, world.reader)


@pytest.mark.parametrize("security", list(ImapSecurity))
def test_mail_is_fetched_byte_by_byte_and_moved(dovecot: Dovecot, security: ImapSecurity) -> None:
    sent = mails(2)
    dovecot.deliver(*sent)
    source = ImapSource(dovecot.server(security), context=dovecot.trust())
    found = []
    for mail in source.arrived(no):
        found.append(mail.raw)
        source.done(mail)
    assert found == sent
    assert dovecot.lying() == []
    assert dovecot.lying("Verarbeitet") == ["Mail 0", "Mail 1"]
    dovecot.deliver(written("neu", "a@mail.example", subject="Neu"))
    assert [mail.raw[-7:] for mail in source.arrived(no)] == [b"\r\nneu\r\n"]
    source.close()


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(dovecot: Dovecot) -> None:
    source = ImapSource(dovecot.server(ImapSecurity.IMPLICIT))
    with pytest.raises(SourceError, match="SSLCertVerificationError"):
        list(source.arrived(no))
    assert "Login" not in dovecot.said


def test_fetching_marks_nothing_as_read_and_what_is_not_done_stays(dovecot: Dovecot) -> None:
    dovecot.deliver(*mails(1))
    source = ImapSource(dovecot.server())
    assert len(list(source.arrived(no))) == 1
    assert len(list(source.arrived(no))) == 1
    source.close()
    from imap_tools import MailBoxUnencrypted

    with MailBoxUnencrypted("127.0.0.1", dovecot.plain).login(USER, PASSWORD) as mailbox:
        assert [mail.flags for mail in mailbox.fetch(mark_seen=False)] in ([("\\Recent",)], [()])


def test_a_mail_that_is_too_large_stays_and_only_its_headers_are_read(dovecot: Dovecot) -> None:
    large = written("x" * 20_000, "a@mail.example", subject="Groß")
    dovecot.deliver(large, *mails(1))
    source = ImapSource(dovecot.server(), largest=10_000)
    found = []
    for mail in source.arrived(no):
        found.append(mail)
        source.done(mail)
    assert [(mail.cut, mail.size > 20_000) for mail in found] == [(True, True), (False, False)]
    assert large.startswith(found[0].raw)
    assert b"xxx" not in found[0].raw
    assert dovecot.lying() == ["Groß"], "it is not lost"
    assert list(source.arrived(lambda ref: ref == found[0].ref)) == []
    source.close()


def test_a_mail_over_which_the_server_hangs_up_keeps_no_other_out(
    db: Database, dovecot: Dovecot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(db, tmp_path)
    dovecot.deliver(*mails(3))
    (broken,) = [file for file in (dovecot.folder / "mail" / "cur").iterdir() if b"Mail 0" in file.read_bytes()]
    broken.chmod(0)  # Dovecot ends the connection in the middle of its answer
    source = ImapSource(dovecot.server())
    box = inbox(world, source)
    for came in (0, 2, 2):  # at the second look the broken one comes last
        with pytest.raises(SourceError, match="abort"):
            box.take_in()
        assert len(world.came_in()) == came
    assert "cannot be fetched: it stays in its mailbox" in caplog.text
    dovecot.deliver(written("neu", "a@mail.example", subject="Neu"))
    box.take_in()
    assert {row.subject for row in world.came_in()} == {"Mail 1", "Mail 2", "Neu"}
    source.close()
    broken.chmod(0o600)
    assert dovecot.lying() == ["Mail 0"]


def test_the_connection_is_made_anew_after_the_server_was_away(dovecot: Dovecot) -> None:
    source = ImapSource(dovecot.server())
    dovecot.deliver(*mails(1))
    assert len(list(source.arrived(no))) == 1
    dovecot.stop()
    with pytest.raises(SourceError, match="cannot be read"):
        list(source.arrived(no))
    with pytest.raises(SourceError, match="ConnectionRefusedError"):
        list(source.arrived(no))
    dovecot.start()
    assert len(list(source.arrived(no))) == 1
    source.close()


@pytest.mark.slow
def test_200_mails_come_in_once_though_the_server_numbers_them_anew(
    db: Database, dovecot: Dovecot, tmp_path: Path
) -> None:
    world = World(db, tmp_path)
    dovecot.deliver(*mails(200))
    source = ImapSource(dovecot.server())
    for mail in islice(source.arrived(no), 100):  # half of it, and none of it is put away
        world.inbox._keep(mail)
    before = next(source.arrived(no)).ref
    source.close()
    dovecot.stop()
    dovecot.number_anew()
    dovecot.start()
    source = ImapSource(dovecot.server())
    assert next(source.arrived(no)).ref.partition("/")[0] != before.partition("/")[0]
    inbox(world, source).take_in()
    source.close()
    assert dovecot.lying() == []
    assert len(dovecot.lying("Verarbeitet")) == 200
    with db.read() as session:
        assert session.exec(select(func.count()).select_from(InboundMail)).one() == 200
        assert session.exec(select(func.count()).where(InboundMail.kind == "")).one() == 0


def test_two_workers_on_one_mailbox_store_each_mail_once(db: Database, dovecot: Dovecot, tmp_path: Path) -> None:
    world = World(db, tmp_path)
    dovecot.deliver(*mails(20))
    both = [inbox(world, ImapSource(dovecot.server())) for _ in range(2)]

    async def work() -> None:
        await asyncio.gather(*(one.look() for one in both))
        for one in both:
            await one.close()

    asyncio.run(work())
    assert [one.trouble for one in both] == ["", ""]
    assert len(world.came_in()) == 20
    assert dovecot.lying() == []
    # Two moves at the same moment may leave two copies behind on some servers; none is ever lost.
    assert set(dovecot.lying("Verarbeitet")) == {f"Mail {n}" for n in range(20)}


def test_a_refused_login_is_told_once_and_not_tried_again_soon(
    db: Database, dovecot: Dovecot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(db, tmp_path)
    source = ImapSource(dovecot.server(password="wrong-horse-battery"))
    with pytest.raises(LoginError):
        list(source.arrived(no))
    box = inbox(world, source)

    async def work() -> list[float]:
        rests = [await box.look(), await box.look()]
        await box.close()
        return rests

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(work()) == [LOCKED_OUT, LOCKED_OUT]
    said = [record.getMessage() for record in caplog.records if record.name == "activities.mail_in.inbox"]
    assert said == ["no mail comes in at the moment: the mailbox refuses the login: Authentication failed."]


def test_a_server_that_is_away_is_waited_for_longer_and_longer(
    db: Database, dovecot: Dovecot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(db, tmp_path)
    box = inbox(world, ImapSource(dovecot.server()))
    dovecot.stop()

    async def work() -> list[float]:
        rests = [await box.look() for _ in range(8)]
        await asyncio.to_thread(dovecot.start)
        rests.append(await box.look())
        await box.close()
        return rests

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(work()) == [5, 10, 20, 40, 80, 160, 300, 300, 45]
    said = [record.getMessage() for record in caplog.records if record.name == "activities.mail_in.inbox"]
    assert said == [
        "no mail comes in at the moment: the mailbox cannot be read: ConnectionRefusedError",
        "mail comes in again",
    ]


CHILD = """
import sys
from pathlib import Path
from activities.mail_in.imap_source import ImapSource
from activities.mail_in.inbox import Inbox
from models.mail.imap import parse_imap_url
from record.database.engine import Database
from tests.inbound.house import reading
db = Database(sys.argv[1])
Inbox(db, ImapSource(parse_imap_url(sys.argv[3])), reading(db, Path(sys.argv[2]))[2]).take_in()
"""


@pytest.mark.crash
@pytest.mark.parametrize("point", ["inbound_stored", "inbound_sorted"])
@pytest.mark.sample(1)
def test_a_crash_between_two_steps_repeats_without_doubling(
    db_url: str, dovecot: Dovecot, tmp_path: Path, point: str
) -> None:
    dovecot.deliver(*mails(3))
    address = f"imap://{USER}:{PASSWORD}@127.0.0.1:{dovecot.plain}/INBOX?starttls=never"
    command = [sys.executable, "-c", CHILD, db_url, str(tmp_path), address]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(
        command, cwd=ROOT, env={**environment, VARIABLE: f"{point}:2"}, check=False, timeout=PATIENCE
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(dovecot.lying()) == 2, "the first is put away, the second waits"
    db = Database(db_url)
    with db.read() as session:
        kinds = session.exec(select(InboundMail.kind)).all()
    assert sorted(kinds) == (["", "triage"] if point == "inbound_stored" else ["triage", "triage"])
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=PATIENCE)
    assert dovecot.lying() == []
    with db.read() as session:
        assert session.exec(select(InboundMail.kind)).all() == ["triage"] * 3
    db.close()
