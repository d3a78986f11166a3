"""From an order for a letter to a finished mail in the outbox: address, links, words, bytes.

Tokens exist in clear only in the mail's bytes; the record keeps their SHA-256. Each mail has links of its own.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import inspect
from sqlmodel import Session, col, select

from activities.letters.mail_slots import slot_for
from activities.letters.mime import envelope_address
from activities.letters.notices import NoticeData
from activities.letters.rendering import FinishedMail, LetterData, Letters
from models.deadlines import Deadline, legal_day
from models.mail.hours import MailHours
from models.mail.orders import About, MailOrder, NoticeKind, Template
from models.mail.reply import KEY_LENGTH, KEY_LETTERS, bounce_address, reply_address
from models.programme import Court, FundingLine, Recipient, Rules
from models.tables import Case, Contact, MailThread, Notice, Officer, Outbox, TaskRow, TaskToken
from record.cases.commands import new_id
from record.cases.papers import Announced, Fresh
from record.database.clock import installation
from record.database.words import PLAIN
from record.people import contacts, first_contact, is_valid
from templates import catalogue
from workflows.procedure.plan import NoticeDraft


class Directory(Protocol):
    """Programme data as letters need it."""

    def line(self, code: str, year: int) -> FundingLine:
        """A funding line of a year."""
        ...

    def recipient(self, identity: str, on: date) -> Recipient:
        """A recipient as it is called on a day."""
        ...

    def court(self, recipient: Recipient) -> Court:
        """The court at its seat."""
        ...


@dataclass(frozen=True)
class Post:
    """How mail leaves this installation: public address of the portal, sender, replies, and hours.

    ``plus``: the sender's mailbox takes sub-addresses (``wir+…@``); without them a reply is found by its headers.
    ``hours``: when mail leaves that can wait, one a person and day; none: at once, as many as there are.
    """

    public_url: str
    sender: str
    plus: bool = True
    hours: MailHours | None = None
    phone: str = ""  # under which clerks reach the authority; without one no text asks for a call
    desk: str = ""  # address of the officers' desk, without a slash at the end; without one mails name no page of it

    def addresses(self, key: str) -> tuple[str, str]:
        """Reply-To and envelope sender of the mail with this key, domain in ASCII."""
        mailbox = envelope_address(self.sender)
        return (reply_address(mailbox, key), bounce_address(mailbox, key)) if self.plus else (mailbox, mailbox)


class Correspondence:
    """Writes mails into the outbox and the texts of notices."""

    def __init__(self, letters: Letters, directory: Directory, post: Post) -> None:
        self._letters, self._directory, self._post = letters, directory, post

    def notice(self, session: Session, case: Case, draft: NoticeDraft, at: datetime) -> tuple[str, str]:
        """The text of a letter with legal effect and its SHA-256."""
        signer = session.get_one(Officer, draft.signed_by)
        text = self._letters.notice(self._notice(session, case, draft, at, signer))
        return text.body, text.sha256

    def preview(self, session: Session, case: Case, draft: NoticeDraft, at: datetime, signer: Officer | None) -> str:
        """The text of a letter before it is signed: as this person would sign it at ``at``.

        With nobody, day and name of the signature stand there as what they will be. Nothing is written.
        """
        return self._letters.notice(self._notice(session, case, draft, at, signer)).body

    def _notice(
        self, session: Session, case: Case, draft: NoticeDraft, at: datetime, signer: Officer | None
    ) -> NoticeData:
        today = legal_day(at)
        line, recipient = self._directory.line(case.line, case.year), self._directory.recipient(case.recipient, today)
        return NoticeData(
            kind=NoticeKind(draft.kind),
            notice_id=draft.id,
            case_id=case.id,
            file_number=case.file_number or "",
            budget_items=_budget_items(line),
            line_title=line.name.de,
            year=case.year,
            authority=line.authority,
            recipient_name=recipient.name,
            recipient_kind=recipient.kind,
            signed_on=today if signer else None,
            signer_name=signer.name if signer else None,
            signer_function=catalogue("de")["role"]["co_signer"],
            contact=self._post.sender,
            phone=self._post.phone,
            court=self._directory.court(recipient),
            rules=Rules.model_validate(case.rules),
            facts=_award(session, case.id) | draft.facts,
            simulated=signer.simulated if signer else installation(session).mode == "embedded",
        )

    def announced(self, session: Session, case: Case, order: MailOrder, at: datetime, fresh: Fresh) -> Announced:
        """A mail that would go out. Nothing is written; no link is made, and none stands in the text.

        A mail about a task that is opened by the same step goes to the contact that is first in line.
        """
        today = legal_day(at)
        contact = _taken_over(session, order.task_id, today) or _contact(session, case.recipient, today)
        task = session.get(TaskRow, order.task_id) if order.task_id else None
        paper = fresh.paper
        brief = dict(task.brief) if task else dict(paper.brief) if paper else {}
        due = paper.rule.end if paper and paper.rule else _last_day(task)
        notice = session.get(Notice, order.notice_id) if order.notice_id else None
        known = fresh.notified_on or (notice.notified_on if notice else None)
        about = About(id=case.id, line=case.line, year=case.year, recipient=case.recipient, case_id=case.id)
        data = self._content(session, about, order, contact, at).model_copy(
            update={
                "task_link": f"{self._post.public_url}/t/…" if order.task_id else None,
                "case_link": f"{self._post.public_url}/c/…",
                "due": due,
                "facts": _facts(brief, known, order, at),
                "notice_id": order.notice_id or "",
                "notice_body": fresh.letter or (notice.body if notice else ""),
            }
        )
        return Announced(contact.function or contact.name, *self._letters.preview(data))

    def mail(
        self, session: Session, case: Case, order: MailOrder, key: str, at: datetime, *, to: Contact | None = None
    ) -> None:
        """One finished mail of a case to its recipient."""
        about = About(id=case.id, line=case.line, year=case.year, recipient=case.recipient, case_id=case.id)
        self.write(session, about, order, key, at, to=to)

    def write(
        self, session: Session, about: About, order: MailOrder, key: str, at: datetime, *, to: Contact | None = None
    ) -> None:
        """One finished mail to a contact of a recipient, by default the one that is first in line.

        Raises ``LookupError`` when there is none.
        """
        today = legal_day(at)
        contact = to or _taken_over(session, order.task_id, today) or _contact(session, about.recipient, today)
        thread = _new_key()
        reply_to, bounces = self._post.addresses(thread)
        data = self._letter(session, about, order, contact, key, at).model_copy(update={"reply_to": reply_to})
        row = _outbox(self._letters.write(data), key, order, at, sender=bounces, slot=data.date)
        row.case_id, row.recipient, row.contact_id = about.case_id, about.recipient, contact.id
        session.add(row)
        session.add(_thread(row, thread))
        session.flush()

    def _letter(
        self, session: Session, about: About, order: MailOrder, contact: Contact, key: str, at: datetime
    ) -> LetterData:
        """All that the letter may say, dated when it may leave, with links made for it alone."""
        task = session.get(TaskRow, order.task_id) if order.task_id else None
        notice = session.get(Notice, order.notice_id) if order.notice_id else None
        # Before the links are written: whoever waits at the contact's row holds no new row of its own meanwhile.
        slot = slot_for(session, self._post.hours, order.template, contact.email, at, _last_day(task))
        notified_on = notice.notified_on if notice else None
        return self._content(session, about, order, contact, slot).model_copy(
            update={
                "dedupe_key": key,
                "task_link": self._link(session, about, contact, task.id, at) if task else None,
                "case_link": self._link(session, about, contact, "", at) if about.case_id else None,
                "due": _last_day(task),
                "facts": _facts(dict(task.brief) if task else {}, notified_on, order, at),
                "notice_id": notice.id if notice else "",
                "notice_body": notice.body if notice else "",
                "in_reply_to": _first_message(session, about.case_id),
            }
        )

    def _content(
        self, session: Session, about: About, order: MailOrder, contact: Contact, date_at: datetime
    ) -> LetterData:
        """What a letter says of its line, its recipient and its reader, whatever task or notice it is about."""
        line = self._directory.line(about.line, about.year)
        recipient = self._directory.recipient(about.recipient, legal_day(date_at))
        return LetterData(
            template=order.template,
            dedupe_key="",
            case_id=about.id,
            line_title=line.name.de,
            year=about.year,
            authority=line.authority,
            recipient_name=recipient.name,
            recipient_key=recipient.key,
            contact_name=contact.name,
            contact_function=contact.function,
            to_address=contact.email,
            rules=_rules(session, about, line),
            sender=self._post.sender,
            phone=self._post.phone,
            date=date_at,
            simulated=contact.simulated,
        )

    def to_officer(self, session: Session, officer: Officer, order: MailOrder, key: str, at: datetime) -> None:
        """One finished mail to a person of the authority."""
        slot = slot_for(session, self._post.hours, order.template, officer.email, at)
        data = LetterData(
            template=order.template,
            dedupe_key=key,
            contact_name=officer.name,
            to_address=officer.email,
            facts=self._at_the_desk(session, order.facts),
            sender=self._post.sender,
            phone=self._post.phone,
            date=slot,
            simulated=officer.simulated,
        )
        sender = envelope_address(self._post.sender)
        session.add(_outbox(self._letters.write(data), key, order, at, sender=sender, slot=slot))

    def _at_the_desk(self, session: Session, facts: dict[str, Any]) -> dict[str, Any]:
        """The facts with the name of each task's municipality, and the task's page."""
        if "tasks" not in facts:
            return facts
        return {**facts, "tasks": [self._digest_task(session, task) for task in facts["tasks"]]}

    def _digest_task(self, session: Session, task: dict[str, Any]) -> dict[str, Any]:
        case = session.get_one(Case, task["case"])
        name = self._directory.recipient(case.recipient, legal_day(case.opened_at)).name
        return {**task, "recipient": name, "link": f"{self._post.desk}/aufgabe/{task['id']}" if self._post.desk else ""}

    def to_stranger(self, session: Session, address: str, order: MailOrder, key: str, at: datetime) -> None:
        """One finished mail to somebody who is not on file: no name, no link, nothing of any case."""
        data = LetterData(
            template=order.template,
            dedupe_key=key,
            to_address=address,
            facts=order.facts,
            sender=self._post.sender,
            phone=self._post.phone,
            reply_to=self._post.sender,
            date=at,
        )
        session.add(_outbox(self._letters.write(data), key, order, at, sender=envelope_address(self._post.sender)))
        session.flush()

    def _link(self, session: Session, about: About, contact: Contact, task_id: str, at: datetime) -> str:
        token = secrets.token_urlsafe(32)
        session.add(
            TaskToken(
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                task_id=task_id,
                case_id=about.case_id,
                recipient=about.recipient,
                contact_id=contact.id,
                purpose="task" if task_id else "case",
                issued_at=at,
            )
        )
        return f"{self._post.public_url}/{'t' if task_id else 'c'}/{token}"


def _rules(session: Session, about: About, line: FundingLine) -> Rules:
    """The rules pinned to the case; before there is one, the line's."""
    case = session.get(Case, about.case_id) if about.case_id else None
    return Rules.model_validate(case.rules) if case else line.rules()


