"""A mail of ours that came back although its server had taken it: the same consequences as a refusal at the door.

The address is passed over from now on, the case gets to know (an officer's task), and a mail that asks for
something goes to the recipient's next contact at once. A notice does not: who is to be served is decided by people.
"""

import re
from datetime import datetime
from typing import Final, Protocol

from sqlmodel import Session

from models.commands import CommandKind
from models.deadlines import legal_day
from models.mail.inbound import ParsedMail
from models.mail.orders import About, MailOrder, Template
from models.stages import ENDED
from models.tables import Case, CommandRow, Contact, InboundMail, Outbox, Round, TaskRow
from models.tasks import TaskState
from record.cases.commands import SYSTEM, NewCommand, store
from record.database.clock import legal_now
from record.people import first_contact, mark_bounced

_ADDRESS: Final = re.compile(r"<?[^\s<>@]+@[^\s<>]+>?")

OURS: Final = frozenset({"bounce_permanent", "bounce_temporary"})


class Correspondence(Protocol):
    """Turns an order for a letter into a finished mail in the outbox."""

    def write(
        self, session: Session, about: About, order: MailOrder, key: str, at: datetime, *, to: Contact | None = None
    ) -> None:
        """One finished mail to a contact of a recipient."""
        ...


def note_bounce(
    session: Session, correspondence: Correspondence, row: InboundMail, mail: ParsedMail, reason: str
) -> None:
    """What follows from a mail server's report that it gave a mail of ours up. Twice is once."""
    sent = session.get(Outbox, row.outbox_id) if reason in OURS and row.outbox_id else None
    if sent is None or mail.bounce is None:
        return
    row.contact_id = sent.contact_id
    now = legal_now(session)
    if reason == "bounce_permanent" and sent.contact_id is not None:
        contact = session.get_one(Contact, sent.contact_id)
        if contact.bounced_at is None:
            mark_bounced(session, sent.contact_id, now)
            _move_on(session, correspondence, sent, now)
    if sent.case_id:
        row.command_id = _tell(session, sent, mail.bounce.diagnostic or mail.bounce.status).id


def _tell(session: Session, sent: Outbox, reply: str) -> CommandRow:
    """The command that a refusal at the door would have been; if there was one, that one."""
    command_id = f"mail-{sent.id}"
    known = session.get(CommandRow, command_id)
    if known is not None:
        return known
    content = {
        "case_id": sent.case_id,
        "notice_id": sent.notice_id or "",
        "task_id": sent.task_id,
        "template": sent.template,
        "outbox_id": sent.id,
        "reply": _ADDRESS.sub("<…>", reply)[:500],
    }
    wish = NewCommand(id=command_id, case_id=sent.case_id, kind=CommandKind.MAIL_FAILED, actor=SYSTEM, content=content)
    return store(session, wish)


def _move_on(session: Session, correspondence: Correspondence, sent: Outbox, now: datetime) -> None:
    """The task's mail to the next contact, with a link of its own; if there is a next one and it still matters."""
    task = session.get(TaskRow, sent.task_id) if sent.task_id else None
    nxt = first_contact(session, sent.recipient, legal_day(now))
    if task is None or task.state != TaskState.OPEN or sent.notice_id or nxt is None:
        return
    about = _about(session, task)
    if about is not None:
        order = MailOrder(template=Template(sent.template), to="clerk", task_id=task.id)
        correspondence.write(session, about, order, f"moved:{sent.id}", now, to=nxt)


def _about(session: Session, task: TaskRow) -> About | None:
    case = session.get(Case, task.case_id) if task.case_id else None
    if case is not None:
        gone = case.stage in ENDED
        mine = About(id=case.id, line=case.line, year=case.year, recipient=case.recipient, case_id=case.id)
        return None if gone else mine
    found = session.get(Round, task.round_id) if task.round_id else None
    if found is None:
        return None
    return About(id=found.id, line=found.line, year=found.year, recipient=task.recipient)
