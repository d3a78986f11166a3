"""What the gateway stores: each wish of a person as one command row, checked as far as an edge can check.

Runs inside the caller's transaction. What cannot be stored at all is a ``RefusedError``; what a case has to
judge (task open? role? four eyes?) is stored and judged there, so that a refusal is on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from pydantic import ValidationError
from sqlmodel import Session, col, func, select

from models.case_ids import case_id_of
from models.commands import Actor, ActorKind, CommandKind, CommandState
from models.content.answers import Application, BankEntry, Content
from models.content.starts import START_CONTENT
from models.errors import Code, RefusedError
from models.programme import FundingLine, Recipient
from models.rounds import round_id
from models.stages import ENDED
from models.tables import BankLine, Case, CommandRow, Order, TaskRow
from models.tasks import TASKS, Role, TaskKind
from record.absences import need_deputy
from record.cases.chain import canonical
from record.cases.commands import NewCommand, store
from record.database.clock import installation, legal_today
from record.people import contacts, normal_address


class Directory(Protocol):
    """Programme data as the gateway needs it."""

    def line(self, code: str, year: int) -> FundingLine:
        """A funding line of a year."""
        ...

    def find(self, key: str, on: date) -> Recipient:
        """A recipient by the key valid on a day."""
        ...


@dataclass(frozen=True)
class Wanted:
    """An application as it came in: which line and year, by which recipient key, and its form."""

    line: str
    year: int
    recipient_key: str
    content: Application


@dataclass(frozen=True)
class Evidence:
    """What became of a file of bank evidence when it was stored."""

    rows: tuple[CommandRow, ...]
    repeated: int
    unmatched: tuple[str, ...]


def store_application(
    session: Session, directory: Directory, wanted: Wanted, actor: Actor, command_id: str
) -> CommandRow:
    """Stores an application. The same one again is the same command; a second one is stored as refused.

    Raises ``RefusedError``: unknown line, unknown or expired recipient, not eligible, over the ceiling.
    """
    recipient = _eligible(session, directory, wanted)
    about = {
        "line": wanted.line,
        "year": wanted.year,
        "recipient": recipient.identity,
        "recipient_key": recipient.key,
        "offset_seconds": installation(session).offset_seconds,
    }
    application = wanted.content.model_dump(mode="json")
    earlier = _applications(session, wanted, recipient.identity)
    for row in earlier:
        same = canonical(row.content["application"]) == canonical(application)
        if row.id == command_id or (same and row.state != CommandState.REFUSED):
            return row
    alive = [row for row in earlier if row.state != CommandState.REFUSED and not _leaves_room(session, row.case_id)]
    stored = store(
        session,
        NewCommand(
            id=command_id,
            case_id=alive[0].case_id if alive else _next_case_id(wanted, recipient, earlier),
            kind=CommandKind.APPLY,
            actor=actor,
            content={"case": about, "application": application},
            task_id=_invitation(session, wanted, recipient.identity),
            choice="submit",
        ),
    )
    if alive:
        stored.state, stored.reason = CommandState.REFUSED, Code.DUPLICATE_APPLICATION
        stored.details = {"case": alive[0].case_id}
        session.add(stored)
    return stored


def store_answer(session: Session, answer: NewCommand) -> CommandRow:
    """Stores the answer to a task (``case_id`` is filled in here). Raises ``RefusedError``."""
    task = session.get(TaskRow, answer.task_id)
    if task is None or not task.case_id:
        raise RefusedError(Code.UNKNOWN_TASK, task=answer.task_id)
    definition = TASKS[TaskKind(task.kind)]
    if answer.choice not in definition.choices:
        raise RefusedError(Code.UNKNOWN_CHOICE, choice=answer.choice, choices=sorted(definition.choices))
    content = checked(definition.choices[answer.choice].content, answer.content)
    if answer.actor.in_place_of:
        need_deputy(session, answer.actor, Role(task.owner), legal_today(session))
    return store(session, replace(answer, case_id=task.case_id, content=content))


def store_start(session: Session, start: NewCommand) -> CommandRow:
    """Stores something a person starts; ``choice`` names it. Raises ``RefusedError``."""
    case = require_case(session, start.case_id)
    if start.choice not in START_CONTENT:
        raise RefusedError(Code.UNKNOWN_CHOICE, choice=start.choice, choices=sorted(START_CONTENT))
    content = checked(START_CONTENT[start.choice], start.content)
    if start.choice == "hand_over":
        content["email"] = same_body(session, case.recipient, str(content["email"]))
    kind = CommandKind.MOVE if start.choice == "move" else CommandKind.START
    return store(session, replace(start, kind=kind, content=content))


def store_evidence(session: Session, digest: str, entries: list[BankEntry], actor: Actor) -> Evidence:
    """Stores lines of bank evidence, each once; a line that belongs to no case waits for a person."""
    rows: list[CommandRow] = []
    unmatched: list[str] = []
    repeated = 0
    for number, entry in enumerate(entries):
        if _known_line(session, entry):
            repeated += 1
            continue
        case_id = _case_of_reference(session, entry.reference)
        if case_id:
            bank = Actor(kind=ActorKind.BANK, id=actor.id, simulated=actor.simulated)
            command = NewCommand(
                id=f"bank-{digest[:24]}-{number}",
                case_id=case_id,
                kind=CommandKind.BANK,
                actor=bank,
                content=entry.model_dump(mode="json"),
            )
            rows.append(store(session, command))
        else:
            unmatched.append(entry.reference)
        command_id = rows[-1].id if case_id else None
        session.add(BankLine(file_sha256=digest, line_no=number, command_id=command_id, **entry.model_dump()))
        session.flush()
    return Evidence(tuple(rows), repeated, tuple(unmatched))


def same_body(session: Session, recipient: str, email: str) -> str:
    """An address as it will be written to. Raises ``RefusedError`` unless its domain is one that is on file.

    So nobody who holds a link can lead a task out of the municipality.
    """
    address = normal_address(email)
    domains = {one.email.rpartition("@")[2].lower() for one in contacts(session, recipient, legal_today(session))}
    if address.rpartition("@")[2].lower() not in domains:
        raise RefusedError(Code.BAD_CONTENT, field="email", domains=sorted(domains))
    return address


def require_case(session: Session, case_id: str) -> Case:
    """A case. Raises ``RefusedError`` (``unknown_case``)."""
    case = session.get(Case, case_id)
    if case is None:
        raise RefusedError(Code.UNKNOWN_CASE, case=case_id)
    return case


def checked(model: type[Content], content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as its form wants it. Raises ``RefusedError`` (``bad_content``) naming the fields."""
    try:
        return model.model_validate(dict(content)).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in e["loc"]) or str(e["msg"]) for e in error.errors()})
        raise RefusedError(Code.BAD_CONTENT, field=", ".join(fields)) from None


