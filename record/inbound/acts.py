"""What follows from a mail that came in, in one transaction with its kind: a draft, a command, an absence, a letter.

Nothing here answers a task by itself, but for plain hand-ins of documents where a programme's rules say so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlmodel import Session

from models.mail.inbound import Correlation, MailKind, ParsedMail, Sorted
from models.mail.orders import About, MailOrder, Template, WhyRefused
from models.tables import Absence, Case, Contact, InboundMail, Round, TaskRow
from models.tasks import TaskKind
from record.database.clock import legal_now
from record.inbound import mails as inbound
from record.inbound.answers import FREE_TEXT, Fit, Prepared, Words, hand_in, open_for, prepare
from record.inbound.guard import key_of, may_write
from record.inbound.undelivered import note_bounce

EXPLAINED: Final = {
    "no_correlation": WhyRefused.NO_TASK,
    "not_unique": WhyRefused.NO_TASK,
    "no_task": WhyRefused.NO_TASK,
    "task_closed": WhyRefused.TASK_CLOSED,
    "needs_form": WhyRefused.NEEDS_FORM,
    "other_person": WhyRefused.OTHER_PERSON,
    "not_verified": WhyRefused.NOT_VERIFIED,
    "encrypted": WhyRefused.NOT_UNDERSTOOD,
    "unreadable": WhyRefused.NOT_UNDERSTOOD,
    "nothing_in_it": WhyRefused.NOT_UNDERSTOOD,
    "forwarded": WhyRefused.NOT_UNDERSTOOD,
}
"""Reasons of triage that are told to the sender, once. All others are for officers' eyes only."""


MOST_WAITING: Final = 5
"""Mails of one sender in one matter that wait for an officer at a time; further ones are kept and stand in the case."""

MOST_TEXT: Final = 200_000
"""Characters that are kept beside the raw bytes, for people to read."""


class Correspondence(Protocol):
    """Turns orders for letters into finished mails in the outbox."""

    def write(
        self, session: Session, about: About, order: MailOrder, key: str, at: datetime, *, to: Contact | None = None
    ) -> None:
        """One finished mail to a contact of a recipient."""
        ...

    def to_stranger(self, session: Session, address: str, order: MailOrder, key: str, at: datetime) -> None:
        """One finished mail to somebody who is not on file, with nothing of any case."""
        ...


@dataclass(frozen=True)
class Read:
    """A mail as it was read and sorted, with its files as far as they were taken into the store."""

    mail: ParsedMail
    found: Correlation
    sorted: Sorted
    words: Words


