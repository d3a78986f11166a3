"""Officers sharing their work: who takes care of a task, and notes on a case. Nothing here answers or decides."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field, model_validator
from sqlmodel import Session

from models.content.answers import OptionalLine, Text
from models.tasks import Role, TaskKind
from portal.interface.auth import Caller
from portal.interface.bodies import Body, CommandId, Id, OptionalId
from record.casework.holding import Act, Wish, enter
from record.casework.notes import NewNote, write
from record.casework.views import notes_view
from record.views.finding import Directory, case_of, task_of
from workflows.lifecycle import GRANT

Json = dict[str, Any]
WORKING: Final = tuple(sorted({GRANT.owner(kind) for kind in TaskKind} - {Role.APPLICANT}))
"""Roles that work on cases, and so may write a note."""


class Sharing(Body):
    """What is done about who takes care of a task. ``over``: also where somebody else does."""

    act: Act
    task: Id
    to: OptionalId = ""
    until: date | None = None
    reason: OptionalLine = ""
    over: bool = False
    command_id: CommandId = ""

    @model_validator(mode="after")
    def _whole(self) -> "Sharing":
        if (self.act is Act.HAND) != bool(self.to) or (self.act is Act.LATER) != (self.until is not None):
            raise ValueError("missing")
        return self


class Noting(Body):
    """A note on a case. ``corrects``: number of an earlier one."""

    case: Id
    text: Text
    corrects: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    command_id: CommandId = ""


def shared(session: Session, caller: Caller, sent: Json) -> Json:
    """Enters who takes care of a task. Raises ``RefusedError`` and ``pydantic.ValidationError``."""
    wanted = Sharing.model_validate(sent)
    row = enter(
        session,
        Wish(
            act=wanted.act,
            task_id=task_of(session, wanted.task),
            by=caller.actor().id,
            to=wanted.to.lower(),
            until=wanted.until,
            reason=wanted.reason,
            over=wanted.over,
            command_id=wanted.command_id,
        ),
    )
    about = {"case": row.case_id, "task": row.task_id, "act": row.act, "holder": row.holder, "before": row.before}
    return about | {"until": row.until.isoformat() if row.until else "", "command_id": row.command_id}


def noted(session: Session, caller: Caller, directory: Directory, sent: Json) -> Json:
    """Writes a note. Raises ``RefusedError`` and ``pydantic.ValidationError``."""
    wanted = Noting.model_validate(sent)
    new = NewNote(
        case_id=case_of(session, directory, wanted.case),
        by=caller.actor(*WORKING).id,
        text=wanted.text,
        corrects=wanted.corrects,
        command_id=wanted.command_id,
    )
    row = write(session, new)
    told = next(one for one in notes_view(session, row.case_id) if one["no"] == row.no)
    return {"case": row.case_id, "note": told, "command_id": row.command_id}