def _eligible(session: Session, directory: Directory, wanted: Wanted) -> Recipient:
    rules = directory.line(wanted.line, wanted.year).rules()
    recipient = directory.find(wanted.recipient_key, legal_today(session))
    listed = not rules.eligible_keys or recipient.key in rules.eligible_keys
    if recipient.kind not in rules.eligible_kinds or not listed:
        raise RefusedError(Code.UNKNOWN_RECIPIENT, key=wanted.recipient_key, similar="")
    if wanted.content.requested_cents > rules.ceiling_cents:
        raise RefusedError(Code.OVER_CEILING, ceiling_cents=rules.ceiling_cents)
    if not contacts(session, recipient.identity, legal_today(session)):
        raise RefusedError(Code.NO_CONTACT, key=recipient.key)
    return recipient


def _next_case_id(wanted: Wanted, recipient: Recipient, earlier: list[CommandRow]) -> str:
    """``wir-fm-2018-06631``; a later application after a refusal or withdrawal gets ``-2``."""
    cases = {row.case_id for row in earlier}
    return case_id_of(wanted.line, wanted.year, recipient.key, len(cases) + 1)


def _applications(session: Session, wanted: Wanted, recipient: str) -> list[CommandRow]:
    rows = session.exec(
        select(CommandRow)
        .where(
            CommandRow.kind == CommandKind.APPLY,
            col(CommandRow.case_id).startswith(f"wir-{wanted.line}-{wanted.year}-"),
        )
        .order_by(col(CommandRow.stored_at))
    )
    return [row for row in rows if row.content["case"]["recipient"] == recipient]


def _leaves_room(session: Session, case_id: str) -> bool:
    """Whether an earlier case leaves room for another application: refused, withdrawn or waived."""
    case = session.get(Case, case_id)
    return case is not None and case.stage in ENDED and case.stage != "closed"


def _invitation(session: Session, wanted: Wanted, recipient: str) -> str:
    """The recipient's open invitation to this round, whatever key it was invited under; or ""."""
    query = select(TaskRow.id).where(
        TaskRow.round_id == round_id(wanted.line, wanted.year),
        TaskRow.recipient == recipient,
        TaskRow.state == "open",
    )
    return session.exec(query).first() or ""


def _known_line(session: Session, entry: BankEntry) -> bool:
    """The same evidence before, in this or another file."""
    count = session.exec(
        select(func.count())
        .select_from(BankLine)
        .where(
            BankLine.reference == entry.reference,
            BankLine.status == entry.status,
            BankLine.amount_cents == entry.amount_cents,
            BankLine.value_date == entry.value_date,
        )
    ).one()
    return count > 0


def _case_of_reference(session: Session, reference: str) -> str:
    order = session.get(Order, reference)
    if order is not None:
        return order.case_id
    claim = session.exec(select(TaskRow.case_id).where(TaskRow.kind == "repay", TaskRow.subject == reference)).first()
    return claim or ""
