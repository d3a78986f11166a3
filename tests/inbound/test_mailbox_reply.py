"""The reply form of the mailbox pages: a simulated person answers, nobody else writes in anybody's name."""

import email
from collections.abc import AsyncIterator, Iterator
from email import policy
from pathlib import Path

import httpx
import pytest

from activities.sink.mailbox_pages import mailbox_app
from activities.sink.server import MailSink

ASKED = (
    b"From: Amt <wir@rp.example>\r\nTo: fachstelle@r06631.example\r\nReply-To: wir+abcdefghijklmnop@rp.example\r\n"
    b"Subject: =?utf-8?q?F=C3=BCr_Sie?=\r\nMessage-ID: <wir-1@rp.example>\r\nDate: Tue, 02 Jan 2018 09:00:00 +0100\r\n"
    b"\r\nBitte senden Sie den Plan.\r\n"
)
FORM = {"text": "Anbei.\nGruß"}


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    """A sink that listens, with one mail in it."""
    sink = MailSink(tmp_path / "mailbox")
    sink.start()
    sink.mailbox.keep("wir+b-abcdefghijklmnop@rp.example", "fachstelle@r06631.example", ASKED)
    yield sink
    sink.stop()


@pytest.fixture
async def http(sink: MailSink) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the mailbox."""
    transport = httpx.ASGITransport(mailbox_app(sink.mailbox.folder, sink.server))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8025") as client:
        yield client


async def test_a_reply_is_a_mail_as_a_mail_program_writes_it(sink: MailSink, http: httpx.AsyncClient) -> None:
    heard: list[None] = []
    sink.on_mail = lambda: heard.append(None)
    assert "Antworten (als fachstelle@r06631.example)" in (await http.get("/mail/1")).text
    done = await http.post("/mail/1/reply", data=FORM, files={"files": ("plan.csv", b"a;b\n")})
    assert done.status_code == 200
    assert heard
    path = next(iter(sink.mailbox.folder.glob("000002-*.eml")))
    mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["Delivered-To"] == "wir+abcdefghijklmnop@rp.example"
    assert mail["From"] == "fachstelle@r06631.example"
    assert (mail["In-Reply-To"], mail["References"]) == ("<wir-1@rp.example>", "<wir-1@rp.example>")
    assert mail["Subject"] == "AW: Für Sie"
    assert mail["Auto-Submitted"] is None
    text = mail.get_body(("plain",))
    assert text is not None
    body = text.get_content().replace("\r\n", "\n")
    assert body.startswith("Anbei.\nGruß\n\nAm 02.01.2018 um 09:00 schrieb")
    assert "> Bitte senden Sie den Plan." in body
    assert [part.get_filename() for part in mail.iter_attachments()] == ["plan.csv"]


@pytest.mark.parametrize(
    ("headers", "form", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, FORM, 403),
        ({"Origin": "http://evil.example"}, FORM, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, FORM, 200),
        ({}, {"text": "  "}, 400),
        ({}, {}, 400),
    ],
)
async def test_only_a_written_reply_from_these_pages_is_sent(
    sink: MailSink, http: httpx.AsyncClient, headers: dict[str, str], form: dict[str, str], status: int
) -> None:
    answer = await http.post("/mail/1/reply", data=form, headers=headers)
    assert answer.status_code == status
    assert len(sink.mails()) == (2 if status == 200 else 1)


async def test_without_a_sink_there_is_no_form(sink: MailSink) -> None:
    transport = httpx.ASGITransport(mailbox_app(sink.mailbox.folder))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8025") as client:
        assert "Antworten" not in (await client.get("/mail/1")).text
        assert (await client.post("/mail/1/reply", data=FORM)).status_code == 403
