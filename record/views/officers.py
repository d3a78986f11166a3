"""What officers read, as plain values: a case, the day's list, a round. Codes, cents and ISO dates; no words.

These names are a contract (``starter.py … --json``); texts are made from them where people read.
"""

from sqlmodel import Session, col, select

from models.case import CaseState
from models.commands import ActorKind, CommandKind
from models.content.starts import Door, started_at
from models.errors import Code, RefusedError
from models.stages import ENDED, Stage
from models.tables import (
    Case,
    CommandRow,
    InboundMail,
    Notice,
    Order,
    Outbox,
    StepRow,
    TaskRow,
)
from models.tasks import Role, TaskKind, reads_only
from record.casework.views import notes_view, told
from record.database.clock import legal_now, legal_today
from record.database.words import mail_text
from record.mail_views import mails_of
from record.opened import opened_by
from record.views.case_file import written
from record.views.comparison import compared
from record.views.files import file_view, files_of
from record.views.inbound import absences, of_case
from record.views.money import by_budget_year, dates_of
from record.views.tasks import (
    Directory,
    Shown,
    View,
    account_view,
    account_warnings,
    iso,
    recipient_view,
    roles_today,
    task_row,
)
from workflows.lifecycle import GRANT
from workflows.notation import Start


def case_view(session: Session, directory: Directory, case_id: str, officer_id: str = "") -> View:
    """All of a case. Raises ``RefusedError`` (``unknown_case``)."""
    case = session.get(Case, case_id)
    if case is None:
        raise RefusedError(Code.UNKNOWN_CASE, case=case_id)
    shown = Shown(session, directory, [case_id])
    account = account_view(session, directory, case_id)
    warnings = [str(code) for _, code in shown.warned[case_id]] + account_warnings(account)
    return (
        {"case": case.id, "line": case.line, "year": case.year, "recipient": recipient_view(directory, case)}
        | {"file_number": case.file_number or ""}
        | _standing(case)
        | _by_rule(directory, case)
        | {"warnings": warnings}
        | {"tasks": _tasks(session, case_id, officer_id, shown), "starts": _starts(session, case, officer_id)}
        | {"account": account, "submissions": compared(session, case)}
        | _papers(session, case_id)
        | {"files": files_of(session, case_id), "inbound": of_case(session, case_id)}
        | {"absences": absences(session, case.recipient, legal_today(session))}
        | {"notes": notes_view(session, case_id), "opened_by": opened_by(session, case_id)}
    )


def _by_rule(directory: Directory, case: Case) -> View:
    """What the rules make of a case: its money by budget year, and its own dates."""
    state, line = CaseState.model_validate(case.state), directory.line(case.line, case.year)
    return {"money_by_year": by_budget_year(case, state, line), "dates": dates_of(case, state)}


def _standing(case: Case) -> View:
    """Stage, who is waited for, what fires next, and the money."""
    state = CaseState.model_validate(case.state)
    wake, earliest = state.next_wake(), state.earliest
    return {
        "stage": case.stage,
        "urgency": str(state.urgency),
        "waiting_for": str(GRANT.owner(earliest.kind)) if earliest else "",
        "since": iso(state.since),
        "due": iso(earliest.due if earliest else None),
        "then": wake[2] if wake else "",
        "then_at": iso(wake[0]) if wake else "",
        "requested_cents": case.requested_cents,
        "awarded_cents": case.awarded_cents,
        "ordered_cents": case.ordered_cents,
        "booked_cents": case.booked_cents,
        "claimed_cents": case.claimed_cents,
        "repaid_cents": case.repaid_cents,
        "payment_block": state.facts.payment_block,
    }


def _tasks(session: Session, case_id: str, officer_id: str, shown: Shown) -> list[View]:
    query = select(TaskRow).where(TaskRow.case_id == case_id).order_by(col(TaskRow.opened_at), col(TaskRow.id))
    return [task_row(session, row, officer_id, shown) for row in session.exec(query)]


def _papers(session: Session, case_id: str) -> View:
    """Orders, notices, mails and the timeline, each in its order."""
    orders = session.exec(select(Order).where(Order.case_id == case_id).order_by(Order.id))
    notices = session.exec(select(Notice).where(Notice.case_id == case_id).order_by(col(Notice.signed_at)))
    steps = session.exec(
        select(StepRow, TaskRow, CommandRow)
        .join(CommandRow, col(CommandRow.id) == StepRow.command_id, isouter=True)
        .join(TaskRow, col(TaskRow.id) == CommandRow.task_id, isouter=True)
        .where(StepRow.case_id == case_id)
        .order_by(col(StepRow.no))
    )
    return {
        "orders": [_order(row) for row in orders],
        "notices": [_notice(row) for row in notices],
        "mails": mails_of(session, case_id, legal_now(session)),
        "timeline": told(session, case_id, _with_own([(row, task, command) for row, task, command in steps])),
    }


