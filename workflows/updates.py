"""The one update of a workflow: a stored command, by its id. The update's name says what the command is about."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.contracts import ABOUT, APPLY_COMMAND, CommandRef

MAX_ID = 64
SAYS = "A stored command, by its id. The name of the update is the command's on the page of the lifecycle."


def command_id(args: Sequence[RawValue]) -> str:
    """The id that an update carries. Raises for an update that carries something else."""
    (arg,) = args
    ref: CommandRef = workflow.payload_converter().from_payload(arg.payload, CommandRef)
    return ref.command_id


def label(name: str) -> str:
    """What an update is about; nothing for one of before, when updates did not say."""
    return "" if name == APPLY_COMMAND else name


def require_bounded(name: str, args: Sequence[RawValue]) -> None:
    """A name and an id are short; anything else is refused before it reaches the history."""
    if not ABOUT.fullmatch(name) or not 0 < len(command_id(args)) <= MAX_ID:
        raise ApplicationError("not a command id", type="BadCommandId", non_retryable=True)
