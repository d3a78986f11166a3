"""Composition root: puts the engine's parts together, and runs the worker process.

A worker process runs the workflows and activities, the mailroom, the sweeper that repeats stored commands, and
the daily mail to officers. Everything it needs comes from :mod:`gateway.settings`.
"""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.alive import Alive
from activities.correspondence import Correspondence, Post
from activities.grant import GrantActivities
from activities.imap_source import ImapSource
from activities.inbox import Inbox, Reader
from activities.inbox_desk import InboxDesk
from activities.letters import Letters
from activities.mail_check import Wanted, check_mail
from activities.mail_sources import Source
from activities.mailroom import Mailroom, OnFailure
from activities.mime import envelope_address
from activities.outbox import OutboxDesk
from activities.pace import Pace
from activities.payments import LedgerOnly
from activities.round import RoundActivities
from activities.sink_source import belongs
from activities.smtp_pool import SmtpPool
from gateway.gateway import Gateway
from gateway.jobs import JobEndedError, Jobs
from gateway.messenger import Messenger
from gateway.settings import Settings, SettingsError, load_settings, temporal_connect_config
from gateway.temporal import MissingAttributesError, connect, require_attributes
from models.deadlines import is_working_day, legal_day
from models.smtp import SmtpServer
from models.tables import Outbox
from portal.desk_inbox import Incoming
from portal.mail_files import MailFiles
from portal.uploads import FileStore
from programmes.directory import Directory
from programmes.load import ProgrammeError
from record import failpoints
from record.background import in_short
from record.clock import legal_now
from record.digest import write_digests
from record.engine import Database, InstallationError
from record.files import needed
from record.inbound_acts import Consequences
from record.install import mode as installed_mode
from record.papers import Papers
from record.people import mark_bounced
from record.recorder import Recorder
from record.rounds import RoundRecorder
from workflows.grant import Grant
from workflows.round import Round

log = logging.getLogger("wir.worker")

ACTIVITY_SLOTS = 16
GRACE = timedelta(seconds=20)
STICKY = timedelta(seconds=3)
"""How long a case waits for the worker that has it in memory before any other takes it: that one may be dead."""
DIGEST_EVERY = 600.0
WORKFLOWS = [Grant, Round]


@dataclass
class Doors:
    """What takes in and shows, and does nothing by itself: all that a portal process needs."""

    settings: Settings
    db: Database
    directory: Directory
    correspondence: Correspondence
    recorder: Recorder
    gateway: Gateway
    client: Client
    reader: Reader
    inbox_desk: InboxDesk


@dataclass
class Engine(Doors):
    """The engine's parts, put together once a process. Without an ``inbox`` no mail comes in."""

    rounds: RoundRecorder
    mailroom: Mailroom
    inbox: Inbox | None

    def activities(self) -> list[object]:
        """All activities, bound to their parts."""
        payments = LedgerOnly(self.settings.data / "payments")
        grant = GrantActivities(self.db, self.recorder, payments, self.mailroom)
        return [*grant.all(), *RoundActivities(self.db, self.rounds, self.mailroom).all()]


def doors(settings: Settings, db: Database, client: Client) -> Doors:
    """Puts together what people come in by."""
    directory = Directory()
    letters = Letters(settings.mail_domain)
    post = Post(
        settings.portal_url,
        settings.mail_from,
        plus=settings.mail_plus,
        hours=settings.hours,
        phone=settings.office_phone,
    )
    correspondence = Correspondence(letters, directory, post)
    recorder = Recorder(db, Papers(correspondence, directory))
    messenger = Messenger(db, recorder, client, settings.task_queue)
    gateway = Gateway(db, recorder, directory, messenger, patience=settings.patience_seconds)
    files = MailFiles(settings.data / "files")
    consequences = Consequences(correspondence, lambda address: belongs(address, settings.mail_from), files.fit)
    reader = Reader(db, files, consequences, settings.authserv_id)
    inbox_desk = InboxDesk(reader, consequences)
    return Doors(settings, db, directory, correspondence, recorder, gateway, client, reader, inbox_desk)


