"""What is written beside a step, in its transaction: tasks, links, notices, mails, orders, money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from sqlalchemy import update
from sqlmodel import Session, col

from models.case import CaseState, OpenTask
from models.commands import CommandKind
from models.content.answers import Colleague, Declaration, read_back
from models.deadlines import legal_day
from models.mail.orders import MailOrder
from models.programme import FundingLine, Recipient
from models.tables import (
    BankDetails,
    Budget,
    Case,
    CommandRow,
    Contact,
    LedgerRow,
    Notice,
    Officer,
    Order,
    TaskRow,
    TaskToken,
)
from record.cases import drafts
from record.cases.rule_facts import current_bank_details
from record.cases.waitlist import ends_promise, hold, offer, place
from record.people import add_contact, contacts
from workflows.lifecycle import GRANT
from workflows.procedure.plan import Decision, NoticeDraft, OrderDraft, TaskPaper


class Announced(NamedTuple):
    """What a mail would say: the function it goes to, its subject, and its text without any link."""

    function: str
    subject: str
    text: str


@dataclass(frozen=True)
class Fresh:
    """What a step adds that a mail of it is about.

    ``paper``: of its task, where the step opens or postpones it; ``notified_on`` and ``letter`` (the text): of its
    notice, where the step signs it.
    """

    paper: TaskPaper | None = None
    notified_on: date | None = None
    letter: str = ""


@dataclass(frozen=True)
class ForeseenMail:
    """A mail that would go out: its order, and what it would say."""

    order: MailOrder
    function: str
    subject: str
    text: str


class Correspondence(Protocol):
    """Turns orders for letters into finished mails in the outbox; templates and addresses stand behind it."""

    def notice(self, session: Session, case: Case, draft: NoticeDraft, at: datetime) -> tuple[str, str]:
        """The text of a letter with legal effect and its SHA-256."""
        ...

    def preview(self, session: Session, case: Case, draft: NoticeDraft, at: datetime, signer: Officer | None) -> str:
        """The text of a letter before it is signed, as this person would sign it; nothing is written."""
        ...

    def announced(
        self,
        session: Session,
        case: Case,
        order: MailOrder,
        at: datetime,
        fresh: Fresh,
    ) -> Announced:
        """What a mail would say; nothing is written. ``fresh``: what the step itself adds."""
        ...

    def mail(
        self, session: Session, case: Case, order: MailOrder, key: str, at: datetime, *, to: Contact | None = None
    ) -> None:
        """Writes one finished mail into the outbox, with links of its own; to this contact, if one is named."""
        ...


class Directory(Protocol):
    """Funding lines and recipients as data."""

    def line(self, code: str, year: int) -> FundingLine:
        """The funding line of a year. Raises ``RefusedError``."""
        ...

    def recipient(self, identity: str, on: date) -> Recipient:
        """A recipient under the key and name of that day. Raises ``RefusedError``."""
        ...


class Papers:
    """Writes a decision's papers into the session of its step."""

    def __init__(self, correspondence: Correspondence, directory: Directory) -> None:
        self._correspondence, self._directory = correspondence, directory

    def new_case(self, session: Session, row: CommandRow, at: datetime) -> Case:
        """The case's row, not stored yet; its rules are pinned here and never change."""
        about = row.content["case"]
        line = self._directory.line(about["line"], about["year"])
        return Case(
            id=row.case_id,
            line=about["line"],
            year=about["year"],
            recipient=about["recipient"],
            recipient_key=about["recipient_key"],
            stage="formal_check",
            offset_seconds=about["offset_seconds"],
            rules=line.rules().model_dump(mode="json"),
            opened_at=at,
        )

    def preview(self, session: Session, case: Case, draft: NoticeDraft, at: datetime, signer: Officer | None) -> str:
        """The text of a letter before it is signed; with nobody to sign, day and name stand as what they will be."""
        return self._correspondence.preview(session, case, draft, at, signer)

    def announced(
        self, session: Session, case: Case, decision: Decision, at: datetime, letters: Mapping[str, str]
    ) -> tuple[ForeseenMail, ...]:
        """The mails that a decision would send. ``letters``: the texts of those it signs, by id."""
        found = []
        for order in decision.mails:
            signed = decision.notified is not None and decision.notified[0] == order.notice_id
            fresh = Fresh(
                paper=decision.papers.get(order.task_id),
                notified_on=decision.notified[1] if decision.notified is not None and signed else None,
                letter=letters.get(order.notice_id, ""),
            )
            found.append(ForeseenMail(order, *self._correspondence.announced(session, case, order, at, fresh)))
        return tuple(found)

    def write(self, session: Session, case: Case, after: CaseState, decision: Decision, row: CommandRow | None) -> None:
        """All papers of a step. Raises ``IntegrityError`` when the database refuses (budget, four eyes, …)."""
        self._case(session, case, after, decision)
        if decision.step.refused:
            return
        by = row.actor_id if row else "system"
        self._close_tasks(session, case, after, decision, row, by)
        for task in decision.step.opened:
            self._open_task(session, case, task, decision)
        for rescheduled in decision.step.rescheduled:
            self._reschedule(session, rescheduled, decision)
        self._bank_details(session, case, decision, row)
        self._money(session, case, decision, row)
        for draft in decision.notices:
            self._notice(session, case, decision, draft)
        self._renotify(session, decision)
        session.flush()
        colleague = self._hand_over(session, case, decision, row)
        for number, order in enumerate(decision.mails):
            key = f"{case.id}:{decision.step.no}:{number}"
            to = colleague if order.task_id and order.task_id == decision.handed_over else None
            self._correspondence.mail(session, case, order, key, decision.step.at, to=to)
        if ends_promise(session, decision):
            offer(session, case.line, decision.step.at)

    def _case(self, session: Session, case: Case, after: CaseState, decision: Decision) -> None:
        money = after.money
        case.step_no, case.stage = after.step_no, after.stage
        case.requested_cents, case.awarded_cents, case.reserved_cents = money.requested, money.awarded, money.reserved
        case.ordered_cents, case.booked_cents = money.ordered, money.booked
        case.claimed_cents, case.repaid_cents = money.claimed, money.repaid
        case.state = after.model_dump(mode="json", exclude_defaults=True)
        if decision.waiting is not None:
            case.waiting_since = place(session, case.id, decision.step.at) if decision.waiting else None
        if decision.file_number:
            case.file_number = decision.file_number
        if after.ended and case.ended_at is None:
            case.ended_at = decision.step.at
            case.live = after.stage == "closed"  # a closed grant stays the one of its year
        session.add(case)
        session.flush()

    def _close_tasks(
        self,
        session: Session,
        case: Case,
        after: CaseState,
        decision: Decision,
        row: CommandRow | None,
        by: str,
    ) -> None:
        for closed in decision.step.closed:
            task = session.get_one(TaskRow, closed.id)
            task.state, task.closed_at, task.closed_by = closed.state, decision.step.at, by
            if row is not None and row.task_id == task.id:
                task.choice, task.command_id = row.choice, row.id
            session.add(task)
            self._revoke(session, task.id, decision.step.at)
        for late in decision.step.late:
            session.execute(update(TaskRow).where(col(TaskRow.id) == late).values(late=True))
        if row is not None and row.kind == CommandKind.APPLY and row.task_id:
            invitation = session.get(TaskRow, row.task_id)
            if invitation is not None and invitation.state == "open":
                invitation.state, invitation.closed_at, invitation.closed_by = "answered", decision.step.at, by
                invitation.choice, invitation.command_id = "submit", row.id
                session.add(invitation)
                self._revoke(session, invitation.id, decision.step.at)

    def _revoke(self, session: Session, task_id: str, at: datetime) -> None:
        """What ends with a task: its links and its draft."""
        drafts.clear(session, task_id)
        session.execute(
            update(TaskToken)
            .where(col(TaskToken.task_id) == task_id, col(TaskToken.revoked_at).is_(None))
            .values(revoked_at=at)
        )

    def _open_task(self, session: Session, case: Case, task: OpenTask, decision: Decision) -> None:
        paper = decision.papers[task.id]
        session.add(
            TaskRow(
                id=task.id,
                case_id=case.id,
                recipient=case.recipient,
                kind=task.kind,
                owner=GRANT.owner(task.kind),
                subject=task.subject,
                opened_at=decision.step.at,
                due_at=task.due,
                due_rule=paper.rule.model_dump(mode="json") if paper.rule else {},
                brief=paper.brief,
            )
        )

    def _reschedule(self, session: Session, task: OpenTask, decision: Decision) -> None:
        row, paper = session.get_one(TaskRow, task.id), decision.papers[task.id]
        row.due_at, row.late = task.due, False
        row.due_rule = paper.rule.model_dump(mode="json") if paper.rule else {}
        session.add(row)

    def _hand_over(self, session: Session, case: Case, decision: Decision, row: CommandRow | None) -> Contact | None:
        """The colleague as a contact, the last in line; all links of the task so far die."""
        if not decision.handed_over or row is None:
            return None
        session.execute(
            update(TaskToken)
            .where(col(TaskToken.task_id) == decision.handed_over, col(TaskToken.revoked_at).is_(None))
            .values(revoked_at=decision.step.at)
        )
        told, today = read_back(Colleague, row.content), legal_day(decision.step.at)
        known = (one for one in contacts(session, case.recipient, today) if one.email == told.email)
        wanted = Contact(
            recipient=case.recipient,
            name=told.name,
            function=told.function,
            email=told.email,
            rank=0,
            valid_from=today,
        )
        return next(known, None) or add_contact(session, wanted, checked=True)

    def _bank_details(self, session: Session, case: Case, decision: Decision, row: CommandRow | None) -> None:
        if not decision.bank or row is None:
            return
        if decision.bank == "declared":
            told = read_back(Declaration, row.content)
            session.add(
                BankDetails(
                    case_id=case.id,
                    command_id=row.id,
                    holder=told.account_holder,
                    iban=told.iban.replace(" ", "").upper(),
                    reference=told.reference,
                )
            )
            return
        current = current_bank_details(session, case.id)
        if current is None:
            return
        match decision.bank:
            case "called_back":
                current.called_back_by = row.actor_id
            case "confirmed":
                current.confirmed_by = row.actor_id
            case _:
                current.rejected = True
        session.add(current)

    def _money(self, session: Session, case: Case, decision: Decision, row: CommandRow | None) -> None:
        if decision.reservations:
            hold(session, case.line)
        for year, cents in sorted(decision.reservations.items()):
            session.execute(
                update(Budget)
                .where(col(Budget.line) == case.line, col(Budget.budget_year) == year)
                .values(committed_cents=col(Budget.committed_cents) + cents)
            )
        for account, cents in decision.entries:
            session.add(LedgerRow(case_id=case.id, step_no=decision.step.no, account=account, cents=cents))
        drafts = {draft.id for draft in decision.orders}
        for draft in decision.orders:
            self._order(session, case, draft, decision.step.at)
        for order in decision.step.orders:
            if order.id not in drafts:
                self._order_status(session, order.id, order.status, decision.step.at, row)

    def _order(self, session: Session, case: Case, draft: OrderDraft, at: datetime) -> None:
        details = current_bank_details(session, case.id)
        if details is None or details.id is None:
            raise LookupError(f"{case.id} has no bank details in force")
        item = self._directory.line(case.line, case.year).budget_item(draft.budget_year)
        session.add(
            Order(
                id=draft.id,
                case_id=case.id,
                instalment=draft.instalment,
                attempt=draft.attempt,
                budget_year=draft.budget_year,
                amount_cents=draft.cents,
                certified_by=draft.certified_by,
                approved_by=draft.approved_by,
                bank_details_id=details.id,
                ordered_at=at,
                file_number=case.file_number,
                budget_chapter=item.chapter if item else None,
                budget_title=item.title if item else None,
            )
        )

    def _order_status(
        self, session: Session, order_id: str, status: str, at: datetime, evidence: CommandRow | None
    ) -> None:
        order = session.get_one(Order, order_id)
        order.status = status
        if status == "handed_over":
            order.handed_over_at = at
        if status == "booked" and evidence is not None:
            order.booked_on = date.fromisoformat(evidence.content["value_date"])
        session.add(order)

    def _notice(self, session: Session, case: Case, decision: Decision, draft: NoticeDraft) -> None:
        body, digest = self._correspondence.notice(session, case, draft, decision.step.at)
        notified = decision.notified[1] if decision.notified and decision.notified[0] == draft.id else None
        session.add(
            Notice(
                id=draft.id,
                case_id=case.id,
                kind=draft.kind,
                drafted_by=draft.drafted_by,
                signed_by=draft.signed_by,
                sha256=digest,
                body=body,
                signed_at=decision.step.at,
                notified_on=notified,
            )
        )

    def _renotify(self, session: Session, decision: Decision) -> None:
        if decision.notified is None or decision.notified[0] in decision.step.notices:
            return
        notice = session.get_one(Notice, decision.notified[0])
        notice.notified_on = decision.notified[1]
        notice.channel = decision.reopened_notice or "mail"
        session.add(notice)
