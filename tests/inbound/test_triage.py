"""Officers and mail that came in: listed, read safely, prepared, noted, saved; each choice on record."""

import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from activities.mail_in.inbox import Reader
from activities.mail_in.inbox_desk import InboxDesk
from cli.pages.inbox import safe_name
from models.tables import Absence, Draft, InboundMail, Outbox, TaskRow
from models.tasks import TaskKind as K
from portal.interface.app import officers_interface
from portal.interface.inbox import Incoming
from record.files.rows import remember
from record.files.uploads import FileStore
from record.inbound import mails as inbound
from record.people import contacts
from tests.cli.office import CASE, Clock, Office, listening_office
from tests.inbound.house import PDF, reading, written
from tests.play import programmes

NASTY = "Guten Tag,\x1b[2J\x1b]0;weg\x07\nhier der Plan.\u202e txt.exe"


class Desk(Office):
    """An office whose desk shows mail that came in."""

    reader: Reader

    def __post_init__(self) -> None:
        super().__post_init__()
        _, consequences, self.reader = reading(self.db, self.folder)
        engine: Any = SimpleNamespace(
            db=self.db, gateway=self.gateway, directory=programmes(), settings=SimpleNamespace(mode=self.mode)
        )
        self.store = FileStore(self.folder / "files")
        incoming = Incoming(InboxDesk(self.reader, consequences), self.store)
        self.app = officers_interface(engine, Clock(self.db), doctor=self._doctor, incoming=incoming)


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """An embedded installation on 2 January 2018 whose desk listens on a Unix socket."""
    with listening_office(Desk, sqlite_template, tmp_path) as found:
        yield found


@pytest.fixture
def waiting(office: Desk) -> Desk:
    """An application with missing items, and a mail about it from somebody who is not on file."""
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00 --as sim-berg")
    task = office.task(K.CHECK_COMPLETENESS)
    office.done(f"do {task.id} incomplete --item Finanzierungsplan --as sim-berg")
    take(
        office,
        written(NASTY, "neu@r06631.example", "wir@rp.example", subject=f"Re: {CASE}", files=(("../../p.pdf", PDF),)),
    )
    return office


def take(office: Desk, raw: bytes) -> None:
    with office.db.write() as session:
        kept = inbound.keep(session, raw, "sink", "1")
    office.reader.bring(kept.id)


def the_mail(office: Desk) -> InboundMail:
    with office.db.read() as session:
        return session.exec(select(InboundMail)).one()


def test_it_is_listed_and_the_printed_lines_lead_on(waiting: Desk) -> None:
    today = waiting.done("today --as sim-berg")
    assert "E-Mails zum Ansehen (1)" in today
    listed = waiting.follow(today, "inbox")
    assert "neu@r06631.example" in listed
    assert CASE in listed
    assert max(map(len, listed.splitlines())) <= 80
    shown = waiting.follow(listed, "inbox")
    assert "Der Absender ist nicht nachgewiesen" in shown
    assert "hier der Plan." in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "Als Antwort vorbereiten: Unterlagen nachreichen" in shown or "--task" in shown


def test_it_becomes_a_prepared_answer_for_a_task(waiting: Desk) -> None:
    mail, task = the_mail(waiting), waiting.task(K.COMPLETE_APPLICATION)
    line = f"inbox {mail.id[:8]} --task {task.id} --as sim-berg"
    waiting.done(f"{line} --dry-run")
    with waiting.db.read() as session:
        assert session.get(Draft, task.id) is None, "a rehearsal changes nothing"
    waiting.done(line)
    with waiting.db.read() as session:
        draft = session.get_one(Draft, task.id)
        assert "hier der Plan." in draft.raw["answer"]
        assert [one["name"] for one in draft.files] == ["p.pdf"]
        letter = session.exec(select(Outbox).where(Outbox.template == "reply_prepared")).one()
        assert letter.to != "neu@r06631.example", "the link goes to the address on file"
        row = session.get_one(InboundMail, mail.id)
        assert (row.kind, row.settled_by, row.settlement) == ("triage", "sim-berg", f"task: {task.id}")
        assert session.get_one(TaskRow, task.id).state == "open"
    again = waiting.type(line)
    assert again.exit_code == 4
    assert "schon jemand gekümmert" in again.stderr
    assert waiting.document("inbox")["mails"] == []
    assert "Erledigt am" in waiting.done(f"inbox {mail.id[:8]}")


