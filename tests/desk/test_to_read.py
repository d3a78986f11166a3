"""Who writes words into a letter or a mail reads it before it is sent; who drafts reads what will be signed."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest
from sqlmodel import select

from models.content.starts import START_CONTENT, Door, started_at
from models.money import Cents, format_plain
from models.stages import Stage
from models.tables import CommandRow, Notice, Outbox
from models.tasks import TASKS, Role
from models.tasks import TaskKind as K
from portal.fields import fields_of
from record.cases.redrafts import checked_by
from record.database.engine import Database
from record.database.words import mail_text
from tests.desk.site import Form, Visitor
from tests.desk.test_forms import commands
from tests.play import Play
from tests.portal.interface.roads import OFFICERS, installed, led
from workflows.lifecycle import GRANT

WORDS: Final = "Der Quittenbaum ist nicht gepflanzt."
CHOICES: Final = [(kind, choice) for kind in OFFICERS for choice in TASKS[kind].choices]
SAMPLE: Final = (K.CHECK_COMPLETENESS, "incomplete")
"""Of ``make test``; ``make test-slow`` tries the others."""

PARAMS: Final = [pytest.param(*one, marks=() if one == SAMPLE else pytest.mark.slow) for one in CHOICES]


def opened(play: Play, browser: Visitor, case: str, kind: K) -> Form:
    """The form of the page of a task, opened by somebody who may answer."""
    browser.log_in(play.actor(case, kind).id).open(f"/aufgabe/{play.task(case, kind).id}")
    return browser.forms[-1]


def typed(play: Play, case: str, kind: K, choice: str) -> dict[str, str]:
    """What somebody types who writes the words wherever there is room for any."""
    model = TASKS[kind].choices[choice].content
    filled = {name: _as_typed(name, value) for name, value in play.form(case, model).items()}
    return filled | {one["name"]: WORDS for one in fields_of(model) if one["option"] in {"reason", "items"}}


def _as_typed(name: str, value: Any) -> str:
    if name.endswith("_cents"):
        return format_plain(Cents(value)).replace(".", ",")
    if name in {"until", "posted_on"}:
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    if name == "called_at":
        return f"{date.fromisoformat(value[:10]):%d.%m.%Y}, 0:00 Uhr"
    return "\n".join(value) if isinstance(value, list) else str(value)


def said(play: Play, case: str, kind: K) -> list[str]:
    """Everything that left the house in a case, and the letters that a second person could sign now."""
    signing = checked_by(kind)
    open_now = [task for task in play.states[case].open() if task.kind == signing]
    with play.db.read() as session:
        mails = [mail_text(mail.mime) for mail in session.exec(select(Outbox).where(Outbox.case_id == case))]
        letters = [one.body for one in session.exec(select(Notice).where(Notice.case_id == case))]
        drafts = [
            text for task in open_now for one in play.gateway.foresee(session, task.id, None) for _, text in one.letters
        ]
    return [*mails, *letters, *drafts]


@pytest.mark.parametrize(("kind", "choice"), PARAMS, ids=str)
def test_words_that_stand_in_a_letter_are_read_before_it_is_sent(
    db: Database, browser_of: Callable[[Play], Visitor], kind: K, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = installed(db, kind)
    case, browser = led(play, kind, play.full_application(), monkeypatch), browser_of(play)
    play.refuse = lambda _mail: False
    opened(play, browser, case, kind)
    if choice not in [form.fields.get("choice") for form in browser.forms]:
        pytest.skip("the case cannot be answered so in this stage")
    before, count = said(play, case, kind), len(commands(play))
    browser.send(browser.form(choice), **typed(play, case, kind, choice))
    page = browser.to_read
    if page is not None:
        assert len(commands(play)) == count, "nothing is stored before it was read"
        sheets = [one.split("</div>")[0] for one in browser.html.split('<div class="sheet letter">')[1:]]
        assert [one for one in sheets if WORDS in one] or checked_by(kind)
        browser.send(page)
    if not browser.address.startswith("/quittung/"):
        assert "nicht" in browser.text, "it is refused, and the page says why"
        return
    play.settle()
    new = [text for text in said(play, case, kind) if text not in before]
    assert [text for text in new if WORDS in " ".join(text.split())] == [] or page is not None
    assert page is None or new


@pytest.fixture
def drafting(play: Play) -> str:
    """A case whose decision is to be drafted."""
    case = play.apply()
    play.drive(case, Stage.DRAFTING)
    return case


def test_who_drafts_reads_the_letter_that_the_second_person_gets(play: Play, browser: Visitor, drafting: str) -> None:
    opened(play, browser, drafting, K.DRAFT_DECISION)
    assert browser.form("award").button == "Bewilligung entwerfen: Entwurf ansehen"
    browser.send(browser.form("award"), amount_cents="45.000,00", reason=WORDS)
    letter = browser.html.split('<div class="sheet letter">')[-1].split("</div>")[0]
    assert f"Gründe der teilweisen Ablehnung: {WORDS}" in letter
    page = browser.to_read
    assert page is not None
    assert page.button == "Entwurf zur Zeichnung geben"
    browser.send(page)
    assert "Erledigt" in browser.text
    play.settle()
    with play.db.read() as session:
        told = play.gateway.foresee(session, play.task(drafting, K.SIGN_DECISION).id, None)
    (signed,) = (text for one in told for _, text in one.letters)
    assert letter.split() == signed.split()


@pytest.mark.slow
def test_going_back_to_the_form_loses_nothing_and_stores_nothing(play: Play, browser: Visitor, drafting: str) -> None:
    opened(play, browser, drafting, K.DRAFT_DECISION)
    before = commands(play)
    browser.send(browser.form("award"), amount_cents="45.000,00", reason=f"{WORDS}\r\nZweite Zeile.")
    page = browser.to_read
    assert page is not None
    browser.send(page, step="change")
    form = browser.form("award").fields
    assert (form["amount_cents"], form["reason"].splitlines()) == ("45.000,00", [WORDS, "Zweite Zeile."])
    browser.send(browser.form("award"), reason="Anders.")
    assert browser.to_read is not None
    assert "Gründe der teilweisen Ablehnung: Anders." in browser.html
    assert commands(play) == before


@pytest.mark.slow
@pytest.mark.parametrize("changed", [{"reason": "Heimlich anders."}, {"read": "0" * 64}, {"choice": "refuse"}])
def test_other_words_than_were_read_are_shown_first(
    play: Play, browser: Visitor, drafting: str, changed: dict[str, str]
) -> None:
    opened(play, browser, drafting, K.DRAFT_DECISION)
    before = commands(play)
    browser.send(browser.form("award"), amount_cents="45.000,00", reason=WORDS)
    page = browser.to_read
    assert page is not None
    browser.send(page, **changed)
    assert browser.status == 409
    assert "hat sich etwas geändert" in browser.text
    assert commands(play) == before


@pytest.mark.slow
def test_a_double_click_on_the_last_button_is_one_answer(play: Play, browser: Visitor, drafting: str) -> None:
    opened(play, browser, drafting, K.DRAFT_DECISION)
    page = browser.send(browser.form("award")).to_read
    assert page is not None
    addresses = {browser.send(page).address for _ in range(2)}
    assert len(addresses) == 1
    assert commands(play).count(("sim-berg", "award")) == 2, "one was the examination"


@pytest.mark.slow
@pytest.mark.parametrize("stage", [Stage.FORMAL_CHECK, Stage.AWARD_SENT, Stage.DISBURSING, Stage.PROOF_DUE])
def test_nothing_is_started_whose_words_stand_in_a_letter_unread(play: Play, stage: Stage) -> None:
    """So the desk asks for reading only where something may end the case."""
    case = play.apply()
    play.drive(case, stage)
    tried = [kind for kind in GRANT.startable(stage, Role.CASE_WORKER) if kind in started_at(Door.OFFER)]
    for kind in tried:
        model = START_CONTENT[kind]
        content = play.form(case, model) | {one["name"]: WORDS for one in fields_of(model) if one["option"] == "reason"}
        wish = play.gateway.preview_start(case_id=case, kind=kind, content=content, actor=play.officer("sim-berg"))
        found = asyncio.run(wish).foreseen
        assert found is None or not found.quotes or found.shown, kind
    assert tried


@pytest.mark.slow
def test_what_cannot_be_done_is_refused_on_record_as_before(play: Play, browser: Visitor, drafting: str) -> None:
    opened(play, browser, drafting, K.DRAFT_DECISION)
    browser.send(browser.form("award"), amount_cents="60.000,00", reason=WORDS)
    assert "übersteigt den beantragten Betrag" in browser.text
    with play.db.read() as session:
        refused = session.exec(select(CommandRow).where(CommandRow.reason == "over_request")).all()
    assert [row.choice for row in refused] == ["award"]
