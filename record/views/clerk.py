"""What a clerk's link shows: one task, or the standing page of one case. Reads only, from the record.

A link is looked up by the SHA-256 of its token. It shows its own task and its own case, nothing else, and it
goes on saying where things stand after it has died.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.case import CaseState
from models.commands import CommandKind
from models.content.texts import is_key
from models.deadlines import Deadline, legal_day, period
from models.money import Cents
from models.programme import Rules
from models.stages import ENDED, Stage
from models.tables import Case, CommandRow, Contact, Order, Outbox, Round, StepRow, TaskRow, TaskToken
from models.tasks import TaskKind, TaskState
from record.cases.drafts import load
from record.cases.papers import Directory
from record.database.clock import installation, legal_now
from record.views.clerk_shapes import (
    ClerkCase,
    ClerkTask,
    Drafted,
    Due,
    Event,
    Grant,
    OpenClerkTask,
    Owner,
    Payment,
    StoredAnswer,
    is_account_only,
)
from workflows.lifecycle import GRANT


def token_hash(token: str) -> str:
    """SHA-256 in hex. Enough because a token is random with 256 bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def clerk_task(session: Session, token: str, directory: Directory) -> ClerkTask | None:
    """The task a link belongs to, open or not; none for an unknown token."""
    link = _link(session, token, "task")
    row = session.get(TaskRow, link.task_id) if link else None
    if link is None or row is None or not GRANT.is_clerks(TaskKind(row.kind)):
        return None
    contact = session.get(Contact, link.contact_id) if link.contact_id else None
    return _shown(session, row, directory, contact.name if contact else "", live=link.revoked_at is None)


def task_on_paper(session: Session, task_id: str, directory: Directory) -> ClerkTask | None:
    """A task of a recipient as its form shows it, for an officer who records a letter; its draft is the clerk's own."""
    row = session.get(TaskRow, task_id)
    if row is None or not GRANT.is_clerks(TaskKind(row.kind)):
        return None
    return _shown(session, row, directory, "", live=True).model_copy(update={"draft": None})


def _shown(session: Session, row: TaskRow, directory: Directory, contact: str, *, live: bool) -> ClerkTask:
    now = legal_now(session)
    case = _case_of(session, row)
    grant = _grant(session, case, directory) if case else _invited(session, row, directory, now)
    others = [t for t in _open_tasks(session, case.id, now) if t.id != row.id] if case else []
    return ClerkTask(
        id=row.id,
        kind=TaskKind(row.kind),
        state=TaskState(row.state),
        link_live=live,
        now=now,
        due=_due(row, now),
        subject=row.subject,
        brief=row.brief,
        grant=grant,
        contact_name=contact,
        simulated=installation(session).mode == "embedded",
        closed_at=row.closed_at,
        closed_by_recipient=row.state == TaskState.ANSWERED and row.closed_by in {grant.recipient, grant.recipient_key},
        pending_since=_pending_since(session, row),
        earlier=_earlier_proof(session, row),
        draft=_draft(session, row),
        others=tuple(others),
        waiting_for=_waiting_for(session, case),
    )


def case_page(session: Session, token: str, directory: Directory) -> ClerkCase | None:
    """The case a standing link belongs to; none for an unknown token."""
    link = _link(session, token, "case")
    case = session.get(Case, link.case_id) if link else None
    if link is None or case is None:
        return None
    now = legal_now(session)
    stage = Stage(case.stage)
    live = link.revoked_at is None
    return ClerkCase(
        grant=_grant(session, case, directory),
        link_live=live,
        now=now,
        simulated=installation(session).mode == "embedded",
        tasks=tuple(_open_tasks(session, case.id, now)),
        history=tuple(_history(session, case.id)),
        startable=GRANT.openable(stage) if live else (),
        waiting_for=_waiting_for(session, case),
    )


def _earlier_proof(session: Session, row: TaskRow) -> dict[str, Any]:
    if row.kind != TaskKind.COMPLETE_PROOF:
        return {}
    return earlier_answer(session, row.case_id, TaskKind.PROVE_USE, TaskKind.COMPLETE_PROOF)


def _draft(session: Session, row: TaskRow) -> Drafted | None:
    draft = load(session, row.id) if row.state == TaskState.OPEN else None
    return Drafted.model_validate(draft, from_attributes=True) if draft else None


def _case_of(session: Session, row: TaskRow) -> Case | None:
    """The task's case; for an invitation the case its answer started."""
    if row.case_id:
        return session.get(Case, row.case_id)
    command = session.get(CommandRow, row.command_id) if row.command_id else None
    return session.get(Case, command.case_id) if command else None


def _pending_since(session: Session, row: TaskRow) -> datetime | None:
    if row.state != TaskState.OPEN:
        return None
    query = select(CommandRow.received_at).where(CommandRow.task_id == row.id, CommandRow.state == "received")
    return session.exec(query.order_by(col(CommandRow.received_at))).first()


def _link(session: Session, token: str, purpose: str) -> TaskToken | None:
    digest = token_hash(token)
    link = session.get(TaskToken, digest)
    if link is None or link.purpose != purpose or not hmac.compare_digest(link.token_hash, digest):
        return None
    return link


