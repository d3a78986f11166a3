"""The table of outcomes, and the waiting between tries."""

from datetime import timedelta

import pytest
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPConnectTimeoutError,
    SMTPDataError,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPReadTimeoutError,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from hypothesis import given
from hypothesis import strategies as st

from activities.mail_out.smtp_outcome import Stage, Verdict, accepted, attempts_within, classify, wait_before

T, P, A, H = Verdict.TEMPORARY, Verdict.PERMANENT, Verdict.AMBIGUOUS, Verdict.HALT
C, E, D = Stage.CONNECT, Stage.ENVELOPE, Stage.DATA


def rcpt(code: int, text: str = "") -> SMTPRecipientRefused:
    return SMTPRecipientRefused(code, text, "a@b.example")


TABLE = [
    # connection and network
    (SMTPConnectError("refused"), C, T),
    (SMTPConnectTimeoutError("slow"), C, T),
    (SMTPConnectResponseError(421, "too busy"), C, T),
    (SMTPConnectResponseError(554, "5.7.1 you are listed"), C, H),
    (SMTPHeloError(550, "bad name"), C, H),
    (OSError("name not known"), C, T),
    (SMTPNotSupported("no STARTTLS"), C, H),
    (SMTPServerDisconnected("gone"), E, T),
    (SMTPReadTimeoutError("slow"), E, T),
    (ConnectionResetError("reset"), E, T),
    # the final dot
    (SMTPServerDisconnected("Unexpected EOF received"), D, A),
    (SMTPReadTimeoutError("slow"), D, A),
    (ConnectionResetError("reset"), D, A),
    (SMTPResponseException(-1, "Malformed"), D, A),
    (SMTPResponseException(-1, "Malformed"), E, T),
    (SMTPDataError(421, "closing"), D, T),
    (SMTPDataError(451, "local error"), D, T),
    (SMTPDataError(452, "4.3.1 full"), D, T),
    (SMTPDataError(552, "5.3.4 too big"), D, P),
    (SMTPDataError(554, "5.7.1 spam"), D, P),
    (SMTPDataError(550, "4.7.1 later"), D, T),  # the enhanced code is the more exact one
    # recipient
    (rcpt(550, "5.1.1 unknown"), E, P),
    (rcpt(551), E, P),
    (rcpt(553), E, P),
    (rcpt(450, "4.2.0 greylisted"), E, T),
    (rcpt(452), E, T),
    (SMTPRecipientsRefused([rcpt(550)]), E, P),
    (SMTPRecipientsRefused([rcpt(450)]), E, T),
    # sender: nothing this recipient can be blamed for
    (SMTPSenderRefused(550, "not yours", "w@rp.example"), E, H),
    (SMTPSenderRefused(552, "5.3.4 too big", "w@rp.example"), E, P),
    (SMTPSenderRefused(451, "later", "w@rp.example"), E, T),
    # authentication
    (SMTPAuthenticationError(535, "5.7.8 wrong"), C, H),
    (SMTPAuthenticationError(454, "4.7.0 later"), C, H),
    (SMTPSenderRefused(530, "5.7.0 login first", "w@rp.example"), E, H),
    (rcpt(550, "5.7.8 login first"), E, H),
    # addresses
    (SMTPNotSupported("SMTPUTF8"), E, P),
    (ValueError("unsafe address"), E, P),
]


@pytest.mark.parametrize(("error", "stage", "verdict"), TABLE, ids=[f"{type(e).__name__}-{s}-{v}" for e, s, v in TABLE])
def test_table(error: Exception, stage: Stage, verdict: Verdict) -> None:
    assert classify(error, stage).verdict is verdict


@given(st.integers(400, 599), st.sampled_from([E, D]))
def test_what_the_server_answers_is_never_ambiguous(code: int, stage: Stage) -> None:
    assert classify(SMTPResponseException(code, "text"), stage).verdict in {T, P, H}


def test_greylisting_is_told_from_other_delays() -> None:
    assert classify(rcpt(450), E).greylisted
    assert not classify(SMTPDataError(451, ""), D).greylisted
    assert not classify(rcpt(452), E).greylisted


def test_replies_hold_no_address() -> None:
    reply = classify(rcpt(550, "5.1.1 <fachstelle@r06631.example>: unknown\n(to=x@y.example)"), E).reply
    assert reply == "550 5.1.1 <…>: unknown <…>"
    assert accepted(250, "2.0.0 Ok: queued as 4F1A").reply == "250 2.0.0 Ok: queued as 4F1A"
    assert len(classify(rcpt(550, "x" * 5000), E).reply) <= 500


def test_replies_hold_no_sign_that_a_database_refuses() -> None:
    assert classify(rcpt(550, "5.1.1 un\x00known\udcff\x1b[2J"), E).reply == "550 5.1.1 unknown[2J"


def test_waiting_doubles_up_to_four_hours() -> None:
    waits = [wait_before(attempt) / timedelta(minutes=1) for attempt in (1, 2, 3, 8, 9, 10, 1000)]
    assert waits == [1, 2, 4, 128, 240, 240, 240]
    assert wait_before(1, greylisted=True) == timedelta(minutes=5)
    assert wait_before(9, greylisted=True) == timedelta(hours=4)


def test_a_mail_is_kept_for_five_days() -> None:
    last = attempts_within()
    waited = sum((wait_before(attempt) for attempt in range(1, last)), timedelta())
    assert waited <= timedelta(days=5) < waited + wait_before(last)
