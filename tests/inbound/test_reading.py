"""Reading never raises and ends in bounded time, whatever the bytes; dates of absence; results of our own server."""

import time
from datetime import date
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.mail_in.parsing.absence import absent_until
from activities.mail_in.parsing.authentication import authentication
from activities.mail_in.parsing.correlation import correlate
from activities.mail_in.parsing.reading import read_mail
from activities.mail_in.parsing.replies import new_text
from activities.mail_in.parsing.sorting import sort
from models.mail.inbound import Authentication, MailKind, ParsedMail
from tests.inbound.world import AUTHSERV, World, index, raw

NAMES: Final = sorted(index())
PLAIN: Final = b"Content-Type: text/plain; charset=utf-8\n\n"
HTML: Final = b"Content-Type: text/html\n\n"
HOSTILE: Final = {
    "comments": HTML + b"<!--" * 100_000,
    "open tags": HTML + b"<a " * 100_000,
    "open attributes": HTML + b'<a b="' * 60_000,
    "quotations": HTML + b"<blockquote>" * 19_000 + b"x",
    "references": HTML + b"&#" * 200_000,
    "introductions": PLAIN + (b"Am schrieb " * 25 + b"\n") * 5_000,
    "wrote": PLAIN + (b"On " * 99 + b"\n") * 5_000,
    "address lines": PLAIN + (b"Von:" + b" " * 200 + b"\n") * 5_000,
    "spaces": PLAIN + b" " * 200_000,
    "flowed": b"Content-Type: text/plain; format=flowed\n\n" + b"x \n" * 60_000,
    "armour": PLAIN + b"-----BEGIN PGP SIGNATURE-----\n" * 5_000,
    "accents": PLAIN + ("a" + "\u0316\u0300" * 60_000).encode(),
    "encoded words": b"Subject: " + b"=?a?q?" * 10_000 + b"\n\nx",
    "quoted parameters": b"Content-Type: multipart/mixed" + b';"' * 2_000_000 + b"\n\nx",
    "continued parameters": b"Content-Type: text/plain;" + b"".join(b" a*%d=x;" % i for i in range(5_000)) + b"\n\nx",
    "nested": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(5_000)),
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 5_000 + b"x",
    "parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "digest": b"Content-Type: multipart/digest; boundary=b\n\n" + b"--b\n\nx: y\n\nz\n" * 4_900,
    "lines": PLAIN + b"\n" * 900_000,
    "many fields": b"X: y\n" * 1_000_000 + b"\nx",
    "one field": b"X: " + b"y" * 5_000_000 + b"\n\nx",
    "brackets": b"Authentication-Results: x" + b"(" * 100_000 + b"\n\nx",
    "half addresses": b"From: " + b"<a@" * 1_200 + b"\n\nx",
    "dates": b"Auto-Submitted: x\nDate: Mon, 5 Mar 2018 10:00:00 +0100\n\n" + b"bis zum vom wieder ab " * 300,
}


def whole(mail: ParsedMail) -> None:
    """What holds for any mail: read without giving up, sorted into one kind, text without what cannot be seen."""
    assert "failed" not in mail.trouble, mail.trouble
    assert sort(mail, correlate(mail, World())).kind in set(MailKind)
    for text in (mail.subject, mail.sender_name, mail.new_text, mail.message_id):
        text.encode("utf-8")
        assert "\x00" not in text
        assert "\u202e" not in text


@given(st.binary(max_size=3_000))
@settings(max_examples=150, deadline=None)
def test_random_bytes(data: bytes) -> None:
    whole(read_mail(data, trusted_authserv=AUTHSERV))


