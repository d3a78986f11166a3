"""A funding round on a real server: its dates, its words, its restarts, and forged starts."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import TimeSkipper
from temporalio.worker import Replayer, Worker

from activities.grant import GrantActivities
from activities.letters.correspondence import Correspondence, Post
from activities.payments import LedgerOnly
from activities.round import RoundActivities
from gateway.gateway import Gateway
from gateway.intake import Wanted
from gateway.receipts import Receipt
from gateway.temporal.connection import plugin
from gateway.temporal.messenger import Messenger
from models.commands import Actor, ActorKind
from models.content.answers import Application
from models.contracts import ROUND, RoundInput
from models.deadlines import legal_day
from models.errors import RefusedError
from models.rounds import RoundStep
from models.tables import Alarm, Case, Outbox, Round, StepRow, TaskRow
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.clock import forward, legal_now
from record.rounds.recorder import RoundRecorder
from tests import reading
from tests.fixtures.installed import installed
from tests.fixtures.temporal import TemporalServer
from tests.forms import ACTING
from tests.patience import PATIENCE
from tests.play import letters
from tests.workflows.player import NoMail, directory
from workflows.grant import Grant
from workflows.round import Round as RoundWorkflow

pytestmark = pytest.mark.server

ID, CASE, QUEUE = "wir-fm-2018", "wir-fm-2018-06631", "wir-test"
BERG = Actor(kind=ActorKind.OFFICER, id="sim-berg", roles=("case_worker",), simulated=True)
CLERK = Actor(kind=ActorKind.CLERK, id="06631", simulated=True)
EVENTS = 80
"""Events of a round's history from its opening to its end with four dates between, each moved to by time skipping."""


