"""The sink keeps what it has confirmed, drops repeats, refuses on request, and shows mail safely."""

import os
import signal
import smtplib
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import html5lib
import httpx
import pytest

from activities.sink.mailbox_pages import mailbox_app
from activities.sink.server import Mailbox, MailSink
from models.mail.orders import Template
from tests.activities.samples import CASE_LINK, LETTERS, TASK_LINK, letter

READER = "fachstelle@r06631.example"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    sink = MailSink(tmp_path / "mailbox")
    sink.start()
    yield sink
    sink.stop()


def hand_over(sink: MailSink, key: str = "k", to: str = READER, template: Template = Template.AWARD) -> bytes:
    mail = LETTERS.write(letter(template, dedupe_key=key, to_address=to))
    with smtplib.SMTP(sink.server.host, sink.server.port) as client:
        client.sendmail("wir@rp.example", [to], mail.mime)
    return mail.mime


def test_a_mail_can_be_read_with_its_links(sink: MailSink) -> None:
    hand_over(sink)
    (mail,) = sink.mails(READER)
    assert (mail.number, mail.to, mail.subject) == (1, READER, "[wir-fm-2018-06631] Ihr Zuwendungsbescheid")
    assert mail.task_links == (TASK_LINK,)
    assert mail.case_links == (CASE_LINK,)
    assert mail.date is not None
    assert mail.date.isoformat() == "2018-02-22T10:30:00+01:00"
    assert sink.mails("niemand@r06631.example") == []


def test_bytes_on_disk_are_those_sent(sink: MailSink) -> None:
    sent = hand_over(sink)
    (path,) = sink.mailbox.folder.glob("*.eml")
    assert path.read_bytes() == f"Return-Path: <wir@rp.example>\r\nDelivered-To: {READER}\r\n".encode() + sent
    assert path.stat().st_mode & 0o077 == 0 or sink.mailbox.folder.stat().st_mode & 0o077 == 0


def test_a_repeat_is_one_mail_and_order_is_kept(sink: MailSink) -> None:
    for key in ("a", "b", "a", "c", "b"):
        hand_over(sink, key)
    hand_over(sink, "a", to="vertretung@r06631.example")
    assert [mail.number for mail in sink.mails(READER)] == [1, 2, 3]
    assert len(sink.mails()) == 4


def test_refused_addresses_bounce_until_taken_again(sink: MailSink) -> None:
    sink.mailbox.refuse("Fachstelle@R06631.example")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        hand_over(sink)
    assert refused.value.recipients[READER][0] == 550
    assert sink.mails() == []
    assert Mailbox(sink.mailbox.folder).refused == {READER}
    sink.mailbox.take_again(READER)
    hand_over(sink)
    assert len(sink.mails()) == 1


def test_another_process_reads_the_same_folder(sink: MailSink) -> None:
    hand_over(sink)
    other = Mailbox(sink.mailbox.folder)
    assert [mail.subject for mail in other.mails()] == [mail.subject for mail in sink.mails()]
    assert other.mail(1) is not None
    assert other.mail(2) is None


KILLED = """
import os, signal, sys
from pathlib import Path
from activities.sink.server import MailSink
sink = MailSink(Path(sys.argv[1]))
print(sink.start().port, flush=True)
signal.pause()
"""


@pytest.mark.crash
def test_what_was_confirmed_survives_kill_9(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": "."},
    )
    assert process.stdout is not None
    with process.stdout:
        port = int(process.stdout.readline())
        with smtplib.SMTP("127.0.0.1", port) as client:
            for key in ("a", "b"):
                client.sendmail("w@rp.example", [READER], LETTERS.write(letter(Template.AWARD, dedupe_key=key)).mime)
                if key == "b":
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    client.close()
    assert len(Mailbox(tmp_path).mails(READER)) == 2
    assert list(tmp_path.glob("*.part")) == []


def test_file_and_folder_are_synced_before_the_mail_counts_as_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut cannot be tested; that the disk was asked can."""
    synced: list[tuple[bool, list[str]]] = []

    def fsync(descriptor: int) -> None:
        mode = os.fstat(descriptor).st_mode
        synced.append((stat.S_ISDIR(mode), sorted(path.suffix for path in tmp_path.iterdir())))

    monkeypatch.setattr("activities.sink.server.os.fsync", fsync)
    assert Mailbox(tmp_path).keep("w@rp.example", READER, b"Subject: x\r\n\r\n")
    assert synced == [(False, [".part"]), (True, [".eml"])]


def test_a_half_written_mail_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "000001-00000000000000000000000000000000.part").write_bytes(b"Subject: half")
    assert Mailbox(tmp_path).mails() == []


@pytest.fixture
async def browser(sink: MailSink) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(mailbox_app(sink.mailbox.folder))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_pages_show_the_newest_first_and_by_reader(sink: MailSink, browser: httpx.AsyncClient) -> None:
    assert "Noch keine Nachrichten" in (await browser.get("/")).text
    hand_over(sink, "a")
    hand_over(sink, "b", to="vertretung@r06631.example", template=Template.CLOSING)
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse((await browser.get("/")).text)
    links = [a.get("href") for a in page.iter("a")]
    assert links == ["/mail/2", "/mail/1"]
    one = (await browser.get("/", params={"to": READER})).text
    assert "/mail/1" in one
    assert "/mail/2" not in one


async def test_a_mail_is_shown_in_a_shut_frame(sink: MailSink, browser: httpx.AsyncClient) -> None:
    hand_over(sink)
    page = await browser.get("/mail/1")
    frame = html5lib.parse(page.text, namespaceHTMLElements=False).find(".//iframe")
    assert frame is not None
    assert frame.get("src") == "/mail/1/html"
    assert "allow-scripts" not in str(frame.get("sandbox"))
    assert "allow-same-origin" not in str(frame.get("sandbox"))
    inner = await browser.get("/mail/1/html")
    assert TASK_LINK in inner.text
    assert "sandbox allow-popups" in inner.headers["content-security-policy"]
    assert "script-src" not in inner.headers["content-security-policy"]
    assert TASK_LINK in (await browser.get("/mail/1/text")).text
    for answer in (page, inner):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/mail/9", "/mail/x", "/mail/9/html", "/mail/../refused.txt"])
async def test_what_is_not_there_is_404(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_pages_change_nothing(sink: MailSink, browser: httpx.AsyncClient) -> None:
    hand_over(sink)
    before = {path: path.read_bytes() for path in sink.mailbox.folder.iterdir()}
    for path in ("/", "/mail/1", "/mail/1/html", "/mail/1/text"):
        assert (await browser.get(path)).status_code == 200
        assert (await browser.head(path)).status_code == 200
        assert (await browser.post(path)).status_code == 405
    assert {path: path.read_bytes() for path in sink.mailbox.folder.iterdir()} == before


async def test_a_hostile_mail_stays_text(sink: MailSink, browser: httpx.AsyncClient) -> None:
    raw = b"Subject: <script>1</script>\r\nMessage-ID: <x@y>\r\n\r\n<script>2</script>\r\n"
    sink.mailbox.keep("<script>3</script>", READER, raw)
    for path in ("/", "/mail/1"):
        assert "<script>" not in (await browser.get(path)).text


def test_a_sink_that_took_no_mail_can_be_stopped(tmp_path: Path) -> None:
    """With another mail server set it is never started; its loop is closed all the same."""
    sink = MailSink(tmp_path / "mailbox")
    sink.stop()
    sink.stop()
