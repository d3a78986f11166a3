"""Wherever a text asks for a call, the number stands there; :mod:`tests.portal.client` looks at pages of all tests."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from models.content import phone
from models.mail.orders import NoticeKind, Template
from portal.clerk.pages import Office, Pages
from portal.words import words
from tests.activities.samples import LETTERS, letter, notice
from tests.portal.play import OFFICE, Play

TEMPLATES = Path(__file__).parents[3] / "templates"
CALLS = re.compile(r"\b(?:ruft|rufen|anrufen|anruft|ruf|telefon\w*|telephone|phone|call us)\b", re.IGNORECASE)
WE_CALL = (
    r"[Ww]ir rufen",
    r"rufen wir",
    r"prüfen .* und rufen Sie",
    r"[Rr]ufen Sie nur",
    r"rufen Sie einen kleineren",
    r"mit Telefonnummer",
    r"Telefonnummer, die wir",
)
"""Sentences in which we call, or money is called: nobody is asked to dial."""

NUMBER = re.compile(r"\{phone\}|\{\{ phone \}\}|\bd\.phone\b")


def sentences() -> list[tuple[str, str]]:
    """Every sentence that clerks may read in which a call occurs, with the file it stands in."""
    files = [*(TEMPLATES / "web").glob("*"), *(TEMPLATES / "email").glob("*"), *(TEMPLATES / "notices").glob("*")]
    found = []
    for file in sorted(files):
        for line in file.read_text(encoding="utf-8").splitlines():
            for sentence in re.split(r"(?<=[.!?])\s+", line):
                if CALLS.search(re.sub(r"clerk_phone|d\.phone|\{\{ ?phone ?\}\}", "", sentence)):
                    found.append((file.name, sentence))
    return found


def test_every_sentence_that_asks_for_a_call_names_the_number() -> None:
    found = [(file, sentence) for file, sentence in sentences() if not re.search("|".join(WE_CALL), sentence)]
    assert len(found) >= 13
    assert [(file, sentence) for file, sentence in found if not NUMBER.search(sentence)] == []


def test_the_sentences_in_which_we_call_are_still_there() -> None:
    """An exception that nothing needs any more would hide a new sentence."""
    for pattern in WE_CALL:
        assert [sentence for _, sentence in sentences() if re.search(pattern, sentence)], pattern


class Links(HTMLParser):
    """The addresses of a page's links; a link within a link is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.found, self._open = list[str](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            assert not self._open, "a link within a link"
            self._open = True
            self.found.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "a"


def links(html: str) -> list[str]:
    """The addresses of a page's links."""
    page = Links()
    page.feed(html)
    return page.found


@pytest.mark.parametrize("path", ["/", "/kontakt", "/barrierefreiheit", "/impressum", "/datenschutz", "/t/unknown"])
def test_plain_pages_have_the_number_as_a_link(play: Play, path: str) -> None:
    page = play.client.get(path)
    assert OFFICE.phone in page.text
    assert phone.link(OFFICE.phone) in links(page.text)


def test_every_text_with_the_number_is_shown_with_it() -> None:
    """Each text of the pages on its own: in a link as plain text, elsewhere as a link."""
    pages = Pages(OFFICE, simulated=True)
    with_number = [(table, key) for table, key, text in _texts(words()) if "{phone}" in text]
    assert len(with_number) >= 9
    for table, key in with_number:
        text = "{{ word(table, key, day='1', domains='x') }}"
        source = f"<p>{text}</p><a href='#f'>{text}</a>"
        shown = pages._with_phone(pages._environment.from_string(source).render(table=table, key=key))
        assert shown.count(OFFICE.phone) == 2
        assert links(shown) == [phone.link(OFFICE.phone), "#f"]


def _texts(table: dict[str, object], above: str = "") -> list[tuple[str, str, str]]:
    found = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _texts(value, f"{above}.{key}".strip("."))
        elif isinstance(value, str):
            found.append((above, key, value))
    return found


@pytest.mark.parametrize("template", Template)
def test_mails_to_clerks_name_the_number_and_dial_it(template: Template) -> None:
    mail, silent = LETTERS.write(letter(template)), LETTERS.write(letter(template, phone=""))
    asked = re.findall(r"rufen Sie (?:uns )?(?:bitte )?an:? ?(\S*)", mail.text)
    assert all(after.startswith("+49") for after in asked)
    assert "rufen Sie" not in re.sub(r"rufen Sie (?:dazu|nur)[^.]*\.", "", silent.text)
    if template in {Template.OFFICER_DIGEST, Template.OFFICER_NUDGE, Template.PORTAL_FEEDBACK}:
        return
    assert f"rufen Sie an: {phone.SIMULATED}." in mail.text
    assert phone.link(phone.SIMULATED) in links(mail.html)
    assert "tel:" not in silent.html


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_head_of_a_notice_names_the_number(kind: NoticeKind) -> None:
    assert f"Kontakt: wir@rp.example, Telefon {phone.SIMULATED}\n" in LETTERS.notice(notice(kind)).body
    assert "Kontakt: wir@rp.example\n" in LETTERS.notice(notice(kind, phone="")).body


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+49 69 90009 000", "tel:+496990009000"),
        ("+49 (0)30 23125-000", "tel:+493023125000"),
        ("(030) 23125/000", "tel:03023125000"),
    ],
)
def test_a_number_is_dialled_as_it_is_meant(written: str, dialled: str) -> None:
    assert phone.link(phone.checked(f" {written} ")) == dialled


@pytest.mark.parametrize("text", ["", "12345", "+49 30 <b>", "030 23125 000 ext", "0" * 41, "++49 30 23125"])
def test_anything_else_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="a telephone number such as"):
        phone.checked(text)


def test_the_number_of_the_embedded_mode_reaches_nobody() -> None:
    """Frankfurt (0)69 90009 000 to 999, kept free by the Bundesnetzagentur (Mitteilung 148/2021)."""
    digits = phone.link(phone.SIMULATED)
    assert "tel:+496990009000" <= digits <= "tel:+496990009999"


def test_an_office_has_a_number() -> None:
    with pytest.raises(TypeError):
        Office(authority="x", email="y")  # type: ignore[call-arg]
