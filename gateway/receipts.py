"""What a person gets back from the gateway."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, InstanceOf

from models.contracts import Outcome
from record.cases.foreseeing import Foreseen


class Receipt(BaseModel):
    """A command is stored; ``outcome`` is none while the case has not answered yet."""

    model_config = ConfigDict(frozen=True)

    command_id: str
    case_id: str
    received_at: datetime
    outcome: Outcome | None = None
    task_id: str = ""


class BankReceipt(BaseModel):
    """What became of a file of bank evidence. ``unmatched``: references that belong to no case."""

    model_config = ConfigDict(frozen=True)

    lines: int
    applied: int = 0
    refused: tuple[str, ...] = ()
    repeated: int = 0
    unmatched: tuple[str, ...] = ()
    waiting: int = 0


class Preview(BaseModel):
    """What a command would do (``--dry-run``); nothing of it has happened.

    ``shown``: the hash that the command must carry, where it signs, pays or ends; ``foreseen``: all of it, for words.
    """

    model_config = ConfigDict(frozen=True)

    case_id: str
    action: str
    stage_before: str = ""
    stage_after: str = ""
    refused: str = ""
    details: dict[str, object] = {}
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    mails: int = 0
    money: dict[str, int] = {}
    shown: str = ""
    foreseen: InstanceOf[Foreseen] | None = Field(default=None, exclude=True)
