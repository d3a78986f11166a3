"""Messages between gateway, workflows and activities. Append-only: every new field has a default.

One argument each. Ids, numbers and instants only: no names, addresses, IBANs, tokens or free text.
"""

import re
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from models.case import CaseState, Step
from models.rounds import RoundAction, RoundStep
from models.told import Told

TASK_QUEUE = "wir-grants"
GRANT = "Grant"
ROUND = "Round"
DAILY = "Daily"
APPLY_COMMAND = "apply_command"
"""The update of runs that began before an update was named after what it is about. Histories know it."""

ABOUT: Final = re.compile(r"[a-z][a-z_]{0,39}(\.[a-z][a-z0-9_]{0,39})?")
"""What a command is about, as the page of the lifecycle calls it: ``certify_drawdown.certify``. No person, no text."""


class Message(BaseModel):
    """Base of all messages: frozen, unknown fields ignored so that old readers survive new writers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class GrantInput(Message):
    """Starts a case (with ``command_id``), goes on in a new run (with ``state``) or adopts it (with neither).

    ``offset_seconds`` is legal time minus server time; 0 in production.
    """

    case_id: str
    offset_seconds: int = 0
    command_id: str = ""
    state: CaseState | None = None
    told: Told = Told()  # goes with ``state``
    dates: bool = False  # makes dates and kinds of tasks searchable; runs that began before that do not


class CommandRef(Message):
    """All an update carries. The update's name says what it is about (:data:`ABOUT`), all the UI shows of it."""

    command_id: str


class Outcome(Message):
    """What became of a command: applied at a step, or refused for a reason code."""

    applied: bool
    reason: str = ""
    step_no: int = 0


class StepRequest(Message):
    """Asks the record for the case's next step: by a command, or because a timer fired."""

    case_id: str
    step_no: int
    as_of: datetime
    command_id: str = ""
    task_id: str = ""  # timer of this task …
    timer: str = ""  # … with this rung, or the case's own timer
    about: str = ""  # what the case was told that the command is about; decides nothing


class StepReply(Message):
    """The recorded step to fold; or a yield to a command in time; or an earlier command's outcome."""

    step: Step | None = None
    yielded: bool = False
    outcome: Outcome | None = None  # set when the command had been decided at an earlier step
    about: str = ""  # what the command is about, where the request says otherwise


class HandOver(Message):
    """Hands one approved payment order over and records that as the case's next step."""

    case_id: str
    step_no: int
    as_of: datetime
    order_id: str


class Delivery(Message):
    """Tries to deliver the letters of these notices now; the mailroom goes on if that fails."""

    case_id: str
    notices: tuple[str, ...]


class Delivered(Message):
    """How many of the letters were accepted by the mail server at once."""

    accepted: int
    waiting: int


class CaseRef(Message):
    """Names a case."""

    case_id: str


class Resumed(Message):
    """Where a case goes on after its workflow was lost. The clock is the record's too, whatever the start said."""

    state: CaseState
    offset_seconds: int = 0
    told: Told = Told()


class RoundInput(Message):
    """Starts a funding round, e.g. ``wir-fm-2018``, by the command that an officer gave for it.

    Started again after its workflow was lost, it walks through what is recorded and goes on from there.
    """

    round_id: str
    offset_seconds: int = 0
    command_id: str = ""


class RoundStepRequest(Message):
    """Asks the record for the round's next step: by a command, or because its date has come."""

    round_id: str
    step_no: int
    as_of: datetime
    command_id: str = ""
    action: RoundAction | None = None


class RoundStepReply(Message):
    """The recorded step, or what became of a command that made none."""

    step: RoundStep | None = None
    outcome: Outcome | None = None


class DailyWork(Message):
    """Asks for a part of the daily work; which day it is, the installation's clock says."""


SEARCH_ATTRIBUTES = {
    "WirStage": "Keyword",
    "WirLine": "Keyword",
    "WirYear": "Int",
    "WirRecipient": "Keyword",
    "WirWaitingFor": "KeywordList",
    "WirDueAt": "Datetime",
    "WirDates": "KeywordList",
    "WirUrgency": "Keyword",
    "WirAmountCents": "Int",
}
"""Search attributes a namespace must have, by Temporal's names of types. No personal data."""
