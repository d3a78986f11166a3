"""Plays a case through gateway, workflow and record on a real Temporal server, with its clock moved by hand.

Everything is real but the mail: nobody takes it, so letters stay queued and no socket is opened. Forms and usual
answers are those of :mod:`tests.forms`. Everybody is simulated.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import select
from temporalio.client import WorkflowContinuedAsNewError, WorkflowHandle, WorkflowHistory
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from activities.grant import GrantActivities
from activities.letters.correspondence import Correspondence, Post
from activities.payments import LedgerOnly
from gateway.gateway import Gateway
from gateway.intake import Wanted
from gateway.receipts import Receipt
from gateway.temporal.messenger import Messenger
from models.case import CaseState, OpenTask
from models.commands import Actor, ActorKind
from models.content import answers as a
from models.deadlines import legal_day
from models.money import Cents, format_plain
from models.tables import Alarm, Budget, Case
from models.tasks import TASKS, Role, TaskKind
from programmes.directory import Directory
from record.cases.commands import waiting
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.clock import forward, legal_now
from record.people import officers
from tests import reading
from tests.fixtures.installed import EARLY, installed
from tests.forms import ACTING, FORMS, USUAL
from tests.patience import PATIENCE
from tests.play import letters
from workflows.grant import Grant
from workflows.lifecycle import GRANT

K = TaskKind
START = EARLY
QUEUE = "wir-test"
BANK = Actor(kind=ActorKind.BANK, id="sim-kasse", simulated=True)
Hook = Callable[[str], Awaitable[None]]


class NoMail:
    """A mailroom that takes nothing: letters stay queued."""

    def kick(self) -> None:
        """There is mail, and it stays."""

    async def send_now(self, outbox_ids: Sequence[str], patience_seconds: float) -> tuple[int, int]:
        """None accepted, all waiting."""
        return 0, len(outbox_ids)


@cache
def directory() -> Directory:
    """Programme data, read once."""
    return Directory()


class Player:
    """One installation with one case. ``before`` is awaited with the name of each act before it is done."""

    def __init__(self, folder: Path, skipper: TimeSkipper, **sweeping: Any) -> None:
        """``sweeping``: what the messenger is told about its sweeper."""
        self.skipper, self.client = skipper, skipper.client
        folder.mkdir(parents=True, exist_ok=True)
        self.db = installed(folder / "wir.db")
        with self.db.write() as session:
            session.add(Budget(line="fm", budget_year=2018, total_cents=165_000_000))
            self._people = {o.id: tuple(o.roles) for o in officers(session)}
        writer = Correspondence(letters(), directory(), Post("http://127.0.0.1:1", "wir@rp.example"))
        self.recorder = Recorder(self.db, Papers(writer, directory()))
        self.gateway = Gateway(
            self.db,
            self.recorder,
            directory(),
            Messenger(self.db, self.recorder, self.client, QUEUE, **sweeping),
        )
        self._activities = GrantActivities(self.db, self.recorder, LedgerOnly(folder / "payments"), NoMail()).all()
        self.case_id = "wir-fm-2018-06631"
        self.runs: list[str] = []
        """Runs of the case that are over because it moved or was lost, oldest first."""

        self.before: Hook | None = None
        self.exact = False
        """Wait after each act until the workflow has folded it too, so that no two acts share a workflow task."""

    @asynccontextmanager
    async def working(self, *, cached_workflows: int = 100) -> AsyncIterator[None]:
        """A worker with its sweeper until the block ends; may be entered again and again."""
        with ThreadPoolExecutor(4) as threads:
            async with Worker(
                self.client,
                task_queue=QUEUE,
                workflows=[Grant],
                activities=self._activities,
                activity_executor=threads,
                max_concurrent_activities=4,
                max_cached_workflows=cached_workflows,
                sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),  # a worker that has gone is not waited for
            ):
                sweeper = asyncio.create_task(self.gateway.messenger.run(every=0.5))
                try:
                    yield
                finally:
                    sweeper.cancel()
                    with suppress(asyncio.CancelledError):
                        await sweeper

    # looking ------------------------------------------------------------------------------------

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The case's workflow, whichever run it is in."""
        return self.client.get_workflow_handle(self.case_id)

    @property
    def state(self) -> CaseState:
        """The state as recorded."""
        with self.db.read() as session:
            return CaseState.model_validate(session.get_one(Case, self.case_id).state)

    @property
    def now(self) -> datetime:
        """Legal time of the installation."""
        with self.db.read() as session:
            return legal_now(session)

    @property
    def today(self) -> date:
        """Legal day of the installation."""
        return legal_day(self.now)

    @property
    def alarms(self) -> list[str]:
        """Kinds of all alarms, oldest first."""
        with self.db.read() as session:
            return [row.kind for row in session.exec(select(Alarm))]

    def task(self, kind: str) -> OpenTask:
        """The open task of a kind. Raises ``LookupError`` naming those that are open."""
        state = self.state
        found = state.open(K(kind))
        if not found:
            raise LookupError(f"no {kind} in {state.stage}; open: {[str(t.kind) for t in state.open()]}")
        return found[0]

    def officer(self, name: str) -> Actor:
        """An officer with all roles."""
        return Actor(kind=ActorKind.OFFICER, id=name, roles=self._people[name], simulated=True)

    async def folded(self) -> CaseState:
        """The state as the workflow has folded it."""
        state: CaseState = await self.handle.query("state", result_type=CaseState)
        return state

    async def gap(self) -> timedelta:
        """Legal time of the installation minus legal time of the case."""
        with self.db.read() as session:
            offset = timedelta(seconds=session.get_one(Case, self.case_id).offset_seconds)
        return self.now - (await self.skipper.get_current_time(self.handle) + offset)

    async def history(self, run_id: str | None = None) -> WorkflowHistory:
        """The history of a run, by default the last."""
        return await self.client.get_workflow_handle(self.case_id, run_id=run_id).fetch_history()

    async def histories(self) -> list[WorkflowHistory]:
        """The histories of all runs, oldest first."""
        return [await self.history(run_id) for run_id in (*self.runs, None)]

    # acting -------------------------------------------------------------------------------------

    async def apply(self, cents: int = 5_000_000) -> None:
        """The application that starts the case."""
        content = a.Application.model_validate({**ACTING, "requested_cents": cents})
        await self.gateway.apply(Wanted("fm", 2018, "06631", content), actor=self._clerk())

    async def answer(self, kind: str, choice: str = "", *, by: str = "", command_id: str = "", **form: Any) -> Receipt:
        """Answers the open task of a kind, as the first who may, and waits until nothing is on its way."""
        await self._announce(kind)
        task, choice = self.task(kind), choice or USUAL[K(kind)]
        model = TASKS[K(kind)].choices[choice].content
        content = {**self._acting(model), **FORMS[model](self.state, self.today), **form}
        actor = self.officer(by) if by else self._who(K(kind))
        receipt = await reading.answer(
            self.gateway, task_id=task.id, choice=choice, content=content, actor=actor, command_id=command_id
        )
        await self.settle()
        return receipt

    async def open(self, kind: str) -> Receipt:
        """The clerk opens a task of its own from the case page."""
        await self._announce(f"open {kind}")
        receipt = await self.gateway.act(case_id=self.case_id, kind="open", content={"kind": kind}, actor=self._clerk())
        await self.settle()
        return receipt

    async def book(self, kind: str) -> None:
        """The bank's evidence for the open order or claim."""
        await self._announce(kind)
        task, state = self.task(kind), self.state
        claim = state.money.claimed - state.money.repaid
        cents = claim if kind == K.REPAY else state.orders[task.subject].cents
        line = f"{task.subject};booked;{format_plain(Cents(cents))};{self.today.isoformat()};"
        receipt = await self.gateway.bank(text=f"reference;status;amount;value_date;detail\n{line}\n", actor=BANK)
        if receipt.refused or receipt.unmatched or receipt.repeated:
            raise AssertionError(receipt)
        await self.settle()

    async def until(self, instant: datetime) -> None:
        """Moves legal time; what falls due on the way fires at its own instant."""
        await self._announce("until")
        with self.db.write() as session:
            forward(session, max(0, math.ceil((instant - legal_now(session)).total_seconds())))
        gap = await self.gap()
        if gap > timedelta():
            await self.skipper.fast_forward(self.handle, gap)
        await self.settle()

    async def move(self) -> None:
        """Moves the case to a new run and waits until the old one is over."""
        old = await self._leave()
        receipt = await self.gateway.act(case_id=self.case_id, kind="move", content={}, actor=self.officer("sim-berg"))
        if receipt.outcome is not None and not receipt.outcome.applied:
            raise AssertionError(receipt)
        try:
            await self.client.get_workflow_handle(self.case_id, run_id=old).result(follow_runs=False)
        except WorkflowContinuedAsNewError:
            return
        raise AssertionError("the run ended and none followed")

    async def lose(self) -> None:
        """The server loses the workflow; the case is rebuilt from the record, and has loaded it."""
        await self._leave()
        await self.handle.terminate("lost, for a test")
        await self.gateway.adopt(self.case_id)
        await self.loaded()

    async def loaded(self) -> None:
        """Waits until the workflow has the record's state."""
        await self._until_idle(self._loading)

    async def settle(self) -> None:
        """Waits until no command waits, nothing is due and no order is half way."""
        await self._until_idle(self._busy)

    async def end(self) -> str:
        """Waits for the end of the workflow; returns the last stage."""
        async with asyncio.timeout(PATIENCE):
            return str(await self.handle.result())

    # ------------------------------------------------------------------------------------------

    async def _leave(self) -> str:
        run_id = str((await self.handle.describe()).run_id)
        self.runs.append(run_id)
        return run_id

    async def _announce(self, act: str) -> None:
        if self.before is not None:
            await self.before(act)

    async def _until_idle(self, busy: Callable[[], Awaitable[str]]) -> None:
        """Asks again and again; there is no event for "nothing is on its way"."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while why := await busy():
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(why)
            await asyncio.sleep(0.01)

    async def _loading(self) -> str:
        return "" if await self.folded() == self.state else "the state is being loaded"

    async def _busy(self) -> str:
        why = await asyncio.to_thread(self._half_done)
        if why or not self.exact or self.state.ended:
            return why
        return await self._loading()

    def _half_done(self) -> str:
        with self.db.read() as session:
            if commands := waiting(session):
                return f"{len(commands)} commands wait"
            case = session.get(Case, self.case_id)
            if case is None:
                return ""
            state = CaseState.model_validate(case.state)
            wake = state.next_wake()
            if wake and not state.ended and wake[0] <= legal_now(session):
                return f"{wake[2]} is due"
        return "an order is half way" if any(o.status == "approved" for o in state.orders.values()) else ""

    def _clerk(self) -> Actor:
        return Actor(kind=ActorKind.CLERK, id="06631", simulated=True)

    def _acting(self, model: type[a.Content]) -> dict[str, str]:
        return ACTING if issubclass(model, a.Acting) else {}

    def _who(self, kind: TaskKind) -> Actor:
        owner = GRANT.owner(kind)
        if owner is Role.APPLICANT:
            return self._clerk()
        return self.officer(SECOND if GRANT.not_by(kind) else FIRST[owner])


SECOND = "sim-see"
"""Signs and approves whatever another has drafted, certified or checked."""

FIRST = {
    Role.CASE_WORKER: "sim-berg",
    Role.PROOF_AUDITOR: "sim-berg",
    Role.PAYMENT_CERTIFIER: "sim-wald",
    Role.CO_SIGNER: "sim-tal",
    Role.MINISTRY: "sim-ministerium",
}
