"""What the embedded mode brings along: its settings, a Temporal server, an installation with a mail sink, its pages."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from temporalio.client import Client

from activities.sink.mailbox_pages import mailbox_app
from activities.sink.server import MailSink
from activities.sink.source import SinkSource
from assembly.officers import officers_entrance, officers_json
from assembly.pages import clerks_pages
from assembly.parts import Engine, assemble
from cli.starting import told
from cli.words import Words
from gateway.jobs import Jobs
from gateway.start.data_folder import FolderLock
from gateway.start.devserver import ServerError, free_port, start_server
from gateway.start.environment import load_settings, temporal_connect_config
from gateway.start.errors import StartCode, StartError, start_error
from gateway.start.ports import LOOPBACK, PORTS, check_ports
from gateway.start.settings import Mode, Settings
from gateway.temporal.connection import connect
from models.deadlines import before, next_office_instant, next_working_day
from portal.interface.engine import Lapse
from portal.interface.socket import answers, interface_server, interface_socket
from portal.serving import listening, page_server, serving
from programmes.directory import Directory
from record.database.engine import Database
from record.database.install import install

WEEKS_AHEAD = 8
SIMULATED_PAYEE = "Simulierte Landeskasse"
SIMULATED_IBAN = "DE02120300000000202051"  # a published test number


@dataclass(frozen=True)
class Addresses:
    """Where the pages of this installation are."""

    desk: str
    portal: str
    mailbox: str


def local_settings(data: Path, *, ports: bool, to_be_opened: bool, database_url: str) -> Settings:
    """The settings of this run; touches nothing on disk. What the demo plays has the budget of its line."""
    given: dict[str, Any] = {"mode": Mode.EMBEDDED, "data": data.absolute()}
    given |= {"payee": SIMULATED_PAYEE, "payee_iban": SIMULATED_IBAN}
    if database_url:
        given["database_url"] = database_url
    if to_be_opened:
        given |= {"public_url": load_settings(**given).portal_url, "budget": 0}
    if not ports:
        given |= {name: free_port() for name in PORTS}
    settings = load_settings(**given)
    any_port = {name: free_port() for name in PORTS[:-1] if not getattr(settings, name)}
    return load_settings(**given, **any_port) if any_port else settings


def look_at_doors(settings: Settings) -> None:
    """Raises ``StartError`` where somebody else listens, before anything of ours starts."""
    own_server = not temporal_connect_config(needed=False).get("target_host")
    check_ports(settings, PORTS if own_server else PORTS[:-1])
    if answers(settings.socket):
        raise StartError(StartCode.SOCKET_TAKEN, socket=settings.socket)


async def local_temporal(stack: AsyncExitStack, settings: Settings, lock: FolderLock) -> tuple[Client, str]:
    """A server of our own and its UI's address, unless an address is set. Ours holds the folder's lock too."""
    config = temporal_connect_config(needed=False)
    if config.get("target_host"):
        try:
            return await connect(config), ""
        except RuntimeError as error:
            raise ServerError(
                StartCode.SERVER_UNREACHABLE, str(error).splitlines()[:1], address=config["target_host"]
            ) from error
    server = await start_server(settings.data, ui_port=settings.ui_port, keeps=(lock.fd,))
    stack.push_async_callback(server.stop)
    return await connect({"target_host": server.address}), server.ui


async def local_engine(
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


async def serve_here(stack: AsyncExitStack, engine: Engine, jobs: Jobs, sink: MailSink, lapse: Lapse) -> Addresses:
    """Desk, pages and mailbox over TCP on this machine alone, the officers' interface on its socket."""
    settings = engine.settings
    mailbox = mailbox_app(sink.mailbox.folder, None if settings.smtp else sink.server)
    for name, app, port in (
        ("desk", officers_entrance(engine, lapse), settings.desk_port),
        ("pages", clerks_pages(engine), settings.portal_port),
        ("mailbox", mailbox, settings.mailbox_port),
    ):
        jobs.watch(name, await stack.enter_async_context(serving(page_server(app), listening(LOOPBACK, port))))
    server = interface_server(officers_json(engine, lapse))
    socket = interface_socket(settings.socket)
    jobs.watch("officers' interface", await stack.enter_async_context(serving(server, socket)))
    return Addresses(
        desk=f"http://{LOOPBACK}:{settings.desk_port}",
        portal=f"http://{LOOPBACK}:{settings.portal_port}",
        mailbox=f"http://{LOOPBACK}:{settings.mailbox_port}",
    )


def not_started(words: Words, verb: str, data: Path, error: Exception) -> int:
    """Says why one of ``START_ERRORS`` came, on standard error; gives the exit code."""
    found = start_error(error)
    return told(words, verb, data, str(found.code), found.details, found.technical)
