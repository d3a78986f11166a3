"""Composition root of the embedded mode: Temporal server, database, worker, portal, desk and mail sink in one process.

``starter.py up`` runs it until Ctrl-C; the demo and the end-to-end tests run the same stack. Data survives a restart.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp
from temporalio.client import Client

from activities.mailbox_pages import mailbox_app
from activities.sink import MailSink
from activities.sink_source import SinkSource
from cli.starting import address_lines, told
from cli.words import Words, chosen
from gateway.data_folder import FolderLock, check_path, lock_folder
from gateway.devserver import DevServer, ServerError, free_port, start_server
from gateway.doctor import examine
from gateway.jobs import Jobs
from gateway.ports import LOOPBACK, PORTS, check_ports
from gateway.settings import Mode, Settings, load_settings, temporal_connect_config
from gateway.start_errors import START_ERRORS, StartCode, StartError, start_error
from gateway.temporal import connect
from models.deadlines import before, next_office_instant, next_working_day
from portal.app import clerk_app
from portal.desk import desk_app
from portal.desk_socket import answers, desk_server, desk_socket
from portal.pages import Office
from portal.serving import listening, page_server, serving
from programmes.directory import Directory
from record.engine import Database
from record.install import install
from timelapse import Lapse, skipping
from worker import WORKFLOWS, Engine, assemble, checked_mail, incoming_of, working

WEEKS_AHEAD = 8
SIMULATED_PAYEE = "Simulierte Landeskasse"
SIMULATED_IBAN = "DE02120300000000202051"  # a published test number
log = logging.getLogger("wir.embedded")


@dataclass
class Stack:
    """A running embedded installation."""

    data: Path
    engine: Engine
    jobs: Jobs
    sink: MailSink
    lapse: Lapse
    server: DevServer | None
    portal_url: str
    mailbox_url: str
    ui_url: str


@asynccontextmanager
async def running(
    data: Path,
    *,
    start: datetime | None = None,
    ports: bool = False,
    to_be_opened: bool = False,
    cached_workflows: int = 500,
    database_url: str = "",
    lock: FolderLock | None = None,
) -> AsyncIterator[Stack]:
    """The stack for the length of the block. ``start``: legal instant of a new installation, by default
    some weeks before applications close; ``ports``: the usual ones; ``to_be_opened``: with ``up``, so links in
    mails lead to its pages and not to this run's; ``lock``: the folder is the caller's already, and stays it.

    1. Settings are read. 2. The folder is locked; until then nothing in it is made or changed. 3. Ports and socket are
    looked at. 4. Temporal, database, worker and pages start. The lock goes last.

    Raises ``StartError``, ``InstallationError``, ``SettingsError``, ``ProgrammeError``, ``OSError``.
    """
    check_path(data)
    settings = _settings(data, ports=ports, to_be_opened=to_be_opened, database_url=database_url)
    data = settings.data
    async with AsyncExitStack() as stack:
        if lock is None:
            lock = await asyncio.to_thread(lock_folder, data)
            stack.callback(lock.release)
        _look_at_doors(settings)
        server, client = await _temporal(stack, settings, lock)
        skipper, sink = skipping(client), MailSink(data / "mailbox")
        engine = await _engine(stack, settings, skipper.client, sink, start)
        jobs = await stack.enter_async_context(working(engine, cached_workflows=cached_workflows))
        lapse = Lapse(engine, skipper)
        mailbox = mailbox_app(data / "mailbox", None if settings.smtp else sink.server)
        await _serve_pages(stack, engine, mailbox, lapse, jobs)
        found = Stack(
            data=data,
            engine=engine,
            jobs=jobs,
            sink=sink,
            lapse=lapse,
            server=server,
            portal_url=f"http://{LOOPBACK}:{settings.portal_port}",
            mailbox_url=f"http://{LOOPBACK}:{settings.mailbox_port}",
            ui_url=server.ui if server else "",
        )
        lock.serves(portal=found.portal_url, mailbox=found.mailbox_url, ui=found.ui_url)
        yield found


async def _engine(
    stack: AsyncExitStack, settings: Settings, client: Client, sink: MailSink, start: datetime | None
) -> Engine:
    """The installation, made where there is none, with the sink as mail server and mailbox unless others are set."""
    stack.callback(sink.stop)
    db = Database(settings.database)
    stack.callback(db.close)
    directory = Directory()
    people = directory.programmes.recipients.recipients
    await asyncio.to_thread(lambda: install(db, "embedded", recipients=people, now=start or first_day(directory)))
    smtp = settings.smtp or sink.start()
    source = None if settings.imap else SinkSource(sink.mailbox.folder, settings.mail_from)
    engine = assemble(settings, db, client, smtp, sole=True, source=source)
    if engine.inbox is not None:
        sink.on_mail = engine.inbox.kick
    return engine


def first_day(directory: Directory) -> datetime:
    """Legal time of a new installation: some weeks before its newest line's deadline, so that it can be played."""
    newest = max(line.rules().application_deadline for line in directory.programmes.lines.values())
    return next_office_instant(next_working_day(before(newest, weeks=WEEKS_AHEAD)))


