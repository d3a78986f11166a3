"""One mail that fails, for whatever reason, keeps no other from coming in."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from activities.letters.correspondence import Correspondence, Post
from activities.letters.rendering import TEMPLATES, Letters
from activities.mail_in.inbox import FIRST_PAUSE, POLL, Inbox, Reader
from activities.mail_in.mail_sources import SourceError
from activities.sink.source import SinkSource, belongs
from models.tables import InboundMail
from models.tasks import TaskKind
from record.database.engine import Database
from record.inbound.acts import Consequences, Read
from record.promises import check
from tests.fixtures.databases import as_owner
from tests.inbound.house import AUTHSERV, CASE, OURS, World, written
from tests.play import programmes

TROUBLED = written("Ein Satz (simuliert).", "jemand@mail.example", subject="Erste", message_id="<first@mail.example>")
OTHER = written(
    "Noch ein Satz (simuliert).", "andere@mail.example", subject="Zweite", message_id="<second@mail.example>"
)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """An application with missing items; replies are wanted."""
    return World(db, tmp_path)


def look(world: World) -> float:
    """One look as the running inbox takes it; gives its rest in seconds."""
    return asyncio.run(world.inbox.look())


# Templates ------------------------------------------------------------------------------------------


def without(path: str, *, line: str) -> Callable[[Path], None]:
    """Removes the lines of a file that begin like this."""

    def cut(folder: Path) -> None:
        file = folder / path
        lines = file.read_text("utf-8").splitlines(keepends=True)
        kept = [one for one in lines if not one.startswith(line)]
        assert len(kept) < len(lines)
        file.write_text("".join(kept), encoding="utf-8")

    return cut


def without_table(path: str, name: str) -> Callable[[Path], None]:
    """Removes a table of a TOML file."""

    def cut(folder: Path) -> None:
        file = folder / path
        before, _, after = file.read_text("utf-8").partition(f"[{name}]\n")
        assert after
        file.write_text(before + after.partition("\n\n")[2], encoding="utf-8")

    return cut


def gone(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink()


MISSING = {
    "UndefinedError": without("email/words.toml", line='once = "'),
    "KeyError": without("email/reply_prepared.toml", line="what = "),
    "TemplateNotFound": gone("email/layout.txt"),
    "FileNotFoundError": gone("email/reply_prepared.toml"),
}


def writes_without(world: World, tmp_path: Path, cut: Callable[[Path], None]) -> None:
    """From here on letters are written from templates in which something is missing."""
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    cut(folder)
    writer = Correspondence(Letters("rp.example", folder), programmes(), Post("http://127.0.0.1:1", OURS))
    consequences = Consequences(writer, lambda address: belongs(address, OURS), world.files.fit)
    world.inbox = Inbox(world.db, world.heap, Reader(world.db, world.files, consequences, AUTHSERV))


@pytest.mark.parametrize("error", MISSING)
def test_a_missing_word_in_a_letter_makes_the_mail_an_officers(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, error: str
) -> None:
    asked = world.asked_for_items()
    writes_without(world, tmp_path, MISSING[error])
    world.heap.mails = {"h1": world.reply("Anbei der Plan.", asked), "h2": OTHER}
    assert look(world) == POLL
    assert world.inbox.trouble == ""
    assert world.kinds() == [("triage", "failed"), ("triage", "no_correlation")]
    assert world.heap.gone == ["h1", "h2"]
    assert world.sent("reply_prepared") == []
    assert f"could not be sorted ({error} at" in caplog.text
    with world.db.read() as session:
        assert check(session) == [], "it stands in the officers' list"


def test_a_refusal_without_words_makes_the_mail_an_officers_and_is_not_met_again(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = world.asked_for_items()
    world.play.answer(CASE, TaskKind.COMPLETE_APPLICATION)
    writes_without(world, tmp_path, without_table("email/words.toml", "refused.task_closed"))
    world.heap.mails = {"h1": world.reply("Zu spät.", asked), "h2": OTHER}
    assert look(world) == POLL
    assert world.kinds() == [("triage", "failed"), ("triage", "no_correlation")]
    assert world.heap.gone == ["h1", "h2"]
    assert world.sent("reply_refused") == []
    assert "could not be sorted (UndefinedError at" in caplog.text
    caplog.clear()
    writes_without(world, tmp_path / "next", without_table("email/words.toml", "refused.task_closed"))
    assert look(world) == POLL
    assert caplog.text == "", "the next start finds nothing left to sort"
    with world.db.read() as session:
        assert check(session) == [], "it stands in the officers' list"


# The record -----------------------------------------------------------------------------------------

REFUSING = {
    "sqlite": "CREATE TRIGGER no_{when} BEFORE {when} ON inbound_mail WHEN NEW.source_ref = 'h1' "
    "BEGIN SELECT RAISE(ABORT, 'no'); END",
    "postgresql": "CREATE FUNCTION no_{when}() RETURNS trigger AS $$ BEGIN IF NEW.source_ref = 'h1' THEN "
    "RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql; "
    "CREATE TRIGGER no_{when} BEFORE {when} ON inbound_mail FOR EACH ROW EXECUTE FUNCTION no_{when}()",
}


def refuse(db: Database, when: str) -> None:
    """The database refuses every ``INSERT`` or ``UPDATE`` of the first mail."""
    _by_owner(db, REFUSING[db.dialect].format(when=when))


def allow(db: Database, when: str) -> None:
    _by_owner(db, f"DROP TRIGGER no_{when}" + (" ON inbound_mail" if db.dialect == "postgresql" else ""))


def _by_owner(db: Database, statement: str) -> None:
    """The application may not make triggers."""
    owner = as_owner(db)
    with owner.write() as session:
        session.execute(text(statement))
    owner.close()


def test_a_mail_that_cannot_be_stored_stays_in_its_mailbox_and_the_others_come_in(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(world.db, "insert")
    world.heap.mails = {"h1": TROUBLED, "h2": OTHER}
    assert look(world) == POLL
    assert [row.subject for row in world.came_in()] == ["Zweite"]
    assert list(world.heap.mails) == ["h1"]
    assert "mail h1 could not be taken in and is set aside" in caplog.text
    caplog.clear()
    assert look(world) == POLL
    assert "h1" not in caplog.text, "it is said once"
    allow(world.db, "insert")
    world.inbox = Inbox(world.db, world.heap, world.reader)  # the next start
    look(world)
    assert [row.subject for row in world.came_in()] == ["Zweite", "Erste"]
    assert world.heap.gone == ["h2", "h1"]


def test_a_mail_that_cannot_even_be_given_to_an_officer_stops_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(world.db, "update")
    world.heap.mails = {"h1": TROUBLED, "h2": OTHER}
    assert look(world) == POLL
    assert world.kinds() == [("", ""), ("triage", "no_correlation")]
    assert "could not be taken in and is set aside" in caplog.text
    allow(world.db, "update")
    look(world)
    assert world.kinds() == [("triage", "no_correlation")] * 2, "it is looked at again each time"


class Away(Consequences):
    """For one mail the database says that it is away; for all others it is there."""

    def follow(self, session: Session, row: InboundMail, read: Read) -> None:
        if read.mail.subject == "Erste":
            raise OperationalError("", None, Exception())
        super().follow(session, row, read)


def test_a_database_that_is_away_for_one_mail_only_gets_it_to_an_officer_in_the_end(world: World) -> None:
    writer = Correspondence(Letters("rp.example"), programmes(), Post("http://127.0.0.1:1", OURS))
    consequences = Away(writer, lambda address: belongs(address, OURS), world.files.fit)
    world.inbox = Inbox(world.db, world.heap, Reader(world.db, world.files, consequences, AUTHSERV))
    world.heap.mails = {"h1": TROUBLED, "h2": OTHER}
    assert look(world) == FIRST_PAUSE
    assert world.kinds() == [("", ""), ("triage", "no_correlation")], "perhaps it is away, so the mail waits"
    look(world)
    assert world.inbox.trouble == "the record cannot be written: OperationalError"
    assert look(world) == POLL
    assert world.inbox.trouble == ""
    assert world.kinds() == [("triage", "failed"), ("triage", "no_correlation")]


# The mailbox of the embedded mode -------------------------------------------------------------------


def test_a_file_that_cannot_be_read_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    unreadable, sound = (f"{number:06}-{'0' * 32}.eml" for number in (1, 2))
    (tmp_path / unreadable).mkdir()
    (tmp_path / sound).write_bytes(f"Return-Path: <>\r\nDelivered-To: {OURS}\r\n\r\nHallo".encode())
    source = SinkSource(tmp_path, OURS)
    for mail in source.arrived(lambda _: False):
        assert mail.ref == sound
        source.done(mail)
    assert f"mail {unreadable} cannot be read: IsADirectoryError" in caplog.text
    assert not source.waits()
    with pytest.raises(SourceError, match="NotADirectoryError"):
        list(SinkSource(tmp_path / sound, OURS).arrived(lambda _: False))
