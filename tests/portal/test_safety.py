"""Nobody acts by accident: visits, scanners, double clicks, dead and foreign links, foreign pages."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from models.commands import Actor, ActorKind
from models.tables import TaskToken
from models.tasks import TaskKind as K
from models.tasks import TaskState
from portal.forms import FORMS
from portal.logs import TokenFilter, hide_tokens
from record.database.engine import Database
from tests.portal import acts
from tests.portal.browse import Page, follow, standing, visit, words
from tests.portal.play import BASE, Play

STAGES: dict[str, Callable[[Play], object]] = {
    "apply": lambda play: None,
    "declare_acceptance": acts.award,
    "request_drawdown": acts.ready,
    "prove_use": acts.proof_due,
}
OPEN_PAGES = [
    "/",
    "/barrierefreiheit",
    "/impressum",
    "/datenschutz",
    "/kontakt",
    "/static/wir.css",
    "/static/kern.min.css",
    "/t/nothing",
    "/c/nothing",
]


def content(db: Database) -> str:
    """A hash of every row of every table."""
    digest = hashlib.sha256()
    with db.read() as session:
        connection = session.connection()
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")).scalars()
        for name in list(names):
            for row in connection.execute(text(f'SELECT * FROM "{name}" ORDER BY rowid')):  # noqa: S608
                digest.update(repr((name, tuple(row))).encode())
    return digest.hexdigest()


def links(play: Play) -> list[str]:
    """Every link there is: the invitation and all that were mailed."""
    found = ["/t/invitation-" + "x" * 32]
    for kind in "tc":
        try:
            found.append(play.link(kind))
        except LookupError:
            continue
    return found


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.sample(3)
def test_visits_change_nothing(play: Play, stage: str) -> None:
    play.invite() if stage == "apply" else None
    STAGES[stage](play)
    before = content(play.db)
    files = sorted(play.folder.rglob("*/??/*"))
    for path in [*links(play), *OPEN_PAGES]:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = play.client.request(method, path, headers={"User-Agent": "HeadlessChrome/140"})
            assert answer.status_code in {200, 204, 404}, (method, path)
        for local in Page(play.client, path, play.client.get(path)).root.iter("a") if "static" not in path else []:
            target = local.get("href") or ""
            if target.startswith("/"):
                play.client.get(target)
    assert content(play.db) == before
    assert sorted(play.folder.rglob("*/??/*")) == files


PRESSED = [pytest.param(stage, marks=pytest.mark.slow) for stage in STAGES]
"""In `make test` the others are pressed by the robots of ``tests/browser/test_scanners.py``."""


@pytest.mark.parametrize("stage", PRESSED)
def test_a_scanner_that_presses_every_button_changes_nothing(play: Play, stage: str) -> None:
    play.invite() if stage == "apply" else None
    STAGES[stage](play)
    before = content(play.db)
    paths = links(play)
    keys = {key for form in FORMS.values() if form.paged for key in form.groups}
    for path in [*paths, *(f"{path}/{key}" for path in paths for key in sorted(keys) if path.startswith("/t/"))]:
        page = visit(play.client, path)
        for form in page.root.iter("form"):
            action = form.get("action") or page.path
            untouched = dict(standing(form))
            play.client.post(action, data=dict.fromkeys(untouched, ""))
            for button in form.iter("button"):
                pressed = {button.get("name") or "x": button.get("value") or ""}
                second = follow(play.client, action, play.client.post(action, data=untouched | pressed))
                _press_all(play, second, action)
        for step in ("", "check", "confirm", "edit", "nonsense"):
            for data in ({}, {"declaration": "yes"}, {"submission_id": "0" * 32}, {"start": "withdraw"}):
                play.client.post(path, data=data | {"step": step})
                for act in ("start", "link", "neuer-link", "weitergeben"):
                    play.client.post(f"{path}/{act}", data=data)
    assert content(play.db) == before


def _press_all(play: Play, page: Page, action: str) -> None:
    """The check page that a prefilled form may lead to, sent untouched."""
    for form in page.root.iter("form"):
        for button in form.iter("button"):
            pressed = {button.get("name") or "x": button.get("value") or ""}
            play.client.post(action, data=dict(standing(form)) | pressed)


def test_the_scanner_test_bites(play: Play) -> None:
    """The same pressing with a name typed would change something: so the test above can fail."""
    acts.apply(play)
    before = content(play.db)
    page = (
        visit(play.client, play.link("c"))
        .tick("Den Antrag zurücknehmen")
        .type({"Ihr Name": "Simulierte Person Muster"})
    )
    page.press("Link anfordern")
    assert content(play.db) != before


def test_a_double_click_is_one_answer_and_one_receipt(play: Play) -> None:
    check = acts.applied(play).type(acts.WHO).tick("Ich bestätige")
    first, second = check.press("Antrag absenden"), check.press("Antrag absenden")
    assert first.path == second.path
    assert words(first.root.find(".//main")) == words(second.root.find(".//main"))
    assert len(play.commands()) == 1


def test_a_double_click_while_the_case_cannot_be_told_is_one_answer(play: Play) -> None:
    acts.award(play)
    play.messenger.down = True
    check = acts.fill(play, play.link(), acts.DECLARATION)
    check.type(acts.WHO).tick("Ich bestätige")
    first, second = check.press("Erklärung absenden"), check.press("Erklärung absenden")
    assert first.heading == second.heading == "Ihre Erklärung ist eingegangen"
    waiting = [row for row in play.commands() if row.state == "received"]
    assert len(waiting) == 1
    again = visit(play.client, check.path)
    assert "tragen sie gerade ein" in again.text
    assert not list(again.root.iter("form"))


def test_a_second_answer_from_another_tab_is_told_so(play: Play) -> None:
    acts.award(play)
    path = play.link()
    checks = [acts.fill(play, path, acts.DECLARATION), visit(play.client, f"{path}/pruefen")]
    for check in checks:
        check.type(acts.WHO).tick("Ich bestätige")
    assert checks[0].press("Erklärung absenden").heading == "Ihre Erklärung ist eingegangen"
    count = len(play.commands())
    late = checks[1].press("Erklärung absenden")
    assert late.status == 409
    assert "Ihre Angaben wurden nicht gespeichert" in late.text
    assert len(play.commands()) == count


def test_starting_twice_with_one_click_is_once(play: Play) -> None:
    acts.apply(play)
    page = (
        visit(play.client, play.link("c"))
        .tick("Den Antrag zurücknehmen")
        .type({"Ihr Name": "Simulierte Person Muster"})
    )
    assert page.press("Link anfordern").path == page.press("Link anfordern").path
    assert len([row for row in play.commands() if row.kind == "start"]) == 1
    assert len(play.tasks(K.WITHDRAW)) == 1


@pytest.mark.parametrize("path", ["/t/unknown", "/c/unknown", "/t/unknown/" + "0" * 36, "/x", "/t/", "/t/%00"])
def test_an_unknown_link_gets_a_neutral_page_with_help(play: Play, path: str) -> None:
    acts.apply(play)
    for answer in (play.client.get(path), play.client.post(path, data={"step": "confirm"})):
        page = Page(play.client, path, answer)
        assert answer.status_code in {404, 405}
        assert page.heading == "Zu dieser Adresse gibt es keine Seite"
        assert "wir@rp.example" in page.text
        assert "Fulda" not in page.html


def test_a_task_link_is_no_case_link(play: Play) -> None:
    acts.award(play)
    assert play.client.get(play.link("t").replace("/t/", "/c/")).status_code == 404
    assert play.client.get(play.link("c").replace("/c/", "/t/")).status_code == 404


def test_a_revoked_link_says_where_things_stand(play: Play) -> None:
    acts.award(play)
    path = play.link()
    with play.db.write() as session:
        for token in session.exec(select(TaskToken).where(col(TaskToken.purpose) == "task")):
            token.revoked_at = token.issued_at
            session.add(token)
    page = visit(play.client, path)
    assert page.heading == "Dieser Link gilt nicht mehr"
    assert "Der Bescheid ist auf dem Weg zu Ihnen." in page.text
    assert "Bescheid annehmen und Bankverbindung nennen" not in page.heading
    assert [form.get("action") for form in page.root.iter("form")] == [f"{path}/neuer-link"]
    assert play.client.post(path, data=acts.DECLARATION | {"step": "confirm"}).status_code == 409


def test_an_expired_task_says_so_and_what_is_next(play: Play) -> None:
    acts.ready(play)
    path = play.link()
    while play.tasks(K.REQUEST_DRAWDOWN)[0].state == TaskState.OPEN:
        play.wake()
    page = visit(play.client, path)
    assert page.heading == "Die Frist dieser Aufgabe ist abgelaufen"
    assert "Bitte rufen Sie uns an" in page.text


def test_a_receipt_shows_no_other_task_and_no_other_case(play: Play) -> None:
    receipt = acts.apply(play)
    command = receipt.path.rsplit("/", 1)[1]
    play.office(K.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    assert play.client.get(f"{play.link()}/{command}").status_code == 404
    assert play.client.get(f"{play.link('c')}/start/{command}").status_code == 404


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://portal.example:81"},
    {"Origin": "https://portal.example:444"},
]
OWN = [
    {"Origin": "https://portal.example"},  # as behind a proxy that ends the encryption
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Origin": BASE},
    {"Origin": "null"},
    {"Origin": "http://portal.example:80"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_post_from_a_foreign_page_is_refused(play: Play, headers: dict[str, str]) -> None:
    answer = play.client.post(play.invite(), data={"step": "check"}, headers=headers)
    assert answer.status_code == 403
    assert "fremden Seite" in answer.text
    assert answer.headers["content-security-policy"]


@pytest.mark.parametrize("headers", OWN)
def test_a_post_from_our_own_page_is_taken(play: Play, headers: dict[str, str]) -> None:
    assert play.client.post(play.invite(), data={"step": "check"}, headers=headers).status_code == 422


@pytest.mark.parametrize("path", ["/", "/t/unknown", "/c/unknown", "/kontakt", "/static/wir.css", "/nothing"])
def test_every_answer_carries_the_headers(play: Play, path: str) -> None:
    for answer in (play.client.get(path), play.client.request("OPTIONS", path), play.client.post(path)):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert ("cache-control" in answer.headers) == (not path.startswith("/static/"))
        assert "set-cookie" not in answer.headers


def test_nothing_is_loaded_from_elsewhere(play: Play) -> None:
    page = visit(play.client, play.invite())
    for one in page.root.iter():
        for name in ("src", "href", "action"):
            target = one.get(name) or ""
            assert target.startswith(("/", "#", "mailto:", "tel:")) or not target
    for sheet in Path("portal/static").glob("*.css"):
        css = sheet.read_text(encoding="utf-8")
        outside = [part[:30] for part in css.split("url(")[1:] if not part.startswith(('"data:', '"fonts/'))]
        assert outside == []
        assert "@import" not in css


def test_a_database_that_will_not_store_loses_nothing_typed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {"iban": "secret"}, Exception("database is locked"))

    check = acts.applied(play).type(acts.WHO).tick("Ich bestätige")
    with monkeypatch.context() as patch:
        patch.setattr(play.gateway, "apply", locked)
        failed = check.press("Antrag absenden")
    assert failed.status == 503
    assert "Wir konnten Ihre Angaben gerade nicht speichern" in failed.text
    assert "secret" not in failed.html
    done = failed.tick("Ich bestätige").press("Antrag absenden")
    assert done.heading == "Ihr Antrag ist eingegangen"


def test_a_refusal_of_the_case_is_explained(play: Play) -> None:
    """Two calls at once: the second finds the task closed by the first, on record."""
    acts.ready(play)
    path = play.link()
    check = visit(play.client, path).type({"Betrag in Euro": "50.000,00"}).press("Weiter: Angaben prüfen")
    check.type(acts.WHO).tick("Ich bestätige")
    play.messenger.down = True
    receipt = check.press("Mittel abrufen")
    play.messenger.down = False
    _block(play)
    play.messenger.tell_later(next(row for row in play.commands() if row.state == "received"))
    refused = visit(play.client, receipt.path)
    assert refused.heading == "Das konnten wir nicht annehmen"
    assert "Die Auszahlung ist gesperrt" in refused.text
    assert "Ist sie aufgehoben, schreiben wir Ihnen" in refused.text


def _block(play: Play) -> None:
    import asyncio

    actor = Actor(kind=ActorKind.OFFICER, id="sim-berg", roles=("case_worker",), simulated=True)
    asyncio.run(play.gateway.act(case_id=play.case().id, kind="block", content={"reason": "Prüfung"}, actor=actor))


def test_logs_hold_no_token(caplog: pytest.LogCaptureFixture) -> None:
    hide_tokens("portal.test")
    hide_tokens("portal.test")
    logger = logging.getLogger("portal.test")
    assert sum(isinstance(one, TokenFilter) for one in logger.filters) == 1
    with caplog.at_level(logging.INFO):
        logger.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1", "GET", "/t/s3cret-token?x=1", "1.1", 200)
        logger.info("/c/s3cret-token/start/9")
        logger.info("POST %s", "/zugang/s3cret-token")
    assert "s3cret" not in caplog.text
    assert "/t/…?x=1" in caplog.text
    assert "/c/…/start/9" in caplog.text
    assert "POST /zugang/…" in caplog.text
