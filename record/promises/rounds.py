"""Promises 4 and 7 for funding rounds: opened by one stored command, its steps chained and read as they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from models.commands import CommandState
from models.rounds import RoundStep
from models.tables import CommandRow, Round, StepRow
from record.cases.chain import GENESIS, step_hash
from record.promises.finding import Finding


@dataclass(frozen=True)
class RoundBook:
    """Everything the record holds of one round but its invitations. ``found`` is none before it was opened."""

    id: str
    found: Round | None
    steps: list[StepRow]
    commands: list[CommandRow]


def faults(book: RoundBook) -> Iterator[tuple[int, Finding, str]]:
    """What is wrong: promise, code and detail."""
    yield from _links(book)
    last = book.steps[-1].no if book.steps else 0
    if last != (book.found.step_no if book.found else 0):
        yield 7, Finding.HEAD_DIFFERS, f"step {last}"
    yield from _opened(book)


def _links(book: RoundBook) -> Iterator[tuple[int, Finding, str]]:
    before = GENESIS
    for number, row in enumerate(book.steps, 1):
        if row.no != number:
            yield 7, Finding.STEP_MISSING, f"step {number}"
            return
        if row.prev_hash != before or row.hash != step_hash(before, book.id, row.actor, row.command_id, row.body):
            yield 7, Finding.CHAIN_BROKEN, f"step {number}"
            return
        if not _body_fits(row):
            yield 7, Finding.STEP_DIFFERS_FROM_BODY, f"step {number}"
        before = row.hash


def _body_fits(row: StepRow) -> bool:
    try:
        step = RoundStep.model_validate(row.body)
    except ValidationError:
        return False
    return (step.no, step.at, f"round.{step.action}", str(step.stage)) == (row.no, row.at, row.action, row.stage)


def _opened(book: RoundBook) -> Iterator[tuple[int, Finding, str]]:
    """The first step, and no other, has a command; every other command was refused or waits."""
    by = {row.command_id: row.no for row in book.steps if row.command_id is not None}
    if book.steps and sorted(by.values()) != [1]:
        yield 4, Finding.STEP_WITHOUT_COMMAND, "step 1"
    for command in book.commands:
        if (command.state == CommandState.APPLIED) != (command.id in by):
            yield 4, Finding.OUTCOME_DIFFERS_FROM_STEP, command.id
    for unknown in set(by) - {command.id for command in book.commands}:
        yield 4, Finding.STEP_WITHOUT_COMMAND, f"step {by[unknown]}"
