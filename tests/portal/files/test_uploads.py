"""Uploads: only what its content says it is, in limits, under its hash, and never lost on the way."""

import hashlib
import io
import os
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assembly.daily import sweep_files
from models.tasks import TaskKind as K
from portal.clerk.incoming import BODY_LIMIT
from portal.words import word
from record.files.rows import needed
from record.files.uploads import MAX_FILE, MIB, SWEEP_AFTER, FileStore, UploadError, clean_name, fitting
from tests.portal import acts
from tests.portal.browse import Page, visit
from tests.portal.files import pdfs
from tests.portal.play import Play

PDF = pdfs.PLAIN


def packed(*names: str, mimetype: str = "") -> bytes:
    """A ZIP with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, b"x")
    return buffer.getvalue()


BROKEN_ODT = packed(mimetype="application/vnd.oasis.opendocument.text").replace(b"opendocument", b"opendocumenT", 1)


def bloated() -> bytes:
    """A workbook that grows two hundred times and more when it is unpacked."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 5 * MIB)
    return buffer.getvalue()


def locked() -> bytes:
    """A document whose members say that they are encrypted."""
    plain = bytearray(packed("word/document.xml"))
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        plain[plain.index(head) + flags] |= 1
    return bytes(plain)


BLOATED, LOCKED = bloated(), locked()

GOOD = [
    ("a.pdf", PDF),
    ("a.PDF", PDF),
    *((f"{name}.pdf", content) for name, content in pdfs.TAKEN.items()),
    ("a.png", b"\x89PNG\r\n\x1a\nx"),
    ("a.jpg", b"\xff\xd8\xff\xe0x"),
    ("a.jpeg", b"\xff\xd8\xff\xe1x"),
    ("a.txt", "Grüße".encode("latin-1")),
    ("a.csv", b"a;b\n1;2"),
    ("a.odt", packed("content.xml", mimetype="application/vnd.oasis.opendocument.text")),
    ("a.docx", packed("[Content_Types].xml", "word/document.xml")),
    ("a.xlsx", packed("[Content_Types].xml", "xl/workbook.xml")),
]
BAD = [
    ("a.exe", b"MZ", "type"),
    ("a", PDF, "type"),
    ("pdf", PDF, "type"),
    ("a.pdf.html", PDF, "type"),
    ("a.docm", packed("word/document.xml"), "type"),
    ("a.pdf", b"MZ\x90", "content"),
    ("a.png", PDF, "content"),
    ("a.txt", b"MZ\x00\x01", "content"),
    ("a.docx", packed("word/document.xml", "word/vbaProject.bin"), "macros"),
    ("a.docx", packed("xl/workbook.xml"), "content"),
    ("a.odt", packed("content.xml", "Basic/script.xml", mimetype="application/vnd.oasis.opendocument.text"), "macros"),
    ("a.odt", packed("content.xml"), "content"),
    ("a.xlsx", b"PK\x03\x04broken", "content"),
    ("a.odt", BROKEN_ODT, "content"),
    ("a.docx", packed("word/document.xml", "word/embeddings/a.xlsx"), "nested"),
    ("a.docx", packed("word/document.xml", "more.zip"), "nested"),
    ("a.docx", packed("word/document.xml", *(f"word/{number}.xml" for number in range(1000))), "bomb"),
    ("a.xlsx", BLOATED, "bomb"),
    ("a.docx", LOCKED, "encrypted"),
    ("a.pdf", b"", "empty"),
    *((f"{name}.pdf", content, code) for name, (content, code) in pdfs.REFUSED.items()),
    ("a.pdf", PDF + b"x" * MAX_FILE, "size"),
]


@pytest.mark.parametrize(("name", "content"), GOOD)
def test_what_is_taken_lies_under_its_hash(tmp_path: Path, name: str, content: bytes) -> None:
    store = FileStore(tmp_path / "files")
    first, second = store.add(name, io.BytesIO(content)), store.add(name, io.BytesIO(content))
    digest = hashlib.sha256(content).hexdigest()
    assert first == second
    assert (first.sha256, first.size, first.name) == (digest, len(content), name)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == [store.path(digest)]
    assert store.path(digest).read_bytes() == content
    assert store.find(digest, name) == first


