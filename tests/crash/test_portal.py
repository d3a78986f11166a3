"""SIGKILL of the portal between the commit of an answer and telling the case: the answer counts, and counts once."""

import asyncio
import socket
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from cli.answers import UnreachableError
from cli.client import DeskClient
from tests.crash.life import CLERK
from tests.crash.processes import Keeper, Place, until
from tests.crash.world import World, world
from tests.fixtures.postgres import Cluster
from tests.fixtures.temporal import TemporalServer
from tests.patience import PATIENCE
from tests.portal.acts import WHO
from tests.portal.browse import Page, follow, visit

pytestmark = [pytest.mark.crash, pytest.mark.server, pytest.mark.postgres, pytest.mark.slow]

Form = tuple[str, dict[str, Any]]


class Browser:
    """A client over real HTTP that remembers the last form it sent, as a browser's reload does."""

    def __init__(self) -> None:
        self.sent: Form = ("", {})

    def get(self, path: str, **given: Any) -> httpx.Response:
        """GET."""
        return httpx.get(path, timeout=PATIENCE, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """POST."""
        self.sent = (path, given)
        return httpx.post(path, timeout=PATIENCE, **given)

    def again(self) -> Page:
        """Sends the last form once more."""
        path, given = self.sent
        return follow(self, path, httpx.post(path, timeout=PATIENCE, **given))  # type: ignore[arg-type]


async def test_an_answer_whose_portal_died_counts_once(
    temporal_server: TemporalServer, postgres: Cluster, tmp_path: Path
) -> None:
    dies = ("command_stored:1", "command_stored:1")
    async with (
        world(await temporal_server.skipper(), tmp_path, postgres) as one,
        Keeper("worker", one.place),
        Keeper("portal", one.place, dies) as portal,
    ):
        await one.life.apply()
        await one.life.settle()
        await one.life.answer("check_completeness", "incomplete")
        await clerk_answers_twice(one, portal)
        await officer_answers_twice(one, portal)
        assert portal.deaths == list(dies)
        assert "Traceback" not in portal.log, portal.log
        one.promises_are_kept()


async def clerk_answers_twice(one: World, portal: Keeper) -> None:
    """The portal dies over the form; the same form again shows the receipt of the first."""
    task, browser = one.life.task("complete_application"), Browser()
    await listens(one.place)
    check = await asyncio.to_thread(filled, browser, one.link(CLERK))
    with pytest.raises(httpx.TransportError):
        await asyncio.to_thread(check.press, "Angaben absenden")
    await portal.died(1)
    await listens(one.place)
    receipt = await asyncio.to_thread(browser.again)
    assert receipt.heading == "Ihre Angaben sind eingegangen"
    await one.life.settle()  # nobody but the worker's sweeper has told the case
    assert one.told(task.id) == (["applied"], 1)
    assert (await asyncio.to_thread(browser.again)).heading == receipt.heading
    assert one.told(task.id) == (["applied"], 1)


def filled(browser: Browser, link: str) -> Page:
    """The page on which the clerk checks what was typed, ready to be sent."""
    page = visit(browser, link).type({"Ihre Antwort": "Das Konzept liegt bei (simuliert)."})  # type: ignore[arg-type]
    return page.press("Weiter: Angaben prüfen").type(WHO).tick("Ich bestätige")


async def officer_answers_twice(one: World, portal: Keeper) -> None:
    """The portal dies over the officer's answer; the same command again has its outcome."""
    task = one.life.task("check_completeness")
    body = {"task": task.id, "choice": "complete", "content": {}, "command_id": str(uuid4())}
    desk = DeskClient(one.place.desk, as_name="sim-berg")
    with pytest.raises(UnreachableError):
        await asyncio.to_thread(desk.post, "/do", body)
    await portal.died(2)
    await listens(one.place)
    answer = await asyncio.to_thread(desk.post, "/do", body)
    assert answer["receipt"]["command_id"] == body["command_id"]
    assert answer["outcome"]["applied"] is True
    assert one.told(task.id) == (["applied"], 1)


async def listens(place: Place) -> None:
    """Waits until the portal takes connections on both of its sockets."""

    def both() -> bool:
        with socket.socket(socket.AF_UNIX) as desk, socket.socket() as pages:
            return desk.connect_ex(str(place.desk)) == 0 and pages.connect_ex(("127.0.0.1", place.portal)) == 0

    await until(both, "the portal")
