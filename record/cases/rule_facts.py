"""What rules may look at: the state of a case, who answered what, and the mails and the account of a command."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.case import CaseState
from models.commands import Actor, Command, CommandKind
from models.content.calls import NO_ACCOUNT, Account
from models.deadlines import legal_day
from models.programme import Rules
from models.stages import Stage
from models.tables import BankDetails, Case, CommandRow, Notice, Outbox, TaskRow
from models.tasks import TaskKind
from record.cases.waitlist import free
from record.mail_views import SHORTEST_ID
from record.telephones import before, on_file
from workflows.procedure.plan import SentMail, View


def view_of(
    session: Session, case: Case, state: CaseState, at: datetime, actor: Actor, command: Command | None
) -> View:
    """All that the rules may look at, as the record stands now."""
    hands = answered(session, case.id)
    return View(
        state=state,
        rules=Rules.model_validate(case.rules),
        at=at,
        actor=actor,
        command=command,
        acted={about: by for about, (by, _) in hands.items()},
        reasons={kind: reason for (kind, _), (_, reason) in hands.items()},
        budget_free=free(session, case.line, but=case.id) if state.stage is Stage.DRAFTING else {},
        mail=named_mail(session, command) if command else None,
        account=called_about(session, case, command) if command else NO_ACCOUNT,
        served_by_another=command is not None and served_by_another(session, command),
    )


def answered(session: Session, case_id: str) -> dict[tuple[TaskKind, str], tuple[str, str]]:
    """Who answered each kind of task about each subject last, and what was written as the reason or statement."""
    rows = session.exec(
        select(TaskRow.kind, TaskRow.subject, TaskRow.closed_by, CommandRow.content)
        .join(CommandRow, col(CommandRow.id) == col(TaskRow.command_id), isouter=True)
        .where(TaskRow.case_id == case_id, TaskRow.state == "answered")
        .order_by(col(TaskRow.closed_at), col(TaskRow.id))
    )
    found: dict[tuple[TaskKind, str], tuple[str, str]] = {}
    for kind, subject, by, content in rows:
        found[TaskKind(kind), subject] = (by, written_in(content or {}))
    return found


def written_in(content: Mapping[str, Any]) -> str:
    """What letters quote of an answer: its reason, or the recipient's statement."""
    return str(content.get("reason") or content.get("statement") or "")


def named_mail(session: Session, command: Command) -> SentMail | None:
    """The one mail of the case whose id begins as the command says; none when there is none, or more than one."""
    start = str(command.content.get("mail", "")).strip().lower() if command.choice == "resend" else ""
    if len(start) < SHORTEST_ID:
        return None
    mails = session.exec(select(Outbox).where(Outbox.case_id == command.case_id))
    found = [row for row in mails if row.id.startswith(start)]
    if len(found) != 1:
        return None
    return SentMail(found[0].template, found[0].task_id, found[0].notice_id or "", found[0].state)


def served_by_another(session: Session, command: Command) -> bool:
    """Whether the notice of a failed mail went by post, or by another mail that was accepted and did not come back."""
    notice = session.get(Notice, str(command.content.get("notice_id", "")))
    if command.kind is not CommandKind.MAIL_FAILED or notice is None:
        return False
    others = select(Outbox.id).where(
        Outbox.notice_id == notice.id, Outbox.id != command.content.get("outbox_id"), Outbox.state == "accepted"
    )
    return notice.channel == "post" or any(
        session.get(CommandRow, f"mail-{other}") is None for other in session.exec(others)
    )


def called_about(session: Session, case: Case, command: Command) -> Account:
    """The account that a call is about, and the numbers on file when it was made; nothing of any other command."""
    task = session.get(TaskRow, command.task_id) if command.task_id else None
    details = current_bank_details(session, case.id) if task is not None and task.kind == TaskKind.CALL_BACK else None
    if details is None:
        return NO_ACCOUNT
    declared_at = session.get_one(CommandRow, details.command_id).received_at
    known = on_file(session, case.recipient, legal_day(command.received_at))
    return Account(details.iban, legal_day(declared_at), before(known, declared_at))


def current_bank_details(session: Session, case_id: str) -> BankDetails | None:
    """The account that counts in a case now: the one that was declared last and is not rejected."""
    return session.exec(
        select(BankDetails)
        .where(BankDetails.case_id == case_id, col(BankDetails.rejected).is_(False))
        .order_by(col(BankDetails.id).desc())
    ).first()