@pytest.mark.parametrize(("name", "content", "code"), BAD)
def test_what_is_not_taken_leaves_nothing(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    with pytest.raises(UploadError) as refused:
        FileStore(tmp_path / "files").add(name, io.BytesIO(content))
    assert refused.value.code == code
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("digest", ["", "x" * 64, "../" * 20 + "abcd", "0" * 63, "0" * 64])
def test_a_hash_that_came_back_changed_finds_nothing(tmp_path: Path, digest: str) -> None:
    store = FileStore(tmp_path / "files")
    store.add("a.pdf", io.BytesIO(PDF))
    assert store.find(digest, "a.pdf") is None


def test_a_file_cannot_change_its_kind_on_the_way(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    taken = store.add("a.pdf", io.BytesIO(PDF))
    assert store.find(taken.sha256, "a.html") is None
    assert store.find(taken.sha256, "a.png") is None


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/a.pdf", "a.pdf"),
        ("C:\\Users\\x\\Konzept.pdf", "Konzept.pdf"),
        ("a\r\nb\x00.pdf", "ab.pdf"),
        ("ä" * 300 + ".pdf", "ä" * 120 + ".pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
    ],
)
def test_names_are_made_harmless(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_limits_of_one_answer(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    files = [store.add(f"{number}.pdf", io.BytesIO(PDF + bytes([65 + number]))) for number in range(11)]
    assert len(fitting(files[:10])) == 10
    assert len(fitting([*files[:10], files[0]])) == 10
    with pytest.raises(UploadError, match="number"):
        fitting(files)
    large = [one.model_copy(update={"size": 9 * MIB}) for one in files[:3]]
    with pytest.raises(UploadError, match="total"):
        fitting(large)


def asked(play: Play) -> Page:
    """The form that takes missing items."""
    acts.apply(play)
    play.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    return visit(play.client, play.link())


def test_a_file_stays_while_another_field_is_wrong(play: Play) -> None:
    wrong = asked(play).attach("Dateien anfügen", ("Konzept.pdf", PDF)).press("Weiter: Angaben prüfen")
    assert [line.split(":")[0] for line in wrong.errors] == ["Ihre Antwort"]
    assert wrong.control("Konzept.pdf").get("checked") is not None
    right = wrong.type({"Ihre Antwort": "Anbei."}).attach("Dateien anfügen", ("Plan.csv", b"a;b"))
    check = right.press("Weiter: Angaben prüfen")
    assert "Konzept.pdf" in check.text
    assert "Plan.csv" in check.text
    acts.confirm(check, "Angaben absenden")
    assert [one["name"] for one in play.commands()[-1].content["files"]] == ["Konzept.pdf", "Plan.csv"]


def test_a_kept_file_can_be_left_out(play: Play) -> None:
    page = asked(play).attach("Dateien anfügen", ("Konzept.pdf", PDF)).press("Weiter: Angaben prüfen")
    check = page.untick("Konzept.pdf").type({"Ihre Antwort": "Ohne."}).press("Weiter: Angaben prüfen")
    assert "keine Dateien" in check.text


def test_a_wrong_file_is_named_and_the_right_one_stays(play: Play) -> None:
    page = asked(play).type({"Ihre Antwort": "Anbei."})
    page.attach("Dateien anfügen", ("gut.pdf", PDF), ("böse.exe", b"MZ"))
    wrong = page.press("Weiter: Angaben prüfen")
    assert wrong.errors[0].startswith("Dateien anfügen: Die Datei „böse.exe“ hat eine Art, die wir nicht annehmen.")
    assert (wrong.control("Ihre Antwort").text or "").strip() == "Anbei."
    assert wrong.control("gut.pdf") is not None


def test_a_file_that_is_too_large_gets_its_message(play: Play) -> None:
    page = asked(play).type({"Ihre Antwort": "Anbei."}).attach("Dateien anfügen", ("x.pdf", PDF + b"x" * MAX_FILE))
    wrong = page.press("Weiter: Angaben prüfen")
    assert "ist größer als 10 MB" in wrong.errors[0]


def test_a_body_over_all_limits_gets_a_page(play: Play) -> None:
    path = play.invite()

    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(BODY_LIMIT // MIB + 1):
            yield b"x" * MIB

    answer = play.client.post(path, content=endless(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    assert "Ihre Dateien sind zu groß" in answer.text
    assert play.commands() == []


@pytest.mark.parametrize(
    ("name", "declared", "taken"),
    [
        ("a.csv", "application/vnd.ms-excel", True),
        ("a.pdf", "application/octet-stream", True),
        ("a.pdf", "Application/PDF; name=a.pdf", True),
        ("a.pdf", "text/html", False),
        ("a.txt", "application/javascript", False),
    ],
)
def test_the_declared_type_has_to_fit(tmp_path: Path, name: str, declared: str, taken: bool) -> None:
    store, content = FileStore(tmp_path / "files"), io.BytesIO(PDF if name.endswith("pdf") else b"a;b")
    if taken:
        assert store.add(name, content, declared).name == name
    else:
        with pytest.raises(UploadError, match="content"):
            store.add(name, content, declared)


def test_an_inspection_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import signal; signal.pause()", encoding="ascii")
    monkeypatch.setattr("record.files.uploads.INSPECTION", slow)
    monkeypatch.setattr("record.files.uploads.INSPECTION_SECONDS", 0.3)
    with pytest.raises(UploadError, match="too_costly"):
        FileStore(tmp_path / "files").add("a.pdf", io.BytesIO(PDF))


def test_an_inspection_that_fails_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise MemoryError", encoding="ascii")
    monkeypatch.setattr("record.files.uploads.INSPECTION", broken)
    with pytest.raises(UploadError, match="too_costly"):
        FileStore(tmp_path / "files").add("a.pdf", io.BytesIO(PDF))


def test_every_refusal_of_a_file_has_its_sentence() -> None:
    codes = {code for *_, code in BAD} | {"too_costly", "number", "total", "lost"}
    assert all(word("error", f"upload_{code}", file="a.pdf") for code in codes)


def test_files_that_nothing_names_are_swept(play: Play) -> None:
    path = play.invite()
    visit(play.client, f"{path}/concept").attach("Dateien anfügen", ("entwurf.txt", b"draft")).press("Weiter")
    store = FileStore(play.folder / "files")
    kept = [hashlib.sha256(b"draft").hexdigest(), store.add("neu.txt", io.BytesIO(b"new")).sha256]
    lost = store.add("alt.txt", io.BytesIO(b"old")).sha256
    rest = play.folder / "files" / "incoming-cut-off"
    rest.write_bytes(b"x")
    now = time.time()
    for one in (store.path(kept[0]), store.path(lost), rest):
        os.utime(one, (now, now - SWEEP_AFTER.total_seconds() - 60))

    def named() -> frozenset[str]:
        with play.db.read() as session:
            return needed(session)

    assert store.sweep(named, now) == 2
    assert [store.path(one).exists() for one in (*kept, lost)] == [True, True, False]
    assert not rest.exists()
    assert store.sweep(named, now) == 0


def test_a_file_that_cannot_be_swept_or_is_swept_by_another_worker_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FileStore(tmp_path)
    gone = [store.path(store.add(f"{n}.txt", io.BytesIO(n.encode())).sha256) for n in ("a", "b")]
    stubborn = tmp_path / "incoming-folder"
    stubborn.mkdir()
    vanishing = tmp_path / "incoming-vanishing"
    vanishing.symlink_to(tmp_path / "nothing")  # it was listed, and is not there any more
    old = time.time() - SWEEP_AFTER.total_seconds() - 60
    for one in (*gone, stubborn):
        os.utime(one, (old, old))
    assert store.sweep(frozenset, time.time()) == 2
    assert [one.exists() for one in (*gone, stubborn)] == [False, False, True]
    assert "incoming-folder could not be swept: IsADirectoryError" in caplog.text


def test_a_file_of_an_answer_is_in_the_record(play: Play) -> None:
    page = asked(play).type({"Ihre Antwort": "Anbei."}).attach("Dateien anfügen", ("Konzept.pdf", PDF))
    acts.confirm(page.press("Weiter: Angaben prüfen"), "Angaben absenden")
    from models.tables import StoredFile

    with play.db.read() as session:
        stored = session.get_one(StoredFile, hashlib.sha256(PDF).hexdigest())
        assert (stored.name, stored.size, stored.media_type) == ("Konzept.pdf", len(PDF), "application/pdf")


def test_the_worker_sweeps_the_folder_of_the_installation(play: Play) -> None:
    store = FileStore(play.folder / "files")
    lost = store.path(store.add("alt.txt", io.BytesIO(b"old")).sha256)
    os.utime(lost, (0, 0))
    engine: Any = SimpleNamespace(db=play.db, settings=SimpleNamespace(data=play.folder))
    assert sweep_files(engine) == 1
    assert not lost.exists()
