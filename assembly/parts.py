"""The engine's parts, put together from :mod:`gateway.start.settings`, a database and a Temporal client."""

import asyncio
from dataclasses import dataclass

from temporalio.client import Client

from activities.grant import GrantActivities
from activities.letters.correspondence import Correspondence, Post
from activities.letters.rendering import Letters
from activities.mail_in.imap_source import ImapSource
from activities.mail_in.inbox import Inbox, Reader
from activities.mail_in.inbox_desk import InboxDesk
from activities.mail_in.mail_sources import Source
from activities.mail_out.mailroom import Mailroom, OnFailure
from activities.mail_out.outbox import OutboxDesk
from activities.mail_out.pace import Pace
from activities.mail_out.smtp_pool import SmtpPool
from activities.payments import LedgerOnly
from activities.round import RoundActivities
from activities.sink.source import belongs
from gateway.gateway import Gateway
from gateway.start.settings import Settings
from gateway.temporal.messenger import Messenger
from models.mail.smtp import SmtpServer
from models.tables import Outbox
from programmes.directory import Directory
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.clock import legal_now
from record.database.engine import Database, InstallationError
from record.database.install import mode as installed_mode
from record.files.mail_files import MailFiles
from record.inbound.acts import Consequences
from record.people import mark_bounced
from record.rounds.recorder import RoundRecorder
from workflows.daily import Daily
from workflows.grant import Grant
from workflows.round import Round

WORKFLOWS = [Grant, Round, Daily]


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


def installed(settings: Settings) -> Database:
    """The database of the settings. Raises ``InstallationError`` when it is of another mode, or not installed."""
    db = Database(settings.database)
    if installed_mode(db) != settings.mode:
        raise InstallationError(f"WIR_MODE is {settings.mode}, the database says {installed_mode(db)}")
    return db


def doors(settings: Settings, db: Database, client: Client) -> Doors:
    """Puts together what people come in by."""
    directory = Directory(budget=settings.budget)
    letters = Letters(settings.mail_domain)
    post = Post(
        settings.portal_url,
        settings.mail_from,
        plus=settings.mail_plus,
        hours=settings.hours,
        phone=settings.office_phone,
        desk=settings.desk_page_url,
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
