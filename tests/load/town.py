"""330 running cases that wait for their clerk, and everything around them.

Set up quickly: each case's first two steps are recorded by the real record without Temporal (:class:`tests.play.Play`),
then each case is adopted, as after a lost server: its workflow runs from there on. The first letters count as
delivered, so that their links are known; a reminder of each open task lies in the outbox.
"""

import asyncio
import re
from datetime import UTC, datetime

from sqlalchemy import update
from sqlmodel import col, func, select
from temporalio.client import Client

from activities.letters.correspondence import Correspondence, Post
from activities.mail_out.outbox import WAITING
from activities.mail_out.smtp_outcome import Outcome, Verdict
from gateway.temporal.messenger import Messenger
from models.contracts import TASK_QUEUE
from models.mail.orders import MailOrder, Template
from models.tables import Alarm, Budget, Case, CommandRow, Outbox, StepRow, TaskRow
from models.tasks import TaskKind
from record.database.clock import legal_now
from record.database.engine import Database
from record.database.install import install
from record.promises import check
from tests.load.lines import YEARS, ten_years
from tests.play import Play, letters
from tests.workflows.player import START

REMINDER = "reminder:"
LINK = re.compile(rb"http://[^\s/]+/t/(?:=\r\n|[A-Za-z0-9_-])+")


class Town(Play):
    """An installation with its cases. ``keys``: the key of the link to each open task; ``before``: the first mails."""

    def __init__(self, db: Database, client: Client) -> None:
        directory = ten_years()
        install(db, "embedded", recipients=directory.programmes.recipients.recipients, now=START)
        super().__init__(db, directory=directory)
        self.client = client
        self.keys: dict[str, str] = {}
        self.before: set[str] = set()
        self.writer = Correspondence(letters(), directory, Post("http://127.0.0.1:1", "wir@rp.example"))
        with db.write() as session:
            for year in YEARS[1:]:
                session.add(Budget(line="fm", budget_year=year, total_cents=165_000_000))

    def open_tasks(self, number: int) -> None:
        """So many cases whose clerk has been asked for something."""
        rules = self.directory.line("fm", 2018)
        keys = [one.key for one in self.directory.eligible(rules, START.date())]
        wanted = [(year, key) for year in YEARS for key in keys][:number]
        assert len(wanted) == number, len(wanted)
        for year, key in wanted:
            self.year = year
            case_id = self.apply(key)
            self.answer(case_id, TaskKind.CHECK_COMPLETENESS, "incomplete")
        assert len(self.keys) == number

    def deliver(self) -> None:
        """The first letters arrive; their links are kept."""
        while (claim := self.desk.claim()) is not None:
            for found in LINK.findall(claim.mime):
                with self.db.read() as session:
                    row = session.get_one(Outbox, claim.id)
                self.keys[row.task_id] = found.replace(b"=\r\n", b"").decode().rpartition("/")[2]
            self.before.add(claim.id)
            self.desk.settle(claim, Outcome(Verdict.ACCEPTED, "250 2.0.0 taken"))

    def remind(self, task_id: str) -> None:
        """A reminder of an open task, due now."""
        with self.db.write() as session:
            now = legal_now(session)
            case = session.get_one(Case, session.get_one(TaskRow, task_id).case_id)
            order = MailOrder(template=Template.ITEMS_REQUEST, to="clerk", task_id=task_id)
            self.writer.mail(session, case, order, f"{REMINDER}{task_id}", now)

    async def adopt(self) -> None:
        """All cases run."""
        messenger = Messenger(self.db, self.recorder, self.client, TASK_QUEUE)
        turns = asyncio.Semaphore(16)
        with self.db.read() as session:
            rows = session.exec(select(Case.id, Case.offset_seconds)).all()

        async def one(case_id: str, offset: int) -> None:
            async with turns:
                await messenger.adopt(case_id, offset)

        await asyncio.gather(*(one(*row) for row in rows))

    # looking ------------------------------------------------------------------------------------

    def leases_run_out(self) -> None:
        """What a dead worker had in hand is taken again after a quarter of an hour; here it is over at once."""
        self._due_now("sending")

    def waiting(self) -> str:
        """What is on its way still; the minutes until a mail is tried again are over at once."""
        self._due_now("retry")
        with self.db.read() as session:
            mails = session.exec(select(func.count()).where(col(Outbox.state).in_(WAITING))).one()
            commands = session.exec(select(func.count()).where(CommandRow.state == "received")).one()
        return f"{commands} commands and {mails} mails wait" if mails or commands else ""

    def _due_now(self, state: str) -> None:
        with self.db.write() as session:
            now = datetime.now(UTC)
            query = select(Outbox.id).where(Outbox.state == state, col(Outbox.next_try_at) > now)
            ids = session.exec(query.with_for_update(skip_locked=True)).all()
            session.execute(update(Outbox).where(col(Outbox.id).in_(ids)).values(next_try_at=now))

    def answers(self) -> list[CommandRow]:
        """The clerks' answers as stored."""
        with self.db.read() as session:
            return list(
                session.exec(select(CommandRow).where(CommandRow.actor_kind == "clerk", CommandRow.kind == "answer"))
            )

    def steps(self) -> dict[str, int]:
        """How many steps each clerk's answer made."""
        ids = [row.id for row in self.answers()]
        with self.db.read() as session:
            query = select(StepRow.command_id, func.count()).where(col(StepRow.command_id).in_(ids))
            return {str(name): number for name, number in session.exec(query.group_by(StepRow.command_id))}

    def mails(self) -> list[Outbox]:
        """All mails."""
        with self.db.read() as session:
            return list(session.exec(select(Outbox)))

    def promises_are_kept(self) -> None:
        """The checker's word, and no alarm."""
        with self.db.read() as session:
            assert check(session) == []
            assert session.exec(select(Alarm)).all() == []
