"""Robots that answer robots: whatever they do, at most a few mails of ours, and never an answer."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from models.mail.orders import AUTOMATIC_REPLIES
from models.tables import CommandRow, Outbox
from record.database.clock import legal_now
from record.database.engine import Database
from record.inbound.guard import key_of, may_write
from tests.inbound.house import World, written


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """An installation with an inbox."""
    return World(db, tmp_path)


def automatic(world: World) -> list[Outbox]:
    return [mail for mail in world.sent() if mail.template in set(AUTOMATIC_REPLIES)]


def chat(world: World, first: Outbox, words: str, rounds: int, headers: dict[str, str] | None = None) -> None:
    """A robot answers each of our mails at once; when we are silent it writes again to the last one."""
    ours, answered, number = first, 0, 0
    while number < rounds:
        many = 1 if number < 50 else 50  # the first ones one by one: each meets the next mail of ours
        world.receive(*(world.reply(words.format(n=number + n), ours, headers=headers or {}) for n in range(many)))
        number += many
        mails = automatic(world)
        if len(mails) > answered:
            ours, answered = mails[-1], len(mails)


@pytest.mark.slow
@pytest.mark.parametrize(("words", "rounds"), [("Ihre E-Mail ist da.", 100), ("Ticket {n} ist angelegt.", 1_000)])
def test_1000_mutual_auto_replies_without_any_marker_bring_about_at_most_two_mails(
    sqlite_world: World, words: str, rounds: int
) -> None:
    world = sqlite_world
    asked = world.asked_for_items()
    chat(world, asked, words, rounds)
    assert 1 <= len(automatic(world)) <= 2
    assert len(world.came_in()) == rounds
    assert sum(row.kind == "triage" for row in world.came_in()) <= 5, "officers are not flooded either"
    assert all(row.kind in {"answer", "triage", "note"} for row in world.came_in())
    with world.db.read() as session:
        assert session.exec(select(CommandRow).where(CommandRow.task_id == asked.task_id)).all() == []


@pytest.fixture
def sqlite_world(sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    """An installation on SQLite: what is counted here is the same on any database."""
    path = tmp_path / "wir.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield World(database, tmp_path)
    database.close()


def test_a_robot_with_its_marker_is_never_answered(world: World) -> None:
    asked = world.asked_for_items()
    chat(world, asked, "Ihre Nachricht {n} ist eingegangen.", 20, {"Auto-Submitted": "auto-replied"})
    assert automatic(world) == []
    assert {kind for kind, _ in world.kinds()} == {"auto"}


def test_a_robot_that_stays_for_a_week_gets_two_mails_at_most(world: World) -> None:
    asked = world.asked_for_items()
    for day in range(6):
        world.receive(world.reply(f"Ticket {day} wurde angelegt.", asked))
        world.play.until(world.play.now + timedelta(hours=25))
    assert len(automatic(world)) == 2


def test_the_same_words_again_are_no_new_message(world: World) -> None:
    asked = world.asked_for_items()
    for _ in range(4):
        world.receive(world.reply("Ihre Nachricht ist eingegangen.", asked))
    assert world.kinds() == [("answer", "reply_unverified"), *[("note", "repeat")] * 3]


def test_refused_strangers_get_one_explanation_a_day(world: World) -> None:
    asked = world.asked_for_items()
    for number in range(5):
        world.receive(world.reply(f"Ich vertrete die Kollegin, Nummer {number}.", asked, "neu@r06631.example"))
    assert [reason for _, reason in world.kinds()] == ["other_person"] * 5
    letters = automatic(world)
    assert [(mail.template, mail.to) for mail in letters] == [("reply_refused", "neu@r06631.example")]
    text = letters[0].mime.decode()
    assert "wir-fm-2018" not in text, "a stranger is told nothing of any case"
    assert "/t/" not in text
    assert "/c/" not in text


def test_our_own_mailbox_is_never_written_to(world: World) -> None:
    asked = world.asked_for_items()
    world.receive(
        world.reply("Hallo", asked, "wir@rp.example", verified=True),
        world.reply("Hallo", asked, "wir+abcdefghijklmnop@rp.example", verified=True),
        written("Hallo", "wir@rp.example", verified=True),
    )
    assert automatic(world) == []
    assert {kind for kind, _ in world.kinds()} == {"triage"}


def test_the_guard_counts_by_address_and_by_matter_and_a_clock_set_back_opens_nothing(world: World) -> None:
    world.play.apply()
    now = world.play.now

    def mailed(to: str, matter: str, at_hours: float) -> None:
        with world.db.write() as session:
            known = session.exec(select(Outbox)).first()
            assert known is not None
            values = known.model_dump() | {
                "id": f"{to}{matter}{at_hours}",
                "dedupe_key": key_of("", matter, f"{to}{at_hours}"),
                "message_id": f"<{to}{matter}{at_hours}>",
                "to": to,
                "template": "reply_refused",
                "queued_at": now - timedelta(hours=at_hours),
                "state": "dropped",
            }
            session.add(Outbox(**values))

    def may(to: str, matter: str) -> bool:
        with world.db.read() as session:
            return may_write(session, to, "", matter, now)

    assert may("a@x.example", "m1")
    mailed("a@x.example", "m1", 23)
    assert not may("A@X.example", "m2"), "one a day and address, however it is written"
    assert may("b@x.example", "m1")
    mailed("b@x.example", "m1", 25)
    assert may("b@x.example", "m2")
    assert not may("c@x.example", "m1"), "two a week and matter"
    assert may("c@x.example", "m"), "a matter is not another one that begins alike"
    mailed("d@x.example", "m3", -5)
    assert not may("d@x.example", "m4"), "what lies in the future counts"
    with world.db.read() as session:
        assert legal_now(session) >= now
