"""A change of people: stored first, then applied or refused, in the caller's one transaction.

The rows of people are written here and nowhere else, but for those that come with the installation and for the
colleague whom a municipality hands a task over to. A refusal is on record as the change itself would be.
"""

from dataclasses import dataclass

from sqlmodel import Session

from models.commands import Actor, ActorKind, CommandKind, CommandState
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.office import OWN, Change, OfContact, OfOfficer, needed_role
from models.tables import CommandRow
from record.cases.commands import NewCommand, store
from record.office.effects import EFFECTS, Given


@dataclass(frozen=True)
class Wish:
    """A change as it came in. ``command_id`` given: twice is once."""

    change: Change
    content: OfOfficer | OfContact
    actor: Actor
    command_id: str = ""


def give(session: Session, wish: Wish) -> CommandRow:
    """The command with what became of it; the same command again is the same command.

    Raises ``RefusedError`` for what cannot be stored: ``bad_content`` when the id is taken by something else.
    """
    row = store(
        session,
        NewCommand(
            id=wish.command_id,
            case_id="",
            kind=CommandKind.OFFICE,
            actor=wish.actor,
            content=wish.content.model_dump(mode="json", exclude_defaults=True),
            choice=wish.change,
        ),
    )
    if row.state != CommandState.RECEIVED:
        return row
    try:
        _allowed(wish)
        with session.begin_nested():
            details = EFFECTS[wish.change](session, wish.content, _given(row, wish))
    except RefusedError as refusal:
        row.state, row.reason, row.details = CommandState.REFUSED, refusal.code, refusal.details
    else:
        row.state, row.details = CommandState.APPLIED, details
    session.add(row)
    session.flush()
    return row


def _allowed(wish: Wish) -> None:
    """Raises ``RefusedError``: ``wrong_role``, ``own_entry``."""
    own = isinstance(wish.content, OfOfficer) and wish.content.officer == wish.actor.id
    roles = {*wish.actor.roles} if wish.actor.kind is ActorKind.OFFICER else set()
    if own and wish.change in OWN and roles:
        return
    if needed_role(wish.change) not in roles:
        raise RefusedError(Code.WRONG_ROLE, role=needed_role(wish.change))
    if own:
        raise RefusedError(Code.OWN_ENTRY)


def _given(row: CommandRow, wish: Wish) -> Given:
    return Given(row.id, row.actor_id, row.received_at, legal_day(row.received_at))