class Office:
    """An installation with a round. No worker runs yet: ``async with office.working():``."""

    def __init__(self, folder: Path, skipper: TimeSkipper) -> None:
        self.skipper, self.client = skipper, skipper.client
        self.db = installed(folder / "wir.db")
        writer = Correspondence(letters(), directory(), Post("http://127.0.0.1:1", "wir@rp.example"))
        recorder = Recorder(self.db, Papers(writer, directory()))
        self.gateway = Gateway(self.db, recorder, directory(), Messenger(self.db, recorder, self.client, QUEUE))
        self._activities = [
            *GrantActivities(self.db, recorder, LedgerOnly(folder / "payments"), NoMail()).all(),
            *RoundActivities(self.db, RoundRecorder(self.db, writer, directory()), NoMail()).all(),
        ]

    @asynccontextmanager
    async def working(self, *, cached_workflows: int = 100) -> AsyncIterator[None]:
        """A worker of its own until the block ends; may be entered again and again."""
        with ThreadPoolExecutor(4) as threads:
            async with Worker(
                self.client,
                task_queue=QUEUE,
                workflows=[Grant, RoundWorkflow],
                activities=self._activities,
                activity_executor=threads,
                max_concurrent_activities=4,
                max_cached_workflows=cached_workflows,
            ):
                yield

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The round's workflow."""
        return self.client.get_workflow_handle(ID)

    async def open(self, patience: float = 10.0, command_id: str = "") -> Receipt:
        """Opens the round."""
        return await self.gateway.open_round(line="fm", year=2018, actor=BERG, command_id=command_id, patience=patience)

    def steps(self) -> list[RoundStep]:
        """What is recorded."""
        with self.db.read() as session:
            rows = session.exec(select(StepRow).where(StepRow.case_id == ID).order_by(col(StepRow.no)))
            return [RoundStep.model_validate(row.body) for row in rows]

    async def until(self, instant: datetime, steps: int) -> list[RoundStep]:
        """Moves the installation's clock and the round's; waits until so many steps are recorded."""
        self.clock(instant)
        with self.db.read() as session:
            offset = timedelta(seconds=session.get_one(Round, ID).offset_seconds)
            now = legal_now(session)
        await self.skipper.fast_forward(self.handle, now - (await self.skipper.get_current_time(self.handle) + offset))
        return await self.recorded(steps)

    def clock(self, instant: datetime) -> None:
        """Moves the installation's clock alone."""
        with self.db.write() as session:
            forward(session, max(0, math.ceil((instant - legal_now(session)).total_seconds())))

    async def recorded(self, steps: int) -> list[RoundStep]:
        """Waits until so many steps are recorded and the workflow knows of them."""
        await eventually(lambda: self._has(steps))
        found = self.steps()
        assert len(found) == steps
        if not found[-1].ended:
            await eventually(self._knows)
        return found

    async def _has(self, steps: int) -> bool:
        return len(await asyncio.to_thread(self.steps)) >= steps

    async def _knows(self) -> bool:
        last: RoundStep | None = await self.handle.query(RoundWorkflow.last_step)
        return last == self.steps()[-1]

    async def apply(self) -> str:
        """One application; returns the case's id."""
        content = Application.model_validate({**ACTING, "requested_cents": 5_000_000})
        receipt = await self.gateway.apply(Wanted("fm", 2018, "06631", content), actor=CLERK)
        assert receipt.outcome is not None
        assert receipt.outcome.applied
        return receipt.case_id

    def count(self, work: Callable[[Session], int]) -> int:
        """A number of the record."""
        with self.db.read() as session:
            return work(session)

    @property
    def alarms(self) -> list[str]:
        """Kinds of alarms."""
        with self.db.read() as session:
            return [row.kind for row in session.exec(select(Alarm))]


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    """Asks again and again: a workflow gives no sign when it has recorded a step."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not await true():
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.02)


@pytest.fixture
async def office(temporal_server: TemporalServer, tmp_path: Path) -> AsyncIterator[Office]:
    """An installation in November 2017."""
    found = Office(tmp_path, await temporal_server.skipper())
    yield found
    found.db.close()


REMIND, DEADLINE, LIST_END, YEAR_ON = (
    datetime(*day, 8, tzinfo=UTC) for day in ((2017, 12, 12), (2018, 1, 3), (2019, 1, 1), (2020, 1, 1))
)


async def test_round_from_invitations_to_its_end(office: Office) -> None:
    async with office.working():
        receipt = await office.open()
        assert receipt.outcome is not None
        assert receipt.outcome.applied
        assert await office.open(command_id=receipt.command_id) == receipt  # twice is once
        with pytest.raises(RefusedError, match="already_open"):
            await office.open()
        assert await office.apply() == CASE
        dates = [await office.until(at, n) for n, at in enumerate((REMIND, DEADLINE, LIST_END), 2)][-1]
        assert [(str(s.action), legal_day(s.at)) for s in dates] == [
            ("open", date(2017, 11, 6)),
            ("remind", date(2017, 12, 12)),
            ("deadline", date(2018, 1, 3)),
            ("report", date(2019, 1, 1)),
        ]
        assert (dates[1].reminded, dates[2].late, dates[3].open_cases) == (32, 32, 1)
        why = {**ACTING, "reason": "Simulierter Grund."}
        await reading.start(office.gateway, case_id=CASE, kind="withdraw", content=why, actor=BERG)
        end = (await office.until(YEAR_ON, 5))[-1]
        assert (end.ended, end.expired) == (True, 32)
        assert await office.handle.result() == "ended"
        history = await office.handle.fetch_history()
    assert len(history.events) <= EVENTS
    await Replayer(workflows=[RoundWorkflow], plugins=[plugin()]).replay_workflow(history)
    with office.db.read() as session:
        assert session.get_one(Round, ID).ended_at == end.at
        mails = session.exec(select(Outbox).where(Outbox.template == "invitation")).all()
        assert len(mails) == 33 + 32
    assert office.alarms == []


async def test_operators_read_in_words_what_it_waits_for(office: Office) -> None:
    async with office.working():
        await office.open()
        await office.recorded(1)
        shown = await office.handle.describe()
        attributes = {pair.key.name: pair.value for pair in shown.typed_search_attributes}
        assert attributes["WirStage"] == "inviting"
        assert (attributes["WirLine"], attributes["WirYear"]) == ("fm", 2018)
        assert list(attributes["WirWaitingFor"]) == ["applicant"]
        assert legal_day(attributes["WirDueAt"]) == date(2017, 12, 12)
        assert await shown.static_summary() == "WIR funding round wir-fm-2018"
        details = (await office.handle.query("__temporal_workflow_metadata")).current_details
        assert "33 invitations open" in details
        assert "1,650,000.00 EUR" in details
        assert "reminder to those who have not applied" in details
        await eventually(lambda: listed(office.client, "WirStage = 'inviting' AND WirLine = 'fm'"))
        await office.until(DEADLINE, 3)
        await eventually(lambda: listed(office.client, "WirStage = 'deciding' AND WirYear = 2018"))


async def listed(client: Client, query: str) -> bool:
    """Whether the query finds the round; the visibility store follows a little later."""
    return [found.id async for found in client.list_workflows(query)] == [ID]


async def test_goes_on_after_a_restart_without_any_cache(office: Office) -> None:
    async with office.working():
        await office.open()
        await office.recorded(1)
    async with office.working(cached_workflows=0):
        await office.until(REMIND, 2)
    async with office.working(cached_workflows=0):
        assert (await office.until(DEADLINE, 3))[-1].late == 33


async def test_dates_missed_in_an_outage_are_recorded_in_order_as_of_their_own_day(office: Office) -> None:
    async with office.working():
        await office.open()
        await office.recorded(1)
    office.clock(datetime(2018, 3, 1, 8, tzinfo=UTC))
    async with office.working():
        steps = await office.until(datetime(2018, 3, 2, 8, tzinfo=UTC), 3)
    assert [legal_day(step.at) for step in steps] == [date(2017, 11, 6), date(2017, 12, 12), date(2018, 1, 3)]


async def test_opened_while_nobody_works_it_opens_later(office: Office) -> None:
    receipt = await office.open(patience=0.5)
    assert receipt.outcome is None
    assert office.steps() == []
    async with office.working():
        again = await office.open()
        assert again.command_id == receipt.command_id
        assert again.outcome is not None
        assert again.outcome.applied
        await office.recorded(1)


async def test_lost_workflow_is_adopted_and_walks_through_what_is_recorded(office: Office) -> None:
    async with office.working():
        await office.open()
        before = await office.until(REMIND, 2)
        mails = office.count(lambda s: len(s.exec(select(Outbox.id)).all()))
        with pytest.raises(RefusedError):
            await office.gateway.adopt(ID)  # it runs
        await office.handle.terminate("lost, for a test")
        await office.gateway.adopt(ID)
        assert await office.recorded(2) == before
        assert office.count(lambda s: len(s.exec(select(Outbox.id)).all())) == mails
        assert (await office.until(DEADLINE, 3))[-1].late == 33
    assert office.alarms == []


@pytest.mark.parametrize(
    ("workflow_id", "start", "alarm"),
    [
        (ID, RoundInput(round_id=ID), []),
        (ID, RoundInput(round_id=ID, command_id="forged"), ["unknown_command"]),
        ("somewhere-else", RoundInput(round_id=ID, command_id="forged"), ["foreign_workflow"]),
    ],
)
async def test_forged_start_opens_nothing_and_the_real_one_still_does(
    office: Office, workflow_id: str, start: RoundInput, alarm: list[str]
) -> None:
    async with office.working():
        forged = await office.client.start_workflow(ROUND, start, id=workflow_id, task_queue=QUEUE)
        with pytest.raises(WorkflowFailureError) as failed:
            await forged.result()
        cause = failed.value.cause
        while cause.__cause__ is not None:
            cause = cause.__cause__
        assert isinstance(cause, ApplicationError)
        assert office.count(lambda s: len(s.exec(select(TaskRow.id)).all())) == 0
        assert office.alarms == alarm
        receipt = await office.open()
        assert receipt.outcome is not None
        assert receipt.outcome.applied
        assert len(await office.recorded(1)) == 1


async def test_forged_update_changes_nothing(office: Office) -> None:
    async with office.working():
        await office.open()
        await office.recorded(1)
        case = await office.apply()
        outcome = await office.handle.execute_update("apply_command", {"command_id": "forged"})
        assert outcome["reason"] == "unknown_command"
        with office.db.read() as session:
            assert session.get_one(Case, case).step_no == 1
    assert len(office.steps()) == 1
    assert office.alarms == ["unknown_command"]
