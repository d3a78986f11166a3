"""Promise 5: an open case has somebody who owes something until a day; an ended one has nothing; no late mail."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from models.case import CaseState
from models.tables import CommandRow, TaskRow
from models.tasks import TaskKind, TaskState
from record.promises.book import Book, CaseBook, Mail, Violation
from record.promises.finding import Finding
from workflows.lifecycle import GRANT

SLACK: Final = timedelta(hours=1)
"""An application's step may carry a legal time that is this much behind its commit."""

APART: Final = timedelta(seconds=10)
"""A receipt carries the instant before its commit, and the clocks of portal and worker may differ a little."""


def owed(book: Book) -> Iterator[Violation]:
    """Tasks and timers of each case, its links, and its mails against the answers to their tasks."""
    for case in book.cases.values():
        state = case.state
        if state is not None:
            yield from _ended(case) if state.ended else _open(case, state)
            yield from _rows(case, state)
        yield from _links(case)
        yield from _mails(case)
        yield from _after_receipt(case.mails, case.tasks, book.commands)
    if book.whole:
        yield from _invitations(book)


def _open(case: CaseBook, state: CaseState) -> Iterator[Violation]:
    """A task of the authority keeps its owner when it is late; with a clerk's task something must fire still."""
    office = any(not GRANT.is_clerks(task.kind) for task in state.tasks.values())
    if not state.tasks and not state.timers:
        yield _broken(case, Finding.NOBODY_OWES_ANYTHING, str(state.stage))
    elif not office and state.next_wake() is None:
        yield _broken(case, Finding.NO_NEXT_DATE, str(state.stage))


def _ended(case: CaseBook) -> Iterator[Violation]:
    if case.state is not None and case.state.tasks:
        yield _broken(case, Finding.ENDED_WITH_TASK, ", ".join(sorted(case.state.tasks)))
    if case.state is not None and case.state.timers:
        yield _broken(case, Finding.ENDED_WITH_TIMER, ", ".join(sorted(case.state.timers)))


def _rows(case: CaseBook, state: CaseState) -> Iterator[Violation]:
    """The table of tasks says the same as the state."""
    rows = {row.id: _row(row) for row in case.tasks if row.state == TaskState.OPEN}
    known = {t.id: (str(t.kind), str(GRANT.owner(t.kind)), t.subject, t.due, t.late) for t in state.tasks.values()}
    for task_id in sorted({*rows, *known}):
        if rows.get(task_id) != known.get(task_id):
            yield _broken(case, Finding.TASK_DIFFERS_FROM_STATE, task_id)
    for row in case.tasks:
        closed = row.state != TaskState.OPEN
        if closed != (row.closed_at is not None) or closed != bool(row.closed_by):
            yield _broken(case, Finding.TASK_CLOSED_BY_NOBODY, row.id)


def _row(row: TaskRow) -> tuple[object, ...]:
    return row.kind, row.owner, row.subject, row.due_at, row.late


def _links(case: CaseBook) -> Iterator[Violation]:
    alive = {row.id for row in case.tasks if row.state == TaskState.OPEN}
    for token in case.tokens:
        if token.task_id and token.revoked_at is None and token.task_id not in alive:
            yield _broken(case, Finding.LINK_OUTLIVES_TASK, token.task_id)


def _mails(case: CaseBook) -> Iterator[Violation]:
    """By the number of the step, not by the clock: exact however long a step took to commit."""
    ends = {c.id: (e.row.no, c.state) for e in case.applied if e.step is not None for c in e.step.closed}
    for mail in case.mails:
        if mail.state != "accepted" or mail.task_id not in ends:
            continue
        number, how = ends[mail.task_id]
        if mail.begun_step is None or (mail.begun_step >= number and needless(mail, how)):
            yield _broken(case, Finding.MAIL_AFTER_ANSWER, f"{mail.id} of {mail.task_id}")


def needless(mail: Mail, how: TaskState) -> bool:
    """A mail of an ended task; a notice is served all the same, unless its reader has answered it."""
    return how is TaskState.ANSWERED if mail.notice_id else True


def _after_receipt(
    mails: Iterable[Mail], tasks: Iterable[TaskRow], commands: dict[str, CommandRow]
) -> Iterator[Violation]:
    """Whoever has a receipt for an answer is not written to about its task, although the case applies it later."""
    answers = {row.id: commands.get(row.command_id or "") for row in tasks if row.state == TaskState.ANSWERED}
    for mail in mails:
        answer = answers.get(mail.task_id)
        if mail.state != "accepted" or answer is None or answer.task_id != mail.task_id:
            continue
        if mail.begun_at is not None and mail.begun_at > answer.received_at + APART:
            detail = f"{mail.id} of {mail.task_id}"
            yield Violation(promise=5, code=Finding.MAIL_AFTER_RECEIPT, case_id=mail.case_id, detail=detail)


def _invitations(book: Book) -> Iterator[Violation]:
    yield from _after_receipt(book.loose_mails, book.invitations, book.commands)
    closed = {row.id: row.closed_at for row in book.invitations if row.closed_at is not None}
    for mail in book.loose_mails:
        end = closed.get(mail.task_id)
        if mail.state == "accepted" and end is not None and (mail.begun_at is None or mail.begun_at > end + SLACK):
            yield Violation(promise=5, code=Finding.MAIL_AFTER_ANSWER, detail=f"{mail.id} of {mail.task_id}")
    for row in book.invitations:
        if row.kind != TaskKind.APPLY or (row.state == TaskState.OPEN) != (row.closed_at is None):
            yield Violation(promise=5, code=Finding.TASK_CLOSED_BY_NOBODY, detail=row.id)


def _broken(case: CaseBook, code: Finding, detail: str) -> Violation:
    return Violation(promise=5, code=code, case_id=case.id, detail=detail)
