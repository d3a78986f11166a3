"""The corpus: raw messages as mail systems write them, and what a person would call each.

``developed``: seen while the sorter was written. ``held-out``: written before the sorter ran on any message, and
never changed after. The accuracy of both is held apart.
"""

from collections import Counter
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.mail_in.parsing.correlation import correlate
from activities.mail_in.parsing.reading import read_mail
from activities.mail_in.parsing.sorting import sort
from models.mail.inbound import MailKind, ParsedMail, Sorted
from tests.inbound.world import AUTHSERV, CORPUS, World, index, raw

INDEX: Final = index()
ANSWERS: Final = sorted(name for name, expected in INDEX.items() if expected["kind"] == "answer")
MARKERS: Final = (
    b"Auto-Submitted: auto-replied",
    b"Auto-Submitted: auto-generated; type=x",
    b"auto-submitted: Auto-Replied (vacation)",
    b"X-Autoreply: yes",
    b"X-Autorespond: VN",
    b"X-Auto-Response-Suppress: All",
    b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
    b"Precedence: bulk",
    b"Precedence: junk",
    b"Precedence: auto_reply",
    b"Precedence: list",
    b"List-Id: <x.lists.example>",
    b"Return-Path: <>",
    b"X-MS-Exchange-Inbox-Rules-Loop: a@b.example",
    b"X-Powered-By: OTRS",
)


def sorted_mail(data: bytes) -> tuple[ParsedMail, Sorted]:
    mail = read_mail(data, trusted_authserv=AUTHSERV)
    return mail, sort(mail, correlate(mail, World()))


def test_the_index_names_every_message_and_there_are_enough() -> None:
    files = {path.stem for path in CORPUS.glob("*.eml")}
    groups = Counter(expected["group"] for expected in INDEX.values())
    assert files == set(INDEX)
    assert len(files) >= 170
    assert groups["held-out"] >= 40
    assert {expected["kind"] for expected in INDEX.values()} == set(MailKind)
    assert len({raw(name) for name in files}) == len(files)


@pytest.mark.parametrize("group", ["developed", "held-out"])
def test_at_least_98_of_100_are_sorted_as_a_person_would(group: str) -> None:
    names = [name for name, expected in INDEX.items() if expected["group"] == group]
    wrong = [name for name in names if sorted_mail(raw(name))[1].kind != INDEX[name]["kind"]]
    assert len(wrong) <= len(names) * 0.02, wrong


def test_no_message_of_a_robot_is_an_answer() -> None:
    robots = [name for name, expected in INDEX.items() if expected["kind"] in {"auto", "bounce", "note"}]
    assert len(robots) > 60
    assert [name for name in robots if sorted_mail(raw(name))[1].kind == MailKind.ANSWER] == []


@pytest.mark.parametrize("name", sorted(INDEX))
def test_what_else_is_expected_of_a_message(name: str) -> None:
    mail, got = sorted_mail(raw(name))
    facts = {
        "reason": got.reason,
        "sender": mail.sender,
        "new_text": mail.new_text,
        "absent_until": mail.absent_until.isoformat() if mail.absent_until else None,
        "status": mail.bounce.status if mail.bounce else "",
        "files": len(mail.attachments),
    }
    expected = {key: value for key, value in INDEX[name].items() if key in facts}
    assert {key: facts[key] for key in expected} == expected
    assert "failed" not in mail.trouble


@given(name=st.sampled_from(ANSWERS), marker=st.sampled_from(MARKERS), last=st.booleans())
@settings(max_examples=100, deadline=None)
def test_an_answer_with_any_marker_of_a_robot_is_none(name: str, marker: bytes, last: bool) -> None:
    data = raw(name)
    assert sorted_mail(data)[1].kind == MailKind.ANSWER
    head, blank, body = data.partition(b"\r\n\r\n")
    marked = head + b"\r\n" + marker + blank + body if last else marker + b"\r\n" + data
    assert sorted_mail(marked)[1].kind in {MailKind.AUTO, MailKind.TRIAGE}


@pytest.mark.parametrize(
    "subject",
    ["Abwesenheitsnotiz: VN", "Automatische Antwort: VN", "Out of Office: VN", "AW: Abwesend", "Automatic reply: VN"],
)
def test_an_answer_under_the_subject_of_a_robot_is_none(subject: str) -> None:
    data = raw("reply-no-mime")
    line = next(line for line in data.split(b"\r\n") if line.startswith(b"Subject:"))
    assert sorted_mail(data.replace(line, f"Subject: {subject}".encode()))[1].kind == MailKind.AUTO


def test_our_own_header_that_came_back_makes_no_robot() -> None:
    _, got = sorted_mail(b"X-Auto-Response-Suppress: OOF, AutoReply\r\n" + raw("reply-no-mime"))
    assert got.kind == MailKind.ANSWER