def _budget_items(line: FundingLine) -> dict[int, str]:
    """Chapter and item of each budget year that has them: ``Kapitel 08 05, Titel 684 01``."""
    items = {year: line.budget_item(year) for year in line.budget_items}
    return {year: f"Kapitel {item.chapter}, Titel {item.title}" for year, item in items.items() if item}


def _award(session: Session, case_id: str) -> dict[str, Any]:
    """Number and day of the award that a later notice changes or revokes."""
    query = select(Notice).where(Notice.case_id == case_id, Notice.kind == NoticeKind.AWARD)
    award = session.exec(query.order_by(col(Notice.signed_at).desc())).first()
    return {} if award is None else {"award_id": award.id, "award_signed_on": legal_day(award.signed_at)}


def _contact(session: Session, recipient: str, today: date) -> Contact:
    """Whom to write to; if every address has bounced, the first one again, so that an officer hears of it."""
    found = first_contact(session, recipient, today) or next(iter(contacts(session, recipient)), None)
    if found is None:
        raise LookupError(f"recipient {recipient} has no contact to write to")
    return found


def _taken_over(session: Session, task_id: str, today: date) -> Contact | None:
    """Who has taken an open task over: then its earlier links have died, and its newest one is a colleague's."""
    if not task_id:
        return None
    query = select(TaskToken).where(TaskToken.task_id == task_id).order_by(col(TaskToken.issued_at).desc())
    tokens = session.exec(query).all()
    live = next((token for token in tokens if token.revoked_at is None), None)
    if live is None or live.contact_id is None or len(tokens) == sum(t.revoked_at is None for t in tokens):
        return None
    found = session.get_one(Contact, live.contact_id)
    return found if is_valid(found, today) and found.bounced_at is None else None


