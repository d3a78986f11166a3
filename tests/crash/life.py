"""One straight life of a grant with two drawdowns, played from outside while a worker process of its own works.

Nothing of the engine runs in the test's process but the gateway; what an officer or a clerk does is a stored command.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import col, func, select
from temporalio.testing import TimeSkipper

from activities.letters.correspondence import Correspondence, Post
from activities.mail_out.outbox import WAITING
from gateway.gateway import Gateway
from gateway.temporal.messenger import Messenger
from models.content import phone
from models.contracts import TASK_QUEUE
from models.money import Cents, format_plain
from models.tables import Budget, Outbox
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.engine import Database
from record.database.install import install
from record.people import officers
from tests.crash.processes import Keeper
from tests.patience import PATIENCE
from tests.play import letters
from tests.workflows.player import BANK, START, Player, directory

NOTIFIED = datetime(2017, 11, 20, 8, tzinfo=UTC)
AFTER_PERIOD = datetime(2019, 3, 11, 8, tzinfo=UTC)
CLERK = "fachstelle@r06631.example"


class Life(Player):
    """A :class:`Player` whose worker is another process, on a database that both reach."""

    def __init__(self, folder: Path, skipper: TimeSkipper, database: str) -> None:
        self.skipper, self.client = skipper, skipper.client
        self.db = Database(database)
        install(self.db, "embedded", recipients=directory().programmes.recipients.recipients, now=START)
        with self.db.write() as session:
            session.add(Budget(line="fm", budget_year=2018, total_cents=165_000_000))
            self._people = {o.id: tuple(o.roles) for o in officers(session)}
        writer = Correspondence(
            letters(), directory(), Post("http://127.0.0.1:1", "wir@rp.example", phone=phone.SIMULATED)
        )
        self.recorder = Recorder(self.db, Papers(writer, directory()))
        messenger = Messenger(self.db, self.recorder, self.client, TASK_QUEUE)
        self.gateway = Gateway(self.db, self.recorder, directory(), messenger)
        self.case_id, self.folder = "wir-fm-2018-06631", folder
        self.before, self.exact = None, False
        self.fault: Callable[[], None] = lambda: None
        """Raises what is wrong with the worker; asked while the life waits."""

    async def _until_idle(self, busy: Callable[[], Awaitable[str]]) -> None:
        """As ever, but with patience for a worker that dies over it and is started again."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while why := await busy():
            self.fault()
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(why)
            await asyncio.sleep(0.02)

    async def pay(self) -> None:
        """The bank's evidence for the order that is out; a case without a worker takes note of it later."""
        task = self.task("book_payment")
        amount = format_plain(Cents(self.state.orders[task.subject].cents))
        line = f"{task.subject};booked;{amount};{self.today.isoformat()};"
        receipt = await self.gateway.bank(text=f"reference;status;amount;value_date;detail\n{line}\n", actor=BANK)
        assert receipt.applied + receipt.waiting == 1, receipt
        await self.settle()

    def _half_done(self) -> str:
        """Mail on its way counts too, so that no mail meets the end of its task in one life and not in another."""
        with self.db.read() as session:
            mails = session.exec(select(func.count()).where(col(Outbox.state).in_(WAITING))).one()
        return super()._half_done() or (f"{mails} mails wait" if mails else "")


@dataclass(frozen=True)
class Act:
    """Something that happens in the life, and the moments at which a worker dies over it."""

    do: Callable[[Life], Awaitable[object]]
    dies: tuple[str, ...] = ()


def answer(kind: str, *dies: str) -> Act:
    """The usual answer to the open task of a kind."""
    return Act(lambda life: life.answer(kind), dies)


def book(*dies: str) -> Act:
    """The bank's evidence."""
    return Act(lambda life: life.pay(), dies)


def passes(instant: datetime, *dies: str) -> Act:
    """Time."""
    return Act(lambda life: life.until(instant), dies)


async def _apply(life: Life) -> None:
    await life.apply()
    await life.settle()


STRAIGHT = (
    Act(_apply, ("worker_starts:1", "before_commit/apply:1", "mail_claimed:1", "mail_taken:1")),
    answer("check_completeness"),
    answer("examine"),
    answer("draft_decision"),
    answer("sign_decision", "letters_tried:1"),
    passes(NOTIFIED, "after_commit/timer.notified:1"),
    answer("declare_acceptance", "after_commit/declare_acceptance.declare:1"),
    answer("call_back"),
    answer("confirm_bank_details"),
    answer("request_drawdown"),
    answer("certify_drawdown"),
    answer("approve_drawdown", "order_left:1"),
    book(),
    answer("request_drawdown"),
    answer("certify_drawdown"),
    answer("approve_drawdown", "after_commit/handed_over:1"),
    book("before_commit/bank.booked:1"),
    passes(AFTER_PERIOD),
    answer("prove_use"),
    answer("check_proof"),
    answer("approve_proof"),
    answer("close_case", "after_commit/close_case.close:1"),
)
MOMENTS = tuple(moment for act in STRAIGHT for moment in act.dies)


async def live(life: Life, worker: Keeper) -> str:
    """Plays the life to its end; after each act, waits for the deaths that belong to it. Returns the last stage."""
    due, life.fault = 0, worker.fault
    for act in STRAIGHT:
        due += len(act.dies)
        await act.do(life)
        if worker.mortal:
            await worker.died(due)
            await life.settle()  # what the dead one left half done
    return await life.end()
