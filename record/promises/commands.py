"""Promise 4: what got a receipt is stored once and reaches its case, as applied or refused, or is waiting still."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from models.case import StepKind
from models.commands import CommandKind, CommandState
from models.errors import Code
from models.stages import ENDED
from models.tables import CommandRow
from record.promises.book import Book, CaseBook, Entry, Violation
from record.promises.finding import Finding
from record.promises.rounds import RoundBook

NO_CASE_NEEDED = frozenset({Code.DUPLICATE_APPLICATION, Code.CASE_ENDED})
"""Refusals that may stand without a step, because the case goes on as it was, or is over."""


def decided(book: Book) -> Iterator[Violation]:
    """Each decided command has exactly one step that says the same; each step of a command has its command."""
    for case in book.cases.values():
        steps = {entry.row.no: entry for entry in case.entries}
        count = Counter(entry.row.command_id for entry in case.entries if entry.row.command_id)
        for command in case.commands:
            if command.state == CommandState.RECEIVED:
                if count[command.id]:
                    yield _broken(case, Finding.DECIDED_BUT_WAITING, command.id)
            elif count[command.id] > 1:
                yield _broken(case, Finding.APPLIED_TWICE, command.id)
            elif command.step_no is None:
                yield from _without_step(case, command, count[command.id])
            elif not _same(steps.get(command.step_no), command):
                yield _broken(case, Finding.OUTCOME_DIFFERS_FROM_STEP, command.id)
        yield from _steps(book, case)


def _without_step(case: CaseBook, command: CommandRow, steps: int) -> Iterator[Violation]:
    never_came = command.kind == CommandKind.APPLY and not (case.case and command.reason not in NO_CASE_NEEDED)
    over = command.reason == Code.CASE_ENDED and case.case is not None and case.case.stage in ENDED
    if steps or command.state != CommandState.REFUSED or not (never_came or over):
        yield _broken(case, Finding.DECIDED_WITHOUT_STEP, command.id)


def _same(entry: Entry | None, command: CommandRow) -> bool:
    if entry is None or entry.step is None or entry.row.command_id != command.id:
        return False
    refused = command.state == CommandState.REFUSED
    return bool(entry.step.refused) is refused and (not refused or entry.step.refused == command.reason)


def _steps(book: Book, case: CaseBook) -> Iterator[Violation]:
    for entry in case.entries:
        command = book.commands.get(entry.row.command_id or "")
        asked = entry.step is None or entry.step.kind is StepKind.COMMAND
        if asked != (entry.row.command_id is not None) or (asked and (command is None or command.case_id != case.id)):
            yield _broken(case, Finding.STEP_WITHOUT_COMMAND, f"step {entry.row.no}")
        elif command is not None and (command.kind == CommandKind.APPLY) != (entry.row.no == 1):
            yield _broken(case, Finding.APPLICATION_NOT_FIRST, f"step {entry.row.no}")


def stuck(book: Book, stored_before: datetime) -> Iterator[Violation]:
    """Commands that no case has answered for too long; instants in server time."""
    everywhere: list[CaseBook | RoundBook] = [*book.cases.values(), *book.rounds]
    for found in everywhere:
        for command in found.commands:
            if command.state == CommandState.RECEIVED and command.stored_at < stored_before:
                detail = f"{command.kind} {command.id}, since {command.received_at:%Y-%m-%d %H:%M}Z"
                yield _broken(found, Finding.STUCK, detail)


def _broken(case: CaseBook | RoundBook, code: Finding, detail: str) -> Violation:
    return Violation(promise=4, code=code, case_id=case.id, detail=detail)
