"""Every kind of clerk task, brought to where its link is in a clerk's mailbox, behind a real portal on a free port.

Cases are played on the real record without Temporal (:mod:`tests.play`), once a kind; each test gets a copy of the
file. Links are taken from the mails as they leave the house, so all of them are known, reminders' too.
"""

import asyncio
import hashlib
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import inspect, text
from sqlmodel import Session, col, select
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from activities.mail_out.outbox import OutboxDesk
from gateway.gateway import Gateway
from models.contracts import RoundStepRequest
from models.stages import Stage
from models.tables import CommandRow, Outbox, TaskRow
from models.tasks import TASKS
from models.tasks import TaskKind as K
from portal.clerk.app import clerk_app
from portal.clerk.pages import Office
from portal.serving import listening, page_server
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.engine import Database
from record.database.words import mail_text
from record.rounds.recorder import RoundRecorder
from tests.patience import PATIENCE
from tests.play import Messenger, Play, programmes
from tests.portal.in_process import InProcess
from workflows.lifecycle import GRANT

KEY = "06631"
CASE = f"wir-fm-2018-{KEY}"
ROUND = "wir-fm-2018"
OFFICE = Office(
    authority="Regierungspräsidium Darmstadt\nDezernat II 25",
    email="wir@rp.example",
    phone="06151 12 0000",
    payee="Simulierte Landeskasse",
    payee_iban="DE02120300000000202051",  # a published test number
)
LINK = re.compile(r"https?://[^/\s\"<>]+(/[tc]/[A-Za-z0-9_-]+)")
KINDS = [kind for kind in TASKS if GRANT.is_clerks(kind)]
"""Every kind of task that a municipality owes."""

Wrap = Callable[[ASGIApp], ASGIApp]


@dataclass(frozen=True)
class Mail:
    """A mail as it left the house."""

    template: str
    to: str
    task_id: str
    links: tuple[str, ...]


@dataclass
class Scene:
    """A case in which the municipality owes an answer. ``links``: to the task, oldest first; ``case_link``: newest."""

    kind: K
    play: Play
    folder: Path
    mails: list[Mail]
    case_id: str
    task_id: str
    opened: list[str] = field(default_factory=list)

    @property
    def links(self) -> list[str]:
        """Paths of the links to the task, one of each mail about it."""
        mine = [mail for mail in self.mails if mail.task_id == self.task_id]
        return list(dict.fromkeys(link for mail in mine for link in mail.links if link.startswith("/t/")))

    @property
    def case_link(self) -> str:
        """Path of the newest link to the case's page; nothing before there is a case."""
        return next((link for mail in reversed(self.mails) for link in mail.links if link.startswith("/c/")), "")

    @property
    def all_links(self) -> list[str]:
        """What a scanner finds in the mailbox."""
        return list(dict.fromkeys(link for mail in self.mails for link in mail.links if self.mine(mail)))

    def mine(self, mail: Mail) -> bool:
        """Whether a mail went to the municipality of the scene."""
        return mail.to.endswith(f"@r{KEY}.example")

    def commands(self) -> list[CommandRow]:
        """All stored commands, oldest first."""
        with self.play.db.read() as session:
            return list(session.exec(select(CommandRow).order_by(col(CommandRow.stored_at), col(CommandRow.id))))

    def digest(self) -> str:
        """A hash of every row of every table and of every file that was uploaded. Nothing is left out."""
        found = hashlib.sha256()
        with self.play.db.read() as session:
            for name, rows in everything(session):
                found.update(repr((name, sorted(rows))).encode())
        for path in sorted((self.folder / "files").rglob("*")):
            if path.is_file():
                found.update(repr((str(path.relative_to(self.folder)), path.read_bytes())).encode())
        return found.hexdigest()


