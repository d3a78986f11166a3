"""What a clerk reads: the short version at the top, everything in the text part, one thing to do, a way back."""

import ast
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from sqlmodel import select

from activities.letters.rendering import TEMPLATES
from models.content import phone
from models.mail.orders import OFFICER_TEMPLATES, Template
from models.tables import Outbox
from tests.activities.samples import CASE_LINK, LETTERS, TASK_LINK, letter
from tests.play import Play

CLERK_TEMPLATES = [template for template in Template if template not in OFFICER_TEMPLATES]
STYLE = (
    (TEMPLATES / "email" / "layout.html").read_text(encoding="utf-8").partition("<style>")[2].partition("</style>")[0]
)
READABLE, VISIBLE = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11


def asking() -> list[Template]:
    """Letters that a rule sends with a task: they want something until a day."""
    found = set()
    for path in Path("workflows/procedure").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "mail":
                named = call.args[0]
                if isinstance(named, ast.Attribute) and any(word.arg == "task" for word in call.keywords):
                    found.add(Template[named.attr])
    return sorted(found)


class Blocks(HTMLParser):
    """The text of a page, one entry a line that a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.lines, self.links, self._silent = [""], list[str](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
        self._silent = self._silent or tag == "style"
        if tag not in {"a", "strong", "span"}:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self._silent = self._silent and tag != "style"
        if tag not in {"a", "strong", "span"}:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.lines[-1] += data


def words_of(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("notice", ["", "§ 1 Bewilligung\n\nText des Bescheids & mehr.\n"], ids=["", "notice"])
def test_whoever_reads_only_the_text_part_misses_nothing(template: Template, notice: str) -> None:
    mail = LETTERS.write(letter(template, notice_body=notice, notice_id="wir-fm-2018-06631/N1" if notice else ""))
    page, said = Blocks(), words_of(mail.text)
    page.feed(mail.html)
    lines = [words_of(line) for line in page.lines if line.strip()]
    assert len(lines) > 8
    heading = mail.subject.removeprefix("[wir-fm-2018-06631] ")  # a mail program shows it above the text
    assert [line for line in lines if line != heading and line not in said] == []
    numbers = {phone.link(phone.SIMULATED)} if phone.SIMULATED in said else set()
    assert [link for link in page.links if link not in {*mail.text.splitlines(), *numbers}] == []


@pytest.mark.parametrize("template", asking())
def test_the_short_version_stands_in_the_first_400_characters(template: Template) -> None:
    top = LETTERS.write(letter(template)).text[:400]
    what, by_when, otherwise, who = (
        re.search(pattern, top, re.MULTILINE)
        for pattern in (r"\A(Guten Tag,\n\n.{20,})$", r"^Frist: (.+)$", r"^Sonst: (.{20,})$", r"^Hilfe: (.+@.+)\.$")
    )
    assert what is not None
    assert by_when is not None
    assert re.search(r"[A-Z][a-z]+tag, \d+\. \S+ \d{4}", by_when[1])  # weekday and month in letters
    assert otherwise is not None
    assert who is not None


def test_many_letters_ask() -> None:
    assert len(asking()) > 15
    assert Template.CLOSING not in asking()


@pytest.mark.parametrize("template", CLERK_TEMPLATES)
@pytest.mark.parametrize("link", [TASK_LINK, None], ids=["task", "no task"])
def test_each_letter_says_that_a_reply_works_and_what_it_does(template: Template, link: str | None) -> None:
    text = LETTERS.write(letter(template, task_link=link)).text
    assert text.count("Sie können auf diese E-Mail einfach antworten.") == 1
    assert ("Beträge und Bankverbindungen nehmen wir nur über das Formular an." in text) == (link is not None)
    assert ("Nicht zuständig? Auf der Seite hinter dem Link" in text) == (link is not None)
    assert "nicht antworten" not in text


@pytest.mark.parametrize("template", Template)
def test_one_thing_to_do_and_no_picture(template: Template) -> None:
    html = LETTERS.write(letter(template)).html
    assert html.count('class="do"') == (0 if template in OFFICER_TEMPLATES and TASK_LINK not in html else 1)
    assert not re.search(r"<(img|svg|picture|video|iframe|object|link|script|form|input)\b|url\(|@import", html)
    assert set(re.findall(r'href="([^"]*)"', html)) <= {TASK_LINK, CASE_LINK, phone.link(phone.SIMULATED)}


@pytest.mark.parametrize(
    ("scheme", "what", "least"),
    [(*pair, least) for least, names in ((READABLE, ["body", "a", ".do"]), (VISIBLE, [".short", ".notice", "footer"]))
     for pair in product(("light", "dark"), names)],
)  # fmt: skip
def test_contrast_in_both_schemes(scheme: str, what: str, least: float) -> None:
    colours = {**colours_of(STYLE.partition("@media")[0])}
    if scheme == "dark":
        dark = STYLE.partition("prefers-color-scheme: dark) {")[2]
        for selector, found in colours_of(dark).items():
            colours[selector] = {**colours.get(selector, {}), **found}
    ground = colours[what].get("background") if what in {"body", ".do"} else colours["body"]["background"]
    front = colours[what].get("border") or colours[what]["color"]
    assert ground is not None
    assert contrast(front, ground) >= least


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#1b4b8f", "#1b4b8f") == pytest.approx(1)


def colours_of(css: str) -> dict[str, dict[str, str]]:
    """Selector to its colours: ``color``, ``background``, ``border``."""
    found: dict[str, dict[str, str]] = {}
    for selectors, rules in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        for rule in rules.split(";"):
            name, _, value = rule.partition(":")
            colour = re.search(r"#[0-9a-f]{6}", value)
            if colour:
                kind = "border" if "border" in name else name.strip()
                for selector in selectors.split(","):
                    found.setdefault(selector.strip(), {})[kind] = colour[0]
    return found


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_letters_of_a_real_case_hold_no_money_in_their_subjects(play: Play) -> None:
    """Not with sample facts, but as the record writes them over a whole life."""
    play.drive(play.apply())
    with play.db.read() as session:
        subjects = [row.subject for row in session.exec(select(Outbox))]
    assert len(subjects) > 8
    assert [subject for subject in subjects if re.search(r"€|EUR|Euro|\d,\d\d|[A-Z]{2}\d{2}[ \d]{8}", subject)] == []
