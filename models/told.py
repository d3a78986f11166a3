"""What operators are told of a case beside its state: its last steps, and where its payment orders are.

Made from recorded steps by one pure function (:func:`tell`), in the workflow as they come and in the record for a case
that is rebuilt from it. Codes, ids, amounts and instants only: it travels through Temporal.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from models.case import CaseState, OpenTask, Step, StepKind
from models.tasks import TaskKind

LAST: Final = 10
"""Steps that are told."""

HANDED_OVER: Final = f"{TaskKind.BOOK_PAYMENT}.{StepKind.HANDED_OVER}"
RETURNED: Final = "returned"
SEEN_IN_OPENED: Final = {
    "mail_failed": TaskKind.FIX_DELIVERY,
    "request_drawdown.request": TaskKind.CERTIFY_DRAWDOWN,
    "unforeseen": TaskKind.CLARIFY,
}
"""Steps that are about what the task they open is about: a mail, an instalment, a date nobody foresaw."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Happened(_Part):
    """One recorded step, in the codes that its words are made of."""

    no: int
    at: datetime
    about: str  # "certify_drawdown.certify", "declare_acceptance.remind", "timer.final"
    subject: str = ""  # "D01", "FM18-06631-D01-A1"; of a mail its template, task and notice
    refused: str = ""  # reason code
    stage: str = ""  # the stage it led to, where that is another
    owed: tuple[TaskKind, ...] = ()  # the tasks it opened


class Sent(_Part):
    """What has become of a payment order, and since when. ``returned``: the bank had booked it before."""

    status: str
    at: datetime


class Told(_Part):
    """The last steps, oldest first, and all payment orders."""

    steps: tuple[Happened, ...] = ()
    orders: dict[str, Sent] = Field(default_factory=dict)


def tell(told: Told, before: CaseState, step: Step, about: str) -> Told:
    """Adds a step. ``about``: what its command is about; empty for a date, and for an order that left."""
    about = about or (HANDED_OVER if step.kind is StepKind.HANDED_OVER else step.action)
    changed = step.stage is not None and step.stage is not before.stage
    happened = Happened(
        no=step.no,
        at=step.at,
        about=about,
        subject=_subject(before, step, about),
        refused=step.refused,
        stage=str(step.stage) if changed else "",
        owed=tuple(task.kind for task in step.opened),
    )
    returned = about.endswith(f".{RETURNED}")
    sent = {one.id: Sent(status=RETURNED if returned else one.status, at=step.at) for one in step.orders}
    return Told(steps=(*told.steps, happened)[-LAST:], orders=told.orders | sent)


def subject_of(state: CaseState, about: str) -> str:
    """What the one open task of a command's kind is about; nothing where there is none, or more than one."""
    kind = about.partition(".")[0]
    found = [task for task in state.tasks.values() if task.kind == kind]
    return found[0].subject if len(found) == 1 else ""


def _subject(before: CaseState, step: Step, about: str) -> str:
    if step.refused:
        return subject_of(before, about)
    return next((task.subject for task in _touched(before, step, about) if task.subject), _order(step))


def _touched(before: CaseState, step: Step, about: str) -> Iterator[OpenTask]:
    """The task that a step is about, be it that it ends or fires."""
    kind = SEEN_IN_OPENED.get(about, about.partition(".")[0])
    ended = (before.tasks.get(task_id) for task_id in (*(one.id for one in step.closed), step.fired))
    for task in (*ended, *(step.opened if about in SEEN_IN_OPENED else ())):
        if task is not None and task.kind == kind:
            yield task


def _order(step: Step) -> str:
    return step.orders[-1].id if step.orders else ""