def incoming_of(house: Doors) -> Incoming:
    """Mail that came in and files of answers, as the officers' interface hands them out."""
    return Incoming(house.inbox_desk, FileStore(house.settings.data / "files").path)


def assemble(
    settings: Settings,
    db: Database,
    client: Client,
    smtp: SmtpServer,
    *,
    sole: bool = False,
    source: Source | None = None,
) -> Engine:
    """Puts the parts together. ``sole``: this process's mailroom is the only one of the installation.

    ``source``: where mail comes in; by default the IMAP mailbox of the settings, if there is one.
    """
    found = doors(settings, db, client)
    source = source or (ImapSource(settings.imap, settings.imap_done_folder) if settings.imap else None)
    return Engine(
        inbox=Inbox(db, source, found.reader, every=settings.imap_poll_seconds) if source else None,
        **vars(found),
        rounds=RoundRecorder(db, found.correspondence, found.directory),
        mailroom=Mailroom(
            OutboxDesk(db),
            SmtpPool(smtp),
            _failures(db, found.gateway),
            sole=sole,
            pace=Pace(settings.mail_per_second, settings.mail_per_hour),
        ),
    )


async def checked_mail(settings: Settings) -> dict[str, Any]:
    """``doctor mail``: the mail server and the sender's domain, as the settings name them."""
    return await check_mail(
        Wanted(
            server=settings.smtp,
            domain=envelope_address(settings.mail_from).rpartition("@")[2],
            dkim_selector=settings.dkim_selector,
            dns_server=settings.dns_server,
            plain_is_fine=settings.smtp_allow_plain,
        )
    )


def installed(settings: Settings) -> Database:
    """The database of the settings. Raises ``InstallationError`` when it is of another mode, or not installed."""
    db = Database(settings.database)
    if installed_mode(db) != settings.mode:
        raise InstallationError(f"WIR_MODE is {settings.mode}, the database says {installed_mode(db)}")
    return db


def _failures(db: Database, gateway: Gateway) -> OnFailure:
    """A mail refused for good: its contact is passed over from now on, and its case gets to know."""

    def note(outbox_id: str) -> dict[str, str]:
        with db.write() as session:
            row = session.get_one(Outbox, outbox_id)
            if row.contact_id is not None:
                mark_bounced(session, row.contact_id, legal_now(session))
            return {
                "case_id": row.case_id,
                "notice_id": row.notice_id or "",
                "task_id": row.task_id,
                "template": row.template,
            }

    async def failed(outbox_id: str, reply: str) -> None:
        facts = await asyncio.to_thread(note, outbox_id)
        if facts["case_id"]:
            await gateway.mail_failed(outbox_id, reply, facts)

    return failed


@asynccontextmanager
async def working(engine: Engine, *, cached_workflows: int = 500, digests: bool = True) -> AsyncIterator[Jobs]:
    """Runs worker, mailroom, inbox, sweeper and digests until the block ends; finishes what is on its way.

    What the block waits for, it waits for beside the jobs (:meth:`gateway.jobs.Jobs.beside`), so that it ends when one
    of them does. Raises ``JobEndedError`` when the Temporal worker fails.
    """
    failed: list[BaseException] = []

    async def note(error: BaseException) -> None:
        failed.append(error)

    try:
        async with _working(engine, note, cached_workflows=cached_workflows, digests=digests) as jobs:
            yield jobs
    except Exception as error:
        if failed:
            raise JobEndedError("worker", failed[0]) from error
        raise


