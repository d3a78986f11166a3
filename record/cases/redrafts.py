"""Drafts of decisions: the letters a second person would sign, and what differs since a draft was sent back.

A draft is the answer to a task that another task checks (``GRANT.not_by``). What an earlier draft would have been
signed as is made anew from the record: the rules sign it in the state in which it was sent back, and the letter bears
the day on which it is read, so that nothing differs but what was drafted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session, col, select

from models.case import CaseState, OpenTask, Step, fold_all
from models.commands import Actor, ActorKind, Command, CommandKind
from models.errors import RefusedError
from models.tables import Case, CommandRow, Officer, StepRow, TaskRow
from models.tasks import TASKS, TaskKind, TaskState
from record.cases.requests import state_of
from record.cases.rule_facts import view_of, written_in
from record.database.clock import legal_now
from workflows.lifecycle import GRANT
from workflows.page import SEND_BACK
from workflows.procedure.decide import foreseen
from workflows.procedure.plan import NoticeDraft

Letters = tuple[tuple[NoticeDraft, str], ...]


class Previews(Protocol):
    """Knows the texts of letters before they are signed."""

    def preview(self, session: Session, case: Case, draft: NoticeDraft, at: datetime, signer: Officer | None) -> str:
        """The text of a letter as this person would sign it."""
        ...


@dataclass(frozen=True)
class Given:
    """An answer to a task of drafting or signing: by whom, when, with what, and by which step of the case."""

    task_id: str
    kind: TaskKind
    choice: str
    by: str
    at: datetime
    content: Mapping[str, Any]
    step_no: int


@dataclass(frozen=True)
class Draft:
    """A draft with the letters it would be signed as; none where nobody signs a letter."""

    given: Given
    letters: Letters = ()


@dataclass(frozen=True)
class SentBack:
    """A draft that came back. ``now``: the draft since then; none while it is drafted anew."""

    returned: Given
    before: Draft
    now: Draft | None = None


def checked_by(kind: TaskKind) -> TaskKind | None:
    """The task in which a second person signs a draft or sends it back; none where nobody does."""
    checks = (one for one in TaskKind if kind in GRANT.not_by(one) and SEND_BACK in TASKS[one].choices)
    return next(checks, None)


def drafted_in(kind: TaskKind) -> TaskKind | None:
    """The task whose answer is the draft that a task signs or sends back; none for other tasks."""
    return next(iter(GRANT.not_by(kind)), None) if SEND_BACK in TASKS[kind].choices else None


class Drafts:
    """Reads drafts. ``papers`` knows the texts of letters."""

    def __init__(self, papers: Previews) -> None:
        self._papers = papers

    def letters(
        self,
        session: Session,
        case: Case,
        state: CaseState,
        task: OpenTask,
        drafted: tuple[str, Mapping[str, Any]],
        signer: Officer | None = None,
    ) -> Letters:
        """The letters that a draft would be signed as, where ``task`` waits for the second person.

        ``drafted``: by whom, and the content of that answer. Raises ``RefusedError`` where it cannot be signed now.
        """
        kind, at = drafted_in(task.kind), legal_now(session)
        if kind is None:
            return ()
        answer = _signature(case, task, signer, at)
        view = view_of(session, case, state, at, answer.actor, answer)
        by, content = drafted
        view = replace(
            view,
            acted={**view.acted, (kind, task.subject): by},
            reasons={**view.reasons, kind: written_in(content)},
        )
        notices = foreseen(view, task).notices
        return tuple((one, self._papers.preview(session, case, one, at, signer)) for one in notices)

    def sent_back(self, session: Session, task_id: str, signer: Officer | None) -> SentBack | None:
        """The draft that was sent back before an open task of drafting or signing; none where none was."""
        row = session.get(TaskRow, task_id)
        case = session.get(Case, row.case_id) if row else None
        found = _returned(session, row) if row else None
        if row is None or case is None or found is None:
            return None
        first, returned, since = found
        state = fold_all(case.id, _steps(session, case.id, returned.step_no))
        before = Draft(first, self._signed(session, case, state, returned.task_id, first, signer))
        if since is None:
            return SentBack(returned, before)
        state = state_of(case, case.id)
        return SentBack(returned, before, Draft(since, self._signed(session, case, state, row.id, since, signer)))

    def _signed(
        self, session: Session, case: Case, state: CaseState, task_id: str, draft: Given, signer: Officer | None
    ) -> Letters:
        try:
            return self.letters(session, case, state, state.tasks[task_id], (draft.by, draft.content), signer)
        except RefusedError:  # it cannot be signed now, and the answer itself says why
            return ()


def _signature(case: Case, task: OpenTask, signer: Officer | None, at: datetime) -> Command:
    """The answer by which a second person signs what is drafted."""
    return Command(
        id="",
        case_id=case.id,
        kind=CommandKind.ANSWER,
        task_id=task.id,
        choice=next(one for one in TASKS[task.kind].choices if one != SEND_BACK),
        actor=Actor(kind=ActorKind.OFFICER, id=signer.id if signer else "", roles=(GRANT.owner(task.kind),)),
        content={},
        received_at=at,
    )


def _returned(session: Session, row: TaskRow) -> tuple[Given, Given, Given | None] | None:
    """The draft before an open task, its sending back, and the draft since then; none where nothing was sent back.

    What was drafted and decided between is another matter: then nothing is held against it.
    """
    kind = TaskKind(row.kind)
    drafting = drafted_in(kind) or kind
    signing = checked_by(drafting)
    if signing is None or row.state != TaskState.OPEN:
        return None
    order = [drafting, signing, drafting] if kind is signing else [drafting, signing]
    found = _answered(session, row, (drafting, signing))[-len(order) :]
    if [one.kind for one in found] != order or found[1].choice != SEND_BACK:
        return None
    return found[0], found[1], found[2] if kind is signing else None


def _answered(session: Session, row: TaskRow, kinds: Collection[TaskKind]) -> list[Given]:
    """All answers to tasks of these kinds about the same, in the order of the case's steps."""
    query = (
        select(TaskRow, CommandRow, StepRow.no)
        .join(CommandRow, col(CommandRow.id) == col(TaskRow.command_id))
        .join(StepRow, col(StepRow.command_id) == col(TaskRow.command_id))
        .where(TaskRow.case_id == row.case_id, TaskRow.state == TaskState.ANSWERED)
        .where(col(TaskRow.kind).in_(kinds), TaskRow.subject == row.subject)
        .order_by(col(StepRow.no))
    )
    return [
        Given(
            task_id=task.id,
            kind=TaskKind(task.kind),
            choice=task.choice,
            by=task.closed_by,
            at=command.received_at,
            content=dict(command.content),
            step_no=no,
        )
        for task, command, no in session.exec(query)
    ]


def _steps(session: Session, case_id: str, before: int) -> list[Step]:
    query = select(StepRow.body).where(StepRow.case_id == case_id, StepRow.no < before).order_by(col(StepRow.no))
    return [Step.model_validate(body) for body in session.exec(query)]
