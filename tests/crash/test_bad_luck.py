"""Temporal, the mail server or the database is away for a while: what got a receipt is kept and delivered later."""

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select
from temporalio.client import Client as Temporal
from temporalio.testing import TimeSkipper

from cli.client import DeskClient
from gateway.start.devserver import DevServer, free_port, start_server
from gateway.temporal.connection import plugin
from gateway.temporal.messenger import Messenger
from models.tables import CommandRow, TaskRow
from models.tasks import TaskKind
from portal.interface.app import officers_interface
from record.cases.commands import waiting
from record.database import engine
from record.database.engine import Database
from record.database.install import install
from tests.crash.life import CLERK
from tests.crash.processes import Keeper, Place, until
from tests.crash.world import World, world
from tests.fixtures.databases import RECIPIENTS, START
from tests.fixtures.postgres import Cluster
from tests.fixtures.temporal import TemporalServer
from tests.patience import PATIENCE
from tests.portal.acts import apply
from tests.portal.browse import Page, visit
from tests.portal.client import Client
from tests.portal.play import BASE, CASE, Play
from tests.workflows.player import Player
from timelapse import skipping

pytestmark = [pytest.mark.crash, pytest.mark.server]


# Temporal -------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.slow
async def test_an_answer_given_while_temporal_is_away_is_applied_when_it_is_back(
    postgres: Cluster, tmp_path: Path
) -> None:
    async with (
        own_server(tmp_path) as server,
        world(await server.skipper(), tmp_path, postgres) as one,
        Keeper("worker", one.place) as worker,
        Keeper("portal", one.place) as portal,
    ):
        await one.life.apply()
        await one.life.settle()
        await listens(one.place)
        await server.stop()
        task = one.life.task("check_completeness")
        body = {"task": task.id, "choice": "complete", "content": {}, "command_id": str(uuid4())}
        receipt = await asyncio.to_thread(DeskClient(one.place.desk, as_name="sim-berg").post, "/do", body)
        assert (receipt["receipt"]["command_id"], receipt["outcome"]) == (body["command_id"], None)
        assert one.told(task.id) == (["received"], 0)
        await asyncio.to_thread(people_can_look, one)
        await server.start()
        await one.life.settle()
        assert one.told(task.id) == (["applied"], 1)
        assert one.life.state.open(TaskKind.EXAMINE)
        assert "Traceback" not in worker.log + portal.log, worker.log + portal.log
        one.promises_are_kept()


class OwnServer:
    """A Temporal server that can go and come back: same port, same file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._server: DevServer | None = None

    async def start(self) -> None:
        """It answers."""
        self._server = await start_server(self._folder, port=self._port)

    async def stop(self) -> None:
        """It is gone."""
        if self._server is not None:
            await self._server.stop()

    async def skipper(self) -> TimeSkipper:
        """A client whose workflows' clocks can be moved."""
        return skipping(await Temporal.connect(f"127.0.0.1:{self._port}", plugins=[plugin()]))


@asynccontextmanager
async def own_server(folder: Path) -> AsyncIterator[OwnServer]:
    """A server of the test's own."""
    server = OwnServer(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def people_can_look(one: World) -> None:
    """Officers see their tasks, doctor says what it cannot see, and the clerk's page says where things stand."""
    desk = DeskClient(one.place.desk, as_name="sim-berg")
    assert desk.get("/today")["tasks"]
    assert desk.get(f"/case/{one.life.case_id}")["case"] == one.life.case_id
    assert desk.get("/doctor")["promises"]
    page = httpx.get(one.sink.mails(CLERK)[-1].case_links[0], timeout=PATIENCE)
    assert page.status_code == 200
    assert "<h1" in page.text


async def listens(place: Place) -> None:
    """Waits until the officers' socket takes connections."""

    def desk() -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(place.desk)) == 0

    await until(desk, "the portal")


# The mail server ------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.slow
async def test_mail_written_while_the_mail_server_is_away_is_delivered_when_it_is_back(
    temporal_server: TemporalServer, postgres: Cluster, tmp_path: Path
) -> None:
    async with (
        world(await temporal_server.skipper(), tmp_path, postgres) as one,
        Keeper("worker", one.place) as worker,
    ):
        await one.life.apply()
        await one.life.settle()
        before = len(one.sink.mails())
        one.mail_server_ends()
        task = one.life.task("check_completeness")
        answer = await one.life.gateway.answer(
            task_id=task.id, choice="incomplete", content={"items": ["Konzept"]}, actor=one.life.officer("sim-berg")
        )
        assert answer.outcome is not None
        assert answer.outcome.applied, "the case goes on without mail"
        await until(lambda: "no mail leaves" in worker.log, "a word for the operator")
        assert one.unsent()
        one.mail_server_returns()
        await until(one.all_delivered, "the mails")
        assert len(one.sink.mails()) > before
        assert one.link(CLERK)
        assert "Traceback" not in worker.log, worker.log
        one.promises_are_kept()


# The database ---------------------------------------------------------------------------------------