class Consequences:
    """What follows. ``own``: whether an address is our own mailbox; ``fit``: the limits of an answer's files."""

    def __init__(self, correspondence: Correspondence, own: Callable[[str], bool], fit: Fit) -> None:
        self._correspondence, self._own, self._fit = correspondence, own, fit

    def follow(self, session: Session, row: InboundMail, read: Read) -> None:
        """Gives the mail its kind and does what follows from it."""
        _fill(row, read)
        final = self._final(session, row, read)
        row.kind, row.reason = final.kind, final.reason
        session.add(row)
        session.flush()

    def prepare_for(self, session: Session, row: InboundMail, task: TaskRow, words: Words, sender: str) -> Prepared:
        """An officer makes a mail the prepared answer to a task; the letter goes to an address on file.

        That of the sender where it is one of this recipient, else that of the contact first in line.
        """
        found = [one for one in inbound.Names(session).contacts(sender) if one.recipient == task.recipient]
        contact = session.get(Contact, found[0].contact_id) if found else None
        prepared = prepare(session, task, words, row.id, self._fit)
        self._announce(session, task, prepared, contact, f"prepared:{row.id}")  # a person's doing: the guard counts not
        return prepared

    # ------------------------------------------------------------------------------------------

    def _final(self, session: Session, row: InboundMail, read: Read) -> Sorted:
        before = inbound.earlier(session, row)
        if before is not None:
            return _again(row, before)
        ours = inbound.feedback(session, row)
        if ours is not None:  # a person wrote it, though a robot carried it
            # Whoever filled the form in can work out the id; only the same words are proof that the mail is ours.
            row.facts = {**row.facts, "verified": inbound.body_of(row.raw) == inbound.body_of(ours.mime)}
            return Sorted(kind=MailKind.TRIAGE, reason="feedback")
        match read.sorted.kind:
            case MailKind.BOUNCE:
                note_bounce(session, self._correspondence, row, read.mail, read.sorted.reason)
            case MailKind.AUTO:
                _absent(session, row, read)
            case MailKind.ANSWER if inbound.said_before(session, row):
                return Sorted(kind=MailKind.NOTE, reason="repeat")
            case MailKind.ANSWER:
                return self._answer(session, row, read)
            case MailKind.TRIAGE if read.found.by != "none" and inbound.said_before(session, row):
                return Sorted(kind=MailKind.NOTE, reason="repeat")
            case MailKind.TRIAGE:
                self._explain(session, row, read, read.sorted.reason)
            case _:
                pass  # a note is kept
        return read.sorted

    def _answer(self, session: Session, row: InboundMail, read: Read) -> Sorted:
        task = open_for(session, row.task_id)
        if task is None or TaskKind(task.kind) not in FREE_TEXT:
            reason = "needs_form" if task else "task_closed" if row.task_id else "no_task"
            self._explain(session, row, read, reason)
            return Sorted(kind=MailKind.TRIAGE, reason=reason)
        contact = session.get_one(Contact, read.found.contact_id)
        if read.found.by == "address" and read.mail.authentication.dmarc == "pass":
            command = hand_in(session, task, row, read.words, contact)
            if command is not None:
                row.command_id = command.id
                return Sorted(kind=MailKind.ANSWER, reason="handed_in")
        now = legal_now(session)
        if may_write(session, contact.email, task.case_id, task.id, now):
            prepared = prepare(session, task, read.words, row.id, self._fit)
            self._announce(session, task, prepared, contact, key_of(task.case_id, task.id, row.id))
            return read.sorted
        if inbound.waiting_of(session, row) >= MOST_WAITING:
            return Sorted(kind=MailKind.NOTE, reason="flood")
        return Sorted(kind=MailKind.TRIAGE, reason="guarded")

    def _announce(self, session: Session, task: TaskRow, prepared: Prepared, contact: Contact | None, key: str) -> None:
        facts = {"kind": task.kind, "items": list(prepared.left_out), "ready": prepared.ready}
        order = MailOrder(template=Template.REPLY_PREPARED, to="clerk", task_id=task.id, facts=facts)
        matter = about(session, task)
        if matter is None:
            raise LookupError(f"{task.id} belongs to no case and no round")
        self._correspondence.write(session, matter, order, key, legal_now(session), to=contact)

    def _explain(self, session: Session, row: InboundMail, read: Read, reason: str) -> None:
        """One explanation, if it may be written at all: never to a robot, to ourselves, or to whom nothing proves."""
        why, found, sender = EXPLAINED.get(reason), read.found, read.mail.sender
        if why is None or not sender or self._own(sender):
            return
        proved = found.by == "address" or read.mail.authentication.verified
        now = legal_now(session)
        if not (found.registered or proved) or not may_write(session, sender, row.case_id, row.task_id, now):
            return
        key = key_of(row.case_id, row.task_id, row.id)
        task = open_for(session, row.task_id) if why is WhyRefused.NEEDS_FORM else None
        order = MailOrder(
            template=Template.REPLY_REFUSED, to="clerk", task_id=task.id if task else "", facts={"why": why}
        )
        matter = about(session, task or session.get(TaskRow, row.task_id), row.case_id) if found.unique else None
        if found.registered and found.contact_id is not None and matter is not None:
            contact = session.get_one(Contact, found.contact_id)
            self._correspondence.write(session, matter, order, key, now, to=contact)
        else:
            self._correspondence.to_stranger(session, sender, order.model_copy(update={"task_id": ""}), key, now)


def about(session: Session, task: TaskRow | None, case_id: str = "") -> About | None:
    """The case, or the round, that a task or a case number belongs to."""
    case = session.get(Case, (task.case_id if task else "") or case_id)
    if case is not None:
        return About(id=case.id, line=case.line, year=case.year, recipient=case.recipient, case_id=case.id)
    found = session.get(Round, task.round_id) if task and task.round_id else None
    if task is None or found is None:
        return None
    return About(id=found.id, line=found.line, year=found.year, recipient=task.recipient)


def _fill(row: InboundMail, read: Read) -> None:
    mail, found = read.mail, read.found
    row.message_id = inbound.identity(mail, row.raw)
    row.sender, row.subject, row.text = mail.sender[:320], mail.subject[:500], (mail.new_text or mail.text)[:MOST_TEXT]
    if found.unique:
        row.case_id, row.task_id, row.outbox_id = found.case_id, found.task_id, found.outbox_id
        row.contact_id = found.contact_id
    row.facts = {
        **row.facts,
        "by": found.by,
        "registered": found.registered,
        "verified": mail.authentication.verified,
        "recipient": found.recipient if found.unique else "",
        "files": inbound.listed(mail.attachments),
        "left_out": list(read.words.left_out),
    }


def _again(row: InboundMail, before: InboundMail) -> Sorted:
    """The same mail by another way has no effect of its own; other words under its name are looked at by a person."""
    if inbound.body_of(row.raw) == inbound.body_of(before.raw):
        return Sorted(kind=MailKind.NOTE, reason="repeat")
    return Sorted(kind=MailKind.TRIAGE, reason="repeat_differs")


def _absent(session: Session, row: InboundMail, read: Read) -> None:
    if row.contact_id is not None:
        until = read.mail.absent_until
        session.add(Absence(contact_id=row.contact_id, inbound_id=row.id, noted_at=row.received_at, until=until))
