"""Every promise of the design, examined on a running installation: the record's side and the engine's side.

The record is asked by :mod:`record.promises`. Here Temporal is asked: does each open case run, does its workflow
hold the state the record folds to, what stands in the histories that nobody of us put there, and do the histories
replay. Nothing is written. That a GET changes nothing (8) is shown by tests, and the report says so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, computed_field
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select
from temporalio.client import Client, WorkflowHistory, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from gateway.temporal.connection import AWAY, plugin
from gateway.temporal.histories import PAUSED, RUNNING, Known, Run, Sighting, forged, latest, runs, sightings
from models.case import CaseState
from models.commands import CommandKind
from models.stages import ENDED
from models.tables import Alarm, Case, CommandRow, Round
from record.database.background import in_short
from record.database.engine import Database
from record.promises import PROMISES, STUCK_AFTER, Definition, Finding, Shown, Violation, check
from record.promises.chain import differing

AT_ONCE: Final = 8
"""Cases and histories asked for side by side."""

TRIES: Final = 5
PAUSE: Final = 0.2
"""A step is in the record before its workflow has folded it: what differs is looked at again."""

ASKING: Final = timedelta(seconds=10)
UNANSWERED: Final = (WorkflowQueryFailedError, WorkflowQueryRejectedError, RPCError, ValidationError)
"""Also what a foreign workflow under a case's id may answer: something that is no state."""

ENGINE, REPLAY = (
    next(promise.number for promise in PROMISES if promise.shown_by is shown)
    for shown in (Shown.RECORD_AND_ENGINE, Shown.REPLAY)
)
"""Numbers of the promises that the engine's side shows."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Promise(BaseModel):
    """One promise, what it was shown by, and what breaks it."""

    model_config = ConfigDict(frozen=True)

    number: int
    shown_by: Shown
    findings: tuple[Violation, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def held(self) -> bool:
        """Nothing was found."""
        return not self.findings


class Report(BaseModel):
    """All promises, what was tried in vain (alarms), and settings that could lose what was promised."""

    model_config = ConfigDict(frozen=True)

    promises: tuple[Promise, ...]
    alarms: tuple[Sighting, ...] = ()
    weaknesses: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def held(self) -> bool:
        """True when no promise is broken. Alarms break none."""
        return all(promise.held for promise in self.promises)

    def as_json(self) -> dict[str, Any]:
        """As the officers' interface sends it and the command line shows it."""
        return {
            "held": self.held,
            "promises": [
                {
                    "number": promise.number,
                    "held": promise.held,
                    "shown_by": str(promise.shown_by),
                    "findings": [{"code": v.code, "case": v.case_id, "detail": v.detail} for v in promise.findings],
                }
                for promise in self.promises
            ],
            "alarms": [{"kind": a.kind, "case": a.case_id, "detail": a.detail, "at": a.at} for a in self.alarms],
            "weaknesses": list(self.weaknesses),
        }


@dataclass(frozen=True)
class EngineSide:
    """What Temporal showed. ``replayed``: number of histories, none when they were not replayed."""

    violations: list[Violation] = field(default_factory=list)
    alarms: list[Sighting] = field(default_factory=list)
    replayed: int | None = None
    reached: bool = True


async def examine(
    db: Database,
    client: Client | None,
    workflows: Sequence[type] = (),
    *,
    deep: bool = True,
    stuck_after: timedelta = STUCK_AFTER,
) -> Report:
    """The whole examination. ``workflows``: the real classes, to replay with; ``deep=False`` leaves replay out.

    Without a client, or when Temporal cannot be reached, the engine's part is reported as not shown.
    """
    record, alarms, weaknesses = await asyncio.to_thread(_record_side, db, stuck_after)
    engine = EngineSide(reached=False)
    if client is not None:
        engine = await engine_side(db, client, workflows, deep=deep)
    found = [*record, *engine.violations]
    return Report(
        promises=tuple(
            Promise(
                number=promise.number,
                shown_by=_shown_by(promise, engine),
                findings=tuple(v for v in found if v.promise == promise.number),
            )
            for promise in PROMISES
        ),
        alarms=(*alarms, *engine.alarms),
        weaknesses=tuple(weaknesses),
    )


