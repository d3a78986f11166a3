"""Impressum, data protection, and what only the authority knows of accessibility: from files, and missed aloud."""

from dataclasses import replace
from pathlib import Path

import pytest

from portal.clerk.app import clerk_app
from portal.clerk.statutory import NAMES, Paragraph, StatutoryTexts
from record.database.engine import Database
from tests.play import Play
from tests.portal.browse import visit
from tests.portal.client import Client
from tests.portal.play import OFFICE

BASE = "http://portal.example"

TEXT = "\ufeff# Anbieter\r\n\r\nSimulierte Behörde\r\nMusterweg 1\r\n\r\n\r\n# \r\n\r\n<b>fett</b> & mehr\r\n"


def test_headings_paragraphs_and_line_breaks(tmp_path: Path) -> None:
    (tmp_path / "impressum.txt").write_text(TEXT, encoding="utf-8", newline="")
    assert StatutoryTexts(tmp_path).paragraphs("impressum") == [
        Paragraph("Anbieter", heading=True),
        Paragraph("Simulierte Behörde\nMusterweg 1"),
        Paragraph("<b>fett</b> & mehr"),
    ]


def test_what_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    assert StatutoryTexts(None).missing() == list(NAMES)
    (tmp_path / "impressum.txt").write_text(" \n\n", encoding="utf-8")
    (tmp_path / "datenschutz.txt").write_text("Text", encoding="utf-8")
    assert StatutoryTexts(tmp_path).missing() == ["impressum", "barrierefreiheit"]


@pytest.mark.parametrize("encoded", [b"\xff\xfe", "Gru\u00df".encode("latin-1")])
def test_a_file_in_another_encoding_is_no_text(tmp_path: Path, encoded: bytes) -> None:
    (tmp_path / "impressum.txt").write_bytes(encoded)
    with pytest.raises(UnicodeDecodeError):
        StatutoryTexts(tmp_path).paragraphs("impressum")


def test_the_pages_show_the_texts_and_nothing_else_of_them(db: Database, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "impressum.txt").write_text(TEXT, encoding="utf-8", newline="")
    (tmp_path / "texts" / "barrierefreiheit.txt").write_text("# Leichte Sprache\n\nSo geht es.", encoding="utf-8")
    play = Play(db)
    office = replace(OFFICE, texts=StatutoryTexts(tmp_path / "texts"))
    app = clerk_app(play.db, play.gateway, play.directory, store_folder=tmp_path, base_url=BASE, office=office)
    client = Client(app, BASE)
    imprint = visit(client, "/impressum")
    assert [heading for heading in ("Impressum", "Anbieter") if heading not in imprint.text] == []
    assert "<b>fett</b> & mehr" in imprint.text
    missing = visit(client, "/datenschutz").text
    assert "liegt noch nicht vor" in missing
    assert OFFICE.email in missing
    statement = visit(client, "/barrierefreiheit").text
    assert "So geht es." in statement
    assert "Was noch fehlt" not in statement
