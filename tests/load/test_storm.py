"""330 clerks answer at once while Temporal, the worker and the mail server go and come back, one after the other.

What stops is stopped when so many receipts were given, or so many mails taken: never after so many seconds.
"""

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from activities.mail_out.smtp_pool import CONNECTIONS
from gateway.start.devserver import free_port
from record.database.engine import Database
from tests.crash.processes import Keeper, Place, until
from tests.crash.sink import CountingSink
from tests.crash.test_bad_luck import OwnServer, own_server
from tests.crash.test_portal import listens
from tests.fixtures.postgres import Cluster
from tests.load.town import REMINDER, Town
from tests.patience import PATIENCE
from tests.portal.acts import WHO
from tests.portal.browse import Page, visit

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.crash, pytest.mark.slow]

CLERKS = int(os.environ.get("LOAD_CLERKS", "330"))
HANDS = 32
"""How many answers are on their way at the same time."""

AHEAD: Final = HANDS * 3 // 2
"""Reminders are written so many answers before those they are to remind."""


class Browsers:
    """All clerks' browsers: what was sent, and when its receipt was there."""

    def __init__(self, portal: str, transport: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=HANDS, max_keepalive_connections=HANDS)
        self._http, self._portal = httpx.Client(timeout=PATIENCE, limits=limits, transport=transport), portal
        self._lock = threading.Lock()
        self.receipts: dict[str, float] = {}
        """The instant (monotonic) at which each key's receipt had come."""

    def get(self, path: str, **given: Any) -> httpx.Response:
        """GET."""
        return self._http.get(path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """POST; being sent on to a page of one's own is the receipt."""
        response = self._http.post(path, **given)
        key, target = path.rpartition("/t/")[2], response.headers.get("location", "")
        if response.status_code == 303 and target.rpartition("/")[2].count("-") == 4:
            with self._lock:
                self.receipts[key] = time.monotonic()
        return response

    def filled(self, key: str) -> Page:
        """The page on which a clerk checks what was typed, ready to be sent."""
        page = visit(self, f"{self._portal}/t/{key}").type({"Ihre Antwort": "Das Konzept liegt bei."})  # type: ignore[arg-type]
        return page.press("Weiter: Angaben prüfen").type(WHO).tick("Ich bestätige")

    def close(self) -> None:
        """All browsers are closed."""
        self._http.close()


class Sink(CountingSink):
    """Remembers when the SMTP transaction began that brought a mail; each mail to a clerk has a sender of its own."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        super().__init__(folder, port=port)
        self.brought: dict[str, list[float]] = {}
        """The instants (monotonic) at which each sender's transactions began, of those that brought its mail."""
        begun: dict[str, float] = {}
        keep = self.mailbox.keep

        async def handle_mail(_server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
            begun[address] = time.monotonic()
            envelope.mail_from = address
            return "250 OK"

        def kept(sender: str, to: str, content: bytes) -> bool:
            self.brought.setdefault(sender, []).append(begun[sender])
            return keep(sender, to, content)

        self._controller.handler.handle_MAIL = handle_mail
        self.mailbox.keep = kept  # type: ignore[method-assign]


class Storm:
    """One installation in its storm."""

    def __init__(self, town: Town, place: Place, folder: Path) -> None:
        self.town, self.place, self.folder = town, place, folder
        self.browsers = Browsers(f"http://127.0.0.1:{place.portal}")
        self.sinks = [Sink(folder, port=place.smtp)]

    async def given(self, share: float) -> None:
        """So many of all receipts were given."""
        number = int(share * CLERKS)
        await until(lambda: len(self.browsers.receipts) >= number, f"{number} receipts")

    def answer(self, reminded: str, page: Page) -> Page:
        """Somebody who answers a little later is reminded; this clerk answers."""
        if reminded:
            self.town.remind(reminded)
        return page.press("Angaben absenden")

    async def answer_all(self) -> None:
        """All at once, by as many hands as there are."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(HANDS) as hands:
            keys = self.town.keys
            pages = await asyncio.gather(
                *(loop.run_in_executor(hands, self.browsers.filled, key) for key in keys.values())
            )
            ahead = [*list(keys)[AHEAD:], *[""] * AHEAD]
            for task_id in list(keys)[:AHEAD]:
                await loop.run_in_executor(hands, self.town.remind, task_id)
            shown = await asyncio.gather(
                *(loop.run_in_executor(hands, self.answer, *one) for one in zip(ahead, pages, strict=True))
            )
        assert Counter(page.heading for page in shown) == {"Ihre Angaben sind eingegangen": CLERKS}

    async def outages(self, server: OwnServer) -> None:
        """Temporal and the mail server in turn; the worker dies by itself, at its moments."""
        await self.given(0.2)
        await server.stop()
        await self.given(0.4)
        await server.start()
        await self.given(0.6)
        self.sinks[-1].stop()
        await self.given(0.8)
        self.sinks.append(Sink(self.folder, port=self.place.smtp))
        self.sinks[-1].start()

    @property
    def taken(self) -> Counter[str]:
        """How often each mail was taken by the mail server."""
        return Counter(name for sink in self.sinks for name in sink.taken)

    def brought(self, sender: str) -> list[float]:
        """When the transactions began that brought this sender's mail."""
        return [at for sink in self.sinks for at in sink.brought.get(sender, [])]


@asynccontextmanager
async def storm(server: OwnServer, postgres: Cluster, folder: Path) -> AsyncIterator[Storm]:
    """The installation, its cases waiting for their clerks, its mail server listening."""
    name = postgres.create()
    town = Town(Database(postgres.url(name)), (await server.skipper()).client)
    await asyncio.to_thread(town.open_tasks, CLERKS)
    place = Place(
        data=folder,
        database=postgres.url(name),
        smtp=free_port(),
        portal=free_port(),
        temporal=town.client.service_client.config.target_host,
    )
    found = Storm(town, place, folder / "mailbox")
    found.sinks[0].start()
    try:
        yield found
    finally:
        found.browsers.close()
        found.sinks[-1].stop()
        town.db.close()
        postgres.drop(name)


async def test_every_receipt_is_honoured_nothing_doubles_and_all_arrives(postgres: Cluster, tmp_path: Path) -> None:
    dies = (f"after_commit:{CLERKS // 3}", f"mail_taken:{CLERKS // 4}")
    async with own_server(tmp_path) as server, storm(server, postgres, tmp_path) as one:
        await one.town.adopt()
        async with (
            Keeper("tests.load.worker", one.place, dies, one.town.leases_run_out) as worker,
            Keeper("tests.load.portal", one.place),
        ):
            await listens(one.place)
            await asyncio.gather(one.answer_all(), one.outages(server))
            await until(lambda: not one.town.waiting(), "the end of the storm", also=worker.fault)
            assert worker.deaths == list(dies)
        every_receipt_is_honoured(one.town, one.browsers)
        nothing_doubles_and_all_arrives(one)
        no_reminder_begins_after_its_answer(one)
        one.town.promises_are_kept()


def every_receipt_is_honoured(town: Town, browsers: Browsers) -> None:
    """One answer a receipt, applied by one step."""
    answers = town.answers()
    assert Counter(town.keys[row.task_id] for row in answers) == Counter(browsers.receipts.keys())
    assert {row.state for row in answers} == {"applied"}
    assert town.steps() == {row.id: 1 for row in answers}


def nothing_doubles_and_all_arrives(one: Storm) -> None:
    """Each mail is in the mailbox once. What the mail server was given again, a dead worker had in hand."""
    mails = one.town.mails()
    assert {row.state for row in mails} <= {"accepted", "dropped"}
    receipts = [row for row in mails if row.template == "receipt"]
    assert len(receipts) == CLERKS
    assert {row.state for row in receipts} == {"accepted"}
    taken = one.taken
    arrived = Counter(mail.message_id for mail in one.sinks[-1].mails())
    assert set(arrived.values()) == {1}
    assert set(arrived) == set(taken)
    assert {row.message_id for row in receipts} <= set(arrived)
    sent = {row.message_id for row in mails if row.state == "accepted" and row.id not in one.town.before}
    assert sent <= set(arrived)
    left = [row for row in mails if taken[row.message_id] > 1 or (taken[row.message_id] and row.state == "dropped")]
    assert len(left) <= CONNECTIONS, "one mail a connection is in a worker's hands when it dies"
    assert all(row.ambiguous for row in left)
    assert all(taken[row.message_id] <= 1 + row.ambiguous for row in mails)


def no_reminder_begins_after_its_answer(one: Storm) -> None:
    """As the mail server saw it: a reminder's transaction began before its task's receipt was there, or never."""
    fates: Counter[str] = Counter()
    for row in one.town.mails():
        if row.dedupe_key.startswith(REMINDER):
            fates[row.state] += 1
            receipt = one.browsers.receipts[one.town.keys[row.task_id]]
            assert all(at <= receipt for at in one.brought(row.sender)), row.id
    assert sum(fates.values()) == CLERKS
    assert fates["accepted"], "no reminder left at all"
    assert fates["dropped"], "no answer was in time to stop its reminder"
