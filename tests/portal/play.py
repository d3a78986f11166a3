"""One case played on the real record without Temporal: commands go to the recorder directly, in the same order.

Links are taken from the mails in the outbox, as a clerk would; officers answer through the gateway.
"""

import asyncio
import hashlib
import re
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from activities.letters.correspondence import Correspondence, Post
from gateway.gateway import Gateway
from models.case import CaseState
from models.commands import Actor, ActorKind
from models.contracts import HandOver, Outcome, StepRequest
from models.deadlines import fixed_day
from models.tables import Budget, Case, CommandRow, Order, Outbox, Round, TaskRow, TaskToken
from models.tasks import TaskKind
from portal.clerk.app import clerk_app
from portal.clerk.pages import Office
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.clock import forward, legal_now
from record.database.engine import Database
from tests import reading
from tests.play import letters, programmes
from tests.portal.client import Client

BASE = "http://portal.example"
CASE = "wir-fm-2018-06631"
RECIPIENT = "fulda-district"
OFFICE = Office(
    authority="Regierungspräsidium Darmstadt\nDezernat II 25", email="wir@rp.example", phone="06151 12 0000"
)
IBAN = "DE02120300000000202051"
LINK = re.compile(r"http://portal\.example(/[tc]/[A-Za-z0-9_-]{43})")


class DirectMessenger:
    """Tells the recorder instead of a workflow. ``down``: nothing is told, as when Temporal is away."""

    def __init__(self, db: Database, recorder: Recorder) -> None:
        self._db, self._recorder = db, recorder
        self.down = False

    async def tell(self, row: CommandRow, patience: float) -> Outcome | None:
        """The outcome, at once."""
        if self.down:
            return None
        await asyncio.to_thread(self._step, row)
        with self._db.read() as session:
            told = session.get_one(CommandRow, row.id)
            return Outcome(applied=told.state == "applied", reason=told.reason)

    def tell_later(self, row: CommandRow, patience: float = 10.0) -> None:
        """At once too: nothing runs in the background of a test."""
        if not self.down:
            self._step(row)

    def _step(self, row: CommandRow) -> None:
        with self._db.read() as session:
            case, now = session.get(Case, row.case_id), legal_now(session)
        number = case.step_no + 1 if case else 1
        if case is not None and case.ended_at is not None:
            self._recorder.refuse_for_ended(row.id)
            return
        self._recorder.step(StepRequest(case_id=row.case_id, step_no=number, as_of=now, command_id=row.id))


