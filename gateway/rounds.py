"""Opening a funding round: an officer's wish, stored like any other before anything happens."""

from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session, col, select

from models.commands import ActorKind, CommandKind, CommandState
from models.errors import Code, RefusedError
from models.programme import FundingLine
from models.rounds import OPEN_ROUND, line_and_year, waiting_list_end
from models.tables import CommandRow, Round, StepRow
from models.tasks import Role
from record.cases.commands import NewCommand, store
from record.database.clock import installation, legal_now


class Lines(Protocol):
    """Funding lines as data."""

    def line(self, code: str, year: int) -> FundingLine:
        """A funding line of a year. Raises ``RefusedError``."""
        ...


def store_opening(session: Session, lines: Lines, wish: NewCommand) -> CommandRow:
    """Stores the opening of the round ``wish.case_id``; the same command again, or one that waits, is that command.

    Without the role the command is stored as refused. Raises ``RefusedError``: for an unknown round or line;
    (``already_open``) for another command once the round is open; (``too_late``) for a round whose waiting list is
    over: it would end in the moment it is opened, for ever, with dead invitations.
    """
    named = line_and_year(wish.case_id)
    if named is None:
        raise RefusedError(Code.UNKNOWN_CASE, case=wish.case_id)
    line = lines.line(*named)
    before = session.exec(
        select(CommandRow)
        .where(CommandRow.case_id == wish.case_id, CommandRow.kind == CommandKind.OPEN_ROUND)
        .where(col(CommandRow.state) != CommandState.REFUSED)
    ).first()
    if before is not None:
        found = session.get(Round, wish.case_id)
        if found is not None and before.id != wish.id:
            raise _already_open(found, before)
        return before
    over = waiting_list_end(line.rules())
    if legal_now(session) >= over.ends_at:
        raise RefusedError(Code.TOO_LATE, due=over.end.isoformat())
    stored = store(
        session,
        NewCommand(
            id=wish.id,
            case_id=wish.case_id,
            kind=CommandKind.OPEN_ROUND,
            actor=wish.actor,
            content={"offset_seconds": installation(session).offset_seconds},
            choice=OPEN_ROUND,
        ),
    )
    if wish.actor.kind is not ActorKind.OFFICER or Role.CASE_WORKER not in wish.actor.roles:
        stored.state, stored.reason = CommandState.REFUSED, Code.WRONG_ROLE
        stored.details = {"role": Role.CASE_WORKER}
        session.add(stored)
        session.flush()
    return stored


def _already_open(found: Round, opening: CommandRow) -> RefusedError:
    """Since when a round is open, or from when until when it was, and who opened it."""
    opened = found.opened_at.isoformat()
    when = {"opened": opened, "ended": found.ended_at.isoformat()} if found.ended_at else {"since": opened}
    return RefusedError(Code.ALREADY_OPEN, round=found.id, officer=opening.actor_id, **when)


@dataclass(frozen=True)
class Opened:
    """A round as its lost workflow is started again: by the command that opened it, at legal time."""

    row: CommandRow
    offset_seconds: int


def round_to_adopt(session: Session, round_id: str) -> Opened | None:
    """What a round of the record is started again with; none if there is no such round.

    Raises ``RefusedError`` when it has ended.
    """
    found = session.get(Round, round_id)
    first = session.get(StepRow, (round_id, 1)) if found else None
    row = session.get(CommandRow, first.command_id) if first and first.command_id else None
    if found is None or row is None:
        return None
    if found.ended_at is not None:
        raise RefusedError(Code.CASE_ENDED, stage="ended")
    found.offset_seconds = installation(session).offset_seconds
    session.add(found)
    return Opened(row, found.offset_seconds)
