"""A workflow of another type under the id of a coming case. It answers whatever it is asked."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue


@workflow.defn(name="Squatter")
class Squatter:
    """Waits for ever, and answers a command with something that is no outcome."""

    @workflow.run
    async def run(self) -> None:
        """Never ends by itself."""
        await workflow.wait_condition(lambda: False)

    @workflow.update(dynamic=True)
    def take(self, _name: str, _args: Sequence[RawValue]) -> list[int]:
        """Garbage."""
        return [1, 2]

    @workflow.query(name="state")
    def state(self) -> list[int]:
        """Garbage too."""
        return [1, 2]
