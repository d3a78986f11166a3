"""Tells cases of their commands, by id. What Temporal does not take now, the sweeper repeats, same id."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from gateway.temporal.connection import AWAY
from gateway.temporal.sweeper import PATIENCE, Sweeper
from models.commands import CommandKind
from models.contracts import GRANT, ROUND, CommandRef, GrantInput, Outcome, RoundInput
from models.tables import CommandRow
from record.cases.commands import waiting
from record.cases.labels import label
from record.cases.recorder import Recorder
from record.database.background import in_short, log_failure
from record.database.engine import Database

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=2)
"""The sweeper leaves commands alone that are younger: somebody is telling the case right now."""

UNREACHABLE = (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError, OSError)

PROBE = timedelta(seconds=5)
"""How long Temporal has to say that it is there."""


class Messenger:
    """Tells and sweeps. ``client`` is lazy: Temporal may be down when this starts."""

    def __init__(
        self,
        db: Database,
        recorder: Recorder,
        client: Client,
        task_queue: str,
        *,
        grace: timedelta = GRACE,
        sweeping_patience: float = PATIENCE,
    ) -> None:
        self._db, self._recorder, self._client, self._queue = db, recorder, client, task_queue
        self._grace, self._sweeping_patience = grace, sweeping_patience
        self._background: set[asyncio.Task[Outcome | None]] = set()
        self._connected = False

    async def tell(self, row: CommandRow, patience: float) -> Outcome | None:
        """Tells the case and waits up to ``patience`` seconds for its word; none when there is none yet.

        Raises nothing: the command is stored, so whatever goes wrong here costs time only. An error that nobody
        foresaw, also an answer that is none, is logged without any content.
        """
        try:
            async with asyncio.timeout(patience):
                return await self._told(row)
        except Exception as error:  # one command, whatever is wrong with it, stops no other
            if _cancelled():  # the SDK turns a cancellation into an error of its own; whoever stops us waits for it
                raise asyncio.CancelledError from error
            if isinstance(error, UNREACHABLE):
                log.info("command %s is stored and will be repeated: %s", row.id, type(error).__name__)
            else:
                said = "command %s of %s could not be told and will be repeated: %s"
                log.error(said, row.id, row.case_id, in_short(error))  # noqa: TRY400 - a traceback may hold contents
            return None

    def tell_later(self, row: CommandRow, patience: float = 10.0) -> None:
        """Tells the case in the background; the sweeper is the safety net."""
        task = asyncio.get_running_loop().create_task(self.tell(row, patience), name=f"telling command {row.id}")
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(log_failure)

    async def settled(self) -> None:
        """Waits until nothing is being told in the background."""
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    async def run(self, every: float = 2.0, stop: Callable[[], bool] = lambda: False) -> None:
        """Repeats all commands that no case has answered yet, until cancelled; see :mod:`gateway.temporal.sweeper`."""
        sweeper = Sweeper(self.tell, self._waiting, self._is_reachable, patience=self._sweeping_patience)
        await sweeper.run(every, stop)

    async def adopt(self, case_id: str, offset_seconds: int) -> None:
        """Starts a case again from the record, after its workflow was lost.

        Raises ``WorkflowAlreadyStartedError`` when it runs.
        """
        await self._client.start_workflow(
            GRANT,
            GrantInput(case_id=case_id, offset_seconds=offset_seconds, dates=True),
            id=case_id,
            task_queue=self._queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"Grant {case_id} (adopted)",
        )

    async def is_running(self, workflow_id: str) -> bool:
        """Whether a workflow of this id runs now. Raises ``RPCError`` when Temporal cannot be reached."""
        await self._reach()
        try:
            description = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return description.status is WorkflowExecutionStatus.RUNNING

    # ------------------------------------------------------------------------------------------

    def _waiting(self) -> list[CommandRow]:
        with self._db.read() as session:
            return waiting(session, stored_before=datetime.now(UTC) - self._grace)

    def _label(self, row: CommandRow) -> str:
        with self._db.read() as session:
            return label(session, row)

    async def _is_reachable(self) -> bool:
        """Whether Temporal answers at all, and soon."""
        try:
            await self._client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=PROBE)
        except (RPCError, RuntimeError, OSError) as error:
            if _cancelled():
                raise asyncio.CancelledError from error
            if isinstance(error, RPCError) and error.status not in AWAY:
                return True  # it answers, if only with a refusal
            log.info("the sweeper waits for Temporal: %s", type(error).__name__)
            return False
        return True

    async def _reach(self) -> None:
        """Connects a lazy client, whose first call says ``RuntimeError`` where later ones say ``RPCError``."""
        if self._connected:
            return
        try:
            await self._client.workflow_service.get_system_info(GetSystemInfoRequest())
        except RuntimeError as error:
            raise RPCError("Temporal cannot be reached", RPCStatusCode.UNAVAILABLE, b"") from error
        self._connected = True

    async def _told(self, row: CommandRow) -> Outcome | None:
        """The update is named after what it is about: no other part of an update has a place in the UI (API 1.35)."""
        await self._reach()
        if row.kind == CommandKind.APPLY:
            await self._start(row)
        elif row.kind == CommandKind.OPEN_ROUND:
            await self._start_round(row)
        handle = self._client.get_workflow_handle(row.case_id)
        about = await asyncio.to_thread(self._label, row)
        try:
            outcome: Outcome = await handle.execute_update(
                about, CommandRef(command_id=row.id), id=row.id, result_type=Outcome
            )
            return outcome
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return await asyncio.to_thread(self._recorder.refuse_for_ended, row.id)
        except WorkflowUpdateFailedError as error:
            log.warning("command %s was not taken: %s", row.id, type(error.cause).__name__)
            return await asyncio.to_thread(self._recorder.refuse_for_ended, row.id)

    async def _start(self, row: CommandRow) -> None:
        about = row.content["case"]
        try:
            await self._client.start_workflow(
                GRANT,
                GrantInput(case_id=row.case_id, offset_seconds=about["offset_seconds"], command_id=row.id, dates=True),
                id=row.case_id,
                task_queue=self._queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"WIR grant, line {about['line']} {about['year']}, recipient {about['recipient_key']}",
                static_details="One grant from application to closed file. The current details say who owes what.",
            )
        except WorkflowAlreadyStartedError:
            log.info("%s has been started before", row.case_id)

    async def adopt_round(self, row: CommandRow, offset_seconds: int) -> None:
        """Starts a round again by the command that opened it; it walks through what is recorded and goes on.

        Raises ``WorkflowAlreadyStartedError`` when it runs.
        """
        start = RoundInput(round_id=row.case_id, offset_seconds=offset_seconds, command_id=row.id)
        await self._run_round(start, WorkflowIDReusePolicy.ALLOW_DUPLICATE, WorkflowIDConflictPolicy.FAIL)

    async def _start_round(self, row: CommandRow) -> None:
        """A refused or stopped opening leaves room for the next one."""
        start = RoundInput(round_id=row.case_id, offset_seconds=int(row.content["offset_seconds"]), command_id=row.id)
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
        try:
            await self._run_round(start, reuse, WorkflowIDConflictPolicy.USE_EXISTING)
        except WorkflowAlreadyStartedError:
            log.info("%s has been started before", row.case_id)

    async def _run_round(
        self, start: RoundInput, reuse: WorkflowIDReusePolicy, conflict: WorkflowIDConflictPolicy
    ) -> None:
        await self._client.start_workflow(
            ROUND,
            start,
            id=start.round_id,
            task_queue=self._queue,
            id_reuse_policy=reuse,
            id_conflict_policy=conflict,
            static_summary=f"WIR funding round {start.round_id}",
            static_details="Invites, reminds, and reports until its last case is closed. The details say what is next.",
        )


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
