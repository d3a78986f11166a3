"""No robot answers for a person: after each scanner's visit every row of every table and every file is as before.

The suite bites: a portal that notes visits, and one that takes an answer without its declaration, are found out.
"""

from dataclasses import replace

import pytest
from sqlalchemy import text
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.tasks import TaskKind as K
from portal.clerk.incoming import Posted, new_submission
from portal.clerk.task_pages import TaskPages
from portal.clerk.task_views import Link
from tests.browser import plain
from tests.browser.answers import FUNCTION, WHO
from tests.browser.chromium import Chromium
from tests.browser.clerk import Clerk
from tests.browser.robots import as_found
from tests.browser.scanners import (
    WITHOUT_SCRIPT,
    Scanner,
    prefetches_all_links,
    presses,
    presses_every_button,
    with_script,
)
from tests.browser.scene import KINDS, Scenes, Site, served, within
from tests.browser.test_kinds import ANSWERED, sampled

pytestmark = pytest.mark.browser
SAMPLE = (K.APPLY, K.REQUEST_DRAWDOWN)
"""A draft of several pages, and an amount."""


def who_changed_something(site: Site, scanners: tuple[Scanner, ...] = WITHOUT_SCRIPT) -> str:
    """The name of the first scanner after which something is different; nothing when all is as it was."""
    before = site.scene.digest()
    for scanner in scanners:
        scanner(site)
        if site.scene.digest() != before:
            return scanner.__name__
    return ""


@pytest.mark.parametrize("kind", sampled(*SAMPLE, of=KINDS), ids=str)
def test_no_robot_changes_anything_while_a_task_is_open(scenes: Scenes, kind: K) -> None:
    """Those that run no script, at every kind of task."""
    with within(scenes.copy(kind)) as site:
        assert who_changed_something(site) == ""
        assert presses(site, as_found, 1) > 0, "there was something to press"


@pytest.mark.parametrize("kind", ANSWERED, ids=str)
def test_a_person_without_script_answers_and_that_changes_something(scenes: Scenes, kind: K) -> None:
    scene = scenes.copy(kind)
    with within(scene) as site:
        before = scene.digest()
        assert "eingegangen" in plain.answer(site.http, scene.links[-1])
        assert scene.digest() != before


@pytest.mark.parametrize("kind", sampled(K.REQUEST_DRAWDOWN, of=(K.APPLY, K.REQUEST_DRAWDOWN, K.WITHDRAW)), ids=str)
def test_no_robot_changes_anything_after_the_answer(scenes: Scenes, kind: K) -> None:
    scene = scenes.copy(kind)
    with within(scene) as site:
        plain.answer(site.http, scene.links[-1])
        if kind is not K.APPLY:
            scene.play.settle()
        assert who_changed_something(site) == ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", sampled(K.WITHDRAW, of=(K.APPLY, K.WITHDRAW)), ids=str)
def test_no_browser_changes_anything(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    """Those that run scripts, at two kinds of tasks."""
    with served(scenes.copy(kind)) as site:
        assert who_changed_something(site, with_script(chromium)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_scanner_changes_anything(scenes: Scenes, chromium: Chromium, kind: K) -> None:
    """All at all, behind a socket. While the task is open; then it is answered in a browser; then they come again."""
    assert len(WITHOUT_SCRIPT) >= 12
    scene = scenes.copy(kind)
    with served(scene) as site:
        assert who_changed_something(site, (*WITHOUT_SCRIPT, *with_script(chromium))) == ""
        assert presses(site, as_found, 1) > 0, "there was something to press"
        if kind is K.REPAY:
            return
        before = scene.digest()
        link = site.address + scene.links[-1]
        chromium.visit(lambda page: Clerk(page).answer(link))
        assert scene.digest() != before
        if kind is not K.APPLY:
            scene.play.settle()
        assert who_changed_something(site) == ""


def test_a_portal_that_notes_visits_is_found_out(scenes: Scenes) -> None:
    scene = scenes.copy(K.COMPLETE_APPLICATION)

    def noting(app: ASGIApp) -> ASGIApp:
        async def note(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].startswith("/t/"):
                with scene.play.db.write() as session:
                    session.connection().execute(text("UPDATE task SET late = 1 WHERE id = :id"), {"id": scene.task_id})
            await app(scope, receive, send)

        return note

    with within(scene, noting) as site:
        assert who_changed_something(site) == prefetches_all_links.__name__


def test_a_portal_that_needs_no_person_is_found_out(scenes: Scenes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is broken where it stands: whatever is sent counts as filled, ticked and signed."""
    scene = scenes.copy(K.REQUEST_DRAWDOWN)
    careful = TaskPages._check_or_store

    async def careless(self: TaskPages, link: Link, posted: Posted) -> Response:
        made_up = {"amount_cents": "1,00", "acting_name": "?", "acting_function": "?"}
        sent = replace(posted, step="confirm", ticked=True, raw=posted.raw | made_up, submission_id=new_submission())
        return await careful(self, link, sent)

    monkeypatch.setattr(TaskPages, "_check_or_store", careless)
    with within(scene) as site:
        assert who_changed_something(site) == presses_every_button.__name__


def test_a_forwarded_link(scenes: Scenes, chromium: Chromium) -> None:
    """Opening changes nothing; acting names the person who acted; the receipt goes to the address on file."""
    scene = scenes.copy(K.COMPLETE_APPLICATION)
    with served(scene) as site:
        before, mails = scene.digest(), len(scene.mails)
        link = site.address + scene.links[-1]
        chromium.visit(lambda page: Clerk(page).open(link))
        assert scene.digest() == before
        chromium.visit(lambda page: Clerk(page).answer(link))
        command = scene.commands()[-1]
        assert (command.content["acting_name"], command.content["acting_function"]) == (WHO, FUNCTION)
        outcome = scene.play.take(command.id)
        assert outcome is not None
        assert outcome.applied
        scene.play.deliver()
        receipts = [mail for mail in scene.mails[mails:] if mail.template == "receipt"]
        assert [mail.to for mail in receipts] == ["fachstelle@r06631.example"]
