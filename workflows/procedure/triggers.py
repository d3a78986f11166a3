"""What makes a step, by the name the page of the lifecycle has for it: ``certify_drawdown.certify``, ``timer.final``.

A command carries this name on its way to the case, so that people can read in the timeline what it is about.
"""

from models.case import CaseState
from models.commands import Command, CommandKind
from models.tasks import TaskKind as K
from workflows.notation import Event, Reminder

UNKNOWN = "unknown"
"""An answer to a task that is not open."""

REMINDERS: dict[str, Reminder] = {"remind": "early", "pre": "early", "due": "due", "dun": "dunned", "grace": "grace"}
"""The page's word for an entry of a task's agenda, by the first part of its name (``dun_2``)."""


def reminder(name: str) -> Reminder:
    """The page's word for an entry of an agenda. Raises ``KeyError`` for a name that no rule gives."""
    return REMINDERS[name.partition("_")[0]]


def trigger(state: CaseState, command: Command) -> str:
    """What a command is about, in the state it meets; ``unknown`` for an answer to a task that is not open."""
    match command.kind:
        case CommandKind.APPLY:
            return f"{K.APPLY}.submit"
        case CommandKind.ANSWER:
            task = state.tasks.get(command.task_id)
            return f"{task.kind}.{command.choice}" if task else UNKNOWN
        case CommandKind.START if command.choice == "open":
            return f"open.{command.content.get('kind', '')}"
        case CommandKind.START:
            return f"start.{command.choice}"
        case CommandKind.BANK:
            about = K.REPAY if command.content.get("reference") == state.facts.claim_ref else K.BOOK_PAYMENT
            return f"{about}.{command.content.get('status', '')}"
        case CommandKind.BUDGET_FREED:
            return f"{K.AWAIT_BUDGET}.freed"
        case CommandKind.MAIL_FAILED:
            return str(Event.MAIL_FAILED)
        case CommandKind.MOVE:
            return str(Event.MOVE)
        case CommandKind.OPEN_ROUND | CommandKind.OFFICE:
            return str(command.kind)