def test_a_note_settles_it(waiting: Desk) -> None:
    mail = the_mail(waiting)
    waiting.done(f'inbox {mail.id[:8]} --note "am Telefon geklärt" --as sim-berg')
    row = the_mail(waiting)
    assert (row.settled_by, row.settlement) == ("sim-berg", "note: am Telefon geklärt")
    assert "E-Mails zum Ansehen" not in waiting.done("today --as sim-berg")


def test_it_is_saved_under_harmless_names_and_nothing_is_written_over(waiting: Desk, tmp_path: Path) -> None:
    mail, folder = the_mail(waiting), tmp_path / "post"
    said = waiting.done(f"inbox {mail.id[:8]} --save {folder}")
    assert "Ungeprüft" in said
    saved = {path.name: path.read_bytes() for path in folder.iterdir()}
    short = mail.id[:8]
    assert set(saved) == {f"{short}.eml", f"{short}-1-p.pdf"}
    assert saved[f"{short}.eml"] == mail.raw
    assert saved[f"{short}-1-p.pdf"] == PDF
    assert all(not path.stat().st_mode & 0o111 for path in folder.iterdir())
    again = waiting.type(f"inbox {mail.id[:8]} --save {folder}")
    assert again.exit_code == 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("inbox 00000000", 3),
        ("inbox 0", 3),
        ("inbox MAIL --task wir-fm-2018-06631.99 --as sim-berg", 4),
        ("inbox MAIL --note Gelesen", 2),
        ("inbox MAIL --note Gelesen --as sim-kasse", 1),
        ("inbox MAIL --note Text --as sim-berg", 2),
        ("inbox MAIL --as sim-berg --note", 2),
        ("inbox MAIL --note a --save b", 2),
        ("inbox --note a", 2),
    ],
)
def test_what_cannot_be_done_says_so(waiting: Desk, line: str, code: int) -> None:
    result = waiting.type(line.replace("MAIL", the_mail(waiting).id[:8]))
    assert result.exit_code == code, result.output
    assert result.stderr
    assert the_mail(waiting).settled_at is None


def test_the_case_tells_of_mails_absences_and_files(waiting: Desk, tmp_path: Path) -> None:
    with waiting.db.write() as session:
        contact = contacts(session, "fulda-district")[0]
        day = waiting.task(K.COMPLETE_APPLICATION).opened_at
        assert contact.id is not None
        session.add(Absence(contact_id=contact.id, inbound_id="x", noted_at=day, until=day.date().replace(day=28)))
    ref = waiting.store.add("plan.pdf", io.BytesIO(PDF))
    with waiting.db.write() as session:
        remember(session, [ref])
    waiting.clerk(K.COMPLETE_APPLICATION, "submit", answer="Anbei.", files=[ref.model_dump(mode="json")])
    said = waiting.done(f"case {CASE}")
    assert "Eingegangene E-Mails" in said
    assert "laut Abwesenheitsnotiz" in said
    assert "plan.pdf" in said
    shown = waiting.follow(said, "show", ref.sha256[:12])
    assert f"SHA-256 {ref.sha256}" in shown
    assert "Ungeprüft" in shown
    folder = tmp_path / "akte"
    waiting.done(f"show {ref.sha256[:12]} --save {folder}")
    assert (folder / "plan.pdf").read_bytes() == PDF


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\plan.pdf", "plan.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        (".bashrc", "bashrc"),
        ("; rm -rf ~", "_ rm -rf _"),
        ("", "Anhang"),
        ("...", "Anhang"),
        ("x" * 500 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_name_stays_in_its_folder(name: str, safe: str) -> None:
    assert safe_name(name, "Anhang") == safe


def test_a_mail_that_was_explained_to_its_sender_can_still_become_an_answer(waiting: Desk) -> None:
    raw = written("Hier der Plan.", "dritte@r06631.example", "wir@rp.example", subject=f"Re: {CASE}", verified=True)
    take(waiting, raw)
    with waiting.db.read() as session:
        mail = session.exec(select(InboundMail).where(InboundMail.sender == "dritte@r06631.example")).one()
        assert session.exec(select(Outbox).where(Outbox.template == "reply_refused")).one().to == mail.sender
    waiting.done(f"inbox {mail.id[:8]} --task {waiting.task(K.COMPLETE_APPLICATION).id} --as sim-berg")