async def engine_side(db: Database, client: Client, workflows: Sequence[type] = (), *, deep: bool = True) -> EngineSide:
    """Temporal's part: running workflows, their states, their histories, and replay."""
    doctor = _Doctor(db, client)
    try:
        return await doctor.examine(workflows if deep else ())
    except RPCError as error:
        if error.status not in AWAY:
            raise
        return _not_reached(error.status.name)
    except RuntimeError as error:  # a lazy client says so that it cannot connect
        if "Failed client connect" not in str(error):
            raise
        return _not_reached("no connection")


def _not_reached(why: str) -> EngineSide:
    return EngineSide([Violation(promise=ENGINE, code=Finding.ENGINE_NOT_REACHED, detail=why)], reached=False)


def _shown_by(promise: Definition, engine: EngineSide) -> Shown:
    if promise.shown_by is Shown.REPLAY and engine.replayed is None:
        return Shown.NOT_NOW
    if promise.shown_by is Shown.RECORD_AND_ENGINE and not engine.reached:
        return Shown.RECORD
    return promise.shown_by


def _record_side(db: Database, stuck_after: timedelta) -> tuple[list[Violation], list[Sighting], list[str]]:
    with db.read() as session:
        found = check(session, stuck_after=stuck_after)
        rows = session.exec(select(Alarm).order_by(col(Alarm.id))).all()
    alarms = [Sighting(kind=a.kind, case_id=a.case_id, detail=a.detail, at=a.at.isoformat()) for a in rows]
    return found, alarms, db.weaknesses()