@asynccontextmanager
async def _working(
    engine: Engine, on_fatal_error: Callable[[BaseException], Awaitable[None]], *, cached_workflows: int, digests: bool
) -> AsyncIterator[Jobs]:
    with ThreadPoolExecutor(ACTIVITY_SLOTS, thread_name_prefix="activity") as threads:
        worker = Worker(
            engine.client,
            task_queue=engine.settings.task_queue,
            workflows=WORKFLOWS,
            activities=engine.activities(),  # type: ignore[arg-type]
            activity_executor=threads,
            max_concurrent_activities=ACTIVITY_SLOTS,
            max_cached_workflows=cached_workflows,
            sticky_queue_schedule_to_start_timeout=STICKY,
            interceptors=[Alive()],
            graceful_shutdown_timeout=GRACE,
            on_fatal_error=on_fatal_error,
        )
        async with worker:
            jobs = Jobs()
            jobs.start("mailroom", engine.mailroom.run())
            jobs.start("sweeper", engine.gateway.messenger.run())
            if engine.inbox is not None:
                jobs.start("inbox", engine.inbox.run())
            if digests:
                jobs.start("digests", _daily(engine))
            try:
                yield jobs
            finally:
                await engine.gateway.messenger.settled()
                await jobs.stop()
                if engine.inbox is not None:
                    await engine.inbox.close()
                await engine.mailroom.close()


async def _daily(engine: Engine) -> None:
    """Looks every ten minutes whether officers are due their one mail of the working day; sweeps files once a day."""
    swept: date | None = None
    while True:
        failpoints.reached("job_turn", "digests")
        await _survived("digests", send_digests, engine)
        today = datetime.now(UTC).date()  # files lie in server time
        if swept != today and await _survived("the sweep of files", sweep_files, engine):
            swept = today
        await asyncio.sleep(DIGEST_EVERY)


async def _survived(what: str, work: Callable[[Engine], object], engine: Engine) -> bool:
    """Does one part of the daily work; whether it was done. One that fails waits for the next look, alone."""
    try:
        await asyncio.to_thread(work, engine)
    except SQLAlchemyError as error:
        log.warning("%s: waits for the database: %s", what, type(error).__name__)
        return False
    except Exception as error:  # noqa: BLE001 - neither part may stop the other, today or tomorrow
        log.error("%s: failed, tried again: %s", what, in_short(error))  # noqa: TRY400 - one line, no contents
        return False
    return True


def sweep_files(engine: Engine) -> int:
    """Removes uploaded files that no draft and no answer names any more; gives their number."""

    def named() -> frozenset[str]:
        with engine.db.read() as session:
            return needed(session)

    return FileStore(engine.settings.data / "files").sweep(named, time.time())


def send_digests(engine: Engine) -> int:
    """One mail to each officer with open tasks, at most once a working day."""
    with engine.db.read() as session:
        now = legal_now(session)
    if not is_working_day(legal_day(now)):
        return 0
    written = write_digests(engine.db, engine.correspondence, now)
    if written:
        engine.mailroom.kick()
    return written


async def _serve(settings: Settings) -> None:
    smtp = settings.smtp
    if smtp is None:
        raise SettingsError(["WIR_SMTP_URL: a worker of its own needs a mail server (starter.py up brings one along)"])
    db = installed(settings)
    config = temporal_connect_config(settings.mode)
    client = await connect(config, runtime=_runtime(settings))
    await require_attributes(client)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    failpoints.reached("worker_starts")
    if settings.imap is None:
        log.warning("WIR_IMAP_URL is not set: no mail comes in, replies and returned mail stay in their mailbox")
    elif not settings.authserv_id:
        log.warning("WIR_AUTHSERV_ID is not set: no sender is ever proved, each reply carries a warning")
    try:
        async with working(assemble(settings, db, client, smtp)) as jobs:
            log.info("worker runs, task queue %s", settings.task_queue)
            await jobs.beside(stop.wait())
    finally:
        db.close()


def _runtime(settings: Settings) -> Runtime | None:
    if not settings.metrics_bind:
        return None
    return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=settings.metrics_bind)))


def run_embedded(data: Path) -> int:
    """``starter.py up``: the whole stack in one process, until Ctrl-C."""
    from embedded import run_up

    return run_up(data)


def main() -> int:
    """The worker process. Exit code 5 with one line when something it needs is not there, or a background job ended."""
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        asyncio.run(_serve(settings))
    except (SettingsError, InstallationError, ProgrammeError, MissingAttributesError, JobEndedError) as error:
        print(error, file=sys.stderr)
        return 5
    except (RPCError, RuntimeError, SQLAlchemyError) as error:
        print(f"cannot start: {str(error).splitlines()[0]}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
