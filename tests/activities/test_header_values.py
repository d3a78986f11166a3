"""A header value carries one address and one line, whatever a name, a subject or a file is called.

Each mail is read as two kinds of readers read it: by the standard library's newer and its older parser. The newer one
adds spaces between encoded words of a long name, so what a name says is asked of the older one, which follows RFC 2047.
"""

import email
import re
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activities.letters.mime import LONGEST_NAME, Envelope, build, one_line
from activities.sink.mailbox_reply import Attached, reply_to
from activities.sink.server import SinkMail
from record.database.simulated import _data
from tests.activities import test_mime

NOW: Final = datetime(2018, 7, 1, 10, 0, tzinfo=UTC)
TO, FROM, REPLY = "fachstelle@r06631.example", "wir@rp.example", "wir+abcdefghijklmnop@rp.example"
ONCE: Final = ("From", "To", "Reply-To", "Subject", "Message-ID", "Date", "In-Reply-To", "References")
EVIL: Final = (
    "Muster, Erika; Fachstelle <chef@evil.example>, zweite@evil.example und noch viel mehr Text dahinter",
    "Landkreis Fulda, Fachbereich 4 (Integration), Frau Dr. Erika Mustermann-Schulze, Zi. 12: Tel. 0661",
    'Muster" <chef@evil.example>, "Zweite',
    "=?utf-8?q?=22_=3Cchef=40evil=2Eexample=3E=2C?= <zweite@evil.example>",
    "Erika\r\nBcc: chef@evil.example",
    "Erika\u2028Bcc: chef@evil.example",
    "undisclosed: chef@evil.example;",
    "(chef@evil.example) " * 9,
    "\\" * 70,
)
NAMES: Final = st.one_of(
    st.sampled_from(EVIL),
    st.text(max_size=150),
    st.text('aä ,;:<>@"()[]\\.=?\r\n\t', max_size=150),
)


def built(envelope: Envelope, subject: str, file: str) -> bytes:
    return test_mime.built(envelope, subject, file)[2]


def read(mime: bytes) -> tuple[EmailMessage, Message]:
    """The mail as the newer and as the older parser reads it."""
    return (
        email.message_from_bytes(mime, policy=policy.default),
        email.message_from_bytes(mime, policy=policy.compat32),
    )


def old_text(message: Message, header: str) -> str:
    """A header as a reader of RFC 2047 shows it."""
    return " ".join(str(make_header(decode_header(message[header]))).split())


def spaced(text: str) -> str:
    return " ".join(text.split())


@given(name=NAMES, subject=NAMES, file=NAMES, before=st.one_of(st.just("<0@rp.example>"), NAMES))
@example(name=EVIL[0], subject=EVIL[4], file=EVIL[2], before=EVIL[4])
@example(name="a" * 41, subject="=?utf-8?q?=0D=0ABcc=3A_chef=40evil=2Eexample?=", file="ä" * 300, before="<a@b\r\n c>")
def test_each_header_is_one_line_with_one_address(name: str, subject: str, file: str, before: str) -> None:
    envelope = Envelope(FROM, TO, to_name=name, sender_name=name, reply_to=REPLY, in_reply_to=before)
    mime = built(envelope, subject, file)
    for message in read(mime):
        assert {header.lower() for header in message.keys()} <= {  # noqa: SIM118 - a message is no mapping
            *(header.lower() for header in ONCE),
            "auto-submitted",
            "x-auto-response-suppress",
            "mime-version",
            "content-type",
            "content-language",
        }
        assert all(len(message.get_all(header, [])) <= 1 for header in ONCE)
        assert message["Bcc"] is None
    new, old = read(mime)
    shown = one_line(name)[:LONGEST_NAME].rstrip()
    for header, address in (("From", FROM), ("To", TO), ("Reply-To", REPLY)):
        (one,) = new[header].addresses
        assert one.addr_spec == address
        ((written, older),) = getaddresses([" ".join(old[header].split())])
        assert older == address
        if header != "Reply-To":
            assert spaced(str(make_header(decode_header(written)))) == spaced(shown)
    assert old_text(old, "Subject") == spaced(one_line(subject))
    (attached,) = new.iter_attachments()
    assert re.fullmatch(r"[\w.-]{1,130}", attached.get_filename() or "")
    assert new["In-Reply-To"] in {None, "<0@rp.example>"}


@pytest.mark.parametrize("name", EVIL)
def test_the_very_names_that_led_elsewhere(name: str) -> None:
    head = built(Envelope(FROM, TO, to_name=name), "Betreff", "a.txt").split(b"\r\n\r\n")[0]
    assert re.findall(rb"[\w.]+@evil\.example", head) == []
    _, old = read(built(Envelope(FROM, TO, to_name=name), "Betreff", "a.txt"))
    ((shown, _),) = getaddresses([" ".join(old["To"].split())])
    assert str(make_header(decode_header(shown))) == one_line(name)[:LONGEST_NAME].rstrip()


def test_names_that_are_on_file_read_as_they_are_written() -> None:
    names = [contact["name"].format(name="Landkreis Fulda") for contact in _data()["contacts"]]
    assert any("," in name for name in names)
    for name in (*names, "Dr. O'Neil-Müller (Stab)"):
        new, _ = read(built(Envelope(FROM, TO, to_name=name), "Betreff", "a.txt"))
        assert new["To"].addresses[0].display_name == name


def test_a_local_part_with_umlauts_has_one_address_too() -> None:
    mime = built(Envelope(FROM, "bürger@r06631.example", to_name=EVIL[0]), EVIL[4], "a.txt")
    new, _ = read(mime)
    (to,) = new["To"].addresses
    assert to.addr_spec.encode(errors="surrogateescape").decode() == "bürger@r06631.example"
    assert new["Bcc"] is None


def test_an_identity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a message id"):
        build(Envelope(FROM, TO), identity="<1@rp.example>\r\nBcc: a@b.example", subject="", date=NOW, text="", html="")


@given(name=NAMES, subject=NAMES, file=NAMES)
@example(name=EVIL[0], subject=EVIL[4], file=EVIL[2])
def test_a_simulated_reply_goes_to_one_address(name: str, subject: str, file: str) -> None:
    """The sink shows headers decoded, so a name may look like addresses there."""
    asked = SinkMail(
        number=1,
        to=TO,
        sender=f"{one_line(name)} <{FROM}>",
        subject=subject,
        message_id="<1@rp.example>",
        reply_to="",
        date=NOW,
        text="Bitte antworten.",
        html="",
        attachments=(),
    )
    reply = reply_to(asked, "Anbei.", [Attached(file or "a", b"x")])
    for message in read(reply.as_bytes()):
        assert message["Bcc"] is None
        assert all(len(message.get_all(header, [])) <= 1 for header in ONCE)
        assert [address for _, address in getaddresses([str(message["To"]), str(message["From"])])] == [FROM, TO]