def _grant(session: Session, case: Case, directory: Directory) -> Grant:
    line = directory.line(case.line, case.year)
    rules = Rules.model_validate(case.rules)
    state = CaseState.model_validate({"case_id": case.id, **case.state})
    latest = period(
        rules.proof_due, months=rules.proof_extension_max_months, rule="proof_extension", start_event="proof_due"
    )
    orders = session.exec(
        select(Order).where(Order.case_id == case.id, Order.status != "rejected").order_by(col(Order.ordered_at))
    )
    return Grant(
        id=case.id,
        line=case.line,
        line_title=line.name.de,
        authority=line.authority,
        year=case.year,
        recipient=case.recipient,
        recipient_key=case.recipient_key,
        recipient_name=directory.recipient(case.recipient, legal_day(case.opened_at)).name,
        stage=Stage(case.stage),
        ceiling_cents=rules.ceiling_cents,
        requested_cents=case.requested_cents,
        awarded_cents=case.awarded_cents,
        ordered_cents=case.ordered_cents,
        booked_cents=case.booked_cents,
        claimed_cents=case.claimed_cents,
        repaid_cents=case.repaid_cents,
        payment_block=state.facts.payment_block,
        period_from=rules.period_from,
        period_to=rules.period_to,
        need_window_months=rules.need_window_months,
        proof_due=state.facts.proof_due or rules.proof_due,
        proof_latest=latest.end,
        payments=tuple(
            Payment(
                reference=o.id, cents=Cents(o.amount_cents), booked_on=o.booked_on if o.status == "booked" else None
            )
            for o in orders
        ),
    )


def _invited(session: Session, row: TaskRow, directory: Directory, now: datetime) -> Grant:
    """An invitation has no case yet: line and year are the round's."""
    round_row = session.get_one(Round, row.round_id)
    line = directory.line(round_row.line, round_row.year)
    rules = line.rules()
    body = directory.recipient(row.recipient, legal_day(now))
    return Grant(
        round_id=row.round_id,
        line=round_row.line,
        line_title=line.name.de,
        authority=line.authority,
        year=round_row.year,
        recipient=row.recipient,
        recipient_key=body.key,
        recipient_name=body.name,
        ceiling_cents=rules.ceiling_cents,
        period_from=rules.period_from,
        period_to=rules.period_to,
        need_window_months=rules.need_window_months,
    )


def _due(row: TaskRow, now: datetime) -> Due:
    """The last day in time is the one before the instant at which it is too late."""
    return Due(
        day=legal_day(row.due_at - timedelta(microseconds=1)),
        instant=row.due_at,
        late=now >= row.due_at,
        deadline=Deadline.model_validate(row.due_rule) if row.due_rule else None,
    )


def _open_rows(session: Session, case_id: str) -> list[TaskRow]:
    query = select(TaskRow).where(TaskRow.case_id == case_id, TaskRow.state == TaskState.OPEN)
    return list(session.exec(query.order_by(col(TaskRow.due_at), col(TaskRow.id))))


def _open_tasks(session: Session, case_id: str, now: datetime) -> list[OpenClerkTask]:
    return [
        OpenClerkTask(
            id=row.id,
            kind=TaskKind(row.kind),
            due=_due(row, now),
            account_only=is_account_only(row.kind, row.brief),
        )
        for row in _open_rows(session, case_id)
        if GRANT.is_clerks(TaskKind(row.kind))
    ]


def _waiting_for(session: Session, case: Case | None) -> Owner:
    if case is None or Stage(case.stage) in ENDED:
        return ""
    rows = _open_rows(session, case.id)
    return "recipient" if rows and GRANT.is_clerks(TaskKind(rows[0].kind)) else "authority"


def _history(session: Session, case_id: str) -> list[Event]:
    """Steps that were applied and mails that were accepted, newest first."""
    steps = session.exec(select(StepRow).where(StepRow.case_id == case_id))
    events = [Event(at=row.at, code=row.action) for row in steps if not row.body.get("refused")]
    mails = session.exec(select(Outbox).where(Outbox.case_id == case_id, Outbox.state == "accepted"))
    events += [
        Event(at=m.accepted_at or m.queued_at, code="mail", subject=m.subject.removeprefix(f"[{case_id}] "))
        for m in mails
        if m.recipient
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def stored_answer(session: Session, command_id: str, task_id: str) -> StoredAnswer | None:
    """The answer to this task under this id; none when the id is unknown or belongs to another task."""
    row = session.get(CommandRow, command_id) if is_key(command_id) else None
    return _stored(row) if row is not None and row.task_id == task_id else None


def stored_start(session: Session, command_id: str, case_id: str) -> StoredAnswer | None:
    """What was started on the case page under this id; none for another case's."""
    row = session.get(CommandRow, command_id) if is_key(command_id) else None
    fits = row is not None and row.case_id == case_id and row.kind == CommandKind.START
    return _stored(row) if fits and row is not None else None


def earlier_answer(session: Session, case_id: str, *kinds: TaskKind) -> dict[str, Any]:
    """Content of the last applied answer to tasks of these kinds; empty when there is none."""
    query = (
        select(CommandRow)
        .join(TaskRow, col(TaskRow.id) == col(CommandRow.task_id))
        .where(CommandRow.case_id == case_id, CommandRow.state == "applied", col(TaskRow.kind).in_(kinds))
        .order_by(col(CommandRow.received_at).desc())
    )
    row = session.exec(query).first()
    return dict(row.content) if row else {}


def _stored(row: CommandRow) -> StoredAnswer:
    return StoredAnswer(
        command_id=row.id,
        received_at=row.received_at,
        state=row.state,
        reason=row.reason,
        details=row.details,
        content=row.content.get("application", row.content),
    )
