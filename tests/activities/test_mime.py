"""Headers, addresses, boundaries, redaction. Hypothesis tries to get into the headers."""

import email
import re
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activities.letters.mime import LINK, LONGEST_NAME, Envelope, build, message_id, one_line, redact
from models.mail.orders import Template
from tests.activities.samples import CASE_LINK, LETTERS, TASK_LINK, letter

NOW = datetime(2018, 7, 1, 10, 0, tzinfo=UTC)
FIRST = "<wir-fm-2018-06631.0@rp.example>"


def built(envelope: Envelope, subject: str = "Betreff", file: str = "a.txt") -> tuple[str, EmailMessage, bytes]:
    to, mime = build(
        envelope,
        identity="<1@rp.example>",
        subject=subject,
        date=NOW,
        text="t\n",
        html="<p>t",
        attachment=(file, "x\n"),
    )
    return to, email.message_from_bytes(mime, policy=policy.SMTP), mime


def test_headers() -> None:
    mail = LETTERS.write(letter(Template.AWARD, reply_to="antrag@rp.example", in_reply_to=FIRST))
    message = email.message_from_bytes(mail.mime, policy=policy.SMTP)
    assert {name: str(message[name]) for name in message} == {
        "From": "Regierungspräsidium Darmstadt <wir@rp.example>",
        "To": '"Simulierte Fachstelle, Landkreis Fulda" <fachstelle@r06631.example>',
        "Reply-To": "antrag@rp.example",
        "Subject": "[wir-fm-2018-06631] Ihr Zuwendungsbescheid",
        "Date": "Thu, 22 Feb 2018 10:30:00 +0100",
        "Message-ID": mail.message_id,
        "In-Reply-To": FIRST,
        "References": FIRST,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
        "Content-Language": "de",
    }
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert re.fullmatch(r"<wir-fm-2018-06631\.[0-9a-f]{32}@rp\.example>", mail.message_id)


def test_the_first_mail_of_a_case_refers_to_none() -> None:
    mail = LETTERS.write(letter(Template.INVITATION))
    assert b"In-Reply-To" not in mail.mime
    again = LETTERS.write(letter(Template.INVITATION, in_reply_to=mail.message_id))
    assert again.mime == mail.mime


def test_lines_are_short_and_end_as_smtp_wants() -> None:
    lines = LETTERS.write(letter(Template.AWARD, notice_body="ä" * 3000 + "\n", notice_id="x")).mime.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@given(st.text(), st.text(), st.text())
def test_nothing_gets_into_the_headers(name: str, subject: str, file: str) -> None:
    envelope = Envelope(sender="wir@rp.example", sender_name=name, to="a@b.example", to_name=name)
    to, message, mime = built(envelope, subject, file)
    assert to == "a@b.example"
    head = mime.split(b"\r\n\r\n")[0].decode("ascii")
    names = [line.split(":")[0] for line in head.split("\r\n") if not line.startswith((" ", "\t"))]
    assert sorted(names) == sorted(message.keys())
    assert sorted(names) == [
        "Auto-Submitted",
        "Content-Language",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
        "X-Auto-Response-Suppress",
    ]
    assert [a.addr_spec for a in message["To"].addresses] == ["a@b.example"]
    assert [a.addr_spec for a in message["From"].addresses] == ["wir@rp.example"]


