"""Heartbeats: while an activity works, its process says that it is alive, so that a killed worker is noticed soon.

The event loop speaks for the activity, whose thread may wait for a locked database: what is shown is that the
process lives. An activity that is done within a beat sends none, so ordinary steps cost nothing.
"""

import asyncio
from typing import Any, Final

from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from record.database.background import log_failure

BEAT_SECONDS: Final = 1.0


class Alive(Interceptor):
    """For a worker: beats for each activity that takes longer than a second."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wraps each activity."""
        return _Beating(next)


class _Beating(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._outbound = outbound
        super().init(outbound)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        beats = asyncio.create_task(self._beat(), name="heartbeats of an activity")
        beats.add_done_callback(log_failure)
        try:
            return await super().execute_activity(input)
        finally:
            beats.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._outbound.heartbeat()
