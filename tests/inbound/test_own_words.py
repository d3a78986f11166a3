"""What a mail brings becomes words that a form would take; an example of ours never becomes an answer."""

import base64
from pathlib import Path

import pytest
from sqlmodel import select

from models.content.answers import Completion
from models.tables import CommandRow, Draft, Outbox
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.inbound.answers import Words
from record.promises import check
from tests.inbound.house import PDF, World
from tests.inbound.test_spoofing import lines_that_take_hand_ins

ODD = "Anbei\x00 der \x1b[2JPlan\x85,\u202e siehe\u2028Anlage\x07."


def odd(world: World, asked: Outbox, *, files: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """A reply whose text holds signs that no form takes, as a mail program can send them."""
    raw = world.reply("Hier steht es.", asked, files=files, verified=True)
    plain = b"Hier steht es.\r\n"
    assert plain in raw
    sent = raw.replace(plain, base64.b64encode(ODD.encode()) + b"\r\n", 1)
    return sent.replace(b"Content-Transfer-Encoding: 7bit", b"Content-Transfer-Encoding: base64", 1)


@pytest.mark.parametrize("hand_in", [True, False])
def test_signs_that_no_form_takes_are_left_out_and_the_bytes_are_kept(
    db: Database, tmp_path: Path, hand_in: bool
) -> None:
    world = World(db, tmp_path, directory=lines_that_take_hand_ins() if hand_in else None)
    raw = odd(world, world.asked_for_items(), files=(("plan.pdf", PDF),))
    world.receive(raw)
    (row,) = world.came_in()
    assert (row.kind, row.raw) == ("answer", raw)
    with db.read() as session:
        if hand_in:
            text = session.get_one(CommandRow, row.command_id).content["answer"]
        else:
            text = session.exec(select(Draft)).one().raw["answer"]
        assert check(session) == []
    assert "Plan" in text
    assert Completion(answer=text, acting_name="a", acting_function="b").answer == text


@pytest.mark.parametrize("text", ["Begründung", "…", "M. Muster"])
def test_an_example_handed_in_by_mail_has_to_be_confirmed_in_the_form(db: Database, tmp_path: Path, text: str) -> None:
    world = World(db, tmp_path, directory=lines_that_take_hand_ins())
    asked = world.asked_for_items()
    world.receive(world.reply(text, asked, files=(("plan.pdf", PDF),), verified=True))
    assert world.kinds() == [("answer", "reply")]
    with db.read() as session:
        assert session.exec(select(Draft)).one().raw == {"answer": text}
    assert world.task(K.COMPLETE_APPLICATION).state == "open"


def test_words_of_a_mail_are_clean_wherever_they_come_from() -> None:
    assert Words(ODD).text == "Anbei der [2JPlan, siehe\nAnlage."
