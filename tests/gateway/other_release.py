"""What a wrong release would be: a grant of the same name with other commands."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.contracts import GRANT, GrantInput


@workflow.defn(name=GRANT)
class OtherGrant:
    """Waits for something nobody else waits for."""

    @workflow.run
    async def run(self, start: GrantInput) -> str:
        """Waits, and is done."""
        await workflow.sleep(1)
        return start.case_id