class _Doctor:
    """One examination of the engine's side."""

    def __init__(self, db: Database, client: Client) -> None:
        self._db, self._client = db, client
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._failed: list[Violation] = []

    async def examine(self, workflows: Sequence[type]) -> EngineSide:
        known, cases, rounds = await asyncio.to_thread(self._known)
        found = {run.run_id: run async for run in runs(self._client)}
        asked = [self._survived(self._case(one), one) for one in cases]
        asked += [self._survived(self._round(one), one) for one in rounds]
        answers = [answer for answer in await asyncio.gather(*asked) if answer is not None]
        found |= {run.run_id: run for run, _ in answers if run is not None}  # visibility may lag behind
        violations = [violation for _, violation in answers if violation is not None]
        alarms = [seen for run in found.values() if (seen := forged(run, known)) is not None]
        ours = [run for run in found.values() if run.workflow_id in known.ids]
        fetched = await asyncio.gather(*(self._survived(self._history(run), run.workflow_id) for run in ours))
        histories = [one for one in fetched if one is not None]
        for run, history in histories:
            alarms += await self._survived(sightings(self._client, run, history, known), run.workflow_id) or []
        if workflows:
            violations += await self._replay(workflows, histories)
        return EngineSide([*violations, *self._failed], alarms, replayed=len(histories) if workflows else None)

    async def _survived(self, work: Awaitable[T], case_id: str, promise: int = ENGINE) -> T | None:
        """None when a check failed, which is a finding. Raises when Temporal or the database are away."""
        try:
            return await work
        except OperationalError:
            raise
        except Exception as error:
            if isinstance(error, RPCError) and error.status in AWAY:
                raise
            log.error("a check of %s failed: %s", case_id, in_short(error))  # noqa: TRY400 - one line
            failed = Violation(promise=promise, code=Finding.CHECK_FAILED, case_id=case_id, detail=type(error).__name__)
            self._failed.append(failed)
            return None

    def _known(self) -> tuple[Known, list[str], list[str]]:
        """What may run, all cases, and the rounds that are open."""
        with self._db.read() as session:
            cases = list(session.exec(select(Case.id).order_by(col(Case.id))))
            rounds = {found.id: found.ended_at for found in session.exec(select(Round))}
            rows = session.exec(select(CommandRow.case_id, CommandRow.id, CommandRow.kind)).all()
        commands: dict[str, set[str]] = {}
        for case_id, command_id, _ in rows:
            commands.setdefault(case_id, set()).add(command_id)
        begun = {case_id for case_id, _, kind in rows if kind in {CommandKind.APPLY, CommandKind.OPEN_ROUND}}
        ids = frozenset({*cases, *rounds, *begun})
        known = Known(ids, {case_id: frozenset(found) for case_id, found in commands.items()})
        return known, cases, [round_id for round_id, ended_at in sorted(rounds.items()) if ended_at is None]

    async def _round(self, round_id: str) -> tuple[Run | None, Violation | None]:
        """The newest run of an open round; an open round runs too."""
        async with self._turns:
            run = await latest(self._client, round_id)
        running = run is not None and run.status == RUNNING
        return run, None if running else _wrong(Finding.NO_RUNNING_WORKFLOW, round_id)

    async def _case(self, case_id: str) -> tuple[Run | None, Violation | None]:
        """The newest run of a case, and what is wrong with it, looked at again while it may just be on its way."""
        async with self._turns:
            run, wrong = await self._look(case_id)
            for _ in range(TRIES - 1):
                if wrong is None:
                    break
                await asyncio.sleep(PAUSE)
                run, wrong = await self._look(case_id)
            return run, wrong

    async def _look(self, case_id: str) -> tuple[Run | None, Violation | None]:
        state = await asyncio.to_thread(self._state, case_id)
        run = await latest(self._client, case_id)
        running = run is not None and run.status == RUNNING
        if state.stage in ENDED:
            return run, _wrong(Finding.RUNS_AFTER_ITS_END, case_id, str(state.stage)) if running else None
        if run is not None and run.status == PAUSED:
            return run, _wrong(Finding.WORKFLOW_PAUSED, case_id)
        if run is None or not running:
            return run, _wrong(Finding.NO_RUNNING_WORKFLOW, case_id, str(state.stage))
        return run, await self._compare(case_id, state)

    async def _compare(self, case_id: str, state: CaseState) -> Violation | None:
        handle = self._client.get_workflow_handle(case_id)
        try:
            held = await handle.query("state", result_type=CaseState, rpc_timeout=ASKING)
        except UNANSWERED as error:
            return _wrong(Finding.STATE_NOT_ANSWERED, case_id, type(error).__name__)
        return None if held == state else _wrong(Finding.WORKFLOW_DIFFERS_FROM_RECORD, case_id, differing(held, state))

    def _state(self, case_id: str) -> CaseState:
        with self._db.read() as session:
            return _state(session, case_id)

    async def _history(self, run: Run) -> tuple[Run, WorkflowHistory] | None:
        """None when the server has forgotten it meanwhile."""
        async with self._turns:
            handle = self._client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
            try:
                return run, await handle.fetch_history()
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None
                raise

    async def _replay(
        self, workflows: Sequence[type], histories: Iterable[tuple[Run, WorkflowHistory]]
    ) -> list[Violation]:
        """One after the other: replay is work of this process, not waiting."""
        replayer = Replayer(workflows=workflows, plugins=[plugin()], namespace=self._client.namespace)
        wrong: list[Violation] = []
        for run, history in histories:
            replayed = replayer.replay_workflow(history, raise_on_replay_failure=False)
            result = await self._survived(replayed, run.workflow_id, REPLAY)
            if result is not None and result.replay_failure is not None:
                detail = f"{type(result.replay_failure).__name__}: {str(result.replay_failure)[:200]}"
                wrong.append(
                    Violation(promise=REPLAY, code=Finding.DOES_NOT_REPLAY, case_id=run.workflow_id, detail=detail)
                )
        return wrong


def _state(session: Session, case_id: str) -> CaseState:
    return CaseState.model_validate(session.get_one(Case, case_id).state)


def _wrong(code: Finding, case_id: str, detail: str = "") -> Violation:
    return Violation(promise=ENGINE, code=code, case_id=case_id, detail=detail)
