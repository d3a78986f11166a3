"""Every mail and notice: complete in both parts, short at the top, the same bytes every time."""

import ast
import email
import re
from email import policy
from email.message import EmailMessage
from pathlib import Path

import html5lib
import pytest

from activities.letters.rendering import LetterData
from activities.letters.wording import amount_in_words, eur
from models.content import phone
from models.content.phone import SIMULATED
from models.mail.orders import OFFICER_TEMPLATES, LetterFacts, NoticeKind, Template
from tests.activities.samples import ASKING, CASE_LINK, FACTS, IBAN, LETTERS, PROGRAMMES, TASK_LINK, letter, notice

CLERK_TEMPLATES = [t for t in Template if t not in OFFICER_TEMPLATES]
DUE = "bis Sonntag, 15. März 2026, 24:00 Uhr"
WORDS = LETTERS._words


def parsed(mime: bytes) -> EmailMessage:
    return email.message_from_bytes(mime, policy=policy.SMTP)


def visible(html: str) -> str:
    """The words of a page as a browser has them, white space as one blank; strict, so a broken page fails."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    body = tree.find("body")
    assert body is not None
    said = " ".join(" ".join(body.itertext()).split())
    return said.replace(f"{SIMULATED} .", f"{SIMULATED}.")  # a link within a sentence


@pytest.mark.parametrize("template", Template)
def test_text_and_html_say_the_same(template: Template) -> None:
    mail = LETTERS.write(letter(template))
    words = visible(mail.html)
    for line in mail.text.splitlines():
        said = " ".join(re.sub(r"^\d+\. |:$", "", line.strip()).split())
        assert said in words
    assert mail.subject.removeprefix("[wir-fm-2018-06631] ") in words


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("bare", [False, True], ids=["full", "bare"])
def test_subject_holds_the_case_and_no_money(template: Template, bare: bool) -> None:
    facts = {} if bare else FACTS | {"account": IBAN, "reference": IBAN}
    subject = LETTERS.write(letter(template, facts=facts)).subject
    assert subject.startswith("[wir-fm-2018-06631] ")
    assert not re.search(r"€|EUR|Euro|\d,\d\d|[A-Z]{2}\d{2}[ \d]{8}", subject)
    assert len(subject) < 120


@pytest.mark.parametrize("template", Template)
def test_a_letter_sent_again_without_its_facts_is_still_a_letter(template: Template) -> None:
    """What the record no longer knows stays away; no label without a value, no "None"."""
    bare = letter(template, facts={}, task_link=None, due=None, rules=None, authority="", simulated=False)
    mail = LETTERS.write(bare)
    assert "None" not in mail.text
    assert not re.search(r"^[^:\n]+:\s*$\n(?!http|\d\.)", mail.text, re.MULTILINE)
    assert len(mail.text.splitlines()[2]) > 20


@pytest.mark.parametrize("template", CLERK_TEMPLATES)
def test_what_by_when_what_otherwise_and_who_helps_stand_at_the_top(template: Template) -> None:
    start = LETTERS.write(letter(template)).text[:400]
    assert DUE in start
    assert (
        f"Hilfe: Antworten Sie auf diese E-Mail, schreiben Sie an wir@rp.example oder rufen Sie an: {SIMULATED}."
        in start
    )


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ("2026-03-15T22:59:59+00:00", f"Frist: {DUE}"),  # one second before midnight in Berlin
        ("2026-03-15T23:00:00+00:00", "Frist: abgelaufen am Sonntag, 15. März 2026. Bitte handeln Sie jetzt."),
    ],
)
def test_a_reminder_after_the_last_day_says_so(sent: str, line: str) -> None:
    assert line in LETTERS.write(letter(Template.PROOF_DUNNING_1, date=sent)).text.splitlines()


@pytest.mark.parametrize("template", ASKING)
def test_a_letter_that_asks_says_what_happens_otherwise_and_names_its_link(template: Template) -> None:
    text = LETTERS.write(letter(template)).text
    assert "\nSonst: " in text[:400]
    spoken = re.search(rf"^(.+):\n{re.escape(TASK_LINK)}$", text, re.MULTILINE)
    assert spoken is not None
    assert spoken[1] != "Aufgabe öffnen"


@pytest.mark.parametrize("template", CLERK_TEMPLATES)
def test_links_stand_as_speaking_text_and_bare(template: Template) -> None:
    mail = LETTERS.write(letter(template))
    tree = html5lib.parse(mail.html, namespaceHTMLElements=False)
    anchors = {a.get("href"): "".join(a.itertext()) for a in tree.iter("a")}
    assert set(anchors) == {TASK_LINK, CASE_LINK, phone.link(SIMULATED)}
    assert all(text and "http" not in text for text in anchors.values())
    for link in (TASK_LINK, CASE_LINK):
        assert link in mail.text.splitlines()
        assert visible(mail.html).count(link) == 1


def test_html_is_one_accessible_column_in_both_schemes() -> None:
    html = LETTERS.write(letter(Template.AWARD)).html
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    assert tree.get("lang") == "de"
    assert tree.findtext("head/title") == "Ihr Zuwendungsbescheid"
    assert len(list(tree.iter("h1"))) == 1
    assert not {e.tag for e in tree.iter()} & {"img", "table", "script", "form", "link"}
    assert tree.find("head/meta[@name='color-scheme']") is not None
    assert "prefers-color-scheme: dark" in html


def test_simulated_letters_are_marked_and_others_are_not() -> None:
    mark = "Dies ist eine simulierte Nachricht"
    for simulated in (True, False):
        mail = LETTERS.write(letter(Template.RECEIPT, simulated=simulated))
        assert (mark in mail.text, mark in mail.html) == (simulated, simulated)


def test_facts_of_people_cannot_write_html_or_templates() -> None:
    facts = FACTS | {"items": ["<script>x</script>", "{{ 7*7 }}"], "reason": "<b>{% raw %}"}
    mail = LETTERS.write(letter(Template.ITEMS_REQUEST, facts=facts))
    assert "<script>" not in mail.html
    assert "<b>" not in mail.html
    assert "{{ 7*7 }}" in mail.text
    assert "<script>x</script>" in mail.text


@pytest.mark.parametrize("template", Template)
def test_the_same_letter_is_the_same_bytes(template: Template) -> None:
    first, second = (LETTERS.write(letter(template, notice_body="Text\n", notice_id="a/N1")) for _ in range(2))
    assert first == second
    other = LETTERS.write(letter(template, dedupe_key="another"))
    assert other.message_id != first.message_id


def test_the_notice_goes_along_inside_and_as_a_file() -> None:
    text = LETTERS.notice(notice(NoticeKind.AWARD))
    mail = LETTERS.write(letter(Template.AWARD, notice_body=text.body, notice_id="wir-fm-2018-06631/N1"))
    assert text.body.strip() in mail.text
    (attached,) = parsed(mail.mime).iter_attachments()
    assert attached.get_filename() == "wir-fm-2018-06631-N1.txt"
    assert attached.get_content().replace("\r\n", "\n") == text.body


AWARD_ELEMENTS = [
    "Regierungspräsidium Darmstadt",
    "Der Kreisausschuss\nLandkreis Fulda",
    "50.000,02\N{NO-BREAK SPACE}€ (in Worten: fünfzigtausend Euro und zwei Cent)",
    "nicht rückzahlbare Zuwendung",
    "Festbetragsfinanzierung",
    "1. Januar 2018 bis 31. Dezember 2018",
    "Haushaltsjahr 2018: 50.000,02",
    "innerhalb eines Monats nach Bekanntgabe",
    "31. März 2019",
    "ANBest-GK",
    "Rechnungshof",
    "kein Anspruch auf Förderung in späteren Jahren",
    "Klage bei dem Verwaltungsgericht Kassel mit Sitz in Kassel",
    "Simulierte Zweitzeichnung Tal\nZweitzeichnung",
    "Anlagen:",
]


@pytest.mark.parametrize("element", AWARD_ELEMENTS)
def test_the_award_has_its_required_elements(element: str) -> None:
    assert element in LETTERS.notice(notice(NoticeKind.AWARD)).body


def test_the_sanction_stands_in_the_award_only_where_the_rules_say_so() -> None:
    rules = notice(NoticeKind.AWARD).rules.model_copy(update={"sanction_in_award": True})
    assert "um 25 Prozent gekürzt" in LETTERS.notice(notice(NoticeKind.AWARD, rules=rules)).body
    assert "gekürzt" not in LETTERS.notice(notice(NoticeKind.AWARD)).body


@pytest.mark.parametrize("kind", sorted(set(NoticeKind) - {NoticeKind.HEARING, NoticeKind.CLOSING}))
@pytest.mark.parametrize("court", PROGRAMMES.courts.courts, ids=lambda court: court.key)
def test_every_act_names_court_seat_and_period(kind: NoticeKind, court: object) -> None:
    body = LETTERS.notice(notice(kind, court=court)).body
    assert "innerhalb eines Monats nach seiner Bekanntgabe Klage" in body
    assert f"{court.name} mit Sitz in {court.seat}" in body  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [NoticeKind.HEARING, NoticeKind.CLOSING])
def test_what_is_no_act_has_no_remedy(kind: NoticeKind) -> None:
    assert "Klage" not in LETTERS.notice(notice(kind)).body


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_is_whole_and_hashed_as_served(kind: NoticeKind) -> None:
    first = LETTERS.notice(notice(kind))
    assert first == LETTERS.notice(notice(kind))
    assert "\n\n\n" not in first.body
    assert not re.search(r"[{}]|None|  ", first.body)
    assert first.sha256 != LETTERS.notice(notice(kind, case_id="wir-fm-2018-06632")).sha256
    assert LETTERS.notice(notice(kind, facts={"awarded_cents": 1, "claimed_cents": 1, "until": "2019-06-30"})).body


def test_a_revocation_before_any_payout_reclaims_nothing() -> None:
    body = LETTERS.notice(notice(NoticeKind.REVOCATION, facts={"claimed_cents": 0})).body
    assert "Widerrufsbescheid" in body
    assert "Erstattung\n" not in body
    assert "in vollem Umfang" in body


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "null Euro"),
        (100, "ein Euro"),
        (101, "ein Euro und ein Cent"),
        (1_200, "zwölf Euro"),
        (1_600, "sechzehn Euro"),
        (1_700, "siebzehn Euro"),
        (2_100, "einundzwanzig Euro"),
        (3_000, "dreißig Euro"),
        (10_100, "einhundertein Euro"),
        (77_777, "siebenhundertsiebenundsiebzig Euro und siebenundsiebzig Cent"),
        (100_000, "eintausend Euro"),
        (110_000, "eintausendeinhundert Euro"),
        (5_000_000, "fünfzigtausend Euro"),
        (416_663, "viertausendeinhundertsechsundsechzig Euro und dreiundsechzig Cent"),
        (165_000_000, "eine Million sechshundertfünfzigtausend Euro"),
        (200_000_000, "zwei Millionen Euro"),
        (10**11, "eine Milliarde Euro"),
    ],
)
def test_amounts_in_words(cents: int, words: str) -> None:
    assert amount_in_words(cents, WORDS) == words


def test_amounts_in_words_are_different_for_different_amounts() -> None:
    assert len({amount_in_words(cents, WORDS) for cents in range(0, 5_000_000, 97)}) == len(range(0, 5_000_000, 97))


@pytest.mark.parametrize("cents", [-1, 10**14])
def test_amounts_out_of_bounds_are_not_written_out(cents: int) -> None:
    with pytest.raises(ValueError, match="not written out"):
        amount_in_words(cents, WORDS)


def test_nothing_is_written_for_no_amount() -> None:
    assert eur(None) == ""
    assert eur(0).startswith("0,00")


def test_every_fact_a_rule_gives_is_known() -> None:
    """``plan.mail`` and ``plan.serve`` take any keyword; a misspelt one would be dropped in silence."""
    known = set(LetterFacts.model_fields) | {"task", "notice"}
    calls = [
        (path.name, call.lineno, keyword.arg)
        for path in Path("workflows/procedure").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in {"mail", "serve"}
        for keyword in call.keywords
    ]
    assert calls
    assert [found for found in calls if found[2] and found[2] not in known] == []


def test_a_letter_takes_no_field_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="to_adress"):
        LetterData.model_validate(letter(Template.AWARD).model_dump() | {"to_adress": "x"})
