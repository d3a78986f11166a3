"""Commands in the record: stored before anything else happens; their commit is the receipt."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlmodel import Session, col, select

from models.commands import Actor, ActorKind, Command, CommandKind
from models.errors import Code, RefusedError
from models.tables import CommandRow, Officer
from record.cases.chain import canonical
from record.database.clock import legal_now
from record.people import not_revoked

SYSTEM = Actor(kind=ActorKind.SYSTEM, id="system")


def new_id() -> str:
    """A random command id."""
    return str(uuid4())


@dataclass(frozen=True)
class NewCommand:
    """A command as it came in. ``id`` empty: a new one is made; given: twice is once."""

    case_id: str
    kind: CommandKind
    actor: Actor
    content: dict[str, Any]
    task_id: str = ""
    choice: str = ""
    id: str = ""
    shown: str = ""  # SHA-256 of what the officer was shown


def store(session: Session, new: NewCommand) -> CommandRow:
    """Stores a command, once: the same id with the same contents is the same command.

    Raises ``RefusedError``: ``bad_content`` when the id is taken by other contents, ``officer_revoked``.
    """
    known = session.get(CommandRow, new.id) if new.id else None
    if known is not None:
        same = (known.case_id, known.kind, known.task_id, known.choice) == (
            new.case_id,
            new.kind,
            new.task_id,
            new.choice,
        )
        if not same or canonical(known.content) != canonical(new.content):
            raise RefusedError(Code.BAD_CONTENT, field="command_id")
        return known
    actor = new.actor
    if actor.kind in {ActorKind.OFFICER, ActorKind.BANK}:
        officer = session.get(Officer, actor.id, populate_existing=True)
        if officer is not None:
            not_revoked(officer)
    row = CommandRow(
        id=new.id or new_id(),
        case_id=new.case_id,
        kind=new.kind,
        task_id=new.task_id,
        choice=new.choice,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_roles=list(actor.roles),
        on_behalf_of=actor.in_place_of or None,
        simulated=actor.simulated,
        login_id=actor.login or None,
        shown=new.shown,
        content=new.content,
        received_at=legal_now(session),
        stored_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return row


def store_system_command(session: Session, case_id: str, kind: CommandKind, received_at: datetime) -> CommandRow:
    """A command of the record itself; the sweeper tells the case."""
    row = CommandRow(
        id=new_id(),
        case_id=case_id,
        kind=kind,
        actor_kind=ActorKind.SYSTEM,
        actor_id="system",
        received_at=received_at,
        stored_at=datetime.now(UTC),
    )
    session.add(row)
    return row


def waiting(session: Session, *, stored_before: datetime | None = None) -> list[CommandRow]:
    """Commands that no case has applied or refused yet, oldest first."""
    query = select(CommandRow).where(CommandRow.state == "received").order_by(col(CommandRow.stored_at))
    if stored_before is not None:
        query = query.where(col(CommandRow.stored_at) < stored_before)
    return list(session.exec(query))


def as_command(row: CommandRow) -> Command:
    """The stored row as the rules see it."""
    actor = Actor(
        kind=ActorKind(row.actor_kind),
        id=row.actor_id,
        roles=tuple(row.actor_roles),
        simulated=row.simulated,
        login=row.login_id or "",
    )
    return Command(
        id=row.id,
        case_id=row.case_id,
        kind=CommandKind(row.kind),
        task_id=row.task_id,
        choice=row.choice,
        actor=actor,
        content=row.content,
        received_at=row.received_at,
    )
