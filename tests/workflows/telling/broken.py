"""A grant whose code is at fault: each of its workflow tasks fails."""

from temporalio import workflow

from models.contracts import GRANT


@workflow.defn(name=GRANT)
class Broken:
    """Never gets anywhere."""

    @workflow.run
    async def run(self, start: object) -> None:
        """A fault of the code, not of the case: the server tries again and again."""
        raise RuntimeError("a fault of the code, for a test")