def everything(session: Session) -> Iterator[tuple[str, list[str]]]:
    """Each table and its rows, also those that the database keeps for itself."""
    connection = session.connection()
    names = inspect(connection).get_table_names()
    assert {"command", "task", "task_token", "outbox", "draft", "step"} <= set(names)
    for name in sorted({*names, *(["sqlite_sequence"] if _counts(session) else [])}):
        yield name, [repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608


def _counts(session: Session) -> bool:
    if session.connection().dialect.name != "sqlite":
        return False
    query = text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")
    return bool(session.connection().execute(query).scalar_one())


class Mailbox:
    """Sees each mail when it leaves, before its links are redacted."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def see(self, row: Outbox) -> bool:
        """Notes a mail; refuses none."""
        links = tuple(dict.fromkeys(LINK.findall(mail_text(row.mime))))
        self.mails.append(Mail(row.template, row.to, row.task_id, links))
        return False


class Copy(Play):
    """A played installation on a copy of its file."""

    def __init__(self, db: Database, like: Play) -> None:
        self.db, self.directory, self.line, self.year = db, like.directory, like.line, like.year
        self.learn_people()
        self.writer = like.writer
        self.recorder = Recorder(db, Papers(self.writer, self.directory))
        self.gateway = Gateway(db, self.recorder, self.directory, Messenger(self))  # type: ignore[arg-type]
        self.desk = OutboxDesk(db)
        self.states = dict(like.states)
        self.refuse = like.refuse


# bringing a case to where the clerk owes something ---------------------------------------------


def _invited(play: Play) -> None:
    recorder = RoundRecorder(play.db, play.writer, play.directory)
    asked = play.gateway.open_round(line="fm", year=2018, actor=play.officer("sim-berg"), patience=0)
    wish = asyncio.run(asked).command_id
    recorder.step(RoundStepRequest(round_id=ROUND, step_no=1, as_of=play.now, command_id=wish))
    play.deliver()


def _applied(play: Play) -> None:
    play.apply(KEY)


def _incomplete(play: Play) -> None:
    _applied(play)
    play.answer(CASE, K.CHECK_COMPLETENESS, "incomplete", items=["Konzept", "Finanzierungsplan"])


def _awarded(play: Play) -> None:
    _applied(play)
    play.drive(CASE, Stage.AWARD_NOTIFIED, declare_acceptance="leave")


def _paying(play: Play) -> None:
    _applied(play)
    play.drive(CASE, Stage.DISBURSING, request_drawdown="leave")


def _period_over(play: Play) -> None:
    _applied(play)
    play.drive(CASE, Stage.PROOF_DUE)


def _proved(play: Play, **content: Any) -> None:
    _period_over(play)
    play.answer(CASE, K.PROVE_USE, "submit", **content)


def _asked_again(play: Play) -> None:
    _proved(play, months_filled=12)
    play.answer(CASE, K.CHECK_PROOF, "ask_again", items=["Sachbericht: Netzwerk fehlt"])


def _heard(play: Play) -> None:
    _proved(play)
    play.answer(CASE, K.CHECK_PROOF, "finding", reason="Die Stelle war frei.", intended_cents=1_000_000)


def _claimed(play: Play) -> None:
    _proved(play, staff_cents=1_200_000)
    play.answer(CASE, K.CHECK_PROOF, "accept")
    play.answer(CASE, K.APPROVE_PROOF, "approve")


def _started(where: Callable[[Play], None], kind: K) -> Callable[[Play], None]:
    def bring(play: Play) -> None:
        where(play)
        assert play.start(CASE, "open", {"kind": str(kind)}) == ""

    return bring


BRING: dict[K, Callable[[Play], None]] = {
    K.APPLY: _invited,
    K.COMPLETE_APPLICATION: _incomplete,
    K.DECLARE_ACCEPTANCE: _awarded,
    K.REQUEST_DRAWDOWN: _paying,
    K.NOTIFY_CHANGE: _started(_paying, K.NOTIFY_CHANGE),
    K.PROVE_USE: _period_over,
    K.REQUEST_EXTENSION: _started(_period_over, K.REQUEST_EXTENSION),
    K.COMPLETE_PROOF: _asked_again,
    K.STATE_POSITION: _heard,
    K.REPAY: _claimed,
    K.WITHDRAW: _started(_applied, K.WITHDRAW),
}
"""How each kind comes about; ``tests/agreement`` says which has no scene."""

REMINDED = {K.DECLARE_ACCEPTANCE, K.PROVE_USE, K.REPAY}
"""Kinds that are shown after a reminder, which has a link of its own."""


def _until_reminded(play: Play, db: Database, kind: K, box: Mailbox) -> None:
    task_id = _open_task(db, kind)
    while sum(mail.task_id == task_id for mail in box.mails) < 2:
        assert play.wake(CASE)


class Scenes:
    """Scenes by kind, played once and copied for each use."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template, self._folder = template, folder
        self._played: dict[K, tuple[Path, Scene]] = {}
        self._copies = 0

    def copy(self, kind: K) -> Scene:
        """A scene of one's own, in a folder of its own."""
        path, played = self._played.get(kind) or self._play(kind)
        self._copies += 1
        folder = self._folder / f"copy-{self._copies}"
        folder.mkdir()
        shutil.copy(path, folder / "wir.db")
        box = Mailbox()
        box.mails = list(played.mails)
        play = Copy(Database(f"sqlite:///{folder / 'wir.db'}"), played.play)
        play.refuse = box.see
        return Scene(kind, play, folder, box.mails, played.case_id, played.task_id)

    def _play(self, kind: K) -> tuple[Path, Scene]:
        path = self._folder / f"{kind}.db"
        shutil.copy(self._template, path)
        db, box = Database(f"sqlite:///{path}"), Mailbox()
        play = Play(db, directory=programmes())
        play.refuse = box.see
        BRING[kind](play)
        if kind in REMINDED:
            _until_reminded(play, db, kind, box)
        task_id = _open_task(db, kind)
        scene = Scene(kind, play, self._folder, box.mails, "" if kind is K.APPLY else CASE, task_id)
        assert scene.links, f"no mail of {kind} has a link"
        db.close()
        self._played[kind] = path, scene
        return self._played[kind]


def _open_task(db: Database, kind: K) -> str:
    query = select(TaskRow.id).where(
        TaskRow.kind == kind, TaskRow.state == "open", TaskRow.recipient == "fulda-district"
    )
    with db.read() as session:
        return session.exec(query).one()


# the portal ------------------------------------------------------------------------------------


@dataclass
class Site:
    """A portal that serves one scene. ``address``: without a slash at the end."""

    scene: Scene
    address: str
    http: httpx.Client


class Watched:
    """Around the portal: notes whatever tells others of a link, and every cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.told: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def look(message: Message) -> None:
            if message["type"] == "http.response.start" and "set-cookie" in Headers(raw=message["headers"]):
                self.told.append(f"cookie set: {scope['path']}")
            await send(message)

        headers = Headers(scope=scope)
        self.told += [f"{name} sent: {scope['path']}" for name in ("referer", "cookie") if name in headers]
        await self._app(scope, receive, look)


@contextmanager
def served(scene: Scene, wrap: Wrap = lambda app: app) -> Iterator[Site]:
    """The portal on a free port until the block ends, as a browser needs it; ``wrap`` puts something around it."""
    listener = listening("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    watched = Watched(wrap(_portal(scene, address)))
    server = page_server(watched)
    thread = threading.Thread(target=serve, args=(server, listener), name="portal")
    thread.start()
    try:
        with httpx.Client(base_url=address, timeout=PATIENCE) as http:
            yield from _visited(scene, address, http, watched)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def within(scene: Scene, wrap: Wrap = lambda app: app) -> Iterator[Site]:
    """The same portal in this process until the block ends, for those that run no script: no socket, no server."""
    address = "http://127.0.0.1:1"
    watched = Watched(wrap(_portal(scene, address)))
    with httpx.Client(base_url=address, transport=InProcess(watched)) as http:
        yield from _visited(scene, address, http, watched)


def _portal(scene: Scene, address: str) -> ASGIApp:
    return clerk_app(
        scene.play.db,
        scene.play.gateway,
        scene.play.directory,
        store_folder=scene.folder / "files",
        base_url=address,
        office=replace(OFFICE, post=scene.play.writer),
        settle_seconds=0.0,
    )


def _visited(scene: Scene, address: str, http: httpx.Client, watched: Watched) -> Iterator[Site]:
    """The site; when the visitors have gone nobody was told of a link, and no cookie is left."""
    try:
        yield Site(scene, address, http)
        assert not http.cookies
        assert watched.told == []
    finally:
        scene.play.db.close()


def serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serves until it is told to end; for a thread of its own."""
    asyncio.run(server.serve(sockets=[listener]))