@contextmanager
def locked(db: Database) -> Iterator[None]:
    """Somebody else, a backup perhaps, holds the file for writing."""
    other = sqlite3.connect(str(db.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite waits 0.2 s for a lock instead of ten."""
    monkeypatch.setattr(engine, "_WRITER", ("PRAGMA busy_timeout=200", *engine._WRITER[1:]))


@asynccontextmanager
async def playing(temporal: TemporalServer, folder: Path) -> AsyncIterator[Player]:
    """A case on SQLite that is being checked."""
    player = Player(folder, await temporal.skipper())
    async with player.working():
        await player.apply()
    yield player
    player.db.close()


async def test_an_answer_waits_for_a_database_that_is_locked_for_a_while(
    temporal_server: TemporalServer, tmp_path: Path
) -> None:
    async with playing(temporal_server, tmp_path) as player, player.working():
        with locked(player.db):
            answer = asyncio.create_task(player.answer("check_completeness"))
            done, _ = await asyncio.wait({answer}, timeout=1)
            assert not done, "it waits"
        receipt = await answer
        assert receipt.outcome is not None
        assert receipt.outcome.applied


@pytest.mark.usefixtures("hasty")
async def test_a_step_is_tried_until_the_database_is_free(temporal_server: TemporalServer, tmp_path: Path) -> None:
    async with playing(temporal_server, tmp_path) as player:
        task = player.task("check_completeness")
        actor = player.officer("sim-berg")
        receipt = await player.gateway.answer(
            task_id=task.id, choice="complete", content={}, actor=actor, patience=0.01
        )
        assert receipt.outcome is None
        async with player.working():
            with locked(player.db):
                told = asyncio.create_task(player.gateway.messenger.tell(row(player.db, receipt.command_id), 30))
                await attempts(player, 2)
                assert player.state.open(TaskKind.CHECK_COMPLETENESS)
            outcome = await told
        assert outcome is not None
        assert outcome.applied
        assert player.state.open(TaskKind.EXAMINE)


def row(db: Database, command_id: str) -> CommandRow:
    """A stored command."""
    with db.read() as session:
        return session.get_one(CommandRow, command_id)


async def attempts(player: Player, number: int) -> None:
    """Waits until the case's activity is at this attempt."""

    async with asyncio.timeout(PATIENCE):
        while True:
            description = await player.handle.describe()
            if any(one.attempt >= number for one in description.raw_description.pending_activities):
                return
            await asyncio.sleep(0.05)


async def test_the_sweeper_outlives_a_database_that_is_away(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'wir.db'}")  # nothing is installed: every question is an error
    lost: Any = None
    turns = iter((False, False, True))
    with pytest.raises(SQLAlchemyError), db.read() as session:
        waiting(session)
    await Messenger(db, lost, lost, "").run(every=0, stop=lambda: next(turns))
    db.close()


@pytest.fixture
def play(hasty: None, tmp_path: Path) -> Iterator[Play]:
    """A stage whose database is asked impatiently."""
    database = Database(f"sqlite:///{tmp_path / 'wir.db'}")
    install(database, "embedded", recipients=RECIPIENTS, now=START)
    yield Play(database, tmp_path)
    database.close()


def test_a_clerk_whose_answer_meets_a_locked_database_can_send_it_again(play: Play) -> None:
    apply(play)
    play.office(TaskKind.CHECK_COMPLETENESS, "incomplete", "sim-berg", items=["Konzept"])
    page = visit(play.client, play.link()).type({"Ihre Antwort": "Das Konzept liegt bei (simuliert)."})
    check = page.press("Weiter: Angaben prüfen")
    with locked(play.db):
        told = sent(check)
    assert told.status == 503
    assert "Das Konzept liegt bei (simuliert)." in told.text, "nothing that was typed is lost"
    receipt = sent(told)
    assert receipt.heading == "Ihre Angaben sind eingegangen"
    with play.db.read() as session:
        answers = session.exec(select(CommandRow).where(CommandRow.choice == "submit", CommandRow.kind == "answer"))
        assert [found.state for found in answers] == ["applied"]


def sent(check: Page) -> Page:
    """The check page, filled and sent."""
    people = {"Ihr Name": "Erika Muster (simuliert)", "Ihre Funktion": "Fachstelle Integration"}
    return check.type(people).tick("Ich bestätige").press("Angaben absenden")


def test_an_officer_whose_answer_meets_a_locked_database_gets_a_clear_error(play: Play) -> None:
    apply(play)
    house: Any = SimpleNamespace(
        db=play.db,
        gateway=play.gateway,
        directory=play.correspondence._directory,
        settings=SimpleNamespace(mode="embedded"),
    )
    desk = Client(officers_interface(house), BASE)
    with play.db.read() as session:
        task = session.exec(select(TaskRow.id).where(TaskRow.case_id == CASE, TaskRow.state == "open")).one()
    body = {"task": task, "choice": "complete", "content": {}, "command_id": str(uuid4())}
    with locked(play.db):
        refused = desk.post("/do", json=body, headers={"X-Wir-As": "sim-berg"})
    assert (refused.status_code, refused.json()) == (503, {"error": "unavailable", "details": {}})
    answer = desk.post("/do", json=body, headers={"X-Wir-As": "sim-berg"})
    assert answer.json()["outcome"]["applied"] is True
