"""Time-lapse: moves legal time of an embedded installation. The only place that knows of time skipping.

All open workflows move in lock-step from one agenda date to the next, and only when nothing is on its way:
no stored command unapplied, no mail to be sent, no step half done. So a year passes as it would, in seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from assembly.daily import daily_work
from assembly.parts import Engine
from models.case import CaseState
from models.deadlines import legal_day, next_office_instant
from models.errors import Code, RefusedError
from models.stages import ENDED
from models.tables import Case, Round
from record.cases.commands import waiting
from record.database.clock import forward, installation, legal_now

SETTLE_SECONDS = 60.0
PAUSE = 0.05
MARGIN = timedelta(minutes=5)
"""A clock is set past a date, so that what falls due at it has fired.

Not just past it: should the real time that a fired step takes carry a workflow over the end of its skip, the server
goes on skipping to the next timer, months ahead.
"""


class NotQuietError(TimeoutError):
    """Something is still on its way after a minute; time does not move over it."""


def skipping(client: Client) -> TimeSkipper:
    """Wraps a client so that the workflows it starts can be moved in time; none moves by itself."""
    return TimeSkipper(client, config=TimeSkippingConfig(enabled=False))


class Lapse:
    """Legal time of one embedded installation."""

    def __init__(self, engine: Engine, skipper: TimeSkipper) -> None:
        self._engine, self._skipper = engine, skipper
        self._one_at_a_time = asyncio.Lock()

    async def forward(self, days: int) -> datetime:
        """Moves on by whole days, to eight in the morning of that day. Raises ``RefusedError``, ``NotQuietError``."""
        if days < 1:
            raise RefusedError(Code.BAD_CONTENT, field="days")
        now = await asyncio.to_thread(self._now)
        return await self.to(next_office_instant(legal_day(now) + timedelta(days=days)))

    async def to(self, target: datetime, each: Callable[[datetime], Awaitable[None]] | None = None) -> datetime:
        """Moves to an instant, stopping at every agenda date on the way; ``each`` is awaited at each stop."""
        async with self._one_at_a_time:
            while True:
                await self.quiet()
                agenda = await asyncio.to_thread(self.next_date)
                stop = target if agenda is None else min(agenda + MARGIN, target)
                if stop <= await asyncio.to_thread(self._now):
                    return await asyncio.to_thread(self._now)
                await self._move(stop)
                await self.quiet()
                await asyncio.to_thread(daily_work, self._engine)
                if each is not None:
                    await each(stop)
                if stop >= target:
                    await self.quiet()
                    return stop

    def next_date(self) -> datetime | None:
        """The next instant at which anything falls due, over all open cases and rounds, or a held mail may leave."""
        slot = self._engine.mailroom.next_slot()
        with self._engine.db.read() as session:
            dates = [wake[0] for case in _open_cases(session) if (wake := _state(case).next_wake())]
            rounds = session.exec(select(Round).where(col(Round.ended_at).is_(None)))
            dates += [at for found in rounds if (at := self._engine.rounds.next_at(session, found.id)) is not None]
        return min([*dates, slot] if slot else dates, default=None)

    async def quiet(self) -> None:
        """Waits until nothing is on its way. Raises ``NotQuietError`` naming what is."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SETTLE_SECONDS
        while busy := await self._on_its_way() or await self._on_its_way():
            if loop.time() > deadline:
                raise NotQuietError(busy)
            self._engine.mailroom.kick()
            await asyncio.sleep(PAUSE)

    # ------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        with self._engine.db.read() as session:
            return legal_now(session)

    def _busy(self) -> str:
        """What is on its way, or nothing."""
        with self._engine.db.read() as session:
            commands = waiting(session)
            if commands:
                return f"{len(commands)} commands, first {commands[0].id} of {commands[0].case_id}"
            now = legal_now(session)
            for case in _open_cases(session):
                state = _state(case)
                wake = state.next_wake()
                if wake and wake[0] <= now:
                    return f"{case.id}: {wake[2]} is due"
                if any(order.status == "approved" for order in state.live_orders):
                    return f"{case.id}: an order is being handed over"
            if due := self._engine.rounds.overdue(session, now):
                return f"{due} is due"
        return ""

    async def _on_its_way(self) -> str:
        """What is on its way, or nothing: looked at in the order in which one brings about the other.

        Mail that comes in becomes a command, and a command writes mail. What moves on while we look is met further
        down; only a mail that comes back at once is missed, so :meth:`quiet` looks twice.
        """
        inbox = self._engine.inbox
        if inbox is not None and not await inbox.quiet():
            inbox.kick()
            return "mail that came in"
        return await asyncio.to_thread(self._busy) or ("" if await self._engine.mailroom.quiet() else "mail")

    async def _move(self, stop: datetime) -> None:
        """Sets the installation's clock, then every open workflow's, to the same instant."""
        workflows = await asyncio.to_thread(self._set_clock, stop)
        await asyncio.gather(*(self._advance(workflow, offset, stop) for workflow, offset in workflows))

    def _set_clock(self, stop: datetime) -> list[tuple[str, timedelta]]:
        with self._engine.db.write() as session:
            if installation(session).mode != "embedded":
                raise RefusedError(Code.NOT_NOW, stage="production")
            seconds = (stop - legal_now(session)).total_seconds()
            forward(session, max(0, int(seconds) + 1))
            found = [(case.id, case.offset_seconds) for case in _open_cases(session)]
            found += [
                (row.id, row.offset_seconds) for row in session.exec(select(Round).where(col(Round.ended_at).is_(None)))
            ]
        return [(workflow, timedelta(seconds=offset)) for workflow, offset in found]

    async def _advance(self, workflow_id: str, offset: timedelta, stop: datetime) -> None:
        handle: WorkflowHandle[object, object] = self._skipper.client.get_workflow_handle(workflow_id)
        try:
            virtual = await self._skipper.get_current_time(handle)
            distance = stop - (virtual + offset)
            if distance > timedelta():
                await self._skipper.fast_forward(handle, distance)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


def _open_cases(session: Session) -> list[Case]:
    ended = [str(stage) for stage in ENDED]
    return list(session.exec(select(Case).where(col(Case.stage).not_in(ended)).order_by(col(Case.id))))


def _state(case: Case) -> CaseState:
    return CaseState.model_validate(case.state)
