"""Commands: what a person, the bank or the mailroom wants. Stored first, then told to the case."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class CommandKind(StrEnum):
    """What a command asks for."""

    APPLY = "apply"  # start a case
    ANSWER = "answer"  # answer an open task
    START = "start"  # start something: withdraw, block, extension, …
    BANK = "bank"  # bank evidence
    MAIL_FAILED = "mail_failed"  # a mail was refused for good
    BUDGET_FREED = "budget_freed"  # money came free for a case on the waiting list
    MOVE = "move"  # go on in a new run
    OPEN_ROUND = "open_round"  # start a funding round; the command of a round, never of a case
    OFFICE = "office"  # a change of people: officers, roles, absences, contacts; the command of no case


def reference_number(command_id: str) -> str:
    """The beginning of a command's id, as people can read it out: ``3F2A-91C0``. Receipts show it."""
    short = command_id.replace("-", "")[:8].upper()
    return f"{short[:4]}-{short[4:]}"


class CommandState(StrEnum):
    """``received`` until the case has applied or refused it."""

    RECEIVED = "received"
    APPLIED = "applied"
    REFUSED = "refused"


class ActorKind(StrEnum):
    """Who gave a command."""

    CLERK = "clerk"
    OFFICER = "officer"
    BANK = "bank"
    SYSTEM = "system"


class Actor(BaseModel):
    """The giver of a command. ``id``: officer id, recipient key, ``bank`` or ``system``.

    ``login``: the log-in of an officer, where there is one; ``in_place_of``: the absent officer whose deputy they are.
    """

    model_config = ConfigDict(frozen=True)

    kind: ActorKind
    id: str
    roles: tuple[str, ...] = ()
    simulated: bool = False
    login: str = ""
    in_place_of: str = ""


class Command(BaseModel):
    """A stored command, as the rules see it. ``content`` has been validated at the edge."""

    model_config = ConfigDict(frozen=True)

    id: str
    case_id: str
    kind: CommandKind
    task_id: str = ""
    choice: str = ""
    actor: Actor
    content: dict[str, Any] = Field(default_factory=dict)
    received_at: datetime