def _last_day(task: TaskRow | None) -> date | None:
    if task is None:
        return None
    return Deadline.model_validate(task.due_rule).end if task.due_rule else legal_day(task.due_at)


def _facts(brief: dict[str, Any], notified_on: date | None, order: MailOrder, at: datetime) -> dict[str, Any]:
    """What the task's paper holds, what the order adds, and the receipt's time."""
    facts = brief | order.facts
    if order.template in {Template.RECEIPT, Template.APPLICATION_RECEIPT}:
        facts.setdefault("received_at", at)
    if notified_on is not None:
        facts.setdefault("notified_on", notified_on)
    return facts


def _first_message(session: Session, case_id: str) -> str | None:
    """The Message-ID that all mails of a case are threaded under."""
    if not case_id:
        return None
    first = select(Outbox.message_id).where(Outbox.case_id == case_id).order_by(col(Outbox.queued_at), col(Outbox.id))
    return session.exec(first).first()


def _new_key() -> str:
    """A key of a reply address: random, of letters that survive mail systems that change case."""
    return "".join(secrets.choice(KEY_LETTERS) for _ in range(KEY_LENGTH))


def _thread(row: Outbox, key: str) -> MailThread:
    return MailThread(
        key=key,
        outbox_id=row.id,
        case_id=row.case_id,
        task_id=row.task_id,
        recipient=row.recipient,
        contact_id=row.contact_id,
        issued_at=row.queued_at,
    )


def _outbox(
    mail: FinishedMail, key: str, order: MailOrder, at: datetime, *, sender: str, slot: datetime | None = None
) -> Outbox:
    """``slot``: legal time from which it may leave; later than ``at`` it is held until then."""
    row = Outbox(
        id=new_id(),
        dedupe_key=key,
        message_id=mail.message_id,
        task_id=order.task_id,
        notice_id=order.notice_id or None,
        template=order.template,
        sender=sender,
        to=mail.to,
        subject=mail.subject,
        mime=mail.mime,
        sha256=mail.sha256,
        queued_at=at,
        next_try_at=slot or at,
    )
    inspect(row).info[PLAIN] = mail.text
    return row
