"""A workflow as it must not be: its module imports a library that touches the world."""

import jinja2
from temporalio import workflow


@workflow.defn
class Careless:
    """Renders in a workflow."""

    @workflow.run
    async def run(self) -> str:
        """Never run."""
        return str(jinja2.Template("never").render())