def _settings(data: Path, *, ports: bool, to_be_opened: bool, database_url: str) -> Settings:
    """The settings of this run; touches nothing on disk."""
    given: dict[str, Any] = {"mode": Mode.EMBEDDED, "data": data.absolute()}
    if database_url:
        given["database_url"] = database_url
    if to_be_opened:
        given["public_url"] = load_settings(**given).portal_url
    if not ports:
        given |= {"portal_port": free_port(), "mailbox_port": free_port(), "ui_port": free_port()}
    settings = load_settings(**given)
    any_port = {name: free_port() for name in ("portal_port", "mailbox_port") if not getattr(settings, name)}
    return load_settings(**given, **any_port) if any_port else settings


def _look_at_doors(settings: Settings) -> None:
    """Raises ``StartError`` where somebody else listens, before anything of ours starts."""
    own_server = not temporal_connect_config(settings.mode).get("target_host")
    check_ports(settings, PORTS if own_server else PORTS[:-1])
    if answers(settings.socket):
        raise StartError(StartCode.SOCKET_TAKEN, socket=settings.socket)


async def _temporal(stack: AsyncExitStack, settings: Settings, lock: FolderLock) -> tuple[DevServer | None, Client]:
    """A server of our own, unless an address is set. Ours holds the folder's lock too."""
    config = temporal_connect_config(settings.mode)
    if config.get("target_host"):
        try:
            return None, await connect(config)
        except RuntimeError as error:
            raise ServerError(
                StartCode.SERVER_UNREACHABLE, str(error).splitlines()[:1], address=config["target_host"]
            ) from error
    server = await start_server(settings.data, ui_port=settings.ui_port, keeps=(lock.fd,))
    stack.push_async_callback(server.stop)
    return server, await connect({"target_host": server.address})


async def _serve_pages(stack: AsyncExitStack, engine: Engine, mailbox: ASGIApp, lapse: Lapse, jobs: Jobs) -> None:
    settings = engine.settings
    line = next(iter(engine.directory.programmes.lines.values()))
    office = Office(
        authority=line.authority,
        email=settings.mail_from,
        phone=settings.office_phone,
        payee=SIMULATED_PAYEE,
        payee_iban=SIMULATED_IBAN,
        post=engine.correspondence,
    )
    clerks = clerk_app(
        engine.db,
        engine.gateway,
        engine.directory,
        store_folder=settings.data / "files",
        base_url=settings.portal_url,
        office=office,
    )

    async def doctor() -> dict[str, Any]:
        return (await examine(engine.db, engine.client, WORKFLOWS)).as_json()

    async def mail_doctor() -> dict[str, Any]:
        return await checked_mail(settings)

    desk = desk_app(engine, lapse, doctor=doctor, incoming=incoming_of(engine), mail_doctor=mail_doctor)
    for name, app, port in (("pages", clerks, settings.portal_port), ("mailbox", mailbox, settings.mailbox_port)):
        jobs.watch(name, await stack.enter_async_context(serving(page_server(app), listening(LOOPBACK, port))))
    desk_task = await stack.enter_async_context(serving(desk_server(desk), desk_socket(settings.socket)))
    jobs.watch("officers' interface", desk_task)


def run_up(data: Path, words: Words | None = None, say: Callable[[str], object] = print) -> int:
    """Runs until Ctrl-C; exit code 5, with what is in the way and the way forward, when it cannot start."""
    words = words or chosen()
    logging.basicConfig(level="WARNING", format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_up(data, words, say))
    except START_ERRORS as error:
        return not_started(words, "up", data, error)
    return 0


def not_started(words: Words, verb: str, data: Path, error: Exception) -> int:
    """Says why one of ``START_ERRORS`` came, on standard error; gives the exit code."""
    found = start_error(error)
    return told(words, verb, data, str(found.code), found.details, found.technical)


async def _up(data: Path, words: Words, say: Callable[[str], object]) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with running(data, ports=True) as stack:
        for line in address_lines(words, data, portal=stack.portal_url, mailbox=stack.mailbox_url, ui=stack.ui_url):
            say(line)
        await stack.jobs.beside(stop.wait())
        say(words.find("up.end") or "")
