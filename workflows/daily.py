"""The work of a legal day that belongs to no case: started by a Temporal Schedule, once a day, and over in seconds."""

import asyncio

from temporalio import workflow

from workflows import policies
from workflows.asking import ask

with workflow.unsafe.imports_passed_through():
    from models.contracts import DAILY, DailyWork


@workflow.defn(name=DAILY)
class Daily:
    """Each officer's one mail of a working day, and the sweep of files that no answer names. No case, and no round."""

    @workflow.run
    async def run(self) -> str:
        """Both, side by side: neither stops the other. Done again on the same legal day it finds nothing to do."""
        work = DailyWork()
        done = await asyncio.gather(
            ask("send_digests", work, int, "each officer's mail of the day", policies.DAILY),
            ask("sweep_files", work, int, "sweep of files that no answer names", policies.DAILY),
            return_exceptions=True,
        )
        for failed in done:
            if isinstance(failed, BaseException):
                raise failed
        return f"{done[0]} mails, {done[1]} files removed"
