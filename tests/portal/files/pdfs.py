"""PDF documents made for tests: a plain one, and each of those that are not taken."""

import io
from collections.abc import Callable
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

ALERT = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def pdf(change: Callable[[Any], None] = lambda _document: None, **saved: Any) -> bytes:
    """A document of one empty page, changed before it is written."""
    document = pikepdf.new()
    document.add_blank_page()
    change(document)
    buffer = io.BytesIO()
    document.save(buffer, static_id=True, **saved)
    return buffer.getvalue()


def _root(name: str, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document.Root[name] = value

    return change


def _annotation(**told: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **told)])

    return change


def _attached(document: Any) -> None:
    document.attachments["a.txt"] = pikepdf.AttachedFileSpec(document, b"x", filename="a.txt")


def _opens_at_its_page(document: Any) -> None:
    document.Root["/OpenAction"] = Array([document.pages[0].obj, Name.Fit])


PLAIN = pdf()
TAKEN = {"plain": PLAIN, "opens at a page": pdf(_opens_at_its_page)}
REFUSED = {
    "script on opening": (pdf(_root("/OpenAction", ALERT)), "pdf_active"),
    "launch on opening": (pdf(_root("/OpenAction", Dictionary(S=Name.Launch, F=String("a.exe")))), "pdf_active"),
    "script by name": (pdf(_root("/Names", Dictionary(JavaScript=Dictionary(Names=Array([]))))), "pdf_active"),
    "additional actions": (pdf(_root("/AA", Dictionary(WC=ALERT))), "pdf_active"),
    "script at a link": (pdf(_annotation(Subtype=Name.Link, A=ALERT)), "pdf_active"),
    "launch at a link": (pdf(_annotation(Subtype=Name.Link, A=Dictionary(S=Name.Launch))), "pdf_active"),
    "another file at a link": (pdf(_annotation(Subtype=Name.Link, A=Dictionary(S=Name.GoToR))), "pdf_active"),
    "dynamic form": (pdf(_root("/AcroForm", Dictionary(XFA=String("x")))), "pdf_active"),
    "attached file": (pdf(_attached), "pdf_files"),
    "file at a note": (pdf(_annotation(Subtype=Name.FileAttachment)), "pdf_files"),
    "password": (pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "pdf_password"),
    "owner's password": (pdf(encryption=pikepdf.Encryption(owner="o", user="")), "pdf_password"),
    "cut off": (PLAIN[:60], "pdf_broken"),
    "only its head": (b"%PDF-1.7\nx", "pdf_broken"),
}