def _notice(row: Notice) -> View:
    return {
        "id": row.id,
        "kind": row.kind,
        "sha256": row.sha256,
        "signed_at": iso(row.signed_at),
        "channel": row.channel,
        "notified_on": row.notified_on.isoformat() if row.notified_on else "",
    }


def document_view(session: Session, document_id: str) -> View:
    """A notice, a mail out or in as text, or a file's description. Raises ``RefusedError`` (``unknown_task``)."""
    notice = session.get(Notice, document_id)
    if notice is not None:
        return {"id": notice.id, "title": "", "text": notice.body, "sha256": notice.sha256, "kind": notice.kind}
    mail = session.get(Outbox, document_id)
    if mail is not None:
        return {
            "id": mail.id,
            "title": mail.subject,
            "text": mail_text(mail.mime),
            "sha256": mail.sha256,
            "kind": "mail",
        }
    came_in = session.get(InboundMail, document_id)
    if came_in is not None:
        about = {"id": came_in.id, "title": came_in.subject, "text": came_in.text, "sha256": came_in.sha256}
        return about | {"kind": "inbound"}
    stored = file_view(session, document_id)
    if stored is not None:
        return stored
    raise RefusedError(Code.UNKNOWN_TASK, task=document_id)


def _starts(session: Session, case: Case, officer_id: str) -> list[View]:
    """What can be started now; nothing for who only reads. ``read_first``: it may end the case (``workflows.page``)."""
    if reads_only(roles_today(session).get(officer_id, ())):
        return []
    stage = Stage(case.stage)
    blocked = bool(case.state.get("facts", {}).get("payment_block"))
    kinds = offered(stage, blockable=not blocked and case.booked_cents < case.awarded_cents)
    worker = [o for o, roles in roles_today(session).items() if Role.CASE_WORKER in roles] if kinds else []
    by = officer_id if officer_id in worker else next(iter(worker), "")
    return [{"kind": kind, "as": by, "read_first": GRANT.read_first(stage, f"start.{kind}")} for kind in kinds]


def offered(stage: Stage, *, blockable: bool) -> list[str]:
    """What officers are offered to start with a case. ``blockable``: something can be paid, and is not blocked yet."""
    if stage in ENDED:
        return []
    elsewhere = started_at(Door.MAIL_LIST) | (set() if blockable else {str(Start.BLOCK)})
    return [kind for kind in GRANT.startable(stage, Role.CASE_WORKER) if kind not in elsewhere]


def _order(row: Order) -> View:
    return {
        "id": row.id,
        "instalment": row.instalment,
        "amount_cents": row.amount_cents,
        "budget_year": row.budget_year,
        "status": row.status,
        "certified_by": row.certified_by,
        "approved_by": row.approved_by,
        "ordered_at": iso(row.ordered_at),
        "booked_on": row.booked_on.isoformat() if row.booked_on else "",
        "file_number": row.file_number or "",
        "chapter": row.budget_chapter or "",
        "title": row.budget_title or "",
    }


def _with_own(steps: list[tuple[StepRow, TaskRow | None, CommandRow | None]]) -> list[View]:
    """The events of a case; ``own``: somebody took back what they had done, instead of the second person."""
    last: dict[tuple[TaskKind, str], str] = {}
    events = []
    for row, task, command in steps:
        event = _event(row, task.kind if task else None, command)
        if task is not None and command is not None and command.kind == CommandKind.ANSWER and "refused" not in event:
            kind = TaskKind(task.kind)
            own = any(last.get((first, task.subject)) == row.actor for first in GRANT.not_by(kind))
            event |= {"own": True} if own and GRANT.takes_back(kind, command.choice) else {}
            last[kind, task.subject] = row.actor
        events.append(event)
    return events


def _event(row: StepRow, task_kind: str | None, command: CommandRow | None) -> View:
    """A step; an answer that was refused is recorded by its choice alone and is told with its task, as others are."""
    reason = written(command.content) if command and command.actor_kind != ActorKind.SYSTEM else ""
    what = row.action.replace("answer.", f"{task_kind}.", 1) if task_kind else row.action
    event: View = {"at": iso(row.at), "what": what, "who": row.actor, "no": row.no, "stage": row.stage}
    refused = row.body.get("refused")
    event |= ({"refused": refused} if refused else {}) | ({"reason": reason} if reason else {})
    return event | ({"for": command.on_behalf_of} if command and command.on_behalf_of else {})