@dataclass
class Play:
    """The stage: record, gateway, portal and a browser."""

    db: Database
    folder: Path
    settle_seconds: float = 0.0
    recorder: Recorder = field(init=False)
    messenger: DirectMessenger = field(init=False)
    gateway: Gateway = field(init=False)
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        directory = programmes()
        self.correspondence = Correspondence(letters(), directory, Post(BASE, "wir@rp.example"))
        self.recorder = Recorder(self.db, Papers(self.correspondence, directory))
        self.messenger = DirectMessenger(self.db, self.recorder)
        self.gateway = Gateway(self.db, self.recorder, directory, self.messenger)  # type: ignore[arg-type]
        app = clerk_app(
            self.db,
            self.gateway,
            directory,
            store_folder=self.folder / "files",
            base_url=BASE,
            office=replace(OFFICE, post=self.correspondence),
            settle_seconds=self.settle_seconds,
        )
        self.client = Client(app, BASE)
        with self.db.write() as session:
            session.add(Budget(line="fm", budget_year=2018, total_cents=165_000_000))

    # the clerk --------------------------------------------------------------------------------

    def invite(self) -> str:
        """Opens the invitation of the round; gives the link's path."""
        token = "invitation-" + "x" * 32
        with self.db.write() as session:
            now = legal_now(session)
            due = fixed_day(now.date().replace(month=12, day=31), rule="application_deadline", start_event="round")
            session.add(Round(id="wir-fm-2018", line="fm", year=2018, opened_at=now))
            session.add(
                TaskRow(
                    id=f"wir-fm-2018/{RECIPIENT}",
                    round_id="wir-fm-2018",
                    recipient=RECIPIENT,
                    kind=TaskKind.APPLY,
                    owner="applicant",
                    opened_at=now,
                    due_at=due.ends_at,
                    due_rule=due.model_dump(mode="json"),
                    brief={"ceiling_cents": 5_000_000},
                )
            )
            session.add(
                TaskToken(
                    token_hash=hashlib.sha256(token.encode()).hexdigest(),
                    task_id=f"wir-fm-2018/{RECIPIENT}",
                    recipient=RECIPIENT,
                    purpose="task",
                    issued_at=now,
                )
            )
        return f"/t/{token}"

    def link(self, kind: str = "t") -> str:
        """The path of the newest link of a kind (``t`` task, ``c`` case) that was mailed."""
        with self.db.read() as session:
            mails = session.exec(select(Outbox)).all()
        for mail in sorted(mails, key=lambda mail: (mail.queued_at, mail.dedupe_key), reverse=True):
            for path in LINK.findall(plain(mail.mime)):
                if path[1] == kind:
                    return str(path)
        raise LookupError(f"no mail holds a link of kind {kind}")

    def commands(self) -> list[CommandRow]:
        """All stored commands."""
        with self.db.read() as session:
            return list(session.exec(select(CommandRow).order_by(col(CommandRow.stored_at))))

    def case(self) -> Case:
        """The case as it stands."""
        with self.db.read() as session:
            return session.get_one(Case, CASE)

    def tasks(self, kind: TaskKind) -> list[TaskRow]:
        """Tasks of a kind, oldest first."""
        with self.db.read() as session:
            return list(session.exec(select(TaskRow).where(TaskRow.kind == kind).order_by(col(TaskRow.opened_at))))

    # the office -------------------------------------------------------------------------------

    def office(self, kind: TaskKind, choice: str, officer: str, **content: Any) -> None:
        """An officer answers the open task of a kind."""
        task = next(task for task in self.tasks(kind) if task.state == "open")
        actor = Actor(kind=ActorKind.OFFICER, id=officer, roles=(task.owner,), simulated=True)
        told = asyncio.run(reading.answer(self.gateway, task_id=task.id, choice=choice, content=content, actor=actor))
        assert told.outcome is not None
        assert told.outcome.applied, told.outcome.reason

    def wake(self) -> str:
        """Moves the clock to the case's next timer and lets it fire; gives its name."""
        case = self.case()
        wake = CaseState.model_validate(case.state).next_wake()
        assert wake is not None
        at, task_id, name = wake
        with self.db.write() as session:
            seconds = int((at - legal_now(session)).total_seconds()) + 2
            forward(session, max(0, seconds))
        self.recorder.step(StepRequest(case_id=CASE, step_no=case.step_no + 1, as_of=at, task_id=task_id, timer=name))
        return name

    def pay(self, status: str = "booked") -> None:
        """The order leaves the house and the bank books it, or does not."""
        with self.db.read() as session:
            order = session.exec(select(Order).where(Order.status == "approved")).one()
            now = legal_now(session)
        request = HandOver(case_id=CASE, step_no=self.case().step_no + 1, as_of=now, order_id=order.id)
        self.recorder.hand_over(request, lambda _session: None)
        euros = f"{order.amount_cents // 100}.{order.amount_cents % 100:02}"
        text = f"reference;status;amount;value_date;detail\n{order.id};{status};{euros};{now.date()};\n"
        asyncio.run(self.gateway.bank(text=text, actor=Actor(kind=ActorKind.BANK, id="bank", simulated=True)))


def plain(mime: bytes) -> str:
    """The plain part of a mail."""
    part = message_from_bytes(mime, policy=policy.default).get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())