@given(
    field=st.sampled_from(["From", "Subject", "Date", "Content-Type", "Content-Disposition", "To", "References"]),
    value=st.text(max_size=200),
    body=st.binary(max_size=500),
)
@settings(max_examples=150, deadline=None)
def test_random_fields(field: str, value: str, body: bytes) -> None:
    head = f"{field}: {value}".encode("utf-8", "surrogatepass")
    whole(read_mail(head + b"\r\nMIME-Version: 1.0\r\n\r\n" + body, trusted_authserv=AUTHSERV))


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_message_with_bytes_changed_cut_or_doubled(name: str, data: st.DataObject) -> None:
    message = bytearray(raw(name))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(message)))
        end = min(len(message), at + data.draw(st.integers(0, 60)))
        message[at:end] = data.draw(st.one_of(st.binary(max_size=20), st.just(bytes(message[at:end] * 2))))
    whole(read_mail(bytes(message), trusted_authserv=AUTHSERV))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_would_be_slow_is_cut(name: str) -> None:
    begun = time.process_time()
    whole(read_mail(HOSTILE[name]))
    assert time.process_time() - begun < 20  # unbounded these take minutes to hours


@pytest.mark.parametrize(
    ("name", "code"),
    [("nested", "too_deep"), ("parts", "too_many_parts"), ("many fields", "header_too_long"), ("spaces", "no_from")],
)
def test_what_was_cut_is_told(name: str, code: str) -> None:
    assert code in read_mail(HOSTILE[name]).trouble


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Ich bin bis einschließlich 15.03.2018 nicht im Büro.", date(2018, 3, 15)),
        ("bis zum 3. April", date(2018, 4, 3)),
        ("bis 16.3.18", date(2018, 3, 16)),
        ("bis Freitag, den 16. März 2018", date(2018, 3, 16)),
        ("vom 12. bis 23. März", date(2018, 3, 23)),
        ("vom 12.03. bis zum 23.03.", date(2018, 3, 23)),
        ("bis zum 7. Januar", date(2019, 1, 7)),
        ("until 15 March 2018", date(2018, 3, 15)),
        ("until March 15th", date(2018, 3, 15)),
        ("through Friday, March 16, 2018", date(2018, 3, 16)),
        ("until 2018-03-20", date(2018, 3, 20)),
        ("Ab dem 19.03.2018 bin ich wieder erreichbar.", date(2018, 3, 18)),
        ("I will be back on 19 March.", date(2018, 3, 18)),
        ("bis auf Weiteres", None),
        ("bis 14:30 Uhr", None),
        ("bis 31.02.2018", None),
        ("bis 31.12.2017", None),
        ("bis 12.12.2099", None),
        ("until 04/05/2018", None),
        ("Wir antworten in 3 bis 5 Tagen.", None),
        ("Der Antrag gilt ab dem 01.04.2018.", None),
    ],
)
def test_until_when_somebody_is_away(text: str, until: date | None) -> None:
    assert absent_until(text, date(2018, 3, 10)) == until


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["mx.rp.example; dmarc=pass header.from=a.example"], Authentication(dmarc="pass")),
        (["other.example; dmarc=pass header.from=a.example"], Authentication()),
        (["mx.rp.example.evil.example; dmarc=pass"], Authentication()),
        (["mx.rp.example; dmarc=fail", "mx.rp.example; dmarc=pass"], Authentication(dmarc="fail")),
        (["mx.rp.example; none (; dmarc=pass)"], Authentication()),
        (["mx.rp.example; dmarc=pass header.from=b.example"], Authentication()),
        (["mx.rp.example; dmarc=temperror"], Authentication()),
        (["mx.rp.example 1; dkim=pass header.d=a.example"], Authentication(dkim="pass", aligned=True)),
        (["mx.rp.example; dkim=pass header.d=example"], Authentication(dkim="pass")),
        (["mx.rp.example; dkim=pass header.d=xa.example"], Authentication(dkim="pass")),
        (["MX.RP.example; spf=fail smtp.mailfrom=a.example"], Authentication(spf="fail")),
    ],
)
def test_only_our_own_server_is_believed(values: list[str], expected: Authentication) -> None:
    assert authentication(values, "mx.rp.example", "x@a.example") == expected
    assert authentication(values, "", "x@a.example") == Authentication()


@given(st.text(max_size=400))
@settings(deadline=None)
def test_a_reply_never_loses_all_of_its_text(text: str) -> None:
    assert bool(new_text(text).strip()) == bool(text.strip()) or text.strip().startswith("-----BEGIN PGP")