@given(
    st.text(),
    st.sampled_from(["\r\nBcc: e@evil.example", ", e@evil.example", "\x0b", "\u2028", "> <e@evil.example", ""]),
)
def test_one_address_or_none(text: str, evil: str) -> None:
    """Whatever stands in the address field: one recipient, or a refusal."""
    try:
        to, message, _ = built(Envelope(sender="wir@rp.example", to=f"a{text}{evil}@b.example"))
    except ValueError:
        return
    assert len(message["To"].addresses) == 1
    assert to.endswith("@b.example")
    assert not re.search(r"[\s<>,]", to)


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("amt@straße.example", "amt@xn--strae-oqa.example"),  # IDNA 2003 would write strasse, another domain
        ("amt@FULDA.example", "amt@fulda.example"),
        ("bürger@fulda.example", "bürger@fulda.example"),
    ],
)
def test_addresses_beyond_ascii(address: str, envelope: str) -> None:
    to, _, mime = built(Envelope(sender="wir@rp.example", to=address))
    assert to == envelope
    assert f"To: {envelope}\r\n".encode() in mime


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "a@b", "a@b.example, c@d.example", "a b@c.example", "a@b@c.example"]
)
def test_no_mail_goes_to_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"^not a mail address$"):
        built(Envelope(sender="wir@rp.example", to=address))


def test_file_names_keep_umlauts_and_lose_paths() -> None:
    _, message, _ = built(Envelope(sender="a@b.example", to="a@b.example"), file="../../Prüf\u202eung/N1.txt")
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "Prüfung-N1.txt"


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert one_line(line) == line


@given(st.text(), st.text())
def test_message_ids_are_safe_and_differ(one: str, other: str) -> None:
    first, second = (message_id(key, "wir-fm-2018-06631", "rp.example") for key in (one, other))
    assert (first == second) == (one == other)
    assert re.fullmatch(r"<[A-Za-z0-9.-]+@rp\.example>", message_id(one, other, "rp.example"))


def test_redaction_takes_the_keys_and_leaves_the_rest() -> None:
    mail = LETTERS.write(letter(Template.AWARD, notice_body="Text des Bescheids\n", notice_id="x"))
    clean = redact(mail.mime)
    before, after = (email.message_from_bytes(m, policy=policy.SMTP) for m in (mail.mime, clean))
    for kind in ("plain", "html"):
        old, new = (m.get_body((kind,)).get_content() for m in (before, after))  # type: ignore[union-attr]
        assert TASK_LINK in old
        assert CASE_LINK in old
        assert new == LINK.sub(r"\1…", old)
        assert "http://127.0.0.1:8088/t/…" in new
    flat = clean.replace(b"=\r\n", b"")
    assert TASK_LINK[-43:].encode() not in flat
    assert CASE_LINK[-43:].encode() not in flat
    (attached,) = after.iter_attachments()
    assert attached.get_content().strip() == "Text des Bescheids"
    assert after["Message-ID"] == mail.message_id
    assert redact(clean) == clean


def test_a_mail_without_links_stays_as_it_is() -> None:
    mail = LETTERS.write(letter(Template.CLOSING, task_link=None, case_link=None))
    assert redact(mail.mime) == mail.mime


WORDS = st.lists(st.text("abcäöüßÄÖÜ", min_size=1, max_size=14), min_size=1, max_size=14).map(" ".join)


@given(subject=WORDS, name=WORDS)
@example(subject="a", name="a" * 98 + " bc")
@example(subject="a", name="ä" * 99 + " bc")
def test_words_with_umlauts_keep_their_spaces(subject: str, name: str) -> None:
    mime = built(Envelope("wir@rp.example", "a@r06631.example", to_name=name, sender_name=name), subject)[2]
    # The standard library's own reader of long names adds spaces; the older one follows RFC 2047.
    message = email.message_from_bytes(mime, policy=policy.compat32)
    assert str(make_header(decode_header(message["Subject"]))) == subject
    for header in ("From", "To"):
        shown, address = parseaddr(" ".join(message[header].split()))
        assert str(make_header(decode_header(shown))) == name[:LONGEST_NAME].rstrip()
        assert address.endswith(".example")
    assert max(map(len, mime.splitlines())) <= 998


def test_a_subject_for_refugees() -> None:
    subject = "[wir-fm-2018] Einladung zum Antrag WIR-Fallmanagement für Geflüchtete 2018"
    assert str(built(Envelope("wir@rp.example", "a@r06631.example"), subject)[1]["Subject"]) == subject
